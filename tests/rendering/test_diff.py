"""Two versions as hunks: true, complete, and quick on files of ten thousand lines."""

import random
import re
import time
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.rendering import diff, lines
from reviews.rendering.diff import DiffView, Hunk, pairs, unified


def bare(html: str) -> str:
    return unescape(re.sub(r'<span class="inv"[^>]*>[^<]*</span>|<[^>]*>', "", html))


def kinds(view: DiffView) -> str:
    return "".join(row.kind for hunk in view.hunks for row in hunk.rows)


def test_a_changed_line_shows_both_sides_with_the_changed_word_marked() -> None:
    view = unified(b"a\nb = f(30)\nc\n", b"a\nb = f(15)\nc\n")
    assert kinds(view) == " -+ " and (view.added, view.removed) == (1, 1)
    assert [row.html for row in view.hunks[0].rows] == [
        "a", "b = f(<mark>30</mark>)", "b = f(<mark>15</mark>)", "c",
    ]  # fmt: skip
    assert [(row.old_no, row.new_no) for row in view.hunks[0].rows] == [
        (1, 1), (2, None), (None, 2), (3, 3),
    ]  # fmt: skip


def test_lines_with_little_in_common_are_not_speckled_with_marks() -> None:
    assert "<mark>" not in unified(b"import os\n", b"return 42\n").hunks[0].rows[0].html


def test_a_new_and_a_deleted_file_are_all_one_kind() -> None:
    assert kinds(unified(None, b"a\nb\n")) == "++"
    assert kinds(unified(b"a\nb\n", None)) == "--"
    assert unified(None, b"a\n").hunks[0].header == "@@ -0,0 +1,1 @@"


def test_distant_changes_are_separate_hunks_near_ones_share_one() -> None:
    before = [f"line {n}" for n in range(60)]
    for second, hunks in ((7, 1), (40, 2)):
        after = list(before)
        after[1] = after[second] = "changed"
        view = unified("\n".join(before).encode(), "\n".join(after).encode())
        assert len(view.hunks) == hunks
    assert [hunk.header for hunk in view.hunks] == ["@@ -1,5 +1,5 @@", "@@ -38,7 +38,7 @@"]


def test_a_change_of_line_ends_alone_is_seen() -> None:
    view = unified(b"a\nb\n", b"a\r\nb\r\n")
    assert kinds(view) == "--++" and "line ends" in view.note
    assert "⟦CR⟧" in view.hunks[0].rows[2].html


def test_a_final_line_feed_that_comes_or_goes_is_a_change() -> None:
    view = unified(b"a\nb\n", b"a\nb")
    assert kinds(view) == " -+" and "no newline" in view.hunks[0].rows[2].html
    assert "no newline" not in view.hunks[0].rows[1].html


def test_equal_bytes_binary_and_giants_are_a_sentence() -> None:
    assert unified(b"a", b"a") == DiffView(note="No difference.")
    assert unified(b"a\0", b"b").note == "Binary: the bytes differ."
    assert "Too large" in unified(b"a" * (diff.LIMIT_BYTES + 1), b"b").note


def test_another_encoding_of_the_same_words_is_not_silent() -> None:
    assert "encoding" in unified("é\n".encode(), "é\n".encode("latin-1")).note


def test_code_in_a_diff_is_coloured_by_its_path() -> None:
    view = unified(b"x = 1\n", b"x = 2\n", path="a.py")
    assert view.hunks[0].rows[1].html == 'x = <mark><span class="sy-n">2</span></mark>'


def test_side_by_side_pairs_old_with_new() -> None:
    rows = unified(b"a\nb\nc\n", b"a\nB\nB2\nc\n").hunks[0]
    shown = [(old and old.old_no, new and new.new_no) for old, new in pairs(rows)]
    assert shown == [(1, 1), (2, 2), (None, 3), (3, 4)]


BLOCK = st.lists(st.sampled_from(["a", "b", "c", "", "}", "<script>"]), max_size=24)


