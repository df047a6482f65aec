import copy
import json
import pickle
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workspaces import jsonplaces, strictjson
from workspaces.errors import Problem, TooLarge
from workspaces.strictjson import MalformedJson, Numeral

MIB = 1024 * 1024


def refusal(data: bytes) -> Problem:
    with pytest.raises(MalformedJson) as refused:
        strictjson.loads(data)
    assert refused.value.status == 400
    assert refused.value.code == "malformed-json"
    json.dumps(refused.value.errors[0].as_dict()).encode()  # can be sent
    return refused.value.errors[0]


@pytest.mark.parametrize(
    ("data", "pointer", "column"),
    [
        (b'{"a": NaN}', "/a", 7),
        (b"[1, -Infinity]", "/1", 5),
        (b'{"a": [1e999]}', "/a/0", 8),
        (b"[-1e999]", "/0", 2),
        (b"[1" + b"0" * 100 + b"]", "/0", 2),
        (b"[-1" + b"0" * 100 + b"]", "/0", 2),
        (b'["\\ud800"]', "/0", 3),
        (b'["\\udc00\\ud800"]', "/0", 3),
        (b'["\\ud83d\\ud83d\\ude00"]', "/0", 3),
        (b'["ok", "\\uDBFF!"]', "/1", 9),
        (b'{"k": "a\\u0000"}', "/k", 9),
        (b'["\\\\\\u0000"]', "/0", 5),
        (b'{"x": [1, {"a": 1, "a": 2}]}', "/x/1/a", 20),
        (b'{"a": 1, "\\u0061": 2}', "/a", 10),
        (b"{} x", "", 4),
        (b"{}{}", "", 3),
        (b"[1,]", "", 4),
        (b"[01]", "/0", 3),
        (b"[1 2]", "/0", 4),
        (b'{"a" 1}', "/a", 6),
        (b"{'a': 1}", "", 2),
        (b'["a\nb"]', "/0", 4),
        (b'["open', "/0", 2),
        (b'["\\x"]', "/0", 3),
        (b"[}", "", 2),
        (b"", "", 1),
        (b"nul", "", 1),
        (b"\xef\xbb\xbf{}", "", 1),
        (b'["\xff"]', "", 3),
        (b'["\xed\xa0\x80"]', "", 3),
        ("[1]".encode("utf-16"), "", 1),
        (b"\x00", "", 1),
    ],
)
def test_what_two_readers_could_read_twice_is_refused_with_its_place(
    data: bytes, pointer: str, column: int
) -> None:
    problem = refusal(data)
    assert (problem.pointer, problem.column) == (pointer, column)
    assert problem.detail
    assert problem.line == 1


def test_the_line_of_a_fault_is_told() -> None:
    problem = refusal(b'{\n "a": 1,\n "b": tru\n}')
    assert (problem.line, problem.column) == (3, 7)


@pytest.mark.parametrize(
    "data",
    [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000, b"[" * (2 * MIB)],
)
def test_a_very_deep_document_is_refused_without_recursion(data: bytes) -> None:
    before = sys.getrecursionlimit()
    assert "64 levels" in refusal(data).detail
    assert sys.getrecursionlimit() == before


def test_closing_brackets_alone_are_refused() -> None:
    assert refusal(b"]" * 100_000).column == 1


def test_a_deep_document_is_refused_on_a_small_stack_too() -> None:
    threading.stack_size(256 * 1024)
    try:
        with ThreadPoolExecutor(1) as pool:
            assert "64 levels" in pool.submit(refusal, b"[" * 100_000).result().detail
    finally:
        threading.stack_size(0)


def test_64_levels_are_taken_and_65_are_not() -> None:
    strictjson.loads(b"[" * 64 + b"]" * 64)
    refusal(b"[" * 65 + b"]" * 65)


def test_brackets_in_strings_are_no_levels() -> None:
    text = "[{" * 200 + '\\"' + "[" * 200
    assert strictjson.loads(f'["{text}"]'.encode()) == ["[{" * 200 + '"' + "[" * 200]


def test_a_body_over_the_limit_is_too_large() -> None:
    with pytest.raises(TooLarge) as refused:
        strictjson.loads(b" " * (2 * MIB + 1))
    assert refused.value.status == 413
    strictjson.loads(b" " * (2 * MIB - 2) + b"[]")


