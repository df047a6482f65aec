from typing import Any

import pytest

from reviews import edit_form
from reviews.verdicts import InvalidVerdict
from workspaces import strictjson

SCHEMA = {
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


def test_every_argument_has_a_field_of_its_kind() -> None:
    kinds = {field.name: field.kind for field in edit_form.fields(ARGS, SCHEMA)}
    assert kinds == {
        "env": "choice", "count": "number", "dry": "boolean", "ratio": "number",
        "text": "long_text", "x": "json", "note": "text", "retries": "number",
    }  # fmt: skip


def test_a_form_sent_back_untouched_changes_nothing() -> None:
    form = {
        field.name: field.value.replace("\n", "\r\n") for field in edit_form.fields(ARGS, SCHEMA)
    }
    assert strictjson.dumps(edit_form.coerce(form, ARGS, SCHEMA)) == strictjson.dumps(ARGS)
    assert edit_form.coerce({}, ARGS, SCHEMA) == ARGS


def test_what_was_typed_gets_the_type_of_its_field() -> None:
    form = {
        "env": '"staging"', "count": "3", "dry": "true", "ratio": "2.250", "text": "c\r\nd",
        "x": '{"y": null}', "note": "hi", "retries": "",
    }  # fmt: skip
    assert strictjson.dumps(edit_form.coerce(form, ARGS, SCHEMA)) == (
        '{"count":3,"dry":true,"env":"staging","note":"hi","ratio":2.250,"text":"c\\nd",'
        '"x":{"y":null}}'
    )


def test_every_field_that_cannot_be_read_is_named() -> None:
    form = {"count": "three", "dry": "1", "x": '{"a":1,"a":2}', "env": '"moon"'}
    with pytest.raises(InvalidVerdict) as refused:
        edit_form.coerce(form, ARGS, SCHEMA)
    assert {each.pointer for each in refused.value.errors} == {
        "/edited_args/count", "/edited_args/dry", "/edited_args/x", "/edited_args/env",
    }  # fmt: skip


def test_a_value_of_another_type_than_its_schema_says_is_shown_as_json() -> None:
    args = {"count": "two"}
    field = edit_form.fields(args, SCHEMA)[0]
    assert (field.kind, field.value) == ("json", '"two"')
