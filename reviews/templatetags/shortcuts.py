"""The keys, once: the help sheet lists them, the palette runs those that no button stands for."""

from dataclasses import dataclass

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()
Words = str | Promise

ROWS, FILES = "#rows [data-row]", "#evidence [data-file]"
LINES = '.df [id^="file-"], .lines tr[id^="L"]'
ANYWHERE = "body"


@dataclass(frozen=True)
class Shortcut:
    """``keys`` are shown as they are; parts of one after a space, as in "g q", follow each other.

    It works where something visible carries one of the keys as ``data-key`` or ``needs`` (a CSS
    selector) is visible. ``command``: the palette's name for it, if no button has the key.
    """

    keys: tuple[str, ...]
    does: Words
    needs: str = ""
    command: Words = ""

    @property
    def shown(self) -> list[list[str]]:
        return [key.split("+") if len(key) > 1 else [key] for key in self.keys]


@dataclass(frozen=True)
class Group:
    title: Words
    shortcuts: tuple[Shortcut, ...]


GROUPS = (
    Group(
        _("Moving"),
        (
            Shortcut(("j", "k"), _("next, previous row"), ROWS),
            Shortcut(("Enter", "o"), _("open the row"), ROWS),
            Shortcut(("u", "Esc"), _("back to the list"), "#main .back"),
            Shortcut(("[", "]"), _("previous, next handoff")),
            Shortcut(("n", "p"), _("next, previous file"), FILES),
            Shortcut(("↓", "↑"), _("lines of the file, from the one that Tab finds"), LINES),
            Shortcut(("v",), _("file viewed, or not")),
        ),
    ),
    Group(
        _("Deciding"),
        (
            Shortcut(("a",), _("approve; a critical action asks first")),
            Shortcut(("c",), _("request changes")),
            Shortcut(("r",), _("reject")),
            Shortcut(("e",), _("edit and approve")),
            Shortcut(("t",), _("respond")),
            Shortcut(
                ("Ctrl+Enter",), _("send the note, the edits or the verdicts"), "#decide #note"
            ),
            Shortcut(("z",), _("undo, while the bar is there")),
        ),
    ),
    Group(
        _("Working together"),
        (
            Shortcut(("i", "Shift+i"), _("claim, release")),
            Shortcut(("h",), _("snooze")),
            Shortcut(
                ("m",),
                _("comment on the line or file, or write a message"),
                "#message",
                _("Write a message"),
            ),
        ),
    ),
    Group(
        _("The list"),
        (
            Shortcut(("/",), _("filter")),
            Shortcut(("x",), _("select the row")),
            Shortcut(("1", "…", "9"), _("saved views")),
        ),
    ),
    Group(
        _("Everywhere"),
        (
            Shortcut(("Ctrl+K",), _("find a handoff, a file or a command"), ANYWHERE),
            Shortcut(
                ("g",),
                _("then q queue, m mine, d decided, w workspaces, a agents, r routing"),
                ANYWHERE,
            ),
            Shortcut(("?",), _("this sheet"), ANYWHERE),
        ),
    ),
)


@register.simple_tag
def shortcut_groups() -> tuple[Group, ...]:
    return GROUPS
