"""The words of a notification: facts and a deep link. The agent's own words, its title, are only
in them where an admin allowed it (``prose``); arguments and secrets never are."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from reviews import event_kinds
from reviews.models import Handoff
from reviews.rendering.text import plain
from workspaces.models import Event

LONGEST_SUBJECT = 150
_BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@dataclass(frozen=True)
class Words:
    """``subject`` and ``line`` are one line each; ``url`` leads to the handoff and decides
    nothing."""

    subject: str
    line: str
    url: str


def words(handoff: Handoff, event: Event, *, prose: bool) -> Words:
    """What is told of ``event``, in the language that is active."""
    what = {"number": handoff.number, "trigger": handoff.get_trigger_display()}
    subject = _("%(number)s %(trigger)s") % what
    if prose:
        what["title"] = plain(one_line(handoff.title))
        subject = _("%(number)s %(trigger)s: %(title)s") % what
    told = _LINES.get(event.kind, lambda: _("%(agent)s in %(workspace)s"))
    line = told() % {
        "agent": one_line(handoff.submitter.name),
        "workspace": one_line(str(handoff.workspace)),
        "outcome": str(handoff.get_outcome_display()).lower(),
    }
    return Words(cut(subject, LONGEST_SUBJECT), line, link(handoff))


def link(handoff: Handoff) -> str:
    return f"{settings.SITE_URL}{handoff.get_absolute_url()}"


_LINES: dict[str, Callable[[], str]] = {
    event_kinds.SUBMITTED: lambda: _("%(agent)s waits for a decision in %(workspace)s."),
    event_kinds.REVISED: lambda: _("%(agent)s sent a new round in %(workspace)s."),
    event_kinds.WOKEN: lambda: _("No longer snoozed: %(agent)s waits in %(workspace)s."),
    event_kinds.ASSIGNED: lambda: _("Given to somebody; from %(agent)s in %(workspace)s."),
    event_kinds.CLAIMED: lambda: _("Somebody is looking at it; from %(agent)s in %(workspace)s."),
    event_kinds.COMMENTED: lambda: _("A new message; %(agent)s in %(workspace)s."),
    event_kinds.DUE_SOON: lambda: _("Half of its time is gone; %(agent)s in %(workspace)s."),
    event_kinds.ESCALATED: lambda: _("Escalated; %(agent)s waits in %(workspace)s."),
    event_kinds.DECIDED: lambda: _("Decided: %(outcome)s; from %(agent)s in %(workspace)s."),
    event_kinds.CHANGES_REQUESTED: lambda: _("Sent back to %(agent)s in %(workspace)s."),
    event_kinds.EXPIRED: lambda: _("Expired, undecided; from %(agent)s in %(workspace)s."),
    event_kinds.WITHDRAWN: lambda: _("Withdrawn by %(agent)s in %(workspace)s."),
}


def one_line(text: str) -> str:
    """``text`` as one line without control and bidi characters: no header, no disguise."""
    seen = "".join(
        " "
        if character.isspace() or unicodedata.category(character) in ("Cc", "Zl", "Zp")
        else character
        for character in text
        if unicodedata.bidirectional(character) not in _BIDI_CONTROLS
        and unicodedata.category(character) != "Cs"
    )
    return " ".join(seen.split())


def cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
