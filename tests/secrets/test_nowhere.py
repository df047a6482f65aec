"""A canary secret in every field of a document: nothing that is shown, sent or logged holds it."""

import base64
import io
import json
import logging
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.core import mail
from django.template.loader import render_to_string
from django.test import Client

from handoff_site.masked_logs import Formatter
from reviews import dispatch, live_messages, scan, secrets
from reviews.models import Comment, Handoff, Problem
from reviews.views import edits
from tests import exhibits
from tests.cast import Cast
from tests.secrets.corpus import KEY, run
from workspaces import clock
from workspaces.models import Event

CANARY = "ghp_" + run(36, seed=5)
BODY = KEY.split("\n")[3]
HREF = re.compile(r'href="([^"]+)"')


def inline(path: str, text: str, **members: Any) -> dict[str, Any]:
    return {"path": path, "content_base64": base64.b64encode(text.encode()).decode(), **members}


def raw(path: str, data: bytes) -> dict[str, Any]:
    return {"path": path, "content_base64": base64.b64encode(data).decode()}


def zipped(name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, "x")
    return made.getvalue()


PATCH = (
    f"--- a/{CANARY}.py\n+++ b/{CANARY}.py\n@@ -1 +1 @@ {CANARY}\n-old {CANARY}\n+new {CANARY}\n"
)
FILES = [
    inline("a.py", f"x = '{CANARY}'  # {CANARY}\n{KEY}\n", note=CANARY, diff=PATCH),
    inline(f"{CANARY}/{CANARY}.md", f"# {CANARY}\n\n`{CANARY}` **{CANARY}**\n\n{KEY}\n"),
    inline("a.json", json.dumps({"a": {CANARY: [CANARY, {"password": BODY}]}})),
    inline("a.csv", f"name,key\n{CANARY},{CANARY}\n"),
    inline("a.patch", PATCH),
    inline("a.html", f"<!doctype html><p title={CANARY}>{CANARY}</p>"),
    inline("a.svg", f'<svg xmlns="http://www.w3.org/2000/svg"><text>{CANARY}</text></svg>'),
    inline("a.log", f"ERROR {CANARY}\n"),
    inline("a.txt", f"{CANARY}\r\n{KEY}\r\n"),
    inline("a.bin", f"\0{CANARY}\0"),
    raw("near.bin", b"\0" * 4086 + CANARY.encode() + b"\0" * 9000),
    raw("a.zip", zipped(f"{CANARY}/{'x' * 380}{CANARY}.txt")),
    raw("a.pdf", exhibits.pdf(f") Tj /F1 8 Tf ({CANARY}")),
    inline("a.jsonl", json.dumps({"password": BODY, "a": "x " * 57 + CANARY}) + "\n" + CANARY),
    inline("deep.json", json.dumps([{"password": BODY, "long": "x " * 57 + CANARY}])),
    inline("b.html", f"<!doctype html><p>{CANARY[:9]}<b>{CANARY[9:]}</b>"),
    inline("a.traj", json.dumps({"trajectory": [{"action": CANARY, "observation": CANARY}]})),
    inline("a.ipynb", json.dumps({"cells": [{"source": [CANARY], "outputs": [{"text": CANARY}]}]})),
]


def document() -> dict[str, Any]:
    return {
        "title": f"Pay with {CANARY}",
        "summary": f"{CANARY} [link](https://x.example/{CANARY})\n\n```\n{KEY}\n```",
        "confidence": {"score": 0.4, "threshold": 0.9, "reason": CANARY},
        "error": {
            "type": CANARY,
            "message": CANARY,
            "traceback": f"{CANARY}\n{KEY}",
            "log": "x.log",
        },
        "actions": [
            {
                "id": "first",
                "name": f"deploy {CANARY}",
                "args": {CANARY: CANARY, "api_key": BODY, "deep": [{"a": CANARY}], "n": 1},
                "description": f"{CANARY} {KEY}",
                "risk": "critical",
                "args_schema": {
                    "properties": {CANARY: {"description": CANARY, "enum": [CANARY, "x"]}}
                },
            },
            {"id": "second", "name": "tell", "args": {"who": "all"}},
        ],
        "context": {
            "files": FILES,
            "logs": [
                inline("x.log", f"INFO \x1b[31m{CANARY[:9]}\x1b[1m{CANARY[9:]}\x1b[0m\n{KEY}\n")
            ],
            "messages": [
                {"role": "user", "content": CANARY, "name": CANARY},
                {
                    "role": "assistant",
                    "content": CANARY,
                    "tool_calls": [{"function": {"name": CANARY, "arguments": CANARY}}],
                },
            ],
            "steps": [{"action": CANARY, "observation": CANARY, "thought": f"{CANARY}\n{KEY}"}],
            "links": [{"title": CANARY, "url": f"https://x.example/?token={CANARY}"}],
        },
        "agent": {"name": CANARY, "model": CANARY, "task": CANARY},
        "routing": {"tags": [CANARY]},
        "checkpoint": {"step": 1, "last_completed": CANARY, "next": [CANARY], "state": CANARY},
        "metadata": {CANARY: CANARY},
    }


