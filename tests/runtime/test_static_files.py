"""What browsers load of a desk that runs: gathered once, small, each module at one address."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from handoff_site import static_files


@pytest.fixture
def gathered(settings: Settings, tmp_path: Path) -> Path:
    settings.STATIC_ROOT = tmp_path / "static"
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path / "static"


def scripts(folder: Path) -> dict[str, str]:
    """{hashed name: text}"""
    hashed = re.compile(r"[a-z]+\.[0-9a-f]{12}\.js")
    found = (folder / "js").iterdir()
    return {path.name: path.read_text() for path in found if hashed.fullmatch(path.name)}


def test_every_import_leads_to_a_gathered_module(gathered: Path) -> None:
    modules = scripts(gathered)
    imported = {
        name for text in modules.values() for name in re.findall(r"[\"']\./([^\"']+)", text)
    }
    assert len(imported) > 20
    assert imported <= set(modules)


def test_the_sheets_are_one_and_selectors_stay_whole(gathered: Path) -> None:
    sheet = (gathered / static_files.BUNDLE).read_text()
    assert "/*" not in sheet
    assert ".field, .fld :is(" in sheet


def test_gathering_twice_changes_nothing(gathered: Path) -> None:
    before = {path: path.read_bytes() for path in gathered.rglob("*") if path.is_file()}
    call_command("collectstatic", interactive=False, verbosity=0)
    assert {path: path.read_bytes() for path in before} == before


def test_what_was_gathered_is_fresh_until_a_source_changes(
    gathered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert static_files.are_fresh()
    (gathered / "staticfiles.json").unlink()  # killed before the end: the manifest is written last
    assert not static_files.are_fresh()
