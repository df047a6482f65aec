"""A diff as HTML: anchors, folds, blocks that face each other, and limits on what is drawn."""

import re
import time

from reviews.rendering import diff, diff_html


def lines(*text: str) -> bytes:
    return "".join(f"{each}\n" for each in text).encode()


NUMBERS = [f"line {n}" for n in range(1, 101)]


def changed(at: int) -> bytes:
    return lines(*NUMBERS[: at - 1], "other", *NUMBERS[at:])


def test_lines_have_addresses_and_removed_ones_their_own() -> None:
    found = diff.unified(lines(*NUMBERS), changed(50))
    html = diff_html.draw(found.hunks, file=3)
    assert re.search(r'<div class="d" id="file-3-O50" tabindex="-1"><i>50</i><i></i>', html)
    assert re.search(r'<div class="a" id="file-3-L50" tabindex="-1"><i></i><i>50</i>', html)
    assert '<div id="file-3-L49" tabindex="-1"><i>49</i><i>49</i>' in html


def test_without_a_file_number_nothing_has_an_address() -> None:
    html = diff_html.draw(diff.unified(lines("a"), lines("b")).hunks)
    assert "id=" not in html and "tabindex" not in html


def test_what_is_unchanged_is_folded_above_between_and_below() -> None:
    after = lines(*NUMBERS[:19], "x", *NUMBERS[20:69], "y", *NUMBERS[70:])
    view = diff.unified(lines(*NUMBERS), after)
    html = diff_html.draw(view.hunks, file=1, new_lines=view.new_lines, lines_url="/l?file=1")
    folds = re.findall(r'data-start="(\d+)" data-stop="(\d+)"><span>(\d+) unchanged', html)
    assert folds == [("0", "16", "16"), ("23", "66", "43"), ("73", "100", "27")]
    assert html.count('data-fold-lines="some"') == 2  # 16 lines are shown at once


def test_folded_lines_come_with_the_numbers_of_both_files() -> None:
    rows = diff.context_rows(lines(*NUMBERS), "a.txt", 20, 23, shift=-2)
    assert [(row.old_no, row.new_no, str(row.html)) for row in rows] == [
        (19, 21, "line 21"), (20, 22, "line 22"), (21, 23, "line 23"),
    ]  # fmt: skip
    assert diff.context_rows(lines("a"), "a.txt", 5, 9, shift=0) == []


def test_rows_come_in_chunks_and_a_huge_block_in_pieces_that_face_each_other() -> None:
    old, new = ([f"{word} {n}" for n in range(1000)] for word in ("old", "new"))
    view = diff.unified(lines(*old), lines(*new))
    html = diff_html.of_view(view)
    pieces = html.split('<div class="b">')[1:]
    assert len(pieces) == 10
    assert all(piece.count('class="d"') == piece.count('class="a"') == 100 for piece in pieces)


def test_markup_in_a_line_stays_text() -> None:
    html = diff_html.draw(diff.unified(b"", lines("<script>alert(1)</script>")).hunks, file=1)
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_a_megabyte_on_one_line_is_cut_and_says_where_it_differs() -> None:
    view = diff.unified(b"a" * 10**6 + b"\n", b"a" * 600_000 + b"b" * 400_000 + b"\n")
    assert len(diff_html.of_view(view)) < 20_000
    assert "Lines are cut after 5000 characters." in view.note
    assert "The first one differs at character 600001." in view.note


def test_white_space_alone_is_said_to_be_that() -> None:
    assert "Only white space changes." in diff.unified(lines("a b"), lines("a  b", "")).note
    assert "white" not in diff.unified(lines("ab"), lines("a b")).note


def test_two_unlike_files_of_ten_thousand_lines_are_all_shown_in_time() -> None:
    old, new = ([f"{word} {n * 7919 % 10007}" for n in range(10_000)] for word in ("x y", "z w"))
    started = time.process_time()
    view = diff.unified(lines(*old), lines(*new))
    html = diff_html.of_view(view)
    assert time.process_time() - started < 3  # 0.5 s on a quiet machine
    assert html.count('class="d"') == html.count('class="a"') == 10_000


def test_more_rows_than_a_page_holds_are_cut_with_a_sentence() -> None:
    old, new = ([f"{word} {n}" for n in range(40_000)] for word in ("old", "new"))
    view = diff.unified(lines(*old), lines(*new))
    assert sum(len(hunk.rows) for hunk in view.hunks) == diff.LIMIT_ROWS
    assert (view.added, view.removed) == (40_000, 40_000)
    assert "Only the first 24000 lines are shown." in view.note


def test_counting_says_the_same_as_drawing() -> None:
    view = diff.unified(lines(*NUMBERS), changed(50))
    assert diff.count(lines(*NUMBERS), changed(50)) == (view.added, view.removed) == (1, 1)
    assert diff.count(b"", lines("a", "b")) == (2, 0)
    assert diff.count(b"\0", b"a") is None
