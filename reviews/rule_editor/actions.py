"""What a rule does, between its JSON and the fields of a form.

What was typed and is no number stays as text in the JSON, so that the check says what is wrong and
the field shows it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from reviews.rule_actions import MOST_STEPS
from reviews.rule_editor import demands
from reviews.rule_editor.numbers import number, whole

FACTORS = {"minutes": 1, "hours": 60, "days": 1440}
STEP_UNITS = ("percent", "minutes", "hours", "business_minutes", "business_hours")
Actions = dict[str, Any]


def read(posted: QueryDict) -> Actions:
    return dict(_members(posted))


def _members(posted: QueryDict) -> Iterator[tuple[str, Any]]:
    to = targets(posted.getlist("to"))
    yield "assign", {"to": to, "pick": posted.get("pick", "all")}
    if priority := posted.get("priority", ""):
        yield "priority", priority
    if due := posted.get("due", "").strip():
        minutes = _times(due, FACTORS.get(posted.get("due_unit", ""), 1))
        yield "due", {"minutes": minutes, "business": "due_business" in posted}
    kept_out = targets(posted.getlist("not"))
    users = [each["user"] for each in kept_out if "user" in each]
    teams = [each["team"] for each in kept_out if "team" in each]
    if kept_out:
        yield "not", {"users": users, "teams": teams}
    if channels := posted.getlist("channels"):
        yield "channels", [whole(each) for each in channels]
    yield from demands.members(posted)
    if undo := posted.get("undo_seconds", "").strip():
        yield "undo_seconds", whole(undo)
    if ladder := list(_steps(posted)):
        yield "ladder", ladder
    if on_expiry := posted.get("on_expiry", ""):
        yield "on_expiry", on_expiry


def _steps(posted: QueryDict) -> Iterator[dict[str, Any]]:
    for index in range(MOST_STEPS + 1):
        if (after := posted.get(f"step.{index}.after")) is None:
            continue
        unit = posted.get(f"step.{index}.unit", "percent")
        step: dict[str, Any] = {}
        if unit == "percent":
            share = number(after.strip())
            step["at"] = share / 100 if isinstance(share, int | float) else share
        else:
            step["minutes"] = _times(after.strip(), 60 if unit.endswith("hours") else 1)
            step["business"] = unit.startswith("business")
        step["to"] = targets(posted.getlist(f"step.{index}.to"))
        step["act"] = posted.get(f"step.{index}.act", "notify")
        yield step


def new_step(actions: Actions) -> None:
    """One more step: the first at half time, the next when it is due."""
    ladder = actions.setdefault("ladder", [])
    at = 0.5 if not ladder else 1.0
    ladder.append({"at": at, "to": [{"role": "admin"}], "act": "notify"})


def targets(said: list[str]) -> list[dict[str, Any]]:
    """["role:admin", "team:3"] → [{"role": "admin"}, {"team": 3}]"""
    found = []
    for each in said:
        kind, _colon, value = each.partition(":")
        if kind in ("role", "team", "user"):
            found.append({kind: value if kind == "role" else whole(value)})
    return found


def said(target: dict[str, Any]) -> str:
    """The reverse of ``targets``, of one."""
    return next((f"{kind}:{value}" for kind, value in target.items()), "")


def _times(text: str, factor: int) -> int | str:
    found = number(text)
    if isinstance(found, str) or found != found or abs(found) > 1e9:
        return text
    product = found * factor
    return int(product) if float(product).is_integer() else text


@dataclass(frozen=True)
class Span:
    """A time as the form shows it."""

    count: str
    unit: str


def span(value: Actions) -> Span:
    minutes = value.get("minutes", "")
    if not isinstance(minutes, int):
        return Span(str(minutes), "minutes")
    for unit in ("days", "hours"):
        if minutes and minutes % FACTORS[unit] == 0:
            return Span(str(minutes // FACTORS[unit]), unit)
    return Span(str(minutes), "minutes")


def step_span(step: Actions) -> Span:
    if "at" in step:
        at = step["at"]
        return Span(f"{100 * at:g}" if isinstance(at, int | float) else str(at), "percent")
    minutes = step.get("minutes", "")
    is_hours = isinstance(minutes, int) and minutes > 0 and minutes % 60 == 0
    unit = "hours" if is_hours else "minutes"
    count = minutes // 60 if isinstance(minutes, int) and is_hours else minutes
    return Span(str(count), f"business_{unit}" if step.get("business") else unit)
