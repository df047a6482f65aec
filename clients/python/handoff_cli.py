"""``handoff``: ask a person from a shell script, and branch on the exit code.

Answers go to stdout, progress to stderr. Exit codes: 0 approved (or done), 10 edited (stdout
is then the edited arguments as JSON), 20 rejected, 21 changes requested, 22 responded,
23 mixed, 30 expired, 31 withdrawn, 40 nobody answered within --timeout, 130 interrupted
(the handoff stays open), 2 wrong usage, 1 anything else.
"""

from __future__ import annotations

import argparse
import base64
import logging
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Callable

from handoff_client import (
    Client,
    Decision,
    Handoff,
    HandoffError,
    Json,
    Receipt,
    WaitTimeout,
    ack_file,
    drop,
    dump,
    parse,
    verify_decision,
    wait_decision_file,
)

EXIT = {
    "approved": 0,
    "edited": 10,
    "rejected": 20,
    "changes_requested": 21,
    "responded": 22,
    "mixed": 23,
    "expired": 30,
    "withdrawn": 31,
}
EXIT_TIMEOUT = 40
EXIT_INTERRUPTED = 130
DEFAULT_URL = "http://127.0.0.1:8000"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    parser = _parser()
    options = parser.parse_args(argv)
    logging.basicConfig(format="%(message)s", stream=sys.stderr, level=logging.WARNING)
    try:
        return int(options.run(options))
    except _Usage as error:
        parser.error(str(error))
    except WaitTimeout as error:
        _say(str(error))
        return EXIT_TIMEOUT
    except HandoffError as error:
        _say(f"handoff: {error}")
        return 1
    except OSError as error:
        _say(f"handoff: {error}")
        return 1
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


class _Usage(Exception):
    """A value on the command line that argparse could not judge."""


# --- commands --------------------------------------------------------------------------------


def ask(options: argparse.Namespace) -> int:
    client = _client(options)
    handoff = client.submit_document(_document(options), state=options.state)
    return _handed_off(client, handoff, options)


def revise(options: argparse.Namespace) -> int:
    client = _client(options)
    handoff = client.revise(options.id, **_document(options))
    return _handed_off(client, handoff, options)


def _handed_off(client: Client, handoff: Handoff, options: argparse.Namespace) -> int:
    """Name the handoff, on stdout where that is the answer, and wait if asked to."""
    for warning in handoff.warnings:
        _say(f"warning: {warning.get('pointer')}: {warning.get('detail')}")
    if options.wait:
        _say(f"{handoff.id} {handoff.web_url}")
        return _wait(client, handoff, options)
    print(dump(handoff.document) if options.json else f"{handoff.id} {handoff.web_url}")
    return 0


def wait(options: argparse.Namespace) -> int:
    client = _client(options)
    return _wait(client, client.get(options.id), options)


def _wait(client: Client, handoff: Handoff, options: argparse.Namespace) -> int:
    progress = _Progress(handoff)
    try:
        decision = client.wait(
            handoff, options.timeout, revision=options.revision, on_update=progress
        )
    except (KeyboardInterrupt, WaitTimeout):
        _say(f"{handoff.id} stays open. Go on with: {_resume(options, handoff.id)}")
        raise
    code = _tell(decision, as_json=options.json)
    decision.done()  # told: from here on the same command asks a person anew
    return code


def _resume(options: argparse.Namespace, handoff_id: str) -> str:
    state = getattr(options, "state", None)
    if state:
        return f"the same command (it reads {shlex.quote(str(state))})"
    return f"handoff wait {handoff_id}"


class _Progress:
    """Says on stderr what changes while a handoff is open, each thing once."""

    def __init__(self, handoff: Handoff) -> None:
        self.status = handoff.status
        self.messages = len(handoff.messages)

    def __call__(self, handoff: Handoff) -> None:
        if handoff.status != self.status:
            self.status = handoff.status
            _say(f"{handoff.id} is {handoff.status}")
        for message in handoff.messages[self.messages :]:
            if message.get("from") != "agent":  # our own need no echo
                _say(f"{message.get('name') or 'message'}: {message.get('text')}")
        self.messages = len(handoff.messages)


def message(options: argparse.Namespace) -> int:
    _client(options).message(options.id, options.text)
    return 0


def withdraw(options: argparse.Namespace) -> int:
    print(_client(options).withdraw(options.id).status)
    return 0


def ack(options: argparse.Namespace) -> int:
    _client(options).ack(options.id, options.applied, _result(options.result))
    return 0


