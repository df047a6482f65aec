"""The keys of the filter language: what values each takes, and the sentence for a wrong one."""

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from reviews.filtering.language import Value

IS = (
    *("open", "mine", "decided", "waiting", "snoozed"),
    *("overdue", "claimed", "unclaimed"),
)
TRIGGERS = ("critical_action", "error", "low_confidence", "question", "completion")
RISKS = ("none", "low", "medium", "high", "critical")
PRIORITIES = ("low", "normal", "high", "urgent")
SORTS = ("priority", "due", "risk", "age", "newest")
GROUPS = ("workspace", "trigger", "agent")
SHOWING = ("sort", "group")  # these choose no rows
MOST_VALUES = 20

_SPAN = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(m|min|h|d|w)")
_SECONDS = {"m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_NUMBER = re.compile(r"(?:ho-)?(\d{1,18})", re.IGNORECASE)


@dataclass(frozen=True)
class Key:
    """``says`` and ``example`` make the fault's sentence; ``words`` are all it knows, if any."""

    says: str | Promise
    example: str
    is_right: Callable[[str], bool]
    words: Sequence[str] = ()
    has_order: bool = False  # takes < and >
    may_be_none: bool = False
    hint: str | Promise = ""  # in the completion list


def span(text: str) -> timedelta | None:
    """ "90m", "1h", "2d", "1.5w" as a length of time."""
    found = _SPAN.fullmatch(text.lower())
    return timedelta(seconds=float(found[1]) * _SECONDS[found[2]]) if found else None


def number(text: str) -> int | None:
    """ "HO-12" or "12"."""
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found else None


def _is_share(text: str) -> bool:
    return bool(re.fullmatch(r"(?:0?\.\d{1,6}|[01](?:\.\d{0,6})?)", text)) and float(text) <= 1


def _is_count(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,9}", text))


def _is_name(text: str) -> bool:
    return bool(text.strip()) and text.isprintable()


def _choice(words: Sequence[str], hint: str | Promise, *, has_order: bool = False) -> Key:
    example = f":>={words[-2]}" if has_order else f":{words[0]}"
    return Key("", example, lambda text: text.lower() in words, words, has_order, hint=hint)


def _name(example: str, hint: str | Promise, words: Sequence[str] = ()) -> Key:
    says = gettext_lazy("wants a name")
    return Key(says, example, _is_name, words, hint=hint)


_LENGTH = gettext_lazy("wants a length of time in m, h, d or w")
_COUNT = gettext_lazy("wants a whole number")
KEYS: dict[str, Key] = {
    "is": _choice(IS, gettext_lazy("where it stands")),
    "trigger": _choice(TRIGGERS, gettext_lazy("why it was handed off")),
    "agent": _name(":etl-3", gettext_lazy("who handed it off")),
    "workspace": _name(":acme", gettext_lazy("short name or name")),
    "assignee": _name(":me", gettext_lazy("me, none or a person"), ("me", "none")),
    "claimed": _name(":me", gettext_lazy("me, none or a person"), ("me", "none")),
    "team": _name(":web", gettext_lazy("of who has it")),
    "tag": _name(":release", gettext_lazy("the agent's tag")),
    "priority": _choice(PRIORITIES, gettext_lazy("low to urgent"), has_order=True),
    "risk": _choice(RISKS, gettext_lazy("the highest of its actions"), has_order=True),
    "confidence": Key(
        gettext_lazy("wants a number from 0 to 1"), ":<0.6", _is_share, (), True, True,
        gettext_lazy("the agent's, 0 to 1"),
    ),
    "due": Key(
        _LENGTH, ":<2h", lambda text: span(text) is not None, (), True, True,
        gettext_lazy("time left, or none"),
    ),
    "age": Key(
        _LENGTH, ":>1h", lambda text: span(text) is not None, (), True,
        hint=gettext_lazy("waiting time"),
    ),
    "round": Key(_COUNT, ":>1", _is_count, (), True, hint=gettext_lazy("the agent's try")),
    "files": Key(_COUNT, ":>10", _is_count, (), True, hint=gettext_lazy("how many")),
    "number": Key(
        gettext_lazy("wants a handoff's number"), ":HO-12", lambda text: number(text) is not None,
        hint=gettext_lazy("of one handoff"),
    ),
    "sort": _choice(SORTS, gettext_lazy("the order")),
    "group": _choice(GROUPS, gettext_lazy("headings")),
}  # fmt: skip
# Values that people write otherwise.
_ALIASES = {
    ("trigger", "critical"): "critical_action",
    ("trigger", "complete"): "completion",
    ("trigger", "low-confidence"): "low_confidence",
    ("trigger", "critical-action"): "critical_action",
    ("sort", "new"): "newest",
    ("sort", "oldest"): "age",
}


def fault_of(key: str, values: "tuple[Value, ...]", *, is_negated: bool, rest: str = "") -> str:
    """What is wrong with this term, with the way out; "" for nothing."""
    known = KEYS.get(key)
    if known is None:
        return _unknown(key, rest)
    if key in SHOWING and is_negated:
        return _("%(key)s: cannot be turned round with a minus.") % {"key": key}
    if key in SHOWING and len(values) > 1:
        return _("%(key)s: takes one value, as in %(example)s.") % _named(key, known)
    if len(values) > MOST_VALUES:
        return _("%(key)s: takes at most %(most)d values.") % {"key": key, "most": MOST_VALUES}
    for value in values:
        if value.operator and not known.has_order:
            sentence = _("%(key)s: knows no < and >; write %(example)s.")
            return sentence % _named(key, known)
        text = _plain(key, value.text)
        is_none = known.may_be_none and text == "none" and not value.operator
        if not is_none and not known.is_right(text):
            return _wrong(key, known, value.text)
    return ""


def normal(key: str, values: "tuple[Value, ...]") -> "tuple[Value, ...]":
    """As the builder reads them: words in small letters, aliases resolved, numbers whole."""
    return tuple(type(value)(_plain(key, value.text), value.operator) for value in values)


def _plain(key: str, text: str) -> str:
    if key == "number":
        found = number(text)
        return text if found is None else f"HO-{found}"
    if KEYS[key].words and not KEYS[key].says:
        return _ALIASES.get((key, text.lower()), text.lower())
    if KEYS[key].words or KEYS[key].has_order:
        return text.lower() if text.lower() in (*KEYS[key].words, "none") else text
    return text


def _named(key: str, known: Key) -> dict[str, str]:
    return {"key": key, "example": key + known.example}


def _unknown(key: str, rest: str) -> str:
    near = difflib.get_close_matches(key, KEYS, n=1, cutoff=0.6)
    if near:
        sentence = _("There is no filter “%(key)s”; did you mean %(near)s:?")
        return sentence % {"key": key, "near": near[0]}
    sentence = _('There is no filter “%(key)s”. To search, put it in quotation marks: "%(rest)s"')
    return sentence % {"key": key, "rest": rest.replace('"', "")[:60]}


def _wrong(key: str, known: Key, text: str) -> str:
    if known.words and not known.says:
        names = {"key": key, "text": text[:40], "words": ", ".join(known.words)}
        near = difflib.get_close_matches(text.lower(), known.words, n=1, cutoff=0.5)
        if near and text:
            sentence = _("%(key)s: knows no “%(text)s”; did you mean %(key)s:%(near)s?")
            return sentence % {**names, "near": near[0]}
        return _("%(key)s: wants one of %(words)s.") % names
    sentence = _("%(key)s: %(says)s, as in %(example)s.")
    return sentence % {**_named(key, known), "says": known.says}
