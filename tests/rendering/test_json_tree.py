"""JSON as a tree: as written, nothing lost, small pages of large documents."""

import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.rendering import json_lines, json_tree
from reviews.rendering.json_tree import BadJson, Path, draw, parse


def link(path: Path, start: int) -> str:
    return f"?at={path}&from={start}"


def tree(text: str, path: Path = (), start: int = 0) -> str:
    return str(draw(parse(text), link, path=path, start=start).html)


def words(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html)


def test_the_first_levels_are_open_the_deeper_ones_closed() -> None:
    html = tree('{"a": {"b": {"c": 1}}}')
    assert re.findall(r"<details( open)?>", html) == [" open", " open", ""]
    assert words(html).startswith("{ a: {…} } 1 member&quot;a&quot;: { b: {…} }")


def test_numbers_stand_as_they_were_written() -> None:
    html = tree("[1.50, 1E5, -0, 123456789012345678901234567890, 1e999, NaN]")
    for number in ("1.50", "1E5", "-0", "123456789012345678901234567890", "1e999", "NaN"):
        assert f'<span class="js-n">{number}</span>' in html
    assert "not JSON" in draw(parse("[NaN]"), link).note


def test_a_name_given_twice_is_shown_twice_and_marked() -> None:
    view = draw(parse('{"a": 1, "a": 2}'), link)
    assert words(view.html).count("&quot;a&quot;") == 2
    assert view.html.count("⟦again⟧") == 1 and "more than once" in view.note


def test_a_large_array_is_paged() -> None:
    text = json.dumps(list(range(250)))
    assert "150 more" in tree(text) and "from=100" in tree(text)
    last = tree(text, start=200)
    assert ">249</span>" in last and "more" not in last and "entries before" in last


def test_a_part_is_shown_on_its_own_with_the_way_to_it() -> None:
    view = draw(parse('{"a": [{"b<": 1}]}'), link, path=(0, 0))
    assert [step.label for step in view.way] == ["&quot;a&quot;", "0"]
    assert "&quot;b&lt;&quot;" in view.html
    assert draw(parse("[1]"), link, path=(7, 7)).way == []


@pytest.mark.parametrize(("text", "place"), [
    ('{"a": 1,\n  oops}', (2, 3)), ("", (1, 1)), ("[1] x", (1, 5)), ("[" * 100_000, (0, 0)),
])  # fmt: skip
def test_what_is_no_json_says_where(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(BadJson) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == place


def test_deep_and_wide_documents_stay_small_and_quick() -> None:
    started = time.process_time()
    deep = "[" * 900 + "]" * 900
    wide = json.dumps([[[n] * 90 for n in range(90)] for _ in range(90)])
    assert len(tree(deep)) < 5_000
    assert len(tree(wide)) < 600_000
    assert time.process_time() - started < 5


def test_a_long_string_is_folded_and_complete() -> None:
    html = tree(json.dumps(["x" * 5_000]))
    assert "5000 characters" in html and "x" * 5_000 in html


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
)
_TAGS = re.compile(
    r'</?(?:div|details|summary|small|span|a)>|<details open>|<div class="jv">'
    r'|<span class="(?:mask|vh)">|<span class="js-[a-z]">'
    r'|<span class="inv" title="[^"<>]*">|<a class="link" href="[^"<>]*">'
)


@given(JSON)
def test_only_its_own_markup_comes_out(value: object) -> None:
    html = tree(json.dumps(value)) + json_tree.draw_line(parse(json.dumps(value)))
    rest = _TAGS.sub("", html)
    assert not {"<", ">", '"'} & set(rest)
    assert html.count("<details") == html.count("</details>")


def test_a_line_that_is_no_json_is_shown_with_its_fault() -> None:
    good, bad, blank = json_lines.draw(b'{"a": 1}\r\n{"a": \n\n', 7)
    assert (good.no, good.error) == (7, "") and "&quot;a&quot;" in good.html
    assert bad.error.startswith("Not JSON: column 7") and bad.html == "{&quot;a&quot;: "
    assert (blank.no, blank.html) == (9, "")