def drop_file(options: argparse.Namespace) -> int:
    """The file door: no network, no token."""
    receipt = drop(options.folder, _document(options), options.stem, options.receipt_timeout)
    for warning in receipt.document.get("warnings") or []:
        _say(f"warning: {warning.get('pointer')}: {warning.get('detail')}")
    if not options.wait:
        print(dump(receipt.document) if options.json else f"{receipt.id} {receipt.web_url}")
        return 0
    _say(f"{receipt.id} {receipt.web_url}")
    decision = _wait_file(receipt, options.timeout)
    if options.keys:
        verify_decision(decision, _json(options.keys.read_text(), str(options.keys)))
    return _tell(decision, as_json=options.json)


def _wait_file(receipt: Receipt, timeout: float | None) -> Decision:
    try:
        return wait_decision_file(receipt, timeout)
    except (KeyboardInterrupt, WaitTimeout):
        where = receipt.folder / f"{receipt.stem}.decision.json"
        _say(f"{receipt.id} stays open; the answer will be in {where}")
        raise


def ack_dropped(options: argparse.Namespace) -> int:
    receipt = Receipt(options.folder, options.stem, {})
    ack_file(receipt, options.applied, _result(options.result))
    return 0


def verify(options: argparse.Namespace) -> int:
    keys = _json(_keys_path(options).read_text(), "the key file")
    verify_decision(options.file.read_bytes(), keys)
    print("genuine")
    return 0


