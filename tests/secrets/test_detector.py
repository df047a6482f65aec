"""The detector finds what is secret, leaves the rest alone, and takes its time from nobody."""

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews import secret_patterns, secrets
from reviews.secret_names import kind_of_member
from tests.secrets.corpus import CLEAN, FOUND, KEY, PEM

PIECES = st.sampled_from(
    [pattern.anchor for pattern in secret_patterns.PATTERNS]
    + list(secret_patterns.STEMS)
    + ["=", ":", '"', "'", " ", "\n", "@", "/", "a", "0", "4111 ", "1111", ".", "-", "_", "\\"]
    + ["-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----", "Bearer ", "é", "İ", "\ud800"]
)


def test_the_corpora_are_as_large_as_they_should_be() -> None:
    assert len(FOUND) >= 60
    assert len(CLEAN) >= 60


@pytest.mark.parametrize(("kind", "text", "secret"), FOUND, ids=[f[1][:40] for f in FOUND])
def test_a_secret_is_found_by_its_kind_and_nothing_else_is_masked(
    kind: str, text: str, secret: str
) -> None:
    (span,) = secrets.find(text)
    assert (text[span.start : span.end], span.kind) == (secret, kind)
    assert secret not in secrets.masked(text)


@pytest.mark.parametrize("text", CLEAN, ids=[text[:40] for text in CLEAN])
def test_what_only_looks_like_a_secret_stays(text: str) -> None:
    assert secrets.masked(text) == text


@pytest.mark.parametrize("prefix", ["", "    ", "+", "> ", "-", "# "])
def test_a_private_key_is_masked_line_by_line(prefix: str) -> None:
    text = "".join(f"{prefix}{line}\n" for line in ["before", *KEY.split("\n"), "after"])
    shown = secrets.masked(text)
    assert shown.count("\n") == text.count("\n")
    assert not any(line in shown for line in PEM.split("\n"))
    lines = shown.split("\n")
    assert lines[0] == f"{prefix}before"
    assert lines[9] == f"{prefix}after"
    assert lines[1].startswith(f"{prefix}•••• private key,")
    assert lines[2] == f"{prefix}••••"


@pytest.mark.parametrize(
    "torn", [KEY.rsplit("\n", 2)[0], KEY.split("\n", 2)[2], KEY.replace("\n", "\\n")]
)
def test_a_torn_or_quoted_private_key_is_masked_too(torn: str) -> None:
    shown = secrets.masked(f"log says: \n{torn}\nThat was it.")
    assert not any(line in shown for line in PEM.split("\n")[1:-1])
    assert "That was it." in shown
    assert "log says" in shown


def test_masking_twice_is_masking_once() -> None:
    for _kind, text, _secret in FOUND:
        once = secrets.masked(text)
        assert secrets.masked(once) == once


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("password", True), ("dbPassword", True), ("api_key", True), ("apiKey", True),
        ("client-secret", True), ("Authorization", True), ("access_token", True), ("cvv", True),
        ("max_tokens", False), ("next_page_token", False), ("key", False), ("author", False),
        ("secret_name", False), ("token_count", False), ("primary_key", False), ("id", False),
    ],
)  # fmt: skip
def test_a_member_is_secret_by_its_name(name: str, is_secret: bool) -> None:
    assert (kind_of_member(name, "x") is not None) == is_secret
    assert kind_of_member(name, None) is None
    assert kind_of_member(name, True) is None


@settings(deadline=5_000, max_examples=100)
@given(st.lists(PIECES, min_size=1, max_size=6), st.integers(200, 4_000))
def test_no_text_takes_long(pieces: list[str], times: int) -> None:
    """Linear time: a repeated hostile run of up to 200 KB; quadratic would take minutes."""
    text = ("".join(pieces) * times)[:200_000]
    spans = secrets.find(text)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    secrets.masked(text)


@given(st.text(max_size=200) | st.lists(PIECES, max_size=20).map("".join))
def test_masking_keeps_the_lines_and_what_is_no_secret(text: str) -> None:
    shown = secrets.masked(text)
    assert shown.count("\n") == text.count("\n")
    if not secrets.find(text):
        assert shown == text


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize(
    "run", [p.anchor for p in secret_patterns.PATTERNS] + [f"{s}=" for s in secret_patterns.STEMS]
)
def test_a_megabyte_of_one_word_is_searched_in_a_second(run: str) -> None:
    text = run * (1_000_000 // len(run))
    start = time.perf_counter()
    secrets.find(text)
    assert time.perf_counter() - start < 1
