"""How far a decision has come: released, delivered, picked up, applied."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from reviews.models import Answer, Channel, Decision, Delivery, Outcome, Status
from reviews.rendering.text import plain
from reviews.templatetags.reviewing import outcome_mark
from workspaces import strictjson
from workspaces.models import User


@dataclass(frozen=True)
class Step:
    """``state`` is done, now, bad or "" (still to come)."""

    label: str
    state: str = ""
    at: datetime | None = None
    text: str = ""


@dataclass
class Receipt:
    title: str
    at: datetime
    round: int
    digest: str
    comment: str = ""
    css: str = ""
    steps: list[Step] = field(default_factory=list)

    @property
    def is_moving(self) -> bool:
        """Is something under way that no Event will tell of? Deliveries have none, the agent's
        own steps have."""
        return any(step.state == "now" for step in self.steps[:2])


def of(
    decision: Decision | None, answer: Answer | None, user: User, votes: Sequence[Decision] = ()
) -> Receipt | None:
    """The receipt of a round, None while nothing has been said about it.

    ``votes``: all that stand on it, where it needed several.
    """
    if decision is None and answer is None:
        return None
    source = decision or answer
    assert source is not None
    outcome = Outcome(source.outcome)
    return Receipt(
        title=_title(outcome, decision, answer, user, votes),
        at=decision.decided_at if decision else answer.created_at,  # type: ignore[union-attr]
        round=source.revision.number,
        digest=source.revision.package_sha256,
        comment=plain(decision.comment, multiline=True) if decision else "",
        css="good" if outcome in {Outcome.APPROVED, Outcome.EDITED} else "",
        steps=[
            _released(decision, answer),
            _delivered(answer),
            _picked_up(answer),
            _applied(answer),
        ],
    )


def by_rule(answer: Answer | None) -> str:
    """The name of the rule that gave it in place of a person, "" for any other answer."""
    if answer is None or answer.decision_id is not None or answer.status != Status.DECIDED:
        return ""
    document = strictjson.reread(answer.document)
    assert isinstance(document, dict)
    return str(document["decided_by"].get("name", ""))


def _title(
    outcome: Outcome,
    decision: Decision | None,
    answer: Answer | None,
    user: User,
    votes: Sequence[Decision],
) -> str:
    if rule := by_rule(answer):
        return _("%(what)s by the rule “%(rule)s” at") % {"what": outcome.label, "rule": rule}
    if decision is None:
        status = answer.status if answer else Status.EXPIRED
        return _("%(status)s at") % {"status": outcome_mark(outcome, status).word}
    agreed = [vote for vote in votes if vote.outcome == decision.outcome] or [decision]
    names = [_("you") if vote.reviewer_id == user.pk else str(vote.reviewer) for vote in agreed]
    who = _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}
    who = who if len(names) > 1 else names[0]
    return _("%(what)s by %(who)s at") % {"what": outcome.label, "who": who}


def _released(decision: Decision | None, answer: Answer | None) -> Step:
    if answer is not None:
        return Step(_("Released"), "done", answer.created_at)
    text = _("the undo window is open")
    return Step(_("Released"), "now", decision.release_at if decision else None, text)


def _delivered(answer: Answer | None) -> Step:
    label = _("Delivered")
    if answer is None:
        return Step(label, "", None, _("once it is released"))
    sent = list(
        Delivery.objects.filter(
            answer=answer, channel__kind__in=[Channel.Kind.CALLBACK, Channel.Kind.FILE]
        ).select_related("channel")
    )
    if not sent:
        return Step(label, "done", answer.created_at, _("waits at the API"))
    dead = [each for each in sent if each.status == Delivery.Status.DEAD]
    if dead:
        return Step(label, "bad", None, plain(dead[0].last_error) or _("could not be delivered"))
    waiting = [each for each in sent if each.status == Delivery.Status.WAITING]
    if waiting:
        text = plain(waiting[0].last_error) or _("on its way")
        return Step(label, "now", None, text)
    ways = {Channel.Kind.CALLBACK.value: _("by callback"), Channel.Kind.FILE.value: _("by file")}
    how = _(" and ").join(sorted({ways[each.channel.kind] for each in sent}))
    return Step(label, "done", max(each.done_at or answer.created_at for each in sent), how)


def _picked_up(answer: Answer | None) -> Step:
    label = _("Picked up")
    if answer is None or answer.picked_up_at is None:
        return Step(label, "now" if answer else "", None, _("waiting for the agent"))
    return Step(label, "done", answer.picked_up_at)


def _applied(answer: Answer | None) -> Step:
    label = _("Applied")
    if answer is None or answer.acked_at is None:
        return Step(label, "", None, _("when the agent says so"))
    if answer.was_applied is False:
        return Step(_("Not applied"), "bad", answer.acked_at, _("the agent says so"))
    return Step(label, "done", answer.acked_at, _("says the agent"))
