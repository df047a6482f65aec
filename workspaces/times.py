"""How a time is said: as a span, or (if the person asked for it) as a moment of their own zone."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE, HOUR, DAY = 60, 3600, 86400
_absolute: ContextVar[bool] = ContextVar("absolute", default=False)


@contextmanager
def absolute(wanted: bool) -> Iterator[None]:
    """Whether times are said as moments while this lasts; ``timezone.override`` does the zone."""
    token = _absolute.set(wanted)
    try:
        yield
    finally:
        _absolute.reset(token)


def is_absolute() -> bool:
    """Does this person want moments instead of spans?"""
    return _absolute.get()


def said(moment: datetime, style: str) -> str:
    """The words for ``style``: relative, short, clock, at, due or leaves (see the tag ``when``)."""
    seconds = (timezone.now() - moment).total_seconds()
    if style == "leaves":
        left = _("leaves in %(n)d s") % {"n": max(1, round(-seconds))}
        return left if seconds < 0 else _("leaving")
    if style == "due":
        return _due(moment, seconds)
    if style in ("clock", "at"):
        return exact(moment) if style == "clock" else brief(moment)
    if _absolute.get():
        return brief(moment) if style == "short" else exact(moment)
    return short(seconds) if style == "short" else relative(seconds)


def _due(moment: datetime, seconds: float) -> str:
    if _absolute.get():
        text = _("Overdue since %(moment)s") if seconds >= 0 else _("Due %(moment)s")
        return text % {"moment": brief(moment)}
    text = _("Overdue by %(span)s") if seconds >= 0 else _("Due in %(span)s")
    return text % {"span": short(max(abs(seconds), MINUTE))}


def short(seconds: float) -> str:
    """A span in its largest whole unit: "now", "4 min", "3 h", "2 d"."""
    span = abs(seconds)
    if span < MINUTE:
        return _("now")
    if span < HOUR:
        return _("%(n)d min") % {"n": span // MINUTE}
    if span < DAY:
        return _("%(n)d h") % {"n": span // HOUR}
    return _("%(n)d d") % {"n": span // DAY}


def relative(seconds: float) -> str:
    """As people say it: "4 minutes ago", "just now", "in 2 hours". Positive is the past."""
    span = int(abs(seconds))
    if span < MINUTE:
        return _("just now") if seconds >= 0 else _("in a moment")
    if span < HOUR:
        count = span // MINUTE
        words = ngettext("%(n)d minute", "%(n)d minutes", count)
    elif span < DAY:
        count = span // HOUR
        words = ngettext("%(n)d hour", "%(n)d hours", count)
    else:
        count = span // DAY
        words = ngettext("%(n)d day", "%(n)d days", count)
    spoken = words % {"n": count}
    return (
        _("%(span)s ago") % {"span": spoken}
        if seconds >= 0
        else _("in %(span)s") % {"span": spoken}
    )


def exact(moment: datetime) -> str:
    """In the person's zone: "14:02:11" today, "21 Nov 14:02" this year, else with the year."""
    here = timezone.localtime(moment)
    today = timezone.localdate()
    if here.date() == today:
        return here.strftime("%H:%M:%S")
    day = f"{here.day} {here.strftime('%b')}"
    return f"{day} {here:%H:%M}" if here.year == today.year else f"{day} {here.year} {here:%H:%M}"


def brief(moment: datetime) -> str:
    """The same without the seconds, for narrow places."""
    here = timezone.localtime(moment)
    return f"{here:%H:%M}" if here.date() == timezone.localdate() else exact(moment)
