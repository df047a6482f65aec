"""The form made from a schema: what is left alone comes back exactly, what is typed is typed."""

import json
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews import edit_form
from reviews.schema import arguments
from reviews.verdicts import InvalidVerdict
from workspaces import strictjson

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["env"],
    "properties": {
        "env": {"enum": ["staging", "production"], "description": "Where to"},
        "count": {"type": "integer"},
        "dry": {"type": "boolean"},
        "note": {"type": "string"},
        "retries": {"type": "integer"},
    },
}
ARGS: dict[str, Any] = strictjson.loads(  # type: ignore[assignment]
    b'{"env": "production", "count": 2, "dry": false, "ratio": 1.50, "text": "a\\nb", "x": [1, 2]}'
)
ORDER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "items": {"type": "array", "maxItems": 3, "items": {"$ref": "#/$defs/item"}},
        "tags": {"type": "array", "items": {"type": "string"}},
        "by": {"type": ["string", "null"], "format": "email"},
        "when": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        "either": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "address": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
    "$defs": {
        "item": {
            "type": "object",
            "required": ["sku", "n"],
            "properties": {
                "sku": {"type": "string", "pattern": "^[A-Z]+$"},
                "n": {"type": "integer", "minimum": 1},
                "gift": {"type": "boolean"},
                "parts": {"type": "array", "items": {"$ref": "#/$defs/item"}},
            },
        }
    },
}
OF_ORDER: dict[str, Any] = strictjson.loads(  # type: ignore[assignment]
    b'{"items": [{"sku": "A", "n": 1.0}, {"sku": "B", "n": 2, "gift": true}], "by": null,'
    b' "when": "2026-11-22", "labels": {"x": "1"}, "either": 5}'
)


def posted(root: edit_form.Node, *, ends: str = "\r\n") -> dict[str, str]:
    """What a browser posts when the form is sent as it stands: fields, rows, ticks, line ends."""
    form: dict[str, str] = {}
    for node in root.walk():
        if node.is_composite:
            if node.kind == "array" and node.is_in:
                form[f"{node.path}:rows"] = node.rows
            elif node.rows:
                form[f"{node.path}:more"] = node.rows
            continue
        if node.role == "added":
            form[f"{node.path}:name"] = node.name
        if node.is_null:
            form[f"{node.path}:null"] = "1"
        form[node.path] = edit_form.newlines(node.text).replace("\n", ends)
    return form


def pressed(
    change: str, form: Mapping[str, str], args: dict[str, Any], schema: dict[str, Any] | None
) -> dict[str, str]:
    """The form as it is posted again after a button was pressed and nothing else was typed."""
    typed, _focus = edit_form.press(change, form, args, schema)
    return {**typed, **posted(edit_form.form(args, schema, typed))}


def kinds(args: dict[str, Any], schema: dict[str, Any] | None) -> dict[str, str]:
    return {node.path: node.kind for node in edit_form.form(args, schema).walk() if node.path}


def test_every_argument_has_a_field_of_its_kind() -> None:
    assert kinds(ARGS, SCHEMA) == {
        "env": "choice", "count": "number", "dry": "boolean", "ratio": "number",
        "text": "long_text", "x": "array", "x/0": "number", "x/1": "number", "note": "text",
        "retries": "number",
    }  # fmt: skip


def test_references_nulls_and_forms_to_choose_from_are_drawn_or_fall_back_to_json() -> None:
    found = edit_form.form(OF_ORDER, ORDER)
    drawn = {node.path: (node.kind, node.is_nullable) for node in found.walk()}
    assert drawn["items/1/gift"] == ("boolean", False)
    assert drawn["by"] == ("text", True)
    assert drawn["when"] == ("text", True)
    assert drawn["either"] == ("json", False)
    assert drawn["labels/x"] == ("text", False)
    assert drawn["address"] == ("object", False)
    assert found.find("by") is not None
    assert found.find("by").is_null  # type: ignore[union-attr]
    assert "address/city" not in drawn  # it is not there, until somebody adds it


def test_a_form_sent_back_untouched_changes_nothing() -> None:
    for args, schema in ((ARGS, SCHEMA), (OF_ORDER, ORDER), (ARGS, None), (OF_ORDER, None)):
        for form in (posted(edit_form.form(args, schema)), {}):
            assert strictjson.dumps(edit_form.coerce(form, args, schema)) == strictjson.dumps(args)


