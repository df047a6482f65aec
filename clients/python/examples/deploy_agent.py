"""An agent to play with: it asks before it deploys, and does what it is told.

    HANDOFF_URL=http://127.0.0.1:8000 HANDOFF_TOKEN=hdk_… python deploy_agent.py
    python deploy_agent.py --folder path/of/a/workspace     # by files, without network

It deploys nothing: "applying" an answer writes ``deployed.json`` into its own folder. Interrupt
it while it waits (Ctrl-C, or kill -9) and start it again: over HTTP it goes on with the same
handoff.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable, Protocol

from handoff_client import (
    Client,
    Decision,
    Handoff,
    HandoffError,
    Json,
    Receipt,
    VerifierMissing,
    ack_file,
    drop,
    dump,
    verify_decision,
    wait_decision_file,
)

Say = Callable[[str], None]

ARGS: Json = {"service": "shop", "version": "1.4.0", "environment": "production", "percent": 25}
ARGS_SCHEMA: Json = {
    "type": "object",
    "required": ["service", "version", "environment", "percent"],
    "additionalProperties": False,
    "properties": {
        "service": {"type": "string", "minLength": 1},
        "version": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
        "environment": {"enum": ["staging", "production"]},
        "percent": {"type": "integer", "minimum": 1, "maximum": 100},
    },
}
NOTES = """# Shop 1.4.0

- Baskets survive signing out.
- Prices are rounded per line, no longer per basket.
- Migration 0031 adds the column `basket.kept_until`; it is filled in the background.
"""
LOG = """INFO  412 tests passed in 38.2 s
INFO  image shop:1.4.0 built, 84 MB
WARN  migration 0031 takes a lock on "basket" for about 2 s
INFO  ready to deploy
"""
NOTES_FILE = "release-notes.md"
LOG_FILE = "build.log"


def document(round_number: int, notes: Any, log: Any, before: Decision | None = None) -> Json:
    """The handoff of one round; ``notes`` and ``log`` are entries of a list of files, ``before``
    is the request for changes that it answers."""
    summary = "All 412 tests pass. I would start with a quarter of production."
    if round_number > 1:
        summary = f"Round {round_number}: the release notes say what you asked for. " + summary
    return {
        "title": "Deploy shop 1.4.0 to production",
        "trigger": "critical_action",
        "summary": summary,
        "actions": [
            {
                "id": "deploy",
                "name": "deploy",
                "args": ARGS,
                "args_schema": ARGS_SCHEMA,
                "description": "Replaces shop 1.3.2 on 25 % of the production machines.",
                "risk": "high",
                "reversible": True,
            }
        ],
        "context": {
            **({"resolves": answers(before)} if before else {}),
            "files": [notes],
            "logs": [log],
            "steps": [
                {"action": "ran the tests", "observation": "412 passed", "status": "ok"},
                {"action": "built the image", "observation": "84 MB", "status": "ok"},
            ],
        },
        "checkpoint": {
            "format": "custom/deploy-agent",
            "step": 2,
            "last_completed": "built the image",
            "next": ["deploy", "smoke test"],
            "ref": {"image": "shop:1.4.0"},
        },
        "routing": {"tags": ["shop"]},
        "agent": {"name": "deploy-agent", "task": "Bring shop 1.4.0 to production"},
    }


# --- the two doors ---------------------------------------------------------------------------


class Door(Protocol):
    """A way to the desk and back; ``files`` of a round are (name, text)."""

    def ask(self, notes: str, round_number: int, before: Decision | None) -> Decision: ...
    def ack(self, decision: Decision, applied: bool, result: Any) -> None: ...
    def edited(self, decision: Decision, file: Json) -> bytes: ...


class HttpDoor:
    """Over the API; the files travel inside the document."""

    def __init__(self, client: Client, workspace: str | None, folder: Path, say: Say) -> None:
        self.client, self.workspace, self.say = client, workspace, say
        self.state = folder / "deploy.state"
        self.keys = client.keys()  # before the question, so that no answer brings its own

    def ask(self, notes: str, round_number: int, before: Decision | None) -> Decision:
        body = document(
            round_number,
            {"path": NOTES_FILE, "content": notes},
            {"path": LOG_FILE, "content": LOG},
            before,
        )
        if self.workspace:
            body["workspace"] = self.workspace
        if before is None:
            handoff = self.client.submit(**body, state=self.state)
            self.say("I go on with what I asked before." if handoff.resumed else "I ask.")
        else:
            handoff = self.client.revise(before, **body)
        self.say(f"Decide here: {handoff.web_url}")
        decision = self.client.wait(handoff, on_update=_Listener(handoff, self.say))
        try:
            verify_decision(decision, self.keys)
            self.say("The answer's signature is the desk's.")
        except VerifierMissing as error:
            self.say(f"The answer's signature was not checked. {error}")
        return decision

    def ack(self, decision: Decision, applied: bool, result: Any) -> None:
        self.client.ack(decision, applied, result)

    def edited(self, decision: Decision, file: Json) -> bytes:
        return self.client.download(decision, file["sha256"])


class FileDoor:
    """By files in the workspace's folder; the evidence lies beside the handoff."""

    def __init__(self, root: Path, say: Say) -> None:
        self.root, self.say = root, say
        self.folder = root / "deploy-agent"
        self.folder.mkdir(exist_ok=True)
        self.receipt: Receipt | None = None

    def ask(self, notes: str, round_number: int, before: Decision | None) -> Decision:
        (self.folder / NOTES_FILE).write_text(notes)
        (self.folder / LOG_FILE).write_text(LOG)
        at = self.folder.relative_to(self.root)
        asked = document(round_number, f"{at / NOTES_FILE}", f"{at / LOG_FILE}", before)
        self.say(f"I write {self.folder / 'handoff.json'} and wait for the receipt.")
        self.receipt = drop(self.folder, asked)
        self.say(f"Receipt: {self.receipt.id}, round {self.receipt.revision}.")
        self.say(f"Decide here: {self.receipt.web_url}")
        self.say("I wait for handoff.decision.json. (`handoff verify` can check its signature.)")
        return wait_decision_file(self.receipt)

    def ack(self, decision: Decision, applied: bool, result: Any) -> None:
        assert self.receipt is not None
        ack_file(self.receipt, applied, result)

    def edited(self, decision: Decision, file: Json) -> bytes:
        return (self.root / str(file["path"])).read_bytes()  # the desk wrote it at release


