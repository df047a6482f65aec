"""The calendar of a workspace: a row an admin keeps, or the desk's default, around the clock."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import IntegrityError
from django.utils.translation import gettext as _

from reviews import event_kinds
from reviews.business_time import ALWAYS, BadCalendar, Calendar, Range, TooFar
from reviews.models import WorkHours
from workspaces import events
from workspaces.actors import Actor
from workspaces.errors import Conflict
from workspaces.models import Workspace
from workspaces.transactions import write

DAYS_AHEAD = 3660


class ChangedMeanwhile(Conflict):
    """Somebody saved other hours after these had been shown."""

    code, title = "hours-changed", "Somebody was faster"


def row_of(workspace: Workspace) -> WorkHours | None:
    """The row, read once a workspace object where ``select_related`` has fetched it."""
    try:
        return workspace.work_hours
    except WorkHours.DoesNotExist:
        return None


def of(workspace: Workspace) -> Calendar:
    """The calendar that counts there. A row that cannot be read counts as none."""
    row = row_of(workspace)
    if row is None:
        return ALWAYS
    try:
        return Calendar(
            row.zone,
            tuple(tuple((start, end) for start, end in day) for day in row.hours),
            {date.fromisoformat(day): str(name) for day, name in row.holidays.items()},
        )
    except (BadCalendar, ValueError, TypeError):
        return ALWAYS


def save(
    workspace: Workspace,
    *,
    actor: Actor,
    zone: str,
    hours: Sequence[Sequence[Range]],
    holidays: Mapping[date, str],
    version: int,
) -> bool:
    """Keep a calendar; what is planned already stays as it is. False when nothing changed.

    ``version`` is the row's that was shown, 0 for none. Raises BadCalendar, ChangedMeanwhile.
    """
    Calendar(zone, tuple(tuple(day) for day in hours), dict(holidays))
    wanted = {
        "zone": zone,
        "hours": [[list(each) for each in day] for day in hours],
        "holidays": {day.isoformat(): name for day, name in sorted(holidays.items())},
    }
    late = ChangedMeanwhile(
        _("Somebody changed these hours while you were at it; what they saved is shown below.")
    )
    try:
        with write():
            before = WorkHours.objects.filter(workspace=workspace).first()
            if (before.version if before else 0) != version:
                raise late
            changed = [k for k, v in wanted.items() if before is None or getattr(before, k) != v]
            if not changed:
                return False
            if before is None:
                WorkHours.objects.create(workspace=workspace, **wanted)
            elif not WorkHours.objects.filter(pk=before.pk, version=version).update(
                version=version + 1, **wanted
            ):
                raise late
            events.record(
                workspace.pk,
                event_kinds.HOURS_CHANGED,
                subject=("workspace", workspace.slug),
                actor=actor,
                payload={"changed": changed, "zone": zone, "version": version + 1},
            )
    except IntegrityError:
        raise late from None
    return True


def a_business_day_later(calendar: Calendar, moment: datetime) -> datetime:
    """The same time by the wall clock there on the next day with open hours. Raises TooFar."""
    here = moment.astimezone(calendar.tzinfo)
    for days in range(1, DAYS_AHEAD):
        day = here.date() + timedelta(days=days)
        if calendar.hours[day.weekday()] and day not in calendar.holidays:
            return datetime.combine(day, here.time(), tzinfo=calendar.tzinfo)
    raise TooFar("This calendar has too few open days in the next ten years.")
