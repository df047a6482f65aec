"""Names of files: one spelling, one stem, and nothing on a screen that hides."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces import paths

# The path pattern of handoff/v1; its "$" is the end of the text, which Python writes \Z.
SCHEMA_PATTERN = r"^(?!/)(?![\s\S]*(?:^|/)\.\.(?:/|$))[^\\\u0000-\u001f\u007f]+"
EVIL = "report\u202ejson.exe"


@pytest.mark.parametrize(
    ("given_path", "expected"),
    [
        ("a", "a"),
        ("src/interp.py", "src/interp.py"),
        ("./a/./b", "a/b"),
        ("a//b/", "a/b"),
        ("..a/b..", "..a/b.."),
        ("Überblick/😀.json", "Überblick/😀.json"),
        (" spaced name ", " spaced name "),
        (".hidden", ".hidden"),
    ],
)
def test_a_path_has_one_spelling(given_path: str, expected: str) -> None:
    assert paths.normalise(given_path) == expected


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ("/etc/passwd", "starts with"),
        ("../a", "leave the workspace"),
        ("a/../b", "leave the workspace"),
        ("a/..", "leave the workspace"),
        ("a\\b", "backslash"),
        ("a\nb", "line break"),
        ("a\x00b", "control"),
        ("a\x7f", "control"),
        ("", "empty"),
        (".", "empty"),
        ("./", "empty"),
        ("a\udcff", "UTF-8"),
        ("x" * 1025, "longer than 1,024"),
    ],
)
def test_a_path_that_no_file_can_have_is_refused_with_its_reason(bad: str, word: str) -> None:
    with pytest.raises(paths.BadPath, match=re.escape(word)) as refused:
        paths.normalise(bad)
    assert refused.value.status == 422


def test_a_path_of_exactly_1024_characters_is_taken() -> None:
    assert len(paths.normalise("x" * 1024)) == 1024


@given(st.text(alphabet=st.sampled_from("ab./\\\n\u202e😀"), max_size=20))
def test_what_normalise_gives_is_taken_by_itself_unchanged(text: str) -> None:
    try:
        once = paths.normalise(text)
    except paths.BadPath:
        return
    assert paths.normalise(once) == once
    assert not once.startswith("/")
    assert not {"", ".", ".."} & set(once.split("/"))


@given(st.text(alphabet=st.sampled_from("ab./\\\n\x7f\x00 "), min_size=1, max_size=20))
def test_normalise_refuses_what_the_schema_pattern_refuses(text: str) -> None:
    by_schema = re.match(SCHEMA_PATTERN + r"\Z", text) is not None
    try:
        paths.normalise(text)
    except paths.BadPath:
        names_nothing = not text.replace("/", "").replace(".", "")
        assert not by_schema or names_nothing
    else:
        assert by_schema


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("handoff.json", "handoff"),
        ("a.handoff.json", "a"),
        ("a.b.handoff.json", "a.b"),
        ("handoff.handoff.json", "handoff"),
        ("x.receipt.handoff.json", "x.receipt"),
        (".handoff.json", ".handoff"),
        ("a.receipt.json", None),
        ("handoff.decision.json", None),
        ("a.ack.json", None),
        ("a.handoff.receipt.json", None),
        ("handoff.json.tmp", None),
        ("xhandoff.json", None),
        ("HANDOFF.JSON", None),
    ],
)
def test_the_stem_of_a_handoff_file(name: str, stem: str | None) -> None:
    assert paths.stem(name) == stem
    assert paths.is_intake(name) is (stem is not None)


@pytest.mark.parametrize("stem", ["handoff", "a", "x.receipt", ".handoff"])
def test_no_answer_of_the_desk_is_ever_intake(stem: str) -> None:
    answers = [
        paths.receipt_name(stem),
        paths.decision_name(stem),
        paths.archived_decision_name(stem, "ho_" + "0" * 26, 1),
        paths.foreign_decision_name(stem, "ho_" + "0" * 26),
    ]
    assert not any(map(paths.is_intake, answers))
    assert all(map(paths.is_answer, answers))
    assert paths.is_ack(paths.ack_name(stem))
    assert len({*answers, paths.ack_name(stem)}) == 5


def test_answers_have_the_names_that_the_protocol_gives() -> None:
    assert paths.receipt_name("a") == "a.receipt.json"
    assert paths.archived_decision_name("a", "ho_1", 1) == "a.ho_1.r1.decision.json"
    assert paths.foreign_decision_name("a", "ho_1") == "a.ho_1.decision.json"
    assert paths.beside("x/y/a.handoff.json", "a.ack.json") == "x/y/a.ack.json"
    assert paths.beside("handoff.json", "handoff.ack.json") == "handoff.ack.json"


def test_a_stem_whose_longest_answer_fits_is_taken_and_one_byte_more_is_not() -> None:
    longest = "s" * paths.STEM_MAX_BYTES
    answer = paths.archived_decision_name(longest, "ho_" + "0" * 26, 99999)
    assert len(answer) == paths.NAME_MAX_BYTES
    assert paths.intake_problem(f"f/{longest}.handoff.json") is None
    assert "too long" in (paths.intake_problem(f"f/{longest}s.handoff.json") or "")


def test_a_prefix_covers_whole_parts_only() -> None:
    assert paths.matches_prefix("reports/a.json", "reports")
    assert paths.matches_prefix("reports/a.json", "reports/")
    assert paths.matches_prefix("reports", "reports")
    assert paths.matches_prefix("anything", "")
    assert paths.matches_prefix("anything", ".")
    assert not paths.matches_prefix("reports-old/a.json", "reports")
    assert not paths.matches_prefix("old/reports/a.json", "reports")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain näme 😀.json", "plain näme 😀.json"),
        (EVIL, "report\\u202ejson.exe"),
        ("a\nb\t\x07\x7f", "a\\nb\\t\\x07\\x7f"),
        (b"\xff\xfe.json".decode("utf-8", "surrogateescape"), "\\xff\\xfe.json"),
        ("\\xff", "\\\\xff"),
        ("\ud800", "\\ud800"),
        ("zero\u200bwidth\ufeff\u2060", "zero\\u200bwidth\\ufeff\\u2060"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("hangul\u3164nbsp\u00a0", "hangul\\u3164nbsp\\u00a0"),
        ("line\u2028sep", "line\\u2028sep"),
    ],
)
def test_what_cannot_be_seen_is_drawn_as_a_mark(name: str, shown: str) -> None:
    assert paths.printable(name) == shown


@given(st.binary(max_size=30), st.binary(max_size=30))
def test_two_names_of_different_bytes_never_look_the_same(one: bytes, other: bytes) -> None:
    shown = [paths.printable(name.decode("utf-8", "surrogateescape")) for name in (one, other)]
    assert (shown[0] == shown[1]) is (one == other)
    assert all(text.encode() for text in shown if text)


def test_the_pattern_above_is_that_of_the_schema() -> None:
    schema = Path(__file__).parents[2] / "reviews" / "schemas" / "handoff-v1.schema.json"
    path = json.loads(schema.read_text("utf-8"))["$defs"]["path"]
    assert path["maxLength"] == paths.PATH_MAX_CHARACTERS
    assert path["pattern"].removesuffix("$") == SCHEMA_PATTERN
