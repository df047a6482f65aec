"""A rule that approves by itself what an agent is sure of, all but a sample that people review.

Only a handoff's first round, as it comes in: what people have looked at, or sent back, stays with
people. Never an error or a question, nothing critical, nothing with a masked secret, and nothing
whose own rule asks for several people, a password, or files to be viewed (``policy``).
"""

import hashlib
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from reviews import answers, lifecycle, policy
from reviews.models import Handoff, Revision, RoutingRun, Trigger
from workspaces.actors import Actor

NEEDS_WORDS = (Trigger.ERROR, Trigger.QUESTION)


def consider(handoff: Handoff, revision: Revision, run: RoutingRun) -> Actor | None:
    """The rule as an actor where it approves this round instead of people; else why not is kept.

    In the open transaction that routed the round. Whoever it would have gone to is not asked.
    """
    demanded = policy.of_run(run, handoff.workspace)
    if not demanded.auto:
        return None
    why = _why_people(demanded, handoff, revision)
    effects: dict[str, Any] = {**run.effects, "auto": {**demanded.auto, "why": why or "approved"}}
    if not why:
        run.reviewers.clear()
    elif why == "sample":
        run.reason = f"{run.reason} {_sampled(handoff, demanded)}".strip()
    run.effects = effects
    run.save(update_fields=["effects", "reason"])
    return None if why else Actor("rule", str(run.rule_id))


def approve(handoff: Handoff, revision: Revision, rule: Actor, *, at: datetime) -> None:
    """In the same transaction, once the round was announced; the Event says it was the rule."""
    revision.handoff = handoff
    answer = answers.of_rule(revision, rule, at=at)
    lifecycle.finish(handoff, answer, verdict="", actor=rule, at=at)
    handoff.status, handoff.outcome = answer.status, answer.outcome


def _why_people(demanded: policy.Policy, handoff: Handoff, revision: Revision) -> str:
    if revision.number > 1:
        return "round"
    if handoff.trigger in NEEDS_WORDS:
        return "words"
    if handoff.confidence is None or handoff.confidence < demanded.auto["approve_from"]:
        return "confidence"
    why = policy.why_no_rule(demanded, handoff, revision)
    if why:
        return why
    return "sample" if is_sampled(handoff.public_id, demanded.auto.get("sample", 0)) else ""


def is_sampled(public_id: str, percent: float) -> bool:
    """The same for a handoff whenever it is asked; ``percent`` of all, by hash."""
    share = int.from_bytes(hashlib.sha256(public_id.encode()).digest()[:8]) / 2**64
    return share * 100 < percent


def _sampled(handoff: Handoff, demanded: policy.Policy) -> str:
    return _(
        "Confidence %(confidence).2f is enough for the rule to approve it, "
        "but it is of the %(sample)s %% that people still review."
    ) % {"confidence": handoff.confidence, "sample": f"{demanded.auto['sample']:g}"}