def test_what_was_typed_gets_the_type_of_its_field() -> None:
    form = {
        "env": '"staging"', "count": "3", "dry": "true", "ratio": "2.250", "text": "c\r\nd",
        "x/0": "1e3", "note": "hi", "retries": "",
    }  # fmt: skip
    assert strictjson.dumps(edit_form.coerce(form, ARGS, SCHEMA)) == (
        '{"count":3,"dry":true,"env":"staging","note":"hi","ratio":2.250,"text":"c\\nd",'
        '"x":[1e3,2]}'
    )


def test_line_ends_of_a_text_stay_what_they_were_when_it_is_edited() -> None:
    args = {"windows": "a\r\nb", "unix": "a\nb"}
    form = {"windows": "a\r\nc", "unix": "a\r\nc"}
    assert edit_form.coerce(form, args, None) == {"windows": "a\r\nc", "unix": "a\nc"}


def test_every_field_that_cannot_be_read_is_named() -> None:
    form = {"count": "three", "dry": "1", "x/1": "two", "env": '"moon"'}
    with pytest.raises(InvalidVerdict) as refused:
        edit_form.coerce(form, ARGS, SCHEMA)
    assert {each.pointer for each in refused.value.errors} == {
        "/edited_args/count", "/edited_args/dry", "/edited_args/x/1", "/edited_args/env",
    }  # fmt: skip


def test_a_value_of_another_type_than_its_schema_says_is_shown_as_json() -> None:
    found = edit_form.form({"count": "two"}, SCHEMA).find("count")
    assert found is not None
    assert (found.kind, found.text) == ("json", '"two"')


def test_rows_are_added_moved_and_removed_and_the_others_stay_exactly_as_they_were() -> None:
    form = pressed("add:items", posted(edit_form.form(OF_ORDER, ORDER)), OF_ORDER, ORDER)
    form |= {"items/+1/sku": "NEW", "items/+1/n": "3"}
    form = pressed("up:items/+1", form, OF_ORDER, ORDER)
    form = pressed("remove:items/1", form, OF_ORDER, ORDER)
    value = edit_form.coerce(form, OF_ORDER, ORDER)
    assert strictjson.dumps(value["items"]) == '[{"n":3,"sku":"NEW"}]'.replace(
        "[", '[{"n":1.0,"sku":"A"},'
    )


def test_no_more_rows_are_offered_than_the_schema_takes() -> None:
    form = pressed("add:items", {}, OF_ORDER, ORDER)
    again = pressed("add:items", form, OF_ORDER, ORDER)
    assert form["items:rows"] == again["items:rows"] == "0,1,+1"


def test_an_optional_part_is_added_left_out_and_set_to_null() -> None:
    form = posted(edit_form.form(OF_ORDER, ORDER))
    form = pressed("in:address", form, OF_ORDER, ORDER) | {"address/city": "Zürich"}
    form = pressed("out:labels", form, OF_ORDER, ORDER) | {"by": "a@b.example", "when:null": "1"}
    value = edit_form.coerce(form, OF_ORDER, ORDER)
    assert value["address"] == {"city": "Zürich"}
    assert "labels" not in value
    assert value["by"] == "a@b.example"  # typed over the ticked null
    assert value["when"] is None


def test_a_member_that_the_schema_does_not_name_is_added_by_name() -> None:
    form = pressed("add:labels", {}, OF_ORDER, ORDER)
    assert edit_form.coerce(
        {**form, "labels/+1:name": "team", "labels/+1": "web"}, OF_ORDER, ORDER
    )["labels"] == {"x": "1", "team": "web"}
    for name in ("", "x"):
        with pytest.raises(InvalidVerdict):
            edit_form.coerce({**form, "labels/+1:name": name}, OF_ORDER, ORDER)


def test_what_is_typed_must_be_of_its_format_and_what_was_there_need_not() -> None:
    schema = {"properties": {"at": {"type": "string", "format": "date-time"}}}
    args = {"at": "tomorrow"}
    assert edit_form.coerce({"at": "tomorrow"}, args, schema) == args
    with pytest.raises(InvalidVerdict, match="2026-11-22T14:00:00Z"):
        edit_form.coerce({"at": "next week"}, args, schema)
    assert edit_form.coerce({"at": "2026-01-01T00:00:00+01:00"}, args, schema)


