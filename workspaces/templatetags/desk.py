"""What every screen needs of a template: the one time tag, and icons from the sprite."""

from datetime import datetime

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

MINUTE, HOUR, DAY = 60, 3600, 86400


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
    said = words % {"n": count}
    return _("%(span)s ago") % {"span": said} if seconds >= 0 else _("in %(span)s") % {"span": said}


def exact(moment: datetime) -> str:
    """In the person's zone: "14:02:11" today, "21 Nov 14:02" this year, else with the year."""
    here = timezone.localtime(moment)
    today = timezone.localdate()
    if here.date() == today:
        return here.strftime("%H:%M:%S")
    day = f"{here.day} {here.strftime('%b')}"
    return f"{day} {here:%H:%M}" if here.year == today.year else f"{day} {here.year} {here:%H:%M}"


@register.simple_tag
def when(value: datetime | None, style: str = "relative", empty: str = "–") -> str:
    """``{% when handoff.created_at %}``: the only way a time gets onto a screen.

    ``style`` is "relative" (4 minutes ago), "short" (4 min), "clock" (14:02:11), "due" (Due in
    12 min, Overdue by 3 min) or "leaves" (leaves in 5 s). The title has the exact time in the
    person's zone; ``js/ago.js`` keeps the words fresh. ``None`` gives ``empty``.
    """
    if value is None:
        return empty
    seconds = (timezone.now() - value).total_seconds()
    if style == "clock":
        words = exact(value)
    elif style == "short":
        words = short(seconds)
    elif style == "leaves":
        left = _("leaves in %(n)d s") % {"n": max(1, round(-seconds))}
        words = left if seconds < 0 else _("leaving")
    elif style == "due":
        late = seconds >= 0
        text = _("Overdue by %(span)s") if late else _("Due in %(span)s")
        words = text % {"span": short(max(abs(seconds), MINUTE))}
    else:
        words = relative(seconds)
    here = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}" data-when="{}">{}</time>',
        value.isoformat(timespec="milliseconds"),
        here.strftime("%Y-%m-%d %H:%M:%S %Z"),
        style,
        words,
    )


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """A symbol of ``icons/sprite.svg``; without ``label`` it is decoration and hidden."""
    url = f"{static('icons/sprite.svg')}#{name}"
    classes = f"i {css}".strip()
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', classes, label, url
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', classes, url)


@register.filter
def initial(name: object) -> str:
    """The letter in a person's or agent's circle."""
    return str(name).strip()[:1] or "?"


@register.filter
def digest(sha256: str | None, length: int = 8) -> str:
    """A sha256 for people: its first and last figures."""
    if not sha256:
        return "–"
    return f"{sha256[:length]}…{sha256[-4:]}"
