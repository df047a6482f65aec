"""Whole JSON, JSON lines, or as much as a torn file still holds of either."""

import json
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# Lists that hold a conversation, in the order in which they are looked for in a torn object.
_LISTS = ("trajectory", "messages", "history")
_BLANK = " \t\r\n"
_FAILURES = (ValueError, RecursionError)


def read(text: str) -> tuple[list[Any], str]:
    """The entries of a JSON array or of JSON lines (one object counts as one line), and a note.

    Lenient on purpose: this shows evidence, the strict parser is for what the desk acts on.
    """
    text = text.strip(_BLANK)
    if not text:
        return [], _("The file is empty.")
    try:
        value = json.loads(text)
    except _FAILURES as error:
        whole_error = error
    else:
        return (value if isinstance(value, list) else [value]), ""
    if isinstance(whole_error, RecursionError):
        return [], _("Nested too deeply to be read.")
    if text.startswith("["):
        return _elements(text, 1), _torn_note()
    values, bad = _json_lines(text)
    if values:
        return values, _bad_note(bad)
    for name in _LISTS:
        at = text.find(f'"{name}"')
        bracket = text.find("[", at)
        between = text[at + len(name) + 2 : bracket].strip(_BLANK)
        if at >= 0 and bracket >= 0 and between == ":":
            found = _elements(text, bracket + 1)
            if found:
                return [{name: found}], _torn_note()
    return [], _("Not JSON: %(reason)s.") % {"reason": str(whole_error)[:200]}


def _elements(text: str, at: int) -> list[Any]:
    """Whole elements of the array that opens before `at`, up to the first that is torn."""
    decoder = json.JSONDecoder()
    found: list[Any] = []
    while True:
        while at < len(text) and text[at] in _BLANK + ",":
            at += 1
        if at >= len(text) or text[at] == "]":
            return found
        try:
            value, at = decoder.raw_decode(text, at)
        except _FAILURES:
            return found
        found.append(value)


def _json_lines(text: str) -> tuple[list[Any], int]:
    """Values of JSON lines and the number of bad ones; none where no line but scalars is JSON."""
    values: list[Any] = []
    bad = 0
    for line in text.split("\n"):
        if not line.strip(_BLANK):
            continue
        try:
            values.append(json.loads(line))
        except _FAILURES:
            bad += 1
    return (values if any(isinstance(value, dict) for value in values) else []), bad


def _torn_note() -> str:
    return _("The file is torn: what could be read is shown.")


def _bad_note(bad: int) -> str:
    if not bad:
        return ""
    return ngettext(
        "%(count)d line is not JSON and is left out.",
        "%(count)d lines are not JSON and are left out.",
        bad,
    ) % {"count": bad}