def test_an_escaped_backslash_before_u_is_text() -> None:
    assert strictjson.loads(b'["\\\\u0000", "\\\\ud800"]') == ["\\u0000", "\\ud800"]


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert strictjson.loads(b'"\\ud83d\\ude00"') == "😀"


@pytest.mark.parametrize(
    "written", ["1.50", "1E5", "-0", "-0.0", "0.30000000000000004", "1e-400", "0." + "1" * 300]
)
def test_a_number_stays_as_it_was_written(written: str) -> None:
    assert strictjson.dumps(strictjson.loads(f'{{"a":[{written},1]}}'.encode())) == (
        f'{{"a":[{written},1]}}'
    )


def test_an_integer_of_100_digits_is_kept() -> None:
    digits = "9" * 100
    assert strictjson.dumps(strictjson.loads(digits.encode())) == digits


def test_a_numeral_is_a_float_that_can_be_copied_and_pickled() -> None:
    numeral = strictjson.loads(b"1.50")
    assert isinstance(numeral, Numeral)
    assert numeral == 1.5
    for same in (copy.deepcopy(numeral), pickle.loads(pickle.dumps(numeral))):
        assert strictjson.dumps([same]) == "[1.50]"


def test_canonical_json_sorts_by_code_point_and_escapes_nothing_needless() -> None:
    assert strictjson.dumps({"é": 1, "z": [], "Z": {}, "\U0001f600": None, "￿": "ä\n"}) == (
        '{"Z":{},"z":[],"é":1,"￿":"ä\\n","😀":null}'
    )


def test_pretty_json_is_the_same_document() -> None:
    value = strictjson.loads(b'{"b": [1.50, {}], "a": {"x": []}}')
    pretty = strictjson.pretty(value)
    assert pretty == '{\n  "a": {\n    "x": []\n  },\n  "b": [\n    1.50,\n    {}\n  ]\n}'
    assert strictjson.dumps(strictjson.loads(pretty.encode())) == strictjson.dumps(value)


def test_not_a_number_is_never_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        strictjson.dumps({"a": float("nan")})


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**99), 10**99)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(
        exclude_categories=["Cs"], exclude_characters="\0")), inner),
    max_leaves=20,
)  # fmt: skip


@given(values, st.sampled_from([None, 2]), st.booleans())
def test_what_the_standard_library_writes_is_read_and_written_stably(
    value: Any, indent: int | None, ascii_only: bool
) -> None:
    data = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    read = strictjson.loads(data)
    assert read == value
    written = strictjson.dumps(read)
    assert strictjson.dumps(strictjson.loads(written.encode())) == written
    assert json.loads(strictjson.pretty(read)) == value


@given(st.text('[]{},:"\\ u0d8-1.eE+tN\n', max_size=40))
@example('{"a":{"a":1,"a":[')
@example("]" * 3 + "[" * 70)
def test_what_is_taken_is_what_the_standard_library_reads(text: str) -> None:
    """Stricter, never different; and whatever is refused is refused with a problem."""
    try:
        read = strictjson.loads(text.encode())
    except MalformedJson as error:
        assert error.errors[0].detail
        return
    assert read == json.loads(text)


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit", [b"1,", b'"a",', b'{"role":"user","content":"[{x"},', b'"\\ud83d\\ude00",', b"[1,2],"]
)
def test_strict_reading_costs_little_more_than_the_standard_librarys(unit: bytes) -> None:
    data = b"[" + (unit * (2 * MIB // len(unit) - 1))[:-1] + b"]"

    def seconds(read: Callable[[bytes], object]) -> float:
        taken = []
        for _try in range(3):
            before = time.thread_time()
            read(data)
            taken.append(time.thread_time() - before)
        return min(taken)

    assert seconds(strictjson.loads) < 4 * seconds(json.loads) + 0.2


def test_pointers_are_found_in_the_text() -> None:
    text = '{"a": [1,\n {"b": "x", "c~/d": []}]}'
    assert jsonplaces.places(text, ["", "/a/1/b", "/a/1/c~0~1d", "/a/7", "/gone"]) == {
        "": (1, 1),
        "/a/1/b": (2, 8),
        "/a/1/c~0~1d": (2, 21),
        "/a/7": (1, 7),  # its nearest parent's
        "/gone": (1, 1),
    }
