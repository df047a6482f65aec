"""Strategies: conditions of the whole vocabulary, and facts that they now and then fit."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from reviews.conditions import Facts, Proposed, words_of
from reviews.conditions.vocabulary import RISKS, TRIGGERS, WEEKDAYS

WORDS = ("price", "Straße", "prod", "DELETE", "a b", "é", "x]y*z", "\u202e")
PATHS = ("src/a.py", "src/deep/b.sql", "README.md", "docs/x/y/z.md", "a*b")
GLOBS = ("*.md", "src/**", "**/b.sql", "docs/*/z.md", "docs/", "??.py", "a*b", "**")
POINTERS = ("/amount", "/to/0", "/to", "/a~1b", "", "/missing", "/deep/flag")
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, 2.5]),
    st.sampled_from(WORDS),
)
arguments = st.fixed_dictionaries(
    {},
    optional={
        "amount": scalars,
        "to": st.lists(scalars, max_size=3),
        "a/b": scalars,
        "deep": st.fixed_dictionaries({"flag": scalars}),
    },
)
facts = st.builds(
    Facts,
    trigger=st.sampled_from(TRIGGERS),
    agent=st.integers(1, 3),
    workspace=st.integers(1, 3),
    at=st.datetimes(
        datetime(2026, 3, 27), datetime(2026, 3, 31), timezones=st.just(UTC), allow_imaginary=False
    ),
    round=st.integers(1, 4),
    queue=st.sampled_from(("", *WORDS)),
    tags=st.lists(st.sampled_from(WORDS), max_size=3).map(tuple),
    confidence=st.sampled_from([None, 0.0, 0.5, 0.6, 1.0]),
    risk=st.integers(0, 4),
    actions=st.lists(st.builds(Proposed, st.sampled_from(WORDS), arguments), max_size=3).map(tuple),
    files=st.lists(st.sampled_from(PATHS), max_size=3).map(tuple),
    file_bytes=st.integers(0, 5000),
    error_type=st.sampled_from(("", *WORDS)),
    words=st.lists(st.sampled_from(WORDS), max_size=4).map(words_of),
)


def leaf(fact: str, ops: tuple[str, ...], value: st.SearchStrategy[Any], **more: Any) -> Any:
    """Leaves of one fact with each of its ops, the value as the op wants it."""

    def of(op: str) -> st.SearchStrategy[dict[str, Any]]:
        wanted: st.SearchStrategy[Any] = value
        if op in ("in", "match", "match_all"):
            wanted = st.lists(value, min_size=1, max_size=3)
        elif op == "exists":
            wanted = st.booleans()
        return st.fixed_dictionaries(
            {"fact": st.just(fact), "op": st.just(op), "value": wanted, **more}
        )

    return st.sampled_from(ops).flatmap(of)


ORDER = ("lt", "le", "gt", "ge")
NUMBER = ("eq", "ne", *ORDER, "in")
TEXT = ("eq", "ne", "in", "contains", "exists")
text = st.sampled_from(WORDS)
clocks = st.sampled_from(("00:00", "02:30", "09:00", "17:59", "22:00"))
hours = st.one_of(
    st.fixed_dictionaries(
        {"from": clocks, "to": clocks, "zone": st.sampled_from(("UTC", "Europe/Berlin"))},
        optional={"weekdays": st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4)},
    ),
    st.fixed_dictionaries({"weekdays": st.lists(st.sampled_from(WEEKDAYS), min_size=1)}),
)
arguments_asked = st.one_of(
    leaf("argument", ("eq", "ne", "in", "exists"), scalars, pointer=st.sampled_from(POINTERS)),
    leaf("argument", ("contains",), text, pointer=st.sampled_from(POINTERS), action=text),
    leaf(
        "argument",
        ORDER,
        scalars.filter(lambda value: value is not None and not isinstance(value, bool)),
        pointer=st.sampled_from(POINTERS),
    ),
)
leaves = st.one_of(
    leaf("trigger", ("eq", "ne", "in"), st.sampled_from(TRIGGERS)),
    leaf("agent", ("eq", "ne", "in"), st.integers(1, 3)),
    leaf("workspace", ("eq", "ne", "in"), st.integers(1, 3)),
    leaf("queue", TEXT, text),
    leaf("tags", ("eq", "ne", "in", "exists"), text),
    leaf("confidence", (*NUMBER, "exists"), st.sampled_from([0, 0.5, 0.6, 1.0])),
    leaf("risk", NUMBER, st.sampled_from(RISKS)),
    leaf("action", TEXT, text),
    arguments_asked,
    leaf("files", ("match", "match_all", "exists"), st.sampled_from(GLOBS)),
    leaf("file_count", NUMBER, st.integers(0, 3)),
    leaf("file_bytes", NUMBER, st.integers(0, 5000)),
    leaf("error_type", TEXT, text),
    leaf("text", ("contains", "in"), st.sampled_from(("price", "STRASSE", "prod delete", "é"))),
    leaf("time", ("within",), hours),
    leaf("round", NUMBER, st.integers(1, 4)),
)
trees = st.one_of(
    st.none(),
    st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.fixed_dictionaries({"and": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"or": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"not": inner}),
        ),
        max_leaves=6,
    ),
)
