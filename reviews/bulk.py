"""One decision for many handoffs: each goes through the function that decides a single one, in a
transaction of its own, bound to the round and the digest that its row showed.

What needs a person's look is left out with a reason: critical actions, masked secrets, several
actions, questions.
Sending the same batch again does nothing twice: what is decided so already counts as done.
"""

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from reviews import decisions, lifecycle, policy, verdicts
from reviews.models import Decision, Handoff, Outcome, Revision, RoutingRun, Status
from reviews.permissions import may_decide, visible_to
from reviews.schema import HandoffDocument
from workspaces import clock
from workspaces.errors import HandoffError
from workspaces.models import User
from workspaces.permissions import Answer

logger = logging.getLogger("handoff.bulk")
MOST = 500
OUTCOMES = {
    "approve": Outcome.APPROVED,
    "request_changes": Outcome.CHANGES_REQUESTED,
    "reject": Outcome.REJECTED,
}
_PICK = re.compile(r"(\d{1,18}):(\d{1,8}):([0-9a-f]{64})")


@dataclass(frozen=True)
class Pick:
    """A row as it was when it was selected."""

    pk: int
    revision: int
    digest: str

    def __str__(self) -> str:
        return f"{self.pk}:{self.revision}:{self.digest}"


@dataclass(frozen=True)
class Result:
    """What became of one pick, or would. ``release_at``: until when it can be taken back."""

    pick: Pick
    handoff: Handoff | None
    is_done: bool
    text: str
    release_at: datetime | None = None
    undo: str = ""  # what its undo needs to know besides the handoff

    @property
    def number(self) -> str:
        return f"HO-{self.pick.pk}"


class Selection:
    """Picks of one person with what is needed to judge them, read with a few queries."""

    def __init__(self, user: User, picks: Sequence[Pick]) -> None:
        self.user = user
        self.picks = picks
        self.now = clock.now()
        rows = visible_to(user).select_related(
            "workspace", "submitter", "claimed_by", "assigned_to", "snoozed_by"
        )
        self.handoffs = {each.pk: each for each in rows.filter(pk__in=[p.pk for p in picks])}
        shown = Revision.objects.filter(handoff__in=self.handoffs)
        self._rounds = {
            (each.handoff_id, each.number): each
            for each in shown.filter(number__in={p.revision for p in picks})
        }
        self._rights: dict[tuple[int, int], Answer] = {}
        runs = RoutingRun.objects.filter(revision__in=list(self._rounds.values()))
        self._runs = {run.revision_id: run for run in runs}
        waiting = Decision.objects.filter(reviewer=user, is_waiting=True, handoff__in=self.handoffs)
        self._votes = {vote.handoff_id: vote for vote in waiting}

    def round_of(self, pick: Pick) -> Revision | None:
        return self._rounds.get((pick.pk, pick.revision))

    def policy_of(self, pick: Pick) -> policy.Policy:
        shown = self.round_of(pick)
        run = self._runs.get(shown.pk) if shown else None
        return policy.of_run(run, self.handoffs[pick.pk].workspace)

    def may_vote(self, pick: Pick, handoff: Handoff) -> Answer:
        """As ``policy.may_vote``; what the rules say nothing of is asked once for all alike."""
        vote, demanded = self._votes.get(pick.pk), self.policy_of(pick)
        if vote is None and not (demanded.is_four_eyes or demanded.not_users or demanded.not_teams):
            return self._may_decide(handoff)
        return policy.may_vote(self.user, handoff, demanded, [vote] if vote else [])

    def _may_decide(self, handoff: Handoff) -> Answer:
        is_own = handoff.submitter.owner_id == self.user.pk
        alike = (handoff.workspace_id, handoff.submitter_id if is_own else 0)
        if alike not in self._rights:
            self._rights[alike] = may_decide(self.user, handoff)
        return self._rights[alike]


