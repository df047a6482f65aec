"""Sentences for what a schema asks: "must be a string of 1 to 200 characters"."""

from collections.abc import Mapping, Sequence
from typing import Any

# What the protocol's patterns mean; a pattern that is not listed is shown as it is.
PATTERNS = {
    r"\S": "must not be blank",
    r"^https?://": "must be an address that begins with http:// or https://",
    "^[0-9a-f]{64}$": "must be a sha256 of 64 lower-case hexadecimal digits",
    "^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$": (
        "must be 1 to 128 letters, digits, dots, underscores, colons or hyphens, "
        "the first a letter or a digit"
    ),
    "^[a-z0-9][a-z0-9-]{0,62}$": (
        "must be 1 to 63 lower-case letters, digits or hyphens, the first no hyphen"
    ),
    "^[a-z0-9][a-z0-9_-]{0,63}$": (
        "must be 1 to 64 lower-case letters, digits, underscores or hyphens, "
        "the first a letter or a digit"
    ),
    r"^(?!/)(?![\s\S]*(?:^|/)\.\.(?:/|$))[^\\\u0000-\u001f\u007f]+$": (
        "must be a path relative to the workspace root, its parts separated by /, "
        "without a leading /, .., backslashes or control characters"
    ),
}
_TYPES = {
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "object": "an object",
    "array": "a list",
    "boolean": "true or false",
    "null": "null",
}
_PARTS = {"string": "characters", "array": "entries", "object": "members"}


def must_be(schema: Mapping[str, Any]) -> str:
    """What a value has to be, from the keywords beside each other in one schema."""
    if "const" in schema:
        return f"must be {quoted(schema['const'])}"
    if "enum" in schema:
        return f"must be one of {listed([quoted(each) for each in schema['enum']])}"
    if "anyOf" in schema:
        kinds = [_kind(each) for each in schema["anyOf"]]
        return f"must be {listed(list(dict.fromkeys(kinds)))}"
    return f"must be {_kind(schema)}"


def listed(words: Sequence[str], last: str = "or") -> str:
    """``a, b or c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def path(parts: Sequence[str | int]) -> str:
    """A place as people write it: ``context.files[0].path``."""
    written = ""
    for part in parts:
        if isinstance(part, int):
            written += f"[{part}]"
        else:
            written += f".{part}" if written else part
    return written


def sentence(parts: Sequence[str | int], words: str) -> str:
    where = path(parts)
    return f"{where[:200]}: {words}" if where else f"the document {words}"


def _kind(schema: Mapping[str, Any]) -> str:
    kind = str(schema.get("type", ""))
    said = _TYPES.get(kind, "a value")
    if kind in ("number", "integer"):
        return said + _range(schema.get("minimum"), schema.get("maximum"))
    low, high = (
        schema.get(bound + {"string": "Length", "array": "Items", "object": "Properties"}[kind])
        if kind in _PARTS
        else None
        for bound in ("min", "max")
    )
    if low is None and high is None:
        return said
    parts = _PARTS[kind]
    if (high if high is not None else low) == 1:
        parts = {"entries": "entry"}.get(parts, parts.removesuffix("s"))
    return f"{said} of {_amount(low, high)} {parts}"


def _amount(low: int | None, high: int | None) -> str:
    if high is None:
        return f"at least {low:,}"
    return f"{low:,} to {high:,}" if low else f"at most {high:,}"


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f" of {low} or more"
    return f" of {high} or less" if high is not None else ""
