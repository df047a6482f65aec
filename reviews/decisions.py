"""The one decision function: screen and API, one or many, all come through here."""

import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from django.db.utils import Error
from django.utils.translation import gettext as _

from reviews import (
    answers,
    binding,
    confirming,
    intake,
    lifecycle,
    line_comments,
    policy,
    reveals,
    routing,
    verdicts,
    viewed,
    votes,
)
from reviews.models import Decision, Handoff, Outcome, Revision, Status
from reviews.rendering.text import plain
from workspaces import clock, faults, strictjson
from workspaces.actors import Actor
from workspaces.errors import Conflict, Forbidden, Problem
from workspaces.models import User
from workspaces.transactions import write

logger = logging.getLogger("handoff.decisions")
FAILED_PAUSE = 5.0
_resting: dict[int, float] = {}  # decision that failed to leave -> monotonic second of a next try
HOLD_SECONDS = 30  # a verdict leaves at the latest this long after it was given


class Superseded(Conflict):
    code, title = "superseded", "A newer round arrived"


NotConfirmed = confirming.NotConfirmed


class FilesNotViewed(verdicts.InvalidVerdict):
    """The rule or the workspace wants every bound file marked viewed by who approves."""

    code, title = "files-not-viewed", "Files are not viewed"


class QuorumNotFit(verdicts.InvalidVerdict):
    """Several people are to say the same thing, and this cannot be said by several."""

    code, title = "quorum", "This needs several people"


class SecretsMasked(verdicts.InvalidVerdict):
    """An approved action has secrets that this reviewer has not seen; ``places`` to reveal."""

    code, title = "secrets-masked", "Secrets are masked"
    places: list[str]


def decide(
    *,
    handoff: Handoff,
    user: User,
    revision: int,
    digest: str,
    given: verdicts.Given,
    confirmation: str | Mapping[str, str] = "",
    password: str = "",
    password_at: datetime | None = None,
) -> Decision:
    """Vote on round ``revision`` whose package ``digest`` the person was shown.

    Where the policy asks for no more votes it is the verdict: released to the agent when the undo
    window closes; at once for a confirmed critical approval. Else it waits for others
    (``gives_verdict`` is False). ``password_at``: when this session last gave the password.
    Raises Forbidden, Superseded (newer round or changed files), verdicts.InvalidVerdict
    (SecretsMasked, FilesNotViewed and QuorumNotFit among them),
    NotConfirmed, lifecycle.Moved (somebody was faster; the sentence says who and when).
    """
    demanded = policy.of(handoff)
    allowed = policy.may_decide(user, handoff, demanded)
    if not allowed:
        raise Forbidden(allowed.reason)
    shown = _shown_round(handoff, revision, digest)
    given = line_comments.numbered(given, shown)
    entries, outcome, is_critical = check(
        shown, given, user, confirmation, password, demanded=demanded, password_at=password_at
    )
    now = clock.now()
    window = 0 if is_critical else routing.undo_window(handoff, user)
    decision = Decision(
        handoff=handoff,
        revision=shown,
        reviewer=user,
        outcome=outcome,
        entries=strictjson.dumps(verdicts.as_json(entries)),
        comment=given.comment,
        package_sha256=shown.package_sha256,
        decided_at=now,
        release_at=now + timedelta(seconds=window),
    )
    try:
        with write():
            lifecycle.give_verdict(
                decision,
                actor=Actor.user(user),
                is_confirmed=is_critical,
                settles=partial(votes.settle, demanded),
            )
            line_comments.sent(decision, given.comments)
    except lifecycle.Moved:
        raise lifecycle.Moved(why_not(handoff.pk, user)) from None
    faults.point("verdict.committed")
    if window == 0:
        release(decision)
    return decision


