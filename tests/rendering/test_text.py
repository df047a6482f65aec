"""What hides in text is drawn, and nothing in it becomes markup."""

import re
import unicodedata

import pytest

from reviews.rendering.text import MARKS_WITH_TITLE, encodable, plain, visible


def test_markup_is_escaped() -> None:
    assert visible("<b a='\"'>&") == "&lt;b a=&#x27;&quot;&#x27;&gt;&amp;"


def test_a_right_to_left_override_is_drawn_with_its_code_point_and_name() -> None:
    assert visible("a\u202eb") == (
        'a<span class="inv" title="U+202E RIGHT-TO-LEFT OVERRIDE">⟦RLO⟧</span>b'
    )


def test_every_control_format_separator_and_private_character_of_unicode_is_drawn() -> None:
    hidden = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs"}
    undrawn = [
        hex(code)
        for code in range(0x110000)
        if unicodedata.category(chr(code)) in hidden and chr(code) in plain(f"x{chr(code)}x")
    ]
    assert undrawn == [hex(ord(" "))]


@pytest.mark.parametrize("blank", ["\u115f", "\u3164", "\uffa0", "\u2800", "\ufe0f", "\u034f"])
def test_blank_letters_and_selectors_are_drawn_although_unicode_calls_them_letters(
    blank: str,
) -> None:
    assert 'class="inv"' in visible(f"pay{blank}ment")


def test_words_written_in_tag_characters_can_be_read() -> None:
    smuggled = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore <all>")
    assert "⟦tags: ignore &lt;all&gt;⟧" in visible(f"Hello{smuggled}")


def test_a_byte_of_a_path_that_is_not_utf_8_is_drawn_as_that_byte() -> None:
    path = b"report\xff.csv".decode("utf-8", "surrogateescape")
    assert plain(path) == "report⟦\\xff⟧.csv"


def test_one_line_marks_line_feeds_and_tabs_a_block_keeps_them() -> None:
    assert plain("a\n\tb") == "a⟦LF⟧⟦TAB⟧b"
    assert visible("a\n\tb", multiline=True) == "a\n\tb"


def test_a_carriage_return_is_marked_in_a_block_too() -> None:
    assert plain("a\r\nb", multiline=True) == "a⟦CR⟧\nb"


@pytest.mark.parametrize("picture", ["👨‍👩‍👧", "❤️", "1️⃣", "👍🏽", "🏳️‍🌈"])
def test_what_only_shapes_an_emoji_is_no_mark(picture: str) -> None:
    assert visible(picture) == picture


def test_accents_beyond_four_are_counted_and_no_longer_paint_over_other_lines() -> None:
    assert plain("Z" + "\u0301" * 40) == "Z" + "\u0301" * 4 + "⟦U+0301×36⟧"


def test_a_long_run_is_one_mark() -> None:
    assert visible("\0" * 100_000).count("<span") == 1
    assert visible("\u200b\u200c" * 100_000).count("<span") == 1


def test_output_stays_within_a_few_times_of_hostile_input() -> None:
    text = "a\u200b" * 100_000
    drawn = visible(text)
    assert drawn.count("<span") == MARKS_WITH_TITLE
    assert drawn.count("⟦ZWSP⟧") == 100_000
    assert len(drawn.encode()) < 8 * len(text.encode())


def test_removing_the_marks_gives_the_visible_text_back() -> None:
    drawn = visible("pass\u200bword\u202e=1")
    assert re.sub(r"<span[^>]*>[^<]*</span>", "", drawn) == "password=1"


def test_lone_surrogates_never_break_a_page() -> None:
    assert encodable("a\ud800b").encode() == b"a?b"