@pytest.fixture
def handoff(cast: Cast, logged: io.StringIO) -> Handoff:
    answer = cast.api().post("/api/v1/handoffs", document(), content_type="application/json")
    assert answer.status_code == 201, answer.content
    handoff = Handoff.objects.get()
    Comment.objects.create(
        handoff=handoff,
        revision=handoff.current,
        agent=handoff.submitter,
        body=CANARY,
        created_at=clock.now(),
    )
    Handoff.objects.filter(pk=handoff.pk).update(message_count=1)
    return handoff


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that the desk logs, in the form that it has on stderr."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Formatter("{levelname} {name}: {message}", style="{"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


DATA = re.compile(r"data:[\w/+]+;base64,([A-Za-z0-9+/=]+)")
PARTS = re.compile("<[^<>]*>")


def told(where: str, text: str) -> list[str]:
    """Where a canary stands in a text or in what is drawn of it, with what is around it."""
    text += "".join(base64.b64decode(each).decode("latin-1") for each in DATA.findall(text))
    if "/frame/" in where:
        text += PARTS.sub("", text)
    found = []
    for canary in (CANARY, BODY):
        at = text.find(canary)
        if at >= 0:
            found.append(f"{where}: …{text[max(0, at - 200) : at + 20]}…")
    return found


def walk(client: Client, start: str, keep: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Every page that can be reached by links that ``keep`` matches."""
    waiting, seen = [start], set()
    while waiting:
        url = waiting.pop()
        if url in seen:
            continue
        seen.add(url)
        answer = client.get(url)
        is_text = answer["Content-Type"].startswith(("text/", "application/"))
        if answer.status_code != 200 or not is_text:
            continue
        stream = getattr(answer, "streaming_content", None)
        text = (b"".join(stream) if stream else answer.content).decode("utf-8", "replace")
        yield url, text
        if "html" in answer["Content-Type"]:
            for href in HREF.findall(text) + re.findall(r'<iframe[^>]+src="([^"]+)"', text):
                path = unescape(href).partition("#")[0]
                if keep.match(path):
                    waiting.append(path)


@pytest.mark.slow
def test_no_page_of_the_handoff_holds_it(cast: Cast, handoff: Handoff) -> None:
    client = cast.client(cast.reviewer)
    base = handoff.get_absolute_url()
    mine = re.compile(re.escape(base))
    pages = dict(walk(client, base, mine))
    for query in ("?edit=1", "?tab=conversation", "?tab=audit", "?pane=1"):
        pages[base + query] = client.get(base + query).content.decode()
    assert len(pages) > 25, "every tab, every file, every way to look at it"
    assert [each for url, text in pages.items() for each in told(url, text)] == []


def test_a_picture_or_drawing_with_it_is_for_whom_it_was_revealed_to(
    cast: Cast, handoff: Handoff
) -> None:
    reader, other = cast.client(cast.reviewer), cast.client(cast.owner)
    base = handoff.get_absolute_url()
    for name, path in (
        ("a.pdf", "page/{}/1/"), ("a.svg", "frame/{}/"), ("a.html", "frame/{}/"),
        ("b.html", "frame/{}/"),
    ):  # fmt: skip
        file = handoff.current.artifacts.get(path=name)
        url = base + path.format(file.sha256)
        before = reader.get(url)
        assert before.status_code == 404 or "no-store" in before["Cache-Control"], name
        assert told(url, before.content.decode("latin-1")) == [], name
        place = {"place": f"files:{file.position + 1}", "as": "pages"}
        reader.get(f"{base}?tab=files&file={file.position + 1}&as=pages&from=1.2")
        assert reader.post(f"{base}reveal/", place).status_code == 303
        assert reader.get(url).content != before.content, name
        assert reader.get(url)["Cache-Control"] == "no-store"
        seen_by_other = other.get(url)
        assert seen_by_other.status_code == before.status_code, name
        assert told(url, seen_by_other.content.decode("latin-1")) == [], name


def test_members_secret_by_name_are_masked_in_what_changed(cast: Cast) -> None:
    old, new = "swordfish", "marlin-spike"
    client = cast.client(cast.reviewer)

    def sent(word: str) -> Handoff:
        return cast.submit(id="x", actions=[{"name": "go", "args": {"password": word, "n": [1]}}])

    sent(old)
    handoff = Handoff.objects.get(pk=sent(new).pk)
    page = client.get(handoff.get_absolute_url()).content.decode()
    assert "password" in page
    assert old not in page
    assert new not in page
    args = handoff.current.parsed.actions[0].args
    assert "swordfish" not in str(edits.of_action(handoff.current.parsed.actions[0], args))
    left = edits.of_action(handoff.current.parsed.actions[0], {**args, "password": old})
    assert [each.path for each in left.changes] == ["password"]
    assert old not in f"{left.changes}"
    assert new not in f"{left.changes}"


def test_no_list_bell_mail_or_message_holds_it(cast: Cast, handoff: Handoff) -> None:
    dispatch.run_once()
    dispatch.deliver_due()
    assert mail.outbox, "the mail that is looked at"
    found = [each for sent in mail.outbox for each in told("mail", sent.message().as_string())]
    client = cast.client(cast.owner)
    for path in ("/", "/mine/", "/decided/", "/notifications/", "/w/acme/", "/deliveries/", "/"):
        found += told(path, client.get(path).content.decode())
    found += told("row", json.dumps(live_messages.row(handoff)))
    found += told("row", render_to_string("reviews/_row.html", {"handoff": handoff}))
    found += told("str", str(handoff))
    assert found == []
    assert CANARY not in handoff.title
    assert "•••• GitHub token, 40 characters" in handoff.title


def test_no_event_or_log_line_holds_it(cast: Cast, handoff: Handoff, logged: io.StringIO) -> None:
    client = cast.client(cast.reviewer)
    base = handoff.get_absolute_url()
    for place in ("words", "action:0", "files:1", "steps"):
        assert client.post(f"{base}reveal/", {"place": place}).status_code == 303
    shown = {"revision": "1", "digest": handoff.current.package_sha256}
    assert client.post(f"{base}decide/", {"verdict": "approve", **shown}).status_code == 200
    assert client.post(f"{base}decide/", {"verdict": "reject", **shown}).status_code == 303
    logging.getLogger("handoff.scan").warning("taking %s failed", CANARY)
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("handoff.scan").exception("failed")
    found = [each for e in Event.objects.all() for each in told(e.kind, json.dumps(e.payload))]
    assert found == []
    assert "GitHub token" in logged.getvalue()
    assert told("log", logged.getvalue()) == []


def test_no_problem_of_a_dropped_file_holds_it(cast: Cast, logged: io.StringIO) -> None:
    path = f"{CANARY}.handoff.json"
    cast.write(path, json.dumps({"title": "x", CANARY: 1, "trigger": CANARY, "risk": CANARY}))
    scan.take_path(cast.workspace, path, is_complete=True)
    assert Problem.objects.exists()
    client = cast.client(cast.owner)
    found = [
        each for p in ("/problems/", "/w/acme/") for each in told(p, client.get(p).content.decode())
    ]
    found += [each for e in Event.objects.all() for each in told(e.kind, json.dumps(e.payload))]
    assert found == []
    assert told("log", logged.getvalue()) == []


@pytest.mark.slow
def test_the_canary_is_seen_where_nothing_is_masked(
    cast: Cast, handoff: Handoff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that its absence above means something."""
    monkeypatch.setattr(secrets, "find", lambda text: [])
    base = handoff.get_absolute_url()
    pages = dict(walk(cast.client(cast.reviewer), base, re.compile(re.escape(base))))
    assert len([url for url, text in pages.items() if CANARY in text]) > 25