def parse(texts: Iterable[str]) -> list[Pick]:
    """Picks from a form, each handoff once, at most ``MOST``; what is no pick is passed over."""
    found: dict[int, Pick] = {}
    for text in texts:
        match = _PICK.fullmatch(text)
        if match:
            pick = Pick(int(match[1]), int(match[2]), match[3])
            found.setdefault(pick.pk, pick)
    return list(found.values())[:MOST]


def look(user: User, picks: Sequence[Pick], verb: str) -> list[Result]:
    """What ``decide`` would do, without doing it."""
    chosen = Selection(user, picks)
    found = []
    for pick in picks:
        handoff = chosen.handoffs.get(pick.pk)
        why = _why_left(chosen, pick, handoff, verb)
        found.append(Result(pick, handoff, not why, why))
    return found


def decide(user: User, picks: Sequence[Pick], verb: str, note: str) -> list[Result]:
    """``verb`` of ``OUTCOMES`` for every pick that allows it; one result a pick, in order."""
    chosen = Selection(user, picks)

    def one(pick: Pick, handoff: Handoff) -> Result:
        standing = _already(user, pick, handoff, verb)
        if standing is not None:
            return _decided(pick, handoff, standing)
        why = _why_left(chosen, pick, handoff, verb)
        if why:
            return Result(pick, handoff, False, why)
        shown = chosen.round_of(pick)
        assert shown is not None
        made = decisions.decide(
            handoff=handoff,
            user=user,
            revision=pick.revision,
            digest=pick.digest,
            given=_given(shown.parsed, verb, note),
        )
        return _decided(pick, handoff, made)

    return each(chosen, one)


def each(chosen: Selection, act: Callable[[Pick, Handoff], Result]) -> list[Result]:
    """``act`` on every pick; what it refuses or where it fails is that pick's result alone."""
    found = []
    for pick in chosen.picks:
        handoff = chosen.handoffs.get(pick.pk)
        if handoff is None:
            found.append(Result(pick, None, False, _unknown()))
            continue
        try:
            found.append(act(pick, handoff))
        except decisions.Superseded:
            found.append(Result(pick, handoff, False, _newer()))
        except decisions.NotConfirmed as error:
            found.append(Result(pick, handoff, False, _unconfirmed(error)))
        except decisions.SecretsMasked:
            found.append(Result(pick, handoff, False, _masked()))
        except lifecycle.Moved:
            found.append(Result(pick, handoff, False, decisions.why_not(pick.pk, chosen.user)))
        except HandoffError as error:
            found.append(Result(pick, handoff, False, error.detail))
        except Exception:  # one that fails does not take away the results of the others
            logger.exception("%s failed in a batch", handoff.number)
            text = _("The desk failed on this one; nothing was changed.")
            found.append(Result(pick, handoff, False, text))
    return found


def undo(user: User, pks: Sequence[int]) -> list[Result]:
    """Take back one's own verdicts that have not left yet, each by itself."""
    picks = [Pick(pk, 0, "") for pk in pks[:MOST]]

    def one(pick: Pick, handoff: Handoff) -> Result:
        try:
            decisions.undo(handoff=handoff, user=user)
        except lifecycle.Moved as error:
            return Result(pick, handoff, False, error.detail)
        return Result(pick, handoff, True, _("Taken back: it is open again."))

    return each(Selection(user, picks), one)


def hold(user: User, pks: Sequence[int]) -> datetime | None:
    """Keep the undo windows of a batch open, 30 s at the most; the first moment of release."""
    own = Handoff.objects.filter(
        pk__in=pks[:MOST],
        decisions__reviewer=user,
        decisions__released_at=None,
        decisions__undone_at=None,
    )
    moments = [decisions.hold(handoff=each, user=user) for each in own.select_related("workspace")]
    return min((moment for moment in moments if moment), default=None)


