"""What stands below a field: the agent's description, then what the schema asks, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from reviews.edit_form import formats
from reviews.edit_form.shapes import Kind
from reviews.schema import words
from workspaces import strictjson

LONGEST_EXAMPLE = 120


def description(schema: Mapping[str, Any]) -> str:
    """The agent's own words."""
    said = [schema.get(name) for name in ("title", "description")]
    return ". ".join(each for each in said if isinstance(each, str) and each)


def rule(schema: Mapping[str, Any], kind: Kind) -> str:
    """What the value has to be; "" where the field says it by itself."""
    found = []
    if kind == "json":
        found.append(_("As JSON."))
    elif kind in ("text", "long_text", "number", "array") and (said := _limits(schema)):
        found.append(said)
    if isinstance(schema.get("pattern"), str) and kind in ("text", "long_text"):
        found.append(_("Matches %(pattern)s.") % {"pattern": schema["pattern"]})
    step = schema.get("multipleOf")
    if kind == "number" and isinstance(step, int | float):
        found.append(_("In steps of %(step)s.") % {"step": strictjson.dumps(step)})
    if kind == "array" and schema.get("uniqueItems") is True:
        found.append(_("No entry twice."))
    wanted = str(schema.get("format", ""))
    if kind == "text" and wanted in formats.EXAMPLES and "examples" not in schema:
        found.append(_("Like %(example)s.") % {"example": formats.EXAMPLES[wanted]})
    if "default" in schema:
        found.append(_("Default: %(value)s.") % {"value": _shown(schema["default"])})
    examples = schema.get("examples")
    if isinstance(examples, list) and examples:
        listed = ", ".join(_shown(each) for each in examples[:3])
        found.append(_("Examples: %(values)s.") % {"values": listed})
    return " ".join(found)


def _limits(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    keys = {"string": "Length", "array": "Items"}.get(str(kind))
    bounds = [f"min{keys}", f"max{keys}"] if keys else ["minimum", "maximum"]
    if kind != "integer" and not any(isinstance(schema.get(each), int | float) for each in bounds):
        return ""
    said = words.must_be({k: v for k, v in schema.items() if k not in ("const", "enum", "anyOf")})
    said = said.removeprefix("must be ")
    return said[:1].upper() + said[1:] + "."


def _shown(value: object) -> str:
    written = value if isinstance(value, str) else strictjson.dumps(value)
    return written if len(written) <= LONGEST_EXAMPLE else written[:LONGEST_EXAMPLE] + "…"
