"""What a rule does when it fits: the closed set of its actions, checked and said in words. Pure.

``assign``: to whom; ``not``: who is not asked and may not decide; ``priority``; ``due``;
``undo_seconds``; ``ladder``; ``on_expiry``; ``channels``: which are told too; and what
``rule_policy`` has. Each is optional.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews import rule_policy
from reviews.conditions import Names
from workspaces.errors import Problem

PICKS = (
    "all",
    "round_robin",
    "least_loaded",
    "last_reviewer_of_agent",
    "last_reviewer_of_thread",
)
ROLES = ("reviewer", "admin", "owner")
PRIORITIES = ("low", "normal", "high", "urgent")
ON_EXPIRY = ("expire", "reject", "approve", "escalate")
LONGEST_MINUTES = 366 * 24 * 60
MOST_TARGETS, MOST_STEPS, LONGEST_UNDO = 50, 20, 30

Actions = Mapping[str, Any]
OTHERWISE: dict[str, Any] = {"assign": {"to": [{"role": "reviewer"}], "pick": "all"}}
"""What a workspace's last rule does until an admin says otherwise."""


def validate(actions: object, *, needs_people: bool = False) -> list[Problem]:
    """Everything wrong with ``actions``; never raises. Whether ids exist is asked elsewhere."""
    if not isinstance(actions, dict):
        return [Problem("", _("Actions must be an object."))]
    found = list(_unknown(actions, "", tuple(_CHECKS)))
    for name, check in _CHECKS.items():
        if name in actions:
            found += check(actions[name], f"/{name}")
    if needs_people and "assign" not in actions:
        found.append(Problem("/assign", _("Say who gets what nothing else fits.")))
    return found or rule_policy.contradictions(actions)


def _unknown(value: Mapping[str, Any], at: str, known: tuple[str, ...]) -> Iterator[Problem]:
    for name in sorted(set(value) - set(known), key=str):
        shown = str(name)[:80].replace("~", "~0").replace("/", "~1")
        yield Problem(f"{at}/{shown}", _("This member is not known here."))


def _object(value: object, at: str, known: tuple[str, ...]) -> Iterator[Problem]:
    if isinstance(value, dict):
        yield from _unknown(value, at, known)
    else:
        yield Problem(at, _("This must be an object."))


def _assign(value: object, at: str) -> Iterator[Problem]:
    yield from _object(value, at, ("to", "pick"))
    if isinstance(value, dict):
        yield from _targets(value.get("to"), f"{at}/to")
        if value.get("pick", "all") not in PICKS:
            yield Problem(f"{at}/pick", _one_of(PICKS))


def _targets(value: object, at: str) -> Iterator[Problem]:
    if not isinstance(value, list) or not value:
        yield Problem(at, _("Name at least one person, team or role."))
        return
    if len(value) > MOST_TARGETS:
        yield Problem(at, _("At most %(n)d.") % {"n": MOST_TARGETS})
    for index, each in enumerate(value[:MOST_TARGETS]):
        if not isinstance(each, dict) or len(each) != 1:
            yield Problem(f"{at}/{index}", _("This must name one user, team or role."))
        elif "role" in each:
            if each["role"] not in ROLES:
                yield Problem(f"{at}/{index}/role", _one_of(ROLES))
        elif not _is_id(each.get("user", each.get("team"))):
            yield Problem(f"{at}/{index}", _("This must name one user, team or role."))


def _priority(value: object, at: str) -> Iterator[Problem]:
    if value not in PRIORITIES:
        yield Problem(at, _one_of(PRIORITIES))


def _due(value: object, at: str) -> Iterator[Problem]:
    yield from _object(value, at, ("minutes", "business"))
    if isinstance(value, dict):
        yield from _minutes(value, at)


def _minutes(value: Mapping[str, Any], at: str) -> Iterator[Problem]:
    if not _is_in(value.get("minutes"), 1, LONGEST_MINUTES):
        yield Problem(f"{at}/minutes", _from_to(1, LONGEST_MINUTES))
    if not isinstance(value.get("business", False), bool):
        yield Problem(f"{at}/business", _("This must be true or false."))


def _not(value: object, at: str) -> Iterator[Problem]:
    yield from _object(value, at, ("users", "teams"))
    if isinstance(value, dict):
        for name in ("users", "teams"):
            yield from _ids(value.get(name, []), f"{at}/{name}")


def _ids(value: object, at: str) -> Iterator[Problem]:
    if not isinstance(value, list) or len(value) > MOST_TARGETS or not all(map(_is_id, value)):
        yield Problem(at, _("This must be a list of at most %(n)d ids.") % {"n": MOST_TARGETS})


def _channels(value: object, at: str) -> Iterator[Problem]:
    yield from _ids(value, at)


def _undo(value: object, at: str) -> Iterator[Problem]:
    if not _is_in(value, 0, LONGEST_UNDO):
        yield Problem(at, _from_to(0, LONGEST_UNDO))


def _ladder(value: object, at: str) -> Iterator[Problem]:
    if not isinstance(value, list) or len(value) > MOST_STEPS:
        yield Problem(at, _("This must be a list of at most %(n)d steps.") % {"n": MOST_STEPS})
        return
    for index, step in enumerate(value):
        here = f"{at}/{index}"
        yield from _object(step, here, ("at", "minutes", "business", "to", "act"))
        if not isinstance(step, dict):
            continue
        if ("at" in step) == ("minutes" in step):
            yield Problem(here, _("Say either at which part of the time, or after how long."))
        elif "at" in step and not _is_share(step["at"], 1.0):
            yield Problem(f"{here}/at", _("This must be a number from 0 to 1."))
        elif "minutes" in step:
            yield from _minutes(step, here)
        yield from _targets(step.get("to"), f"{here}/to")
        if step.get("act") not in ("notify", "assign"):
            yield Problem(f"{here}/act", _one_of(("notify", "assign")))


