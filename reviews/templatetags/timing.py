"""Due times on screens: the chip of a row and of the page."""

from datetime import datetime
from itertools import islice

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reviews import calendars
from reviews.business_time import TooFar, spans
from reviews.hours_in_words import sentence
from reviews.models import Handoff
from workspaces import times
from workspaces.models import Workspace

register = template.Library()
AMBER_SECONDS = 15 * 60
MOST_SPANS = 12  # sent to a page to count down by; what is due later is said by the clock


@register.simple_tag
def due_chip(handoff: Handoff) -> SafeString | str:
    """When an answer is wanted, in words; amber within 15 minutes, red when that is over."""
    moment = handoff.due_at or handoff.expires_at
    if moment is None:
        return ""
    here = timezone.localtime(moment)
    seconds = (moment - timezone.now()).total_seconds()
    is_business = bool(handoff.due_at) and handoff.is_due_in_business_time and seconds > 0
    left = _open_spans(handoff, moment) if is_business else []
    words = times.said(moment, "due")
    if left and not times.is_absolute():
        words = _in_words(sum(to - begin for begin, to in left))
    return format_html(
        '<span class="chip{}"><time datetime="{}" title="{}" data-when="due"{}>{}</time></span>',
        " bad" if seconds <= 0 else " warn" if seconds < AMBER_SECONDS else "",
        moment.isoformat(timespec="milliseconds"),
        here.strftime("%Y-%m-%d %H:%M:%S %Z"),
        format_html(
            ' data-open="{}" data-in-words="{}"',
            " ".join(f"{begin}-{to}" for begin, to in left),
            _("Due in %(span)s business time") % {"span": "%"},
        )
        if left
        else "",
        words,
    )


def _open_spans(handoff: Handoff, moment: datetime) -> list[tuple[int, int]]:
    """What is open until then, in minutes since 1970; nothing when that is too much to send."""
    calendar = calendars.of(handoff.workspace)
    try:
        found = list(islice(spans(calendar, timezone.now(), moment), MOST_SPANS + 1))
    except TooFar:
        return []
    if len(found) > MOST_SPANS:
        return []
    return [(int(a.timestamp() // 60), int(b.timestamp() // 60)) for a, b in found]


def _in_words(minutes: int) -> str:
    span = times.short(max(minutes, 1) * 60)
    if minutes >= 60:  # an hour of business is no part of a day
        span = _("%(n)d h") % {"n": minutes // 60}
    return _("Due in %(span)s business time") % {"span": span}


@register.simple_tag
def hours_of(workspace: Workspace) -> str:
    """When a workspace is open, as one line."""
    return sentence(calendars.of(workspace))
