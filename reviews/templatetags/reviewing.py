"""What rows and the handoff page say about a handoff, in one place."""

from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews.models import Decision, Handoff, Outcome, Status, Trigger
from reviews.rendering import diff_html
from reviews.rendering.diff import DiffView
from reviews.rendering.patch_headers import FileDiff
from reviews.rendering.text import plain, visible
from reviews.snoozing import FOREVER
from workspaces.clock import now

register = template.Library()
BIG = 400  # rows; from there on chunks are laid out only when they come near


@dataclass(frozen=True)
class Mark:
    """A state as icon, word and colour, never colour alone."""

    word: str
    icon: str
    css: str
    key: str


_TRIGGERS = {
    Trigger.CRITICAL_ACTION: ("triangle-alert", "acc"),
    Trigger.ERROR: ("circle-x", "info"),
    Trigger.LOW_CONFIDENCE: ("gauge", "warn"),
    Trigger.QUESTION: ("circle-question-mark", "acc"),
    Trigger.COMPLETION: ("check", "ok"),
}
_OUTCOMES = {
    Outcome.APPROVED: ("circle-check", "ok"),
    Outcome.EDITED: ("circle-check", "ok"),
    Outcome.REJECTED: ("circle-x", "bad"),
    Outcome.RESPONDED: ("message-square", "info"),
    Outcome.CHANGES_REQUESTED: ("undo-2", "warn"),
    Outcome.MIXED: ("circle-dot", "acc"),
    Outcome.NONE: ("clock", ""),
}


# Time was up, and no person said so: never the words of a person's decision.
ENDED_BY_TIME = {
    Outcome.REJECTED: gettext_lazy("Expired, rejected by the desk"),
    Outcome.APPROVED: gettext_lazy("Expired, approved by a rule"),
}


@register.simple_tag
def trigger_mark(handoff: Handoff) -> Mark:
    """Why it is here; red only where an action is critical by its risk."""
    if handoff.is_critical:
        return Mark(_("Critical action"), "triangle-alert", "bad", "critical")
    trigger = Trigger(handoff.trigger)
    symbol, css = _TRIGGERS[trigger]
    word = str(trigger.label)
    if trigger == Trigger.LOW_CONFIDENCE and handoff.confidence is not None:
        word = _("Confidence %(score).2f") % {"score": handoff.confidence}
    return Mark(word, symbol, css, trigger.value)


@register.simple_tag
def outcome_mark(outcome: str, status: str = "") -> Mark:
    if status == Status.EXPIRED and outcome != Outcome.NONE:
        return Mark(str(ENDED_BY_TIME[Outcome(outcome)]), "clock", "", status)
    if status in {Status.EXPIRED, Status.WITHDRAWN}:
        return Mark(str(Status(status).label), "clock", "", status)
    known = Outcome(outcome)
    symbol, css = _OUTCOMES[known]
    return Mark(str(known.label), symbol, css, known.value)


@register.simple_tag
def decision_of(handoff: Handoff) -> Decision | None:
    """The newest vote that gave a verdict and stands; reads a list's prefetched decisions."""
    if handoff.status == Status.PENDING and not handoff.verdict:
        return None
    standing = [
        vote for vote in handoff.decisions.all() if vote.undone_at is None and vote.gives_verdict
    ]
    return max(standing, key=lambda vote: vote.decided_at, default=None)


@register.simple_tag
def votes_of(handoff: Handoff) -> list[Decision]:
    """The votes on an open handoff that wait for others; of lists that have them, else none."""
    if handoff.status != Status.PENDING or handoff.verdict:
        return []
    known = getattr(handoff, "_prefetched_objects_cache", {}).get("decisions", ())
    return [vote for vote in known if vote.is_waiting and vote.undone_at is None]


@register.simple_tag
def claim_is_live(handoff: Handoff) -> bool:
    return handoff.claimed_by_id is not None and handoff.has_live_claim(now())


@register.simple_tag
def is_asleep(handoff: Handoff) -> bool:
    """Snoozed, and nobody decided it in spite of that."""
    return handoff.is_snoozed(timezone.now()) and not handoff.verdict


@register.filter
def never(moment: datetime | None) -> bool:
    """Of ``snoozed_until``: no time, so that only something that happens wakes it."""
    return moment == FOREVER


@register.filter
def drawn(text: str) -> SafeString:
    """An agent's words on one line, hidden and reordering characters drawn as marks."""
    return visible(text)


@register.filter
def drawn_plain(text: str) -> str:
    """The same without HTML, for titles of tabs and attributes."""
    return plain(text)


@register.simple_tag(takes_context=True)
def draw_diff(context: Context, diff: DiffView | FileDiff) -> SafeString | str:
    """A diff in the look that this browser chose; "" where there is nothing to draw."""
    if not diff.hunks:
        return ""
    has_lines = isinstance(diff, DiffView) and diff.file > 0  # that keys and links lead to
    rows = diff_html.of_view(diff) if isinstance(diff, DiffView) else diff_html.draw(diff.hunks)
    count = sum(len(hunk.rows) for hunk in diff.hunks)
    highest = diff_html.highest(diff.hunks)
    return format_html(
        # What is open in it stays open while the page is freshened: same bytes, same id.
        '<div class="df {} {} no{}{}" id="df-{}" hx-morph-skip role="group" aria-label="{}">'
        "{}</div>",
        layout_of(context),
        lines_of(context),
        max(3, len(str(max(highest, diff.new_lines if isinstance(diff, DiffView) else 0)))),
        " big" if count > BIG else "",
        f"{crc32(rows.encode()):x}",
        _("Changes. Arrow keys go from line to line, m comments.") if has_lines else _("Changes"),
        rows,
    )


@register.simple_tag(takes_context=True)
def layout_of(context: Context) -> str:
    chosen = _cookie(context, "handoff_layout")
    return chosen if chosen in {"split", "unified"} else "split"


@register.simple_tag(takes_context=True)
def lines_of(context: Context) -> str:
    chosen = _cookie(context, "handoff_lines")
    return chosen if chosen in {"wrap", "nowrap"} else "wrap"


def _cookie(context: Context, name: str) -> str:
    request = context.get("request")
    return str(request.COOKIES.get(name, "")) if request is not None else ""


_CHANGES = {
    "added": gettext_lazy("added"),
    "removed": gettext_lazy("removed"),
    "changed": gettext_lazy("changed"),
}


@register.filter
def change_word(kind: str) -> str:
    return str(_CHANGES[kind])