def keys(options: argparse.Namespace) -> int:
    """Fetch the desk's keys and pin them: a file once written changes only by --replace."""
    path = _keys_path(options)
    found = dump(_client(options).keys(), sort_keys=True)
    if path.exists() and path.read_text().strip() != found and not options.replace:
        raise HandoffError(
            f"The desk's keys differ from those pinned in {path}."
            " If its people say that they changed them, use --replace."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{found}\n")
    print(path)
    return 0


# --- what is said ----------------------------------------------------------------------------


def _tell(decision: Decision, *, as_json: bool) -> int:
    """The verdict on stdout (for an edit: the arguments alone), who on stderr."""
    by = decision.document.get("decided_by") or {}
    _say(f"{decision.verdict} by {by.get('name') or by.get('id') or by.get('kind') or 'nobody'}")
    if as_json:
        print(dump(decision.document))
    elif decision.verdict == "edited":
        edits = list(decision.edited_args.values())
        if edits:
            print(dump(edits[0] if len(edits) == 1 else edits))
        for entry in decision.entries:
            for file in entry.get("edited_files") or []:
                _say(f"edited file: {file.get('path')} {file.get('sha256')}")
        if decision.message:
            _say(decision.message)
    else:
        print(decision.verdict)
        if decision.message:
            print(decision.message)
        for comment in decision.comments:
            place = ":".join(str(comment[k]) for k in ("path", "line") if k in comment)
            print(f"{place}: {comment['body']}" if place else comment["body"])
    sys.stdout.flush()
    return EXIT[decision.verdict]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# --- what is asked ---------------------------------------------------------------------------


def _document(options: argparse.Namespace) -> Json:
    """The handoff that the options describe, over the members of --document if given."""
    found: Json = {}
    if options.document:
        found = _json(_text(options.document), "--document")
        if not isinstance(found, dict):
            raise _Usage("--document must be a JSON object")
    if options.title:
        found["title"] = options.title
    if "title" not in found:
        raise _Usage("give a title, or one in --document")
    for name in ("summary", "trigger", "workspace", "id"):
        if getattr(options, f"document_{name}"):
            found[name] = getattr(options, f"document_{name}")
    if options.action:
        found["actions"] = [_action(options)]
    elif options.args or options.risk:
        raise _Usage("--args and --risk belong to an --action")
    files = [_inline(path) for path in options.file] + list(options.workspace_file)
    if files:
        context = found.setdefault("context", {})
        context["files"] = [*context.get("files", []), *files]
    return found


def _action(options: argparse.Namespace) -> Json:
    action: Json = {"name": options.action}
    if options.args:
        action["args"] = _json(_text(options.args), "--args")
        if not isinstance(action["args"], dict):
            raise _Usage("--args must be a JSON object")
    if options.args_schema:
        action["args_schema"] = _json(_text(options.args_schema), "--args-schema")
    if options.risk:
        action["risk"] = options.risk
    return action


def _inline(path: Path) -> Json:
    """The file's bytes in the document, for an agent whose files are not in a workspace."""
    inside = not path.is_absolute() and ".." not in path.parts
    name = str(PurePosixPath(path)) if inside else path.name
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # the desk takes no NUL in a string
        return {"path": name, "content_base64": base64.b64encode(data).decode()}
    return {"path": name, "content": text}


def _text(value: str) -> str:
    """The option's value; ``@FILE`` is that file's text and ``-`` is stdin."""
    if value == "-":
        return sys.stdin.read()
    return Path(value[1:]).read_text() if value.startswith("@") else value


def _json(text: str, what: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise _Usage(f"{what} is not JSON: {error}") from None


def _result(text: str | None) -> Any:
    """JSON where it is JSON, else the words themselves."""
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError:
        return text


def _client(options: argparse.Namespace) -> Client:
    token = options.token_file.read_text() if options.token_file else None
    url = options.url or os.environ.get("HANDOFF_URL") or DEFAULT_URL
    return Client(url, token, patience=options.patience)


def _keys_path(options: argparse.Namespace) -> Path:
    if options.keys:
        return Path(options.keys)
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(config) / "handoff" / "keys.json"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="handoff", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., int], about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(run=run, revision=None)
        return sub

    sub = command("ask", ask, "hand off, and with --wait print the answer")
    _add_desk(sub)
    _add_document(sub)
    _add_wait(sub, flag=True)
    sub.add_argument("--state", type=Path, help="survive a crash: remember the handoff here")
    sub = command("revise", revise, "open the next round of a handoff")
    _add_desk(sub)
    sub.add_argument("id")
    _add_document(sub)
    _add_wait(sub, flag=True)
    sub = command("wait", wait, "wait for the answer to a handoff")
    _add_desk(sub)
    sub.add_argument("id")
    sub.add_argument("--revision", type=int, help="the round to be answered (default: the latest)")
    _add_wait(sub, flag=False)
    sub = command("message", message, "say something to the reviewers")
    _add_desk(sub)
    sub.add_argument("id")
    sub.add_argument("text")
    sub = command("withdraw", withdraw, "take a handoff back")
    _add_desk(sub)
    sub.add_argument("id")
    sub = command("ack", ack, "tell the desk what became of its answer")
    _add_desk(sub)
    sub.add_argument("id")
    _add_ack(sub)
    sub = command("drop", drop_file, "hand off by a file in a workspace folder, without network")
    sub.add_argument("folder", type=Path)
    _add_document(sub)
    _add_wait(sub, flag=True)
    sub.add_argument("--stem", default="handoff", help="the file's name before .handoff.json")
    sub.add_argument("--receipt-timeout", type=float, default=60.0, metavar="SECONDS")
    sub.add_argument("--keys", type=Path, help="check the answer with these pinned keys")
    sub = command("ack-file", ack_dropped, "as ack, by a file beside the dropped one")
    sub.add_argument("folder", type=Path)
    sub.add_argument("--stem", default="handoff")
    _add_ack(sub)
    sub = command("verify", verify, "check the signature of a decision file with the pinned keys")
    sub.add_argument("file", type=Path)
    sub.add_argument("--keys", type=Path, help="default: ~/.config/handoff/keys.json")
    sub = command("keys", keys, "fetch the desk's public keys and pin them")
    _add_desk(sub)
    sub.add_argument("--keys", type=Path, help="default: ~/.config/handoff/keys.json")
    sub.add_argument("--replace", action="store_true")
    return parser


def _add_desk(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--url", help=f"default: $HANDOFF_URL, else {DEFAULT_URL}")
    sub.add_argument("--token-file", type=Path, help="default: the token is $HANDOFF_TOKEN")
    sub.add_argument(
        "--patience", type=float, default=60.0, metavar="SECONDS", help="retry a desk that is away"
    )


def _add_document(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("title", nargs="?")
    sub.add_argument("--document", metavar="JSON|@FILE|-", help="a whole handoff/v1 document")
    for name in ("summary", "trigger", "workspace", "id"):
        sub.add_argument(f"--{name}", dest=f"document_{name}", metavar=name.upper())
    sub.add_argument("--action", metavar="NAME", help="what you want to do next")
    sub.add_argument("--args", metavar="JSON|@FILE|-")
    sub.add_argument("--args-schema", metavar="JSON|@FILE")
    sub.add_argument("--risk", choices=["low", "medium", "high", "critical"])
    sub.add_argument(
        "--file",
        type=Path,
        action="append",
        default=[],
        help="send this file along (again for more)",
    )
    sub.add_argument(
        "--workspace-file", action="append", default=[], help="name a file in the workspace folder"
    )


def _add_wait(sub: argparse.ArgumentParser, *, flag: bool) -> None:
    if flag:
        sub.add_argument("--wait", action="store_true", help="wait for the answer")
    sub.add_argument("--timeout", type=float, metavar="SECONDS", help="wait no longer (exit 40)")
    sub.add_argument("--json", action="store_true", help="print the whole document")


def _add_ack(sub: argparse.ArgumentParser) -> None:
    how = sub.add_mutually_exclusive_group(required=True)
    how.add_argument("--applied", action="store_true", dest="applied")
    how.add_argument("--not-applied", action="store_false", dest="applied")
    sub.add_argument("--result", metavar="JSON|TEXT")


if __name__ == "__main__":
    sys.exit(main())
