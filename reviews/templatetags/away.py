"""Who is away, beside their names; read once a page however many are shown."""

from typing import Any

from django import template
from django.db.models import Count
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reviews import standing_in
from reviews.models import ENDED, Handoff
from workspaces import clock
from workspaces.availability import Roster
from workspaces.models import Absence, User

register = template.Library()


@register.simple_tag(takes_context=True)
def away_words(context: Any, person: User, handoff: Handoff | str | None = None) -> str:
    """ "away until Mon 24 Nov, 09:00; Sam stands in", "" for who is there."""
    kept = context.render_context
    if "away_roster" not in kept:
        kept["away_roster"] = Roster(clock.now())
    roster: Roster = kept["away_roster"]
    absence = roster.absence_of(person.pk)
    if absence is None:
        return ""
    if isinstance(handoff, Handoff):
        other = standing_in.place(handoff, person, roster.at, roster).to
    else:
        other = roster.stand_in(person.pk)
    said = {"when": until_words(absence), "other": other}
    return (
        _("%(when)s; %(other)s stands in") % said
        if other
        else _("%(when)s; nobody stands in: anybody may take it") % said
    )


@register.filter
def until_words(absence: Absence) -> str:
    """ "away until Mon 24 Nov, 09:00", in the reader's time zone."""
    if absence.until is None:
        return _("away")
    when = date_format(timezone.localtime(absence.until), "D j M, H:i")
    return _("away until %(when)s") % {"when": when}


@register.simple_tag
def stands_in(handoff: Handoff) -> standing_in.Told | None:
    return standing_in.told_of(handoff)


@register.simple_tag
def open_of(people: list[User]) -> dict[int, int]:
    """{person: open handoffs assigned to them}, in one query."""
    theirs = Handoff.objects.filter(assigned_to__in=people).exclude(status__in=ENDED)
    return dict(theirs.order_by().values_list("assigned_to").annotate(n=Count("pk")))


@register.filter
def count_of(counts: dict[int, int], person: User) -> int:
    return counts.get(person.pk, 0)
