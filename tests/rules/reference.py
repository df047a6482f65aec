"""What conditions mean, written a second time and another way: slow, direct, from the docs."""

import operator
import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reviews.conditions import Facts
from reviews.conditions.vocabulary import RISKS, WEEKDAYS

ORDER = {"lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge}
NOTHING = object()


def means(tree: Any, facts: Facts) -> bool:
    if tree is None:
        return True
    ((head, inner), *_rest) = tree.items()
    if head == "and":
        return min(means(part, facts) for part in inner)
    if head == "or":
        return max(means(part, facts) for part in inner)
    if head == "not":
        return not means(inner, facts)
    asked = tree["fact"]
    if asked == "time":
        return _in_hours(tree["value"], facts)
    if asked == "text":
        texts = tree["value"] if tree["op"] == "in" else [tree["value"]]
        return any(
            all(word in facts.words for word in re.findall(r"\w+", each.casefold()))
            for each in texts
        )
    if asked == "files" and tree["op"] != "exists":
        hits = [
            any(re.fullmatch(_glob(glob), path) for glob in tree["value"]) for path in facts.files
        ]
        return bool(hits) and (all(hits) if tree["op"] == "match_all" else any(hits))
    values, wanted = _values(tree, facts), tree["value"]
    if asked == "risk":
        values = [RISKS.index(each) for each in values]
        is_list = isinstance(wanted, list)
        wanted = [RISKS.index(each) for each in wanted] if is_list else RISKS.index(wanted)
    return _asks(tree["op"], values, wanted)


def _values(tree: Any, facts: Facts) -> list[Any]:
    match tree["fact"]:
        case "risk":
            return [RISKS[facts.risk]]
        case "queue" | "error_type" as name:
            return [getattr(facts, name)] if getattr(facts, name) else []
        case "confidence":
            return [] if facts.confidence is None else [facts.confidence]
        case "tags" | "files" as name:
            return list(getattr(facts, name))
        case "action":
            return [action.name for action in facts.actions]
        case "file_count":
            return [len(facts.files)]
        case "argument":
            asked = [a for a in facts.actions if a.name == tree.get("action", a.name)]
            found = [_follow(action.args, tree["pointer"]) for action in asked]
            return [value for value in found if value is not NOTHING]
        case name:
            return [getattr(facts, name)]


def _follow(value: Any, pointer: str) -> Any:
    if not pointer:
        return value
    head, _, rest = pointer[1:].partition("/")
    head = head.replace("~1", "/").replace("~0", "~")
    try:
        inner = value[int(head)] if isinstance(value, list) else value[head]
    except (KeyError, IndexError, TypeError, ValueError):
        return NOTHING
    return _follow(inner, "/" + rest if rest else "")


def _kind(value: Any) -> str:
    return "n" if type(value) in (int, float) else type(value).__name__


def _equal(one: Any, other: Any) -> bool:
    return _kind(one) == _kind(other) and bool(one == other)


def _asks(op: str, values: list[Any], wanted: Any) -> bool:
    if op == "exists":
        return bool(values) is wanted
    if op == "ne" and wanted is None:
        return len(values) > 0 and all(value is not None for value in values)
    if op == "ne":
        like = [value for value in values if _kind(value) == _kind(wanted)]
        return like != [] and wanted not in like
    hits = []
    for value in values:
        if op == "eq":
            hits.append(_equal(value, wanted))
        elif op == "in":
            hits.append(any(_equal(value, each) for each in wanted))
        elif op == "contains" and isinstance(value, list):
            hits.append(any(_equal(each, wanted) for each in value))
        elif op == "contains":
            both = isinstance(value, str) and isinstance(wanted, str)
            hits.append(both and value.casefold().find(wanted.casefold()) >= 0)
        else:
            hits.append(_kind(value) == _kind(wanted) and ORDER[op](value, wanted))
    return any(hits)


def _glob(glob: str) -> str:
    """A regular expression for a glob, which the desk itself does without."""
    if "/" not in glob:
        glob = "**/" + glob
    if glob.endswith("/"):
        glob += "**"
    parts = []
    for part in glob.split("/"):
        if part == "**":
            parts.append("(?:[^/]+/)*")
        else:
            one = "".join({"*": "[^/]*", "?": "[^/]"}.get(c, re.escape(c)) for c in part)
            parts.append(one + "/")
    return "".join(parts).removesuffix("/") if not glob.endswith("**") else _whole(parts)


def _whole(parts: list[str]) -> str:
    return "".join(parts[:-1]) + r"(?:[^/]+(?:/[^/]+)*)?"


def _in_hours(hours: Any, facts: Facts) -> bool:
    """Minute by minute back to the beginning of the window."""
    local = facts.at.astimezone(ZoneInfo(hours.get("zone", "UTC"))).replace(tzinfo=None)
    begin, end = hours.get("from", "00:00"), hours.get("to", "00:00")
    days = hours.get("weekdays", WEEKDAYS)
    for back in (0, 1):
        day = (local - timedelta(days=back)).date()
        start = _at(day, begin)
        stop = _at(day, end)
        if stop <= start:
            stop += timedelta(days=1)
        if begin == end:
            start, stop = _at(day, "00:00"), _at(day, "00:00") + timedelta(days=1)
        if start <= local < stop and WEEKDAYS[day.weekday()] in days:
            return True
    return False


def _at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock))
