"""What a rule demands of a decision, between its JSON and the fields of a form."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from reviews.rule_editor.choosing import Choices
from reviews.rule_editor.numbers import number, whole
from reviews.rule_editor.rows import Option
from reviews.rule_policy import MOST_TEAMS

Actions = dict[str, Any]


def members(posted: QueryDict) -> Iterator[tuple[str, Any]]:
    """The members of the actions that were posted; what is left empty is not there."""
    if approvals := dict(_approvals(posted)):
        yield "approvals", approvals
    if "viewed" in posted:
        yield "viewed", True
    if "confirm" in posted:
        yield "confirm", "password"
    if approve_from := posted.get("approve_from", "").strip():
        auto = {"approve_from": number(approve_from)}
        if sample := posted.get("sample", "").strip():
            auto["sample"] = number(sample)
        yield "auto", auto


def _approvals(posted: QueryDict) -> Iterator[tuple[str, Any]]:
    needed = posted.get("needed", "").strip()
    if needed and needed != "1":
        yield "needed", whole(needed)
    teams = [
        {"team": whole(team), "needed": whole(posted.get(f"of.{index}.needed", "").strip() or "1")}
        for index in range(MOST_TEAMS + 1)
        if (team := posted.get(f"of.{index}.team", ""))
    ]
    if teams:
        yield "teams", teams
    if "four_eyes" in posted:
        yield "four_eyes", True
    if "counted" in posted:
        yield "veto", False


@dataclass(frozen=True)
class TeamRow:
    """So many approvals of a team; the last row is empty, to add one."""

    index: int
    needed: str
    teams: list[Option]


@dataclass(frozen=True)
class Demands:
    needed: str
    teams: list[TeamRow]
    four_eyes: bool
    is_counted: bool
    viewed: bool
    confirm: bool
    approve_from: str
    sample: str


def drawn(actions: Actions, choices: Choices) -> Demands:
    approvals, auto = _dict(actions, "approvals"), _dict(actions, "auto")
    named = approvals.get("teams")
    rows = [each for each in named if isinstance(each, dict)] if isinstance(named, list) else []
    spare: list[dict[str, Any]] = [{}] if len(rows) < MOST_TEAMS else []
    return Demands(
        needed=str(approvals.get("needed", "")),
        teams=[_row(index, each, choices) for index, each in enumerate([*rows, *spare])],
        four_eyes=bool(approvals.get("four_eyes")),
        is_counted=approvals.get("veto", True) is False,
        viewed=bool(actions.get("viewed")),
        confirm="confirm" in actions,
        approve_from=_shown(auto.get("approve_from", "")),
        sample=_shown(auto.get("sample", "")),
    )


def _row(index: int, row: dict[str, Any], choices: Choices) -> TeamRow:
    chosen = str(row.get("team", ""))
    options = [("", _("no certain team"), not chosen)]
    options += [(str(pk), name, str(pk) == chosen) for pk, name in choices.teams]
    if chosen and not any(is_on for _value, _label, is_on in options):
        options.append((chosen, _("no longer there"), True))
    return TeamRow(index, str(row.get("needed", "")), options)


def _dict(actions: Actions, name: str) -> dict[str, Any]:
    found = actions.get(name)
    return found if isinstance(found, dict) else {}


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
