"""What the desk prints when it listens."""

import json
import shlex
from pathlib import Path
from typing import Any

from pytest_django import Settings

from handoff_site import greeting
from reviews import schema
from workspaces import clock, strictjson

NOTES: dict[str, Any] = {
    "logins": [{"email": "mara@example.com", "password": "k3y-and-door", "role": "owner"}],
    "token": "hdk_example",
    "workspace": "acme-site",
    "folder": "/data/acme-site",
}


def test_without_a_demo_it_says_only_where_the_desk_is(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    assert greeting.text() == f"The desk is at {settings.SITE_URL} (Ctrl-C stops it)."


def test_the_demo_s_logins_and_folder_are_printed(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "demo.json").write_text(json.dumps(NOTES))
    text = greeting.text()
    assert "mara@example.com  k3y-and-door  (owner)" in text
    assert "/data/acme-site" in text


def test_the_curl_line_hands_off_a_valid_document(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "demo.json").write_text(json.dumps(NOTES))
    line = next(line for line in greeting.text().splitlines() if line.startswith("curl "))
    words = shlex.split(line)
    assert words[2] == f"{settings.SITE_URL}/api/v1/handoffs"
    assert "Authorization: Bearer hdk_example" in words
    body = words[words.index("-d") + 1]
    document = schema.parse(strictjson.loads(body.encode()), now=clock.now(), origin="api")
    assert document.title == greeting.EXAMPLE["title"]


def test_production_prints_no_demo(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.PRODUCTION = True
    (tmp_path / "demo.json").write_text(json.dumps(NOTES))
    assert "mara@example.com" not in greeting.text()
