"""JSON as it is approved: whole, sorted, numbers as written, nothing hidden."""

import html
import json
import re

from hypothesis import given
from hypothesis import strategies as st

from reviews.rendering.json_view import pretty


def bare(drawn: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", drawn))


class Written(float):
    """A number that knows how it was written, as the strict parser's numerals do."""

    text = "1.50"


def test_the_text_is_indented_and_keys_are_sorted() -> None:
    assert bare(pretty({"b": [1, True, None, {}], "a": "x"})) == (
        '{\n  "a": "x",\n  "b": [\n    1,\n    true,\n    null,\n    {}\n  ]\n}'
    )


def test_kinds_have_classes() -> None:
    drawn = pretty({"k": ["s", 1, False]})
    assert '<span class="js-k">&quot;k&quot;</span>: ' in drawn
    for name, word in (("js-n", "1"), ("js-s", "&quot;s&quot;"), ("js-b", "false")):
        assert f'<span class="{name}">{word}</span>' in drawn


def test_numbers_stand_as_they_were_written() -> None:
    assert bare(pretty([Written(1.5), 10**30, 1e22])) == (
        "[\n  1.50,\n  1000000000000000000000000000000,\n  1e+22\n]"
    )
    assert bare(pretty(16**5_000)).startswith("0x1000")


def test_markup_and_hidden_characters_in_keys_and_values_are_shown() -> None:
    drawn = pretty({"<script>": "a\u202eb\u200b</script>", "hx-get": "\ud800"})
    assert "<script" not in drawn and drawn.count('class="inv"') == 3
    assert "⟦RLO⟧" in drawn and "⟦ZWSP⟧" in drawn


def test_a_long_string_is_never_cut() -> None:
    assert "x" * 500_000 in pretty({"sql": "x" * 500_000})


def test_depth_is_not_the_stack() -> None:
    deep: list[object] = []
    for _level in range(5_000):
        deep = [deep]
    assert pretty(deep).count("[") == 5_001


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(min_codepoint=32, max_codepoint=126)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc<&\"'\\"), inner),
)  # fmt: skip


@given(VALUES)
def test_without_its_tags_it_is_the_same_json_as_the_standard_writer_gives(value: object) -> None:
    expected = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    assert bare(pretty(value)) == expected
