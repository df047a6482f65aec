"""What the handoff page says of time: when it is due, what comes next, how it ends by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews import due_times, timers
from reviews.models import Handoff, RoutingRun, Status, Timer
from workspaces.models import Event, Team, User

_ENDS = {
    timers.EXPIRE: gettext_lazy("then it ends without an answer"),
    timers.REJECT: gettext_lazy("then it ends as rejected by the desk"),
    timers.APPROVE: gettext_lazy("then a rule approves it"),
    timers.ESCALATE: gettext_lazy("then it stays open, overdue"),
}
_ROLES = {
    "reviewer": gettext_lazy("the reviewers"),
    "admin": gettext_lazy("the admins"),
    "owner": gettext_lazy("the owners"),
}
_BECAUSE = {
    "nobody": gettext_lazy("nobody of the ladder is there"),
    "end": gettext_lazy("nobody answered in time"),
}


@dataclass(frozen=True)
class Timing:
    """``due`` is when an answer is wanted, ``next`` the step after ``next_at``."""

    due: datetime | None = None
    ends: datetime | None = None
    ending: str = ""
    next: str = ""
    next_at: datetime | None = None
    may_change: bool = False

    @property
    def says_anything(self) -> bool:
        return bool(self.due or self.ends or self.next or self.may_change)


def of(handoff: Handoff, run: RoutingRun | None, user: User, now: datetime) -> Timing:
    """For the current round of an open handoff; else only how it was to end."""
    end = timers.ending(handoff, run)
    what = end.what
    if what == timers.APPROVE and handoff.is_critical:
        what = timers.EXPIRE
    said = str(_ENDS.get(what, "")) if end.at else ""
    is_open = handoff.status == Status.PENDING and not handoff.verdict
    if not is_open or run is None:
        return Timing(due=handoff.due_at, ends=end.at, ending=said)
    words, at = _next(handoff, run)
    may_change = bool(due_times.may_change(user, handoff))
    return Timing(handoff.due_at, end.at, said, words, at, may_change)


def _next(handoff: Handoff, run: RoutingRun) -> tuple[str, datetime | None]:
    """The next step of the ladder; where there is none, the reminder."""
    if not (handoff.due_at or handoff.expires_at or timers.ladder(run)):
        return "", None
    rows = Timer.objects.filter(handoff=handoff, revision=handoff.revision, done_at=None)
    waiting = list(rows.exclude(kind=Timer.Kind.EXPIRE).order_by("at", "pk"))
    steps = timers.ladder(run)
    for timer in waiting:
        if timer.kind == Timer.Kind.ESCALATE and timer.step < len(steps):
            whom = _named(steps[timer.step])
            return _("Escalates to %(whom)s at") % {"whom": whom}, timer.at
    if waiting:
        return _("Reminds its reviewers at"), waiting[0].at
    return "", None


def _named(step: timers.Step) -> str:
    targets = step.get("to") or []
    users = {each["user"] for each in targets if "user" in each}
    teams = {each["team"] for each in targets if "team" in each}
    names = [str(user) for user in User.objects.filter(pk__in=users)] if users else []
    if teams:
        names += [_team(each) for each in Team.objects.filter(pk__in=teams).order_by("name")]
    names += [str(_ROLES[each["role"]]) for each in targets if each.get("role") in _ROLES]
    return ", ".join(names) or _("the workspace’s admins")


def _team(team: Team) -> str:
    has_word = team.name.casefold().startswith("team ")
    return team.name if has_word else _("Team %(name)s") % {"name": team.name}


def named(event: Event) -> list[str]:
    """The people an Event names in ``to``, as primary keys in text."""
    to = (event.payload or {}).get("to") or []
    return [str(each) for each in (to if isinstance(to, list) else [to])]


def facts(event: Event, people: Mapping[str, str]) -> dict[str, str]:
    """What the audit tab says of reminders, steps and moved due times."""
    payload = event.payload or {}
    found: dict[str, str] = {}
    if isinstance(payload.get("to"), list):
        found["to"] = ", ".join(people[each] for each in named(event) if each in people)
    if payload.get("step") is not None:
        found["step"] = str(payload["step"] + 1)
    if payload.get("act"):
        found["act"] = payload["act"]
    if payload.get("because") in _BECAUSE:
        found["because"] = str(_BECAUSE[payload["because"]])
    for name in ("due", "due_before"):
        if payload.get(name):
            found[name.replace("_", " ")] = f"{payload[name][:19].replace('T', ' ')} UTC"
    return found