def check(
    shown: Revision,
    given: verdicts.Given,
    user: User,
    confirmation: str | Mapping[str, str] = "",
    password: str = "",
    *,
    demanded: policy.Policy,
    password_at: datetime | None = None,
) -> tuple[list[verdicts.Entry], str, bool]:
    """What the round and its policy demand of a vote; the last says whether it approves, confirmed,
    something critical.

    Raises verdicts.InvalidVerdict, SecretsMasked, FilesNotViewed, QuorumNotFit, NotConfirmed.
    Changes nothing, so that a batch may ask beforehand which of its decisions need a person's look.
    """
    entries, outcome = verdicts.check(shown.parsed, given)
    _check_quorum(demanded, entries, outcome)
    _check_revealed(user, shown, entries)
    if demanded.needs_viewed and any(each.type in ("approve", "edit") for each in entries):
        _check_viewed(user, shown)
    is_critical = confirming.check(
        shown,
        entries,
        user=user,
        typed=confirmation,
        password=password,
        needs_password=demanded.needs_password,
        password_at=password_at,
    )
    return entries, outcome, is_critical


def _check_quorum(demanded: policy.Policy, entries: list[verdicts.Entry], outcome: str) -> None:
    """What several approve must be the same thing: as the agent sent it, and all of it."""
    if not demanded.is_quorum:
        return
    if any(each.type == "edit" for each in entries):
        raise QuorumNotFit(
            _("Several people approve this, so nobody edits it alone: request changes instead.")
        )
    if outcome == Outcome.MIXED and any(each.type == "approve" for each in entries):
        raise QuorumNotFit(
            _(
                "Several people approve this, and as a whole: approve every action, "
                "or reject or request changes."
            )
        )


def _check_viewed(user: User, shown: Revision) -> None:
    left = viewed.missing(shown, user)
    if left:
        raise FilesNotViewed(viewed.sentence(left))


def _shown_round(handoff: Handoff, number: int, digest: str) -> Revision:
    """The current round, provided it is the one shown and its files still are what was shown."""
    current = handoff.revisions.get(number=handoff.revision)
    if (
        handoff.status == Status.PENDING
        and not handoff.verdict
        and binding.is_stale(handoff, current)
    ):
        intake.rebind(handoff, current)
        handoff.refresh_from_db()
        current = handoff.revisions.get(number=handoff.revision)
    if current.number != number or current.package_sha256 != digest:
        raise Superseded(
            _("Round %(number)d arrived while you were looking; here it is. Your words are kept.")
            % {"number": current.number}
        )
    return current


def _check_revealed(user: User, revision: Revision, entries: list[verdicts.Entry]) -> None:
    """Nobody approves what they have not seen: this person, in this round."""
    document = revision.parsed
    approved = [
        action
        for entry in entries
        if entry.type in ("approve", "edit")
        and (action := document.action(entry.action_id or "")) is not None
    ]
    if unseen := reveals.unseen(user, revision, approved):
        said = {action.index: reveals.sentence(plain(action.name)) for action in unseen}
        error = SecretsMasked(
            " ".join(said.values()),
            errors=[Problem(f"/verdicts/{index}", detail) for index, detail in said.items()],
        )
        error.places = [reveals.of_action(action) for action in unseen]
        raise error


def why_not(handoff_pk: int, user: User) -> str:
    """Why a decision came too late, who was faster and when: a sentence."""
    handoff = Handoff.objects.select_related("claimed_by").get(pk=handoff_pk)
    now = clock.now()
    standing = handoff.decisions.filter(undone_at=None).select_related("reviewer").order_by("-pk")
    latest = standing.filter(gives_verdict=True).first()
    if latest and (handoff.verdict or handoff.status != Status.PENDING):
        return _("%(who)s decided this at %(when)s UTC: %(what)s.") % {
            "who": _("You") if latest.reviewer_id == user.pk else latest.reviewer,
            "when": latest.decided_at.strftime("%H:%M:%S"),
            "what": Outcome(latest.outcome).label.lower(),
        }
    if handoff.status != Status.PENDING:
        return _("This handoff is no longer open: %(status)s.") % {
            "status": handoff.get_status_display().lower()
        }
    if standing.filter(reviewer=user, revision__number=handoff.revision).exists():
        return _("You have voted on this round: others decide whether it goes out.")
    if handoff.has_live_claim(now) and handoff.claimed_by_id != user.pk:
        return _("%(who)s has claimed this until %(when)s UTC.") % {
            "who": handoff.claimed_by,
            "when": handoff.claimed_until.strftime("%H:%M:%S") if handoff.claimed_until else "",
        }
    return _("A newer round arrived while you were deciding.")