def test_the_whole_is_edited_as_json_and_back_in_fields() -> None:
    form, _focus = edit_form.press("json:", {"x/0": "7"}, ARGS, None)
    assert json.loads(form[""])["x"] == [7, 2]
    form[""] = form[""].replace('"production"', '"moon"')
    form, _focus = edit_form.press("form:", form, ARGS, None)
    value = edit_form.coerce({**form, "x/1": "8"}, ARGS, None)
    assert (value["env"], value["x"], value["ratio"].text) == ("moon", [7, 8], "1.50")


def test_too_deep_or_too_many_becomes_one_field_of_json() -> None:
    deep: Any = "end"
    for _ in range(12):
        deep = {"in": deep}
    assert list(kinds({"d": deep}, None).values())[-1] == "json"
    assert len(kinds({"d": deep}, None)) < 9
    wide = {"many": list(range(1000)), "one": 1}
    assert kinds(wide, None) == {"many": "json", "one": "number"}
    assert kinds({str(number): 1 for number in range(1000)}, None) == {}  # the whole is one text


names = st.text(min_size=0, max_size=6) | st.sampled_from(["a/b", "a:b", "+1", "~", "x\ny", ""])
texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12
) | st.sampled_from(["a\r\nb", "\n", "\r", " padded ", "1.50", "null", "é\u202e"])
numbers = st.sampled_from(["1.50", "1E5", "-0", "0.1", "12345678901234567890", "3", "1e-7"])
scalars = st.none() | st.booleans() | texts | numbers.map(lambda n: strictjson.loads(n.encode()))
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(names.filter("\0".__ne__), inner, max_size=4)
    ),
    max_leaves=20,
)
objects = st.dictionaries(texts, values, max_size=5)


def describe(value: Any, pick: st.DataObject) -> dict[str, Any]:
    """A schema that more or less fits: like what a tool's signature gives."""
    if isinstance(value, dict):
        known = {name: describe(each, pick) for name, each in value.items()}
        more = pick.draw(st.sampled_from([True, False, {"type": "string"}, None]))
        extra = {} if more is None else {"additionalProperties": more}
        asked = [name for name in known if pick.draw(st.booleans())]
        return {"type": "object", "properties": known, "required": asked, **extra}
    if isinstance(value, list):
        items = describe(value[0], pick) if value else {}
        return {"type": "array", "items": items}
    kind = {type(None): "null", bool: "boolean", str: "string", int: "integer"}.get(
        type(value), "number"
    )
    fits = [{"type": kind}, {"type": [kind, "null"]}, {"enum": [value, "else"]}, {}]
    fits += [{"anyOf": [{"type": kind}, {"type": "null"}]}, {"type": "string"}, {"const": value}]
    return dict(pick.draw(st.sampled_from(fits)))


@settings(max_examples=150, deadline=None)
@given(args=objects, pick=st.data())
def test_whatever_the_agent_wrote_an_untouched_form_returns_it_byte_for_byte(
    args: dict[str, Any], pick: st.DataObject
) -> None:
    schema = pick.draw(st.sampled_from([None, describe(args, pick)]))
    root = edit_form.form(args, schema)
    for ends in ("\r\n", "\n"):
        form = posted(root, ends=ends)
        assert strictjson.dumps(edit_form.coerce(form, args, schema)) == strictjson.dumps(args)
    assert len({node.path for node in root.walk()}) == len(list(root.walk()))
    assert len({node.element_id for node in root.walk()}) == len(list(root.walk()))


@settings(max_examples=60, deadline=None)
@given(pick=st.data(), sku=st.sampled_from(["OK", "bad", ""]), n=st.integers(-1, 2))
def test_an_edit_is_valid_where_jsonschema_says_so(pick: st.DataObject, sku: str, n: int) -> None:
    form = posted(edit_form.form(OF_ORDER, ORDER))
    for change in pick.draw(st.lists(st.sampled_from(
        ["add:items", "remove:items/0", "down:items/0", "in:address", "out:by", "add:tags"]
    ), max_size=4)):  # fmt: skip
        form = pressed(change, form, OF_ORDER, ORDER)
    form |= {"items/+1/sku": sku, "items/+1/n": str(n), "tags/+1": "new"}
    value = edit_form.coerce(form, OF_ORDER, ORDER)
    ours = not arguments.faults_of_args(value, ORDER)
    assert ours == jsonschema.Draft202012Validator(ORDER).is_valid(value)