def _on_expiry(value: object, at: str) -> Iterator[Problem]:
    if value not in ON_EXPIRY:
        yield Problem(at, _one_of(ON_EXPIRY))


_CHECKS: dict[str, Callable[[object, str], Iterator[Problem]]] = {
    "assign": _assign,
    "priority": _priority,
    "due": _due,
    "not": _not,
    "channels": _channels,
    "undo_seconds": _undo,
    "ladder": _ladder,
    "on_expiry": _on_expiry,
    **rule_policy.CHECKS,
}


NAMES = tuple(_CHECKS)


def _is_id(value: object) -> bool:
    return _is_in(value, 1, 2**63 - 1)


def _is_in(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _is_share(value: object, most: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= most


def _one_of(names: tuple[str, ...]) -> str:
    return _("This must be one of: %(names)s.") % {"names": ", ".join(names)}


def _from_to(least: int, most: int) -> str:
    return _("This must be a whole number from %(least)d to %(most)d.") % {
        "least": least,
        "most": most,
    }


def ids_in(actions: Actions) -> dict[str, set[int]]:
    """{"user", "team", "channel": ids} that valid actions name."""
    found: dict[str, set[int]] = {"user": set(), "team": set()}
    if actions.get("channels"):
        found["channel"] = set(actions["channels"])
    targets = list(actions.get("assign", {}).get("to", ()))
    for step in actions.get("ladder", ()):
        targets += step["to"]
    for target in targets:
        for name in ("user", "team"):
            if name in target:
                found[name].add(target[name])
    for name, ids in (("user", "users"), ("team", "teams")):
        found[name].update(actions.get("not", {}).get(ids, ()))
    found["team"] |= rule_policy.teams_in(actions)
    return found


def sentence(actions: Actions, names: Names, *, place: str) -> str:
    """Valid actions in words; ``place`` is what roles are of: a workspace's name."""
    return "; ".join(_told(actions, names, place))


def _told(actions: Actions, names: Names, place: str) -> Iterator[str]:
    if assign := actions.get("assign"):
        yield _assigned(assign, names, place)
    if "priority" in actions:
        yield _("priority %(priority)s") % {"priority": actions["priority"]}
    if due := actions.get("due"):
        yield _("due in %(time)s") % {"time": span(due)}
    if refused := actions.get("not"):
        people = [names.of("people", pk) for pk in refused.get("users", ())]
        people += [names.of("teams", pk) for pk in refused.get("teams", ())]
        if people:
            yield _("without %(people)s") % {"people": ", ".join(people)}
    if channels := [names.of("channels", pk) for pk in actions.get("channels", ())]:
        yield _("also told: %(channels)s") % {"channels": ", ".join(channels)}
    yield from rule_policy.told(actions, names)
    if "undo_seconds" in actions:
        yield _("undo for %(n)d s") % {"n": actions["undo_seconds"]}
    for step in actions.get("ladder", ()):
        yield _step_told(step, names, place)
    if "on_expiry" in actions:
        yield _("when time is up: %(what)s") % {"what": actions["on_expiry"]}


def _assigned(assign: Mapping[str, Any], names: Names, place: str) -> str:
    pick = assign.get("pick", "all")
    told = {
        "all": _("%(people)s"),
        "round_robin": _("%(people)s in turn"),
        "least_loaded": _("the least loaded of %(people)s"),
        "last_reviewer_of_agent": _("who last decided of this agent, among %(people)s"),
        "last_reviewer_of_thread": _("who decided the round before, among %(people)s"),
    }[pick]
    return told % {"people": targets(assign["to"], names, place)}


def targets(to: list[Mapping[str, Any]], names: Names, place: str) -> str:
    """ "Rae Reviewer, the team Data and the reviewers of Acme" """
    roles = {
        "reviewer": _("the reviewers of %(place)s"),
        "admin": _("the admins of %(place)s"),
        "owner": _("the owners of %(place)s"),
    }
    told = []
    for target in to:
        if "role" in target:
            told.append(roles[target["role"]] % {"place": place})
        elif "team" in target:
            told.append(_("the team %(name)s") % {"name": names.of("teams", target["team"])})
        else:
            told.append(names.of("people", target["user"]))
    if len(told) == 1:
        return told[0]
    return _("%(first)s and %(last)s") % {"first": ", ".join(told[:-1]), "last": told[-1]}


def _step_told(step: Mapping[str, Any], names: Names, place: str) -> str:
    people = targets(step["to"], names, place)
    told = _("told: %(people)s") if step["act"] == "notify" else _("given to %(people)s")
    if "at" in step:
        when = _("at %(n)d %% of the time") % {"n": round(100 * step["at"])}
    else:
        when = _("after %(time)s") % {"time": span(step)}
    return f"{when} {told % {'people': people}}"


def span(value: Mapping[str, Any]) -> str:
    """ "30 min", "2 h", "3 business hours" """
    minutes = value["minutes"]
    if minutes % 1440 == 0 and not value.get("business"):
        text = ngettext("%(n)d day", "%(n)d days", minutes // 1440) % {"n": minutes // 1440}
    elif minutes % 60 == 0:
        text = _("%(n)d h") % {"n": minutes // 60}
    else:
        text = _("%(n)d min") % {"n": minutes}
    return _("%(time)s of working time") % {"time": text} if value.get("business") else text