def _already(user: User, pick: Pick, handoff: Handoff, verb: str) -> Decision | None:
    """This person's own standing verdict on that very round, the same one: sent twice."""
    is_open = not handoff.verdict and handoff.status == Status.PENDING
    if is_open and not handoff.decisions.filter(reviewer=user, is_waiting=True).exists():
        return None
    return (
        handoff.decisions.filter(
            reviewer=user,
            undone_at=None,
            outcome=OUTCOMES[verb],
            revision__number=pick.revision,
            package_sha256=pick.digest,
        )
        .order_by("-pk")
        .first()
    )


def _decided(pick: Pick, handoff: Handoff, decision: Decision) -> Result:
    decision.refresh_from_db(fields=["released_at"])
    left = decision.released_at or decision.release_at <= clock.now()
    release_at = None if left else decision.release_at
    text = str(Outcome(decision.outcome).label)
    if decision.is_waiting:
        text = _("%(what)s: your vote counts, it waits for others") % {"what": text}
    return Result(pick, handoff, True, text, release_at)


def _why_left(chosen: Selection, pick: Pick, handoff: Handoff | None, verb: str) -> str:
    """Why this one has to be left out, "" when it can go: state, right, claim, round, content."""
    if handoff is None:
        return _unknown()
    if handoff.status != Status.PENDING or handoff.verdict:
        return decisions.why_not(handoff.pk, chosen.user)
    allowed = chosen.may_vote(pick, handoff)
    if not allowed:
        return allowed.reason
    if handoff.has_live_claim(chosen.now) and handoff.claimed_by_id != chosen.user.pk:
        return decisions.why_not(handoff.pk, chosen.user)
    shown = chosen.round_of(pick)
    if handoff.revision != pick.revision or shown is None or shown.package_sha256 != pick.digest:
        return _newer()
    return _why_not_together(shown.parsed, verb) or _demanded(
        chosen.user, shown, verb, chosen.policy_of(pick)
    )


def _demanded(user: User, shown: Revision, verb: str, demanded: policy.Policy) -> str:
    """What the decision by itself would demand besides the verdict: a confirmation, a reveal,
    files that were viewed."""
    try:
        decisions.check(shown, _given(shown.parsed, verb, "-"), user, demanded=demanded)
    except decisions.NotConfirmed as error:
        return _unconfirmed(error)
    except decisions.SecretsMasked:
        return _masked()
    except verdicts.InvalidVerdict as error:
        return error.detail
    return ""


def _why_not_together(document: HandoffDocument, verb: str) -> str:
    """What this handoff needs a look of its own for."""
    # Whatever the verdict; an agent's trigger alone makes nothing critical.
    if document.is_critical:
        return _critical()
    if verb not in verdicts.allowed(document):
        if "respond" in document.allowed_decisions or document.trigger == "question":
            return _("It needs an answer in words: open it to respond.")
        return _("It does not allow this decision: open it to see which it does.")
    if len(document.actions) > 1 and verb != "request_changes":
        return _("It has %(n)d actions: open it to decide each.") % {"n": len(document.actions)}
    return ""


def _given(document: HandoffDocument, verb: str, note: str) -> verdicts.Given:
    """As the handoff page sends it: on the one action, or on the whole."""
    whole = verb == "request_changes" or not document.actions
    action = None if whole else document.actions[0].id
    return verdicts.Given((verdicts.Verdict(verb, action, note),))


def _unknown() -> str:
    return _("There is no such handoff for you.")


def _newer() -> str:
    return _("A newer round arrived since you selected it: open it to see what changed.")


def _critical() -> str:
    return _("It is critical: open it to decide it by itself.")


def _unconfirmed(error: decisions.NotConfirmed) -> str:
    if any(problem.pointer == "/password" for problem in error.errors):
        return _("The rule asks for your password: open it to decide it by itself.")
    return _critical()


def _masked() -> str:
    return _("It has masked secrets: open it, to see what you approve.")
