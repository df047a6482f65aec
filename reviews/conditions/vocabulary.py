"""The closed vocabulary: which facts there are, and what may be asked of each."""

from dataclasses import dataclass

TRIGGERS = ("critical_action", "error", "low_confidence", "question", "completion")
RISKS = ("none", "low", "medium", "high", "critical")  # in this order
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MOST_NODES = 200
DEEPEST = 10
MOST_VALUES = 100
LONGEST_TEXT = 300
LARGEST = 32 * 1024  # characters of JSON

ORDER = ("lt", "le", "gt", "ge")
OPS = ("eq", "ne", *ORDER, "in", "contains", "exists", "match", "match_all", "within")


@dataclass(frozen=True)
class Term:
    """``kind`` says what a value must be: choice, level, id, text, number, any, glob, words or
    hours. A fact ``has_many`` values when a handoff may have several: one that fits is enough,
    and "ne" means that none is equal."""

    name: str
    kind: str
    ops: tuple[str, ...]
    has_many: bool = False
    choices: tuple[str, ...] = ()


_TEXT = ("eq", "ne", "in", "contains", "exists")
_NUMBER = ("eq", "ne", *ORDER, "in")

TERMS = {
    term.name: term
    for term in (
        Term("trigger", "choice", ("eq", "ne", "in"), choices=TRIGGERS),
        Term("agent", "id", ("eq", "ne", "in")),
        Term("workspace", "id", ("eq", "ne", "in")),
        Term("queue", "text", _TEXT),
        Term("tags", "text", ("eq", "ne", "in", "exists"), has_many=True),
        Term("confidence", "number", (*_NUMBER, "exists")),
        Term("risk", "level", ("eq", "ne", *ORDER, "in"), choices=RISKS),
        Term("action", "text", _TEXT, has_many=True),
        Term("argument", "any", ("eq", "ne", *ORDER, "in", "contains", "exists"), has_many=True),
        Term("files", "glob", ("match", "match_all", "exists"), has_many=True),
        Term("file_count", "number", _NUMBER),
        Term("file_bytes", "number", _NUMBER),
        Term("error_type", "text", _TEXT),
        Term("text", "words", ("contains", "in")),
        Term("time", "hours", ("within",)),
        Term("round", "number", _NUMBER),
    )
}
