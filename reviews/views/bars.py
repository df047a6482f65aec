"""The bar at the foot of a handoff: what this person may do now, or why not."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews import policy, verdicts
from reviews.models import Decision, Handoff, Outcome, Status
from reviews.views import demands, editing
from workspaces.models import User

if TYPE_CHECKING:
    from reviews.views.page import HandoffPage


@dataclass(frozen=True)
class Verb:
    """One decision as a button; ``value`` is what the form posts."""

    value: str
    label: str
    key: str
    css: str = ""
    title: str = ""

    @property
    def needs_words(self) -> bool:
        """Is a decision of this kind refused without a note?"""
        return self.value in ("request_changes", "respond")


@dataclass(frozen=True)
class Reason:
    """Ready words for the note, and the verdict that they are meant for."""

    verdict: str
    text: str
    label: str
    css: str = ""


@dataclass
class Bar:
    """``verbs`` are always in sight, ``more`` folds into a menu on phones."""

    is_open: bool = False
    may_claim: bool = False
    verbs: list[Verb] = field(default_factory=list)
    more: list[Verb] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    hint: str = ""
    text: str = ""
    symbol: str = ""
    take_over: bool = False
    newest: str = ""
    newest_url: str = ""

    @property
    def has_menu(self) -> bool:
        """On phones three buttons stand side by side; the rest folds."""
        return bool(self.more) or len(self.verbs) > 3


@dataclass(frozen=True)
class Claim:
    """``state`` is "", "mine" or "theirs"."""

    state: str = ""
    seconds: int = 0
    sentence: str = ""


_LABELS = {
    "approve": (gettext_lazy("Approve"), "a"),
    "request_changes": (gettext_lazy("Request changes"), "c"),
    "reject": (gettext_lazy("Reject"), "r"),
    "respond": (gettext_lazy("Respond"), "t"),
    "edit": (gettext_lazy("Edit and approve"), "e"),
}
_CSS = {"approve": "approve", "reject": "reject"}


def claim_of(handoff: Handoff, user: User, now: datetime) -> Claim:
    if handoff.status != Status.PENDING or not handoff.has_live_claim(now):
        return Claim()
    assert handoff.claimed_until is not None
    left = round((handoff.claimed_until - now).total_seconds())
    if handoff.claimed_by_id == user.pk:
        return Claim("mine", left)
    return Claim("theirs", left, _("Claimed by %(who)s") % {"who": handoff.claimed_by})


def reviewer_of(
    handoff: Handoff, decision: Decision | None, user: User, now: datetime
) -> Mapping[str, str]:
    """Who decided, holds or should take it, and a line about that."""
    if decision is not None:
        mine = decision.reviewer_id == user.pk
        return {"name": _("You") if mine else str(decision.reviewer), "text": _("decided this")}
    claim = claim_of(handoff, user, now)
    if claim.state == "mine":
        return {"name": _("You"), "text": _("claimed it")}
    if claim.state == "theirs":
        return {"name": str(handoff.claimed_by), "text": _("claimed it")}
    if handoff.assigned_to_id:
        mine = handoff.assigned_to_id == user.pk
        return {"name": _("You") if mine else str(handoff.assigned_to), "text": _("assigned")}
    return {"name": _("Nobody yet"), "text": _("any reviewer may claim it")}


def of(page: "HandoffPage") -> Bar:
    """The first that fits: ended, sent back, on its way, older round, no right, taken, open."""
    handoff = page.handoff
    if not page.is_newest:
        return Bar(
            text=_("This is round %(n)d. A newer round arrived.") % {"n": page.revision.number},
            symbol="history",
            newest=_("Review round %(n)d") % {"n": handoff.revision},
            newest_url=page.origin.url_of(handoff),
        )
    if handoff.status != Status.PENDING or handoff.verdict:
        return Bar(text=_closed(page), symbol=page.outcome.icon if page.outcome else "")
    if demands.has_voted(page):
        return Bar(text=demands.voted(page), symbol="check")
    allowed = policy.may_decide(page.user, handoff, page.policy)
    if not allowed:
        return Bar(text=allowed.reason, symbol="lock")
    if page.claim.state == "theirs":
        text = _("%(who)s has claimed this and is deciding.") % {"who": handoff.claimed_by}
        return Bar(text=text, symbol="lock", take_over=True)
    return _open(page)


def _open(page: "HandoffPage") -> Bar:
    document = page.document
    answers = list(verdicts.allowed(document))
    if page.several:
        answers = [a for a in answers if a != "edit"]
    if "edit" in document.allowed_decisions and "edit" not in answers and _editable(page):
        answers.append("edit")
    if "edit" in answers and (page.policy.is_quorum or not _editable(page)):
        answers.remove("edit")
    title = _("for every action without a verdict of its own") if page.several else ""
    verbs = {a: Verb(a, str(_LABELS[a][0]), _LABELS[a][1], _CSS.get(a, ""), title) for a in answers}
    # An agent that asks or failed wants words: answering comes first.
    wants_words = document.trigger in {"question", "error"} and not document.actions
    order = ("respond", "approve", "request_changes", "reject") if wants_words else (
        "approve", "request_changes", "reject"
    )  # fmt: skip
    shown = [verbs.pop(a) for a in order if a in verbs]
    if shown and shown[0].value == "respond":
        shown[0] = Verb("respond", shown[0].label, shown[0].key, "primary", title)
        shown = [
            Verb(v.value, v.label, v.key, "" if v.value == "approve" else v.css, v.title)
            for v in shown
        ]
    return Bar(
        is_open=True,
        may_claim=page.claim.state == "",
        verbs=shown,
        more=list(verbs.values()),
        reasons=_reasons(handoff=page.handoff, allowed=answers),
        hint=_("Goes to the agent") if not page.policy.is_quorum else _("Goes with your vote"),
    )


def _reasons(*, handoff: Handoff, allowed: Collection[str]) -> list[Reason]:
    return [
        Reason(verdict, text, str(_LABELS[verdict][0]), "bad" if verdict == "reject" else "acc")
        for verdict, texts in handoff.workspace.reasons().items()
        if verdict in allowed
        for text in texts
    ]


def _editable(page: "HandoffPage") -> bool:
    return any(action.can_edit for action in page.actions) or editing.could_be_any(page.revision)


def _closed(page: "HandoffPage") -> str:
    handoff, decision = page.handoff, page.decision
    if handoff.verdict and decision:
        mine = decision.reviewer_id == page.user.pk
        if mine:
            return _("%(what)s by you; it has not left yet.") % {
                "what": Outcome(decision.outcome).label
            }
        return _("%(what)s by %(who)s; it leaves in a moment.") % {
            "what": Outcome(decision.outcome).label,
            "who": decision.reviewer,
        }
    if handoff.status == Status.CHANGES_REQUESTED:
        return _("Changes were requested. The next round opens here when the agent sends it.")
    if handoff.status == Status.DECIDED:
        return _("Decided. The files of round %(n)d are sealed.") % {"n": page.revision.number}
    return _("This handoff has ended: %(status)s.") % {
        "status": handoff.get_status_display().lower()
    }
