"""What every screen needs of a template: the one time tag, and icons from the sprite."""

from datetime import datetime
from typing import Any

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from workspaces import times

register = template.Library()


@register.simple_tag
def when(value: datetime | None, style: str = "relative", empty: str = "–") -> str:
    """``{% when handoff.created_at %}``: the only way a time gets onto a screen.

    ``style`` is "relative" (4 minutes ago), "short" (4 min), "clock" (14:02:11), "at" (14:02),
    "due" (Due in 12 min, Overdue by 3 min) or "leaves" (leaves in 5 s). Who asked for absolute
    times gets moments instead of spans. The title has the exact time in the person's zone;
    ``js/ago.js`` keeps the words fresh. ``None`` gives ``empty``.
    """
    if value is None:
        return empty
    here = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}" data-when="{}">{}</time>',
        value.isoformat(timespec="milliseconds"),
        here.strftime("%Y-%m-%d %H:%M:%S %Z"),
        style,
        times.said(value, style),
    )


@register.simple_tag
def style_sheets() -> SafeString:
    """Links to the style sheets: to the one that was gathered, else to each source."""
    storage: Any = staticfiles_storage  # handoff_site.static_files.DeskStorage
    names = [storage.BUNDLE] if storage.is_gathered else storage.SHEETS
    links = ((static(name),) for name in names)
    return format_html_join("\n  ", '<link rel="stylesheet" href="{}">', links)


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
