"""A JSON value as one indented, coloured text; nothing is clipped, because it is what is approved.

Put it under `white-space: pre-wrap; overflow-wrap: anywhere`. Removing the tags gives JSON again,
unless a string holds invisible characters, which are marks here.
"""

import json
from collections.abc import Iterator

from django.utils.safestring import SafeString, mark_safe

from reviews import veils
from reviews.rendering.text import drawn, visible

_INDENT = "  "


class _Veiled(str):
    """What stands for a value that is secret by its name."""


def pretty(value: object, *, sort_keys: bool = True) -> SafeString:
    """HTML of any JSON value. Numbers stand as they were written where the value knows (`.text`,
    as the strict parser's numerals do); depth is not limited by Python's stack."""
    return mark_safe("".join(_pieces(value, sort_keys)))


def _pieces(value: object, sort_keys: bool) -> Iterator[str]:
    # Each frame is (entries still to draw, its closing bracket); "first" decides on the comma.
    stack: list[tuple[Iterator[tuple[str | None, object]], str]] = []
    current: object = value
    while True:
        if isinstance(current, dict) and current:
            entries = current.items()
            ordered = sorted(entries, key=lambda entry: str(entry[0])) if sort_keys else entries
            stack.append((iter([(str(key), item) for key, item in ordered]), "}"))
            yield "{"
            is_first = True
        elif isinstance(current, (list, tuple)) and current:
            stack.append((iter([(None, item) for item in current]), "]"))
            yield "["
            is_first = True
        else:
            yield _scalar(current)
            is_first = False
        while stack:
            entries_left, bracket = stack[-1]
            entry = next(entries_left, None)
            if entry is not None:
                break
            stack.pop()
            yield "\n" + _INDENT * len(stack) + bracket
            is_first = False
        else:
            return
        key, current = entry
        yield ("" if is_first else ",") + "\n" + _INDENT * len(stack)
        if key is not None:
            yield f'<span class="js-k">{_string(key)}</span>: '
            veiled = veils.veil_member(key, current)
            if veiled is not None:
                current = _Veiled(veiled)


def _scalar(value: object) -> str:
    if isinstance(value, _Veiled):
        return f'<span class="js-s">{drawn(value)}</span>'
    written = getattr(value, "text", None)
    if isinstance(written, str):
        return _span("js-n", written)
    if value is None or isinstance(value, bool):
        return _span("js-b", json.dumps(value))
    if isinstance(value, (int, float)):
        return _span("js-n", _number(value))
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, (list, tuple)):
        return "[]"
    return f'<span class="js-s">{_string(value if isinstance(value, str) else str(value))}</span>'


def _number(value: float) -> str:
    try:
        return repr(value)
    except ValueError:  # Python refuses to write integers of more than 4,300 digits
        return hex(int(value))


def _span(name: str, text: str) -> str:
    return f'<span class="{name}">{visible(text)}</span>'


def _string(text: str) -> str:
    return visible(json.dumps(text, ensure_ascii=False))