class _Listener:
    """Says what happens while a person looks at it."""

    def __init__(self, handoff: Handoff, say: Say) -> None:
        self.status, self.heard, self.say = handoff.status, len(handoff.messages), say

    def __call__(self, handoff: Handoff) -> None:
        if handoff.status != self.status and handoff.decision is None:
            is_claimed = handoff.status == "claimed"
            self.say("Somebody looks at it." if is_claimed else "It is open again.")
        self.status = handoff.status
        for message in handoff.messages[self.heard :]:
            if message.get("from") != "agent":
                self.say(f"{message.get('name', 'A reviewer')} says: {message.get('text')}")
        self.heard = len(handoff.messages)


# --- the agent -------------------------------------------------------------------------------


def play(door: Door, folder: Path, say: Say) -> str:
    """Ask, act on the answer, open further rounds as asked; gives the last verdict."""
    notes, round_number, decision = NOTES, 1, None
    say("I have built shop 1.4.0 and would deploy it now. That is not mine to decide.")
    while True:
        decision = door.ask(notes, round_number, decision)
        by = decision.document.get("decided_by") or {}
        say(f"Answer: {decision.verdict}, by {by.get('name') or by.get('kind')}.")
        if decision.message:
            say(f"They say: {decision.message}")
        for comment in decision.comments:
            say(f"They say{_place(comment)}: {comment['body']}")
        if decision.verdict != "changes_requested":
            break
        notes = mended(notes, decision)
        round_number = decision.revision + 1
        say(f"I mend {NOTES_FILE} and open round {round_number}.")
    finish(door, decision, folder, say)
    return decision.verdict


def answers(before: Decision) -> list[Json]:
    """Every comment is worked into the notes, so every one is answered as done."""
    done = ("done", "Worked into the notes.")
    return before.resolves({c["id"]: done for c in before.comments if "id" in c})


def mended(notes: str, decision: Decision) -> str:
    """The notes with the reviewer's words worked in, as a model would, only duller."""
    wishes = [decision.message] if decision.message else []
    wishes += [f"{comment['body']}{_place(comment)}" for comment in decision.comments]
    lines = "".join(f"- {wish}\n" for wish in wishes)
    return f"{notes}\n## Changed after round {decision.revision}\n\n{lines}"


def _place(comment: Json) -> str:
    return f" (line {comment['line']})" if "line" in comment else ""


def finish(door: Door, decision: Decision, folder: Path, say: Say) -> None:
    """Do what the last answer allows, and tell the desk what became of it."""
    if decision.verdict in ("approved", "edited"):
        args = decision.edited_args.get("deploy", ARGS)
        if args != ARGS:
            say(f"I use the arguments as edited: {dump(args)}")
        for entry in decision.entries:
            for file in entry.get("edited_files") or []:
                (folder / NOTES_FILE).write_bytes(door.edited(decision, file))
                say(f"I use {NOTES_FILE} as edited.")
        result = folder / "deployed.json"
        result.write_text(dump({"handoff": decision.handoff, "args": args}) + "\n")
        say(f"Deployed (that is, I wrote {result}).")
        door.ack(decision, True, {"deployed": args})
    elif decision.verdict == "responded":
        say("I have read it and leave the deployment for now.")
        door.ack(decision, True, "read; nothing deployed")
    elif decision.verdict in ("rejected", "expired"):
        say("Then I stop. Nothing was deployed.")
        door.ack(decision, False, "stopped; nothing deployed")
    else:
        say("Nothing is to be done.")
        decision.done()
        return
    say("The desk knows what became of its answer. Look at the receipt on the page.")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="An agent that asks before it deploys.")
    parser.add_argument("--workspace", help="which one, if its token may submit to several")
    parser.add_argument("--work", type=Path, default=Path(), help="where it keeps its own files")
    parser.add_argument("--folder", type=Path, help="a workspace's folder: hand off by file")
    options = parser.parse_args(argv)

    def say(text: str) -> None:
        print(f"agent: {text}", flush=True)

    try:
        options.work.mkdir(parents=True, exist_ok=True)
        door: Door
        if options.folder:
            door = FileDoor(options.folder, say)
        else:
            door = HttpDoor(Client(), options.workspace, options.work, say)
        play(door, options.work, say)
    except KeyboardInterrupt:
        say("Interrupted. The handoff stays open; start me again and I go on.")
        return 130
    except HandoffError as error:
        print(f"agent: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
