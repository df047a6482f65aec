"""``handoff`` as a shell script meets it: stdout, stderr and the exit code."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import handoff_cli
from desk import Desk
from handoff_cli import main

APPROVE = {"action_id": "0", "type": "approve"}
EDIT = {
    "action_id": "0",
    "type": "edit",
    "edited_action": {"name": "deploy", "args": {"env": "staging"}},
}


@pytest.fixture(autouse=True)
def environment(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HANDOFF_URL", desk.url)
    monkeypatch.setenv("HANDOFF_TOKEN", desk.token)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


def sent(desk: Desk) -> Any:
    return json.loads(desk.seen("POST")[0][3])


def decided(desk: Desk, outcome: str, *entries: dict[str, Any], **more: Any) -> str:
    """A handoff that is already answered, so that ``wait`` returns at once."""
    assert main(["ask", "Deploy?"]) == 0
    handoff_id = f"ho_{len(desk.handoffs)}"
    desk.decide(handoff_id, outcome, *entries, **more)
    return handoff_id


def test_ask_without_wait_prints_the_id_and_the_link(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "Deploy?"]) == 0
    assert capsys.readouterr().out == f"ho_1 {desk.url}/h/ho_1/\n"


def test_the_options_make_the_document(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text("# é")
    (tmp_path / "shot.png").write_bytes(b"\x89PNG\x00")
    args = ["ask", "Deploy?", "--action", "deploy", "--args", '{"n": 1.0}', "--risk", "high"]
    args += ["--file", "plan.md", "--file", str(tmp_path / "shot.png"), "--summary", "All green"]
    assert main([*args, "--workspace-file", "src/a.py"]) == 0
    assert b'"args":{"n":1.0}' in desk.seen("POST")[0][3]
    assert sent(desk) == {
        "title": "Deploy?",
        "summary": "All green",
        "actions": [{"name": "deploy", "args": {"n": 1.0}, "risk": "high"}],
        "context": {
            "files": [
                {"path": "plan.md", "content": "# é"},
                {"path": "shot.png", "content_base64": base64.b64encode(b"\x89PNG\x00").decode()},
                "src/a.py",
            ]
        },
    }


def test_a_whole_document_can_come_from_a_file(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text('{"title": "From a file", "metadata": {"k": 1}}')
    assert main(["ask", "--document", "@d.json", "--trigger", "question"]) == 0
    assert sent(desk) == {"title": "From a file", "metadata": {"k": 1}, "trigger": "question"}


@pytest.mark.parametrize(
    ("outcome", "entry", "code", "out"),
    [
        ("approved", APPROVE, 0, "approved\n"),
        ("edited", EDIT, 10, '{"env":"staging"}\n'),
        (
            "rejected",
            {"type": "reject", "message": "Not on a Friday"},
            20,
            "rejected\nNot on a Friday\n",
        ),
        ("responded", {"type": "respond", "message": "Logo A"}, 22, "responded\nLogo A\n"),
        ("mixed", APPROVE, 23, "mixed\n"),
        (
            "changes_requested",
            {"type": "request_changes", "comments": [{"path": "a.md", "line": 3, "body": "Name?"}]},
            21,
            "changes_requested\na.md:3: Name?\n",
        ),
    ],
)
def test_the_verdict_is_the_exit_code_and_the_answer_stands_on_stdout(
    desk: Desk,
    capsys: pytest.CaptureFixture[str],
    outcome: str,
    entry: dict[str, Any],
    code: int,
    out: str,
) -> None:
    handoff_id = decided(desk, outcome, entry)
    capsys.readouterr()
    assert main(["wait", handoff_id]) == code
    said = capsys.readouterr()
    assert said.out == out
    assert f"{outcome} by Ana" in said.err


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        ("expired", "none", 30),
        ("expired", "rejected", 30),
        ("expired", "approved", 0),
        ("withdrawn", "none", 31),
    ],
)
def test_endings_without_a_person_have_their_codes(
    desk: Desk, status: str, outcome: str, code: int
) -> None:
    assert main(["wait", decided(desk, outcome, status=status)]) == code


def test_json_prints_the_decision_as_the_desk_wrote_it(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    handoff_id = decided(desk, "approved", APPROVE, metadata={"thread": "t-1"})
    capsys.readouterr()
    main(["wait", handoff_id, "--json"])
    assert json.loads(capsys.readouterr().out) == desk.handoffs[handoff_id]["decision"]


def test_ask_and_wait_says_the_link_before_the_answer(
    desk: Desk, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with ThreadPoolExecutor() as pool:
        code = pool.submit(main, ["ask", "Deploy?", "--wait", "--state", "s"])
        desk.wait_for(lambda: desk.handoffs)
        assert (tmp_path / "s").exists()
        desk.decide("ho_1", "edited", EDIT)
        assert code.result(20) == 10
    said = capsys.readouterr()
    assert said.out == '{"env":"staging"}\n'
    assert said.err.startswith(f"ho_1 {desk.url}/h/ho_1/\n")
    assert not (tmp_path / "s").exists()


def test_a_timeout_leaves_it_open_and_says_how_to_go_on(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "Deploy?", "--wait", "--timeout", "0"]) == 40
    assert "handoff wait ho_1" in capsys.readouterr().err
    assert desk.handoffs["ho_1"]["status"] == "pending"


def test_ctrl_c_leaves_it_open_and_says_how_to_go_on(desk: Desk) -> None:
    here = Path(handoff_cli.__file__).parent
    process = subprocess.Popen(
        [sys.executable, str(here / "handoff_cli.py"), "ask", "Deploy?", "--wait"],
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job, and so its children, ignore Ctrl-C; a terminal's do not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    desk.wait_for(lambda: any("?wait=" in r[1] for r in desk.requests))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "handoff wait ho_1" in err
    assert "Traceback" not in err
    assert desk.handoffs["ho_1"]["status"] == "pending"


def test_a_second_round_is_asked_and_answered(desk: Desk) -> None:
    handoff_id = decided(desk, "changes_requested", {"type": "request_changes", "message": "x"})
    assert main(["revise", handoff_id, "Deploy to staging?", "--wait", "--timeout", "0"]) == 40
    desk.decide(handoff_id, "approved", APPROVE)
    assert main(["wait", handoff_id]) == 0
    assert desk.handoffs[handoff_id]["document"] == {"title": "Deploy to staging?"}


def test_acks_messages_and_withdrawals(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    handoff_id = decided(desk, "approved", APPROVE)
    assert main(["ack", handoff_id, "--applied", "--result", '{"took": 3}']) == 0
    assert main(["ack", handoff_id, "--not-applied", "--result", "it is Friday"]) == 0
    assert main(["message", handoff_id, "hello"]) == 0
    assert main(["withdraw", handoff_id]) == 0
    assert desk.handoffs[handoff_id]["acks"] == [
        {"applied": True, "result": {"took": 3}},
        {"applied": False, "result": "it is Friday"},
    ]
    assert capsys.readouterr().out.endswith("withdrawn\n")


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["ask"],
        ["ask", "x", "--args", "{}"],
        ["ask", "x", "--action", "a", "--args", "{nonsense"],
        ["ask", "x", "--action", "a", "--args", "[]"],
        ["ask", "x", "--risk", "huge"],
        ["ack", "ho_1"],
    ],
)
def test_wrong_usage_is_exit_2_and_sends_nothing(desk: Desk, argv: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    assert desk.requests == []


@pytest.mark.parametrize("argv", [["wait", "ho_none"], ["ask", "x", "--file", "missing.md"]])
def test_other_errors_are_exit_1_with_a_sentence(
    capsys: pytest.CaptureFixture[str], argv: list[str]
) -> None:
    assert main(argv) == 1
    assert capsys.readouterr().err.startswith("handoff: ")


def test_pinned_keys_change_only_when_told_so(
    desk: Desk, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pinned = tmp_path / "config" / "handoff" / "keys.json"
    assert main(["keys"]) == 0
    assert main(["keys"]) == 0
    assert capsys.readouterr().out == f"{pinned}\n" * 2
    pinned.write_text('{"keys":[{"key_id":"old","public_key":"AAAA"}]}\n')
    assert main(["keys"]) == 1
    assert "old" in pinned.read_text()
    assert main(["keys", "--replace"]) == 0
    assert "old" not in pinned.read_text()


def test_verify_refuses_an_unsigned_decision(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "keys.json").write_text("{}")
    (tmp_path / "d.json").write_text('{"outcome": "approved"}')
    assert main(["verify", "d.json", "--keys", "keys.json"]) == 1
    assert capsys.readouterr().out == ""


def test_drop_without_a_desk_ends_with_the_timeout_code(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["drop", ".", "Report", "--stem", "r", "--receipt-timeout", "0"]) == 40
    assert json.loads((tmp_path / "r.handoff.json").read_text()) == {"title": "Report"}