@given(BLOCK, BLOCK, st.integers(0, 4))
def test_hunks_turn_the_old_file_into_the_new_one(
    old: list[str], new: list[str], context: int
) -> None:
    view = unified(
        "".join(f"{line}\n" for line in old).encode(),
        "".join(f"{line}\n" for line in new).encode(),
        context=context,
    )
    assert applied(old, view.hunks) == new
    assert view.added - view.removed == len(new) - len(old)
    assert kinds(view).count("+") == view.added and kinds(view).count("-") == view.removed


def applied(old: list[str], hunks: list[Hunk]) -> list[str]:
    """What a patch tool would make of `old`; every context and removed line must fit."""
    made: list[str] = []
    at = 0
    for hunk in hunks:
        for row in hunk.rows:
            if row.old_no is not None:
                made += old[at : row.old_no - 1]
                at = row.old_no - 1
                assert old[at] == bare(row.html)
                at += 1
            elif row.new_no is not None:
                # Equal lines before an insertion are not in the hunk when there is no context.
                missing = row.new_no - 1 - len(made)
                made += old[at : at + missing]
                at += missing
            if row.kind != "-":
                made.append(bare(row.html))
    return made + old[at:]


@given(st.lists(st.integers(0, 4), max_size=30), st.lists(st.integers(0, 4), max_size=30))
def test_matches_are_a_common_subsequence_and_as_long_as_can_be_nearly(
    old: list[int], new: list[int]
) -> None:
    found = lines.matches(old, new, lines.Budget(100_000))
    i = j = 0
    for at_i, at_j, size in found:
        assert size > 0 and at_i >= i and at_j >= j
        assert old[at_i : at_i + size] == new[at_j : at_j + size]
        i, j = at_i + size, at_j + size
    if not set(old).isdisjoint(new):
        assert found


@given(st.lists(st.integers(0, 1), max_size=14), st.lists(st.integers(0, 1), max_size=14))
def test_the_walk_finds_the_longest_common_subsequence(old: list[int], new: list[int]) -> None:
    a, b = old, new
    box = (0, len(a), 0, len(b))
    runs = lines.shortest_edit(a, b, box, lines.Budget(100_000))
    found = sum(size for *_start, size in runs)
    best = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            best[i + 1][j + 1] = best[i][j] + 1 if x == y else max(best[i][j + 1], best[i + 1][j])
    assert found == best[-1][-1]


def ten_thousand() -> dict[str, tuple[list[str], list[str]]]:
    dice = random.Random(7)
    text = [f"line {n} value {dice.random()}" for n in range(10_000)]
    few = [dice.choice("abc") for _ in range(10_000)]
    return {
        "every seventh": (text, [f"{t}!" if n % 7 == 0 else t for n, t in enumerate(text)]),
        "every line": (text, [f"{t} y" for t in text]),
        "shuffled": (text, dice.sample(text, len(text))),
        "reversed": (text, text[::-1]),
        "three words only": (few, [dice.choice("abc") for _ in range(10_000)]),
        "blank lines between": (
            [str(n) if n % 2 else "" for n in range(10_000)],
            [f"-{n}" if n % 2 else "" for n in range(10_000)],
        ),
        "nothing alike": (text, [str(n) for n in range(10_000)]),
        "long lines": ([t * 9 for t in text], [t * 9 + "x" for t in text]),
    }


@pytest.mark.parametrize("case", sorted(ten_thousand()))
def test_ten_thousand_lines_compare_in_time(case: str) -> None:
    before, after = ten_thousand()[case]
    start = time.process_time()
    view = unified("\n".join(before).encode(), "\n".join(after).encode(), path="a.py")
    # The bar is 1.5 s; three times that keeps a busy machine from failing the test.
    assert time.process_time() - start < 4.5
    assert view.added and view.hunks


def test_a_difference_that_costs_too_much_is_a_replacement_and_says_so() -> None:
    before, after = ten_thousand()["three words only"]
    view = unified("\n".join(before).encode(), "\n".join(after).encode())
    assert "replaced" in view.note and applied(before, view.hunks) == after


def test_more_rows_than_the_limit_are_cut_but_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diff, "LIMIT_ROWS", 10)
    view = unified(b"", b"x\n" * 50)
    assert len(kinds(view)) == 10 and view.added == 50 and "first 10 lines" in view.note
