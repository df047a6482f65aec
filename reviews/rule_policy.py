"""What a rule demands of a decision: its members of the actions, checked and said in words. Pure.

approvals  {"needed": 1–20, "teams": [{"team": id, "needed": 1–20}], "four_eyes", "veto": bool}
viewed     true: every bound file is marked viewed by who approves
confirm    "password": who approves gives their password (again)
auto       {"approve_from": 0–1, "sample": 0–100}: approved by the rule from this confidence on,
           all but ``sample`` per cent
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.conditions import Names
from workspaces.errors import Problem

MOST_APPROVALS, MOST_TEAMS = 20, 10
CONFIRMATIONS = ("password",)


def _approvals(value: object, at: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(at, _("This must be an object."))
        return
    yield from _unknown(value, at, ("needed", "teams", "four_eyes", "veto"))
    yield from _count(value.get("needed", 1), f"{at}/needed")
    for name in ("four_eyes", "veto"):
        if not isinstance(value.get(name, True), bool):
            yield Problem(f"{at}/{name}", _("This must be true or false."))
    teams = value.get("teams", [])
    if not isinstance(teams, list) or len(teams) > MOST_TEAMS:
        told = _("This must be a list of at most %(n)d teams.") % {"n": MOST_TEAMS}
        yield Problem(f"{at}/teams", told)
        return
    seen = set()
    for index, each in enumerate(teams):
        here = f"{at}/teams/{index}"
        if not isinstance(each, dict) or type(each.get("team")) is not int or each["team"] < 1:
            yield Problem(here, _("This must name one team."))
            continue
        yield from _unknown(each, here, ("team", "needed"))
        yield from _count(each.get("needed", 1), f"{here}/needed")
        if each["team"] in seen:
            yield Problem(here, _("This team is named twice."))
        seen.add(each["team"])


def _count(value: object, at: str) -> Iterator[Problem]:
    if type(value) is not int or not 1 <= value <= MOST_APPROVALS:
        told = _("This must be a whole number from 1 to %(n)d.") % {"n": MOST_APPROVALS}
        yield Problem(at, told)


def _unknown(value: Mapping[Any, Any], at: str, known: tuple[str, ...]) -> Iterator[Problem]:
    for name in sorted(set(value) - set(known), key=str):
        shown = str(name)[:80].replace("~", "~0").replace("/", "~1")
        yield Problem(f"{at}/{shown}", _("This member is not known here."))


def _viewed(value: object, at: str) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield Problem(at, _("This must be true or false."))


def _confirm(value: object, at: str) -> Iterator[Problem]:
    if value not in CONFIRMATIONS:
        yield Problem(at, _("This must be one of: %(names)s.") % {"names": "password"})


def _auto(value: object, at: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(at, _("This must be an object."))
        return
    yield from _unknown(value, at, ("approve_from", "sample"))
    if not _is_between(value.get("approve_from"), 1):
        yield Problem(f"{at}/approve_from", _("This must be a number from 0 to 1."))
    if not _is_between(value.get("sample", 0), 100):
        yield Problem(f"{at}/sample", _("This must be a number from 0 to 100."))


def _is_between(value: object, most: int) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= most


CHECKS: dict[str, Callable[[object, str], Iterator[Problem]]] = {
    "approvals": _approvals,
    "viewed": _viewed,
    "confirm": _confirm,
    "auto": _auto,
}


def teams_in(actions: Mapping[str, Any]) -> set[int]:
    """The teams that valid ``actions`` want approvals of."""
    return {each["team"] for each in actions.get("approvals", {}).get("teams", ())}


def contradictions(actions: Mapping[str, Any]) -> list[Problem]:
    """What valid ``actions`` cannot mean together."""
    if "auto" not in actions:
        return []
    approvals = actions.get("approvals", {})
    asks_people = approvals.get("needed", 1) > 1 or approvals.get("four_eyes")
    if asks_people or approvals.get("teams") or "confirm" in actions:
        told = _("A rule that asks several people, or a password, cannot approve by itself.")
        return [Problem("/auto", told)]
    return []


def told(actions: Mapping[str, Any], names: Names) -> Iterator[str]:
    """Valid ``actions`` in words, as parts of a sentence."""
    if approvals := actions.get("approvals"):
        yield from _approvals_told(approvals, names)
    if actions.get("viewed"):
        yield _("every file viewed before it is approved")
    if "confirm" in actions:
        yield _("the password again to approve")
    if auto := actions.get("auto"):
        yield _auto_told(auto)


def _approvals_told(approvals: Mapping[str, Any], names: Names) -> Iterator[str]:
    needed = approvals.get("needed", 1)
    if needed > 1:
        yield _("%(n)d approvals needed") % {"n": needed}
    for each in approvals.get("teams", ()):
        n = each.get("needed", 1)
        yield ngettext(
            "%(n)d approval of the team %(team)s",
            "%(n)d approvals of the team %(team)s",
            n,
        ) % {"n": n, "team": names.of("teams", each["team"])}
    if approvals.get("four_eyes"):
        yield _("four eyes: two people, neither of them the agent's owner")
    if approvals.get("veto", True) is False:
        yield _("a rejection is only counted")


def _auto_told(auto: Mapping[str, Any]) -> str:
    sample = auto.get("sample", 0)
    words = {"from": f"{auto['approve_from']:g}", "sample": f"{sample:g}"}
    if not sample:
        return _("approved by this rule from confidence %(from)s on") % words
    return (
        _("approved by this rule from confidence %(from)s on, but %(sample)s %% go to people")
        % words
    )