def undo(*, handoff: Handoff, user: User) -> Decision:
    """Take back one's own vote while its window is open. Raises lifecycle.Moved, Forbidden.

    A verdict that it was needed for goes with it; the other votes go on waiting.
    """
    decision = _under_way(handoff, user)
    if decision is None:
        other = _under_way(handoff)
        if other is not None:
            raise Forbidden(_("Only %(who)s can undo this.") % {"who": other.reviewer})
        raise lifecycle.Moved(_("It is too late to undo this: the decision has left."))
    settles = partial(votes.settle, policy.of(handoff))
    with write():
        lifecycle.undo_verdict(decision, actor=Actor.user(user), at=clock.now(), settles=settles)
    return decision


def hold(*, handoff: Handoff, user: User) -> datetime | None:
    """Keep the undo window open while the reviewer hovers over the bar, 30 s at the most.

    Returns the new moment of release, None when there is nothing to hold.
    """
    decision = _under_way(handoff, user)
    if decision is None:
        return None
    latest = decision.decided_at + timedelta(seconds=HOLD_SECONDS)
    wanted = clock.now() + timedelta(seconds=routing.undo_window(handoff, user))
    release_at = max(decision.release_at, min(latest, wanted))
    with write():
        Decision.objects.filter(pk=decision.pk, released_at=None, undone_at=None).update(
            release_at=release_at
        )
    return release_at


def _under_way(handoff: Handoff, user: User | None = None) -> Decision | None:
    """The newest vote that may still be taken back, of one person or of anybody."""
    found = handoff.decisions.filter(released_at=None, undone_at=None)
    if user is not None:
        found = found.filter(reviewer=user)
    return (
        found.select_related("handoff__workspace", "revision", "reviewer").order_by("-pk").first()
    )


def release(decision: Decision) -> bool:
    """Let a verdict go to the agent, once its window has closed. False: undone or gone already.

    Safe to call from many processes at once: compare-and-set on ``released_at``.
    """
    now = clock.now()
    handoff, verdict = decision.handoff, decision.outcome
    with write():
        if not lifecycle.mark_released(decision, at=now):
            return False
        if not decision.gives_verdict:
            return True  # it stands now, and waits for others
        faults.point("release.marked")
        # After winning against undo: a file is never changed by a verdict that was taken back.
        answer = answers.of_decision(decision, at=now)
        actor = Actor.user(decision.reviewer)
        lifecycle.finish(handoff, answer, verdict=verdict, actor=actor, at=now)
    return True


def release_due(limit: int = 100) -> int:
    """Release every verdict whose window has closed; returns how many.

    One that fails is logged and tried again in ``FAILED_PAUSE`` seconds; the others go out.
    """
    due = Decision.objects.filter(
        released_at=None, undone_at=None, release_at__lte=clock.now()
    ).select_related("handoff__workspace", "handoff__submitter", "revision", "reviewer")
    count = 0
    for pk in [pk for pk, until in _resting.items() if until <= time.monotonic()]:
        _resting.pop(pk, None)
    for decision in due.exclude(pk__in=list(_resting)).order_by("release_at")[:limit]:
        try:
            count += release(decision)
        except Error:
            raise
        except Exception:
            _resting[decision.pk] = time.monotonic() + FAILED_PAUSE
            logger.exception("decision %s cannot be released", decision.pk)
    return count


def withdraw(*, handoff: Handoff, actor: Actor) -> Handoff:
    """The agent takes its handoff back. Idempotent. Raises AnswerOnItsWay or HasEnded (409)."""
    for _try in range(5):
        handoff.refresh_from_db()
        if handoff.status == Status.WITHDRAWN:
            return handoff
        intake.refuse_unless_open(handoff)
        if handoff.status != Status.PENDING:
            raise Conflict(
                "Changes were requested on this handoff; send the next round, or leave it be."
            )
        now = clock.now()
        answer = answers.of_end(
            handoff,
            handoff.revisions.get(number=handoff.revision),
            status=Status.WITHDRAWN,
            outcome=Outcome.NONE,
            actor=actor,
            at=now,
        )
        try:
            with write():
                lifecycle.finish(handoff, answer, verdict="", actor=actor, at=now)
        except lifecycle.Moved:
            continue
        handoff.refresh_from_db()
        return handoff
    raise Conflict("This handoff is moving; try again in a second.")
