"""Handoffs that fill every screen with its worst: long words, many parts, other scripts."""

import base64
from dataclasses import dataclass
from typing import Any

from tests.services.players import Person, Site

LONG_WORD = "donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft"
ARABIC = "هل نرسل هذه الرسالة إلى جميع العملاء الآن؟"
EMOJI = "👩‍👩‍👧‍👦 🏳️‍🌈 🇨🇭 👍🏽"
WORST_TITLE = f"{ARABIC} {EMOJI} {LONG_WORD}".ljust(200, "W")[:200]
ONE_WORD = "Z" * 200
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SCHEMA = {
    "type": "object",
    "required": ["region"],
    "properties": {
        "region": {"enum": ["eu-1", "us-2"], "description": "Where it goes."},
        "percent": {"type": "integer", "minimum": 1, "maximum": 50},
        "dry": {"type": "boolean"},
        "body": {"type": "string", "description": "What is sent."},
        "more": {"type": "object"},
    },
}
ARGS = {"region": "eu-1", "percent": 10, "dry": True, "body": "two\nlines", "more": {"a": [1]}}


def worst(number: int = 0) -> dict[str, Any]:
    """One action nobody would write by hand."""
    args = {
        "x" * 120: "y" * 400,
        "arabic": ARABIC,
        "emoji": EMOJI,
        "nested": {"deep": [{"deeper": [LONG_WORD * 3, 10**40, None, True]}]},
        "path": "/very/long/" * 20 + LONG_WORD,
    }
    return {
        "id": f"call_{number}",
        "name": f"{LONG_WORD}_{number}" if number % 2 else f"tool_{number}",
        "args": args,
        "description": f"{ARABIC} {LONG_WORD * 2} `{'z' * 200}`",
        "risk": ["low", "medium", "high", "critical"][number % 4],
        "reversible": bool(number % 3),
    }


def evidence() -> dict[str, Any]:
    """Files of every kind that has a viewer, a log, steps, prompts."""
    code = "def f():\n\treturn " + "+".join(["value"] * 80) + "\n"
    patch = "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n-old = 1\n+new = 2\n same\n"
    log = "2026-11-21 INFO ok\n\x1b[33mWARN slow\x1b[0m\nERROR " + LONG_WORD * 4 + "\n"
    image = base64.b64encode(PNG).decode()
    return {
        "files": [
            {"path": "src/code.py", "content": code, "diff": patch, "change": "modified"},
            {"path": "changes.patch", "content": patch},
            {"path": "table.csv", "content": "name,amount\n" + f"{LONG_WORD},{'1' * 60}\n" * 3},
            {"path": "notes.md", "content": f"# Notes\n\n| a | b |\n|-|-|\n| {LONG_WORD} | x |\n"},
            {"path": "data.json", "content": '{"a": {"b": [1, 2, "three"]}}'},
            {"path": "picture.png", "content_base64": image, "change": "created"},
            {"path": "page.html", "content": "<h1>Hi</h1>"},
            {"path": "raw.bin", "content_base64": base64.b64encode(bytes(64)).decode()},
            {"path": "gone.txt", "change": "deleted"},
        ],
        "logs": [{"path": "run.log", "content": log}, {"path": "other.log", "content": "fine\n"}],
        "steps": [
            {"action": "Ran 412 tests", "observation": "412 passed", "status": "ok"},
            {"action": LONG_WORD, "observation": LONG_WORD * 3, "thought": "?", "status": "failed"},
            "Looked",
        ],
        "messages": [
            {"role": "system", "content": "Be careful."},
            {"role": "user", "content": ARABIC},
            {
                "role": "assistant",
                "content": LONG_WORD * 30,
                "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}],
            },
        ],
        "links": [{"url": f"https://example.com/{LONG_WORD}", "title": LONG_WORD}],
    }


@dataclass(frozen=True)
class Showcase:
    """Paths of pages by what they show."""

    ordinary: str
    critical: str
    several: str
    worst: str
    one_word: str
    error: str
    question: str
    decided: str
    undone: str


def fill(site: Site, reviewer: Person) -> Showcase:
    """Hand off one of each."""
    full: dict[str, Any] = {
        "summary": "What **was** done:\n\n- one\n- two\n\n```\ncode\n```\n",
        "actions": [{"name": "deploy", "args": ARGS, "args_schema": SCHEMA}],
        "context": evidence(),
        "routing": {"tags": ["release", LONG_WORD[:60]], "priority": "urgent"},
        "confidence": {"score": 0.4, "threshold": 0.6, "reason": "Two sources disagree."},
        "agent": {"name": "bot", "model": "m-1"},
        "expires_at": "2031-01-01T00:00:00Z",
        "locks": {"held": ["src/code.py"]},
    }
    ordinary = site.hand_off("An ordinary handoff", **full)
    with site.api() as api:
        path = f"/handoffs/{ordinary['id']}"
        second = {**full, "title": "An ordinary handoff, round two"}
        second["context"] = {**evidence(), "files": evidence()["files"][1:]}
        assert api.post(f"{path}/revisions", json=second).is_success
        assert api.post(f"{path}/messages", json={"text": f"Hello {LONG_WORD}"}).is_success
    critical = {"name": "drop_table", "args": {"table": "invoices"}, "risk": "critical"}
    small = [{"id": str(n), "name": f"refund-{n}", "args": {"n": n}} for n in range(3)]
    files = [{"path": f"{LONG_WORD}/{n:04}/{'x' * 90}.txt", "content": str(n)} for n in range(1000)]
    failed = {
        "message": LONG_WORD * 3,
        "type": "TypeError",
        "traceback": f"File {'a/' * 200}\n" * 9,
    }
    decided = site.hand_off("Decided already", **full)
    assert reviewer.decide(decided["page"], "approve").status_code == 303
    undone = site.hand_off("Goes back", trigger="completion")
    return Showcase(
        ordinary=ordinary["page"],
        critical=site.hand_off("Drop a table", actions=[critical])["page"],
        several=site.hand_off("Three refunds", actions=small)["page"],
        worst=site.hand_off(
            WORST_TITLE,
            summary=f"{LONG_WORD * 3}\n\n{ARABIC}\n\n    {'c' * 500}\n",
            actions=[worst(n) for n in range(50)],
            context={"files": files},
        )["page"],
        one_word=site.hand_off(
            ONE_WORD,
            summary=ONE_WORD,
            agent={"name": LONG_WORD, "model": LONG_WORD},
            routing={"tags": [f"{n}{LONG_WORD[:59]}" for n in range(8)], "priority": "urgent"},
            expires_at="2031-01-01T00:00:00Z",
        )["page"],
        error=site.hand_off("It stopped", error=failed, context=evidence())["page"],
        question=site.hand_off(f"{ARABIC}", trigger="question")["page"],
        decided=decided["page"],
        undone=undone["page"],
    )
