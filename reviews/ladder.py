"""What a reminder and a step of the ladder do; each in the caller's transaction, ``at`` is now."""

from collections.abc import Sequence
from datetime import datetime

from reviews import event_kinds, lifecycle, reachable, snoozing, timers
from reviews.models import Handoff, RoutingRun, Timer
from workspaces import events
from workspaces.actors import SYSTEM, Actor
from workspaces.availability import available
from workspaces.models import User


def remind(handoff: Handoff, run: RoutingRun, now: datetime) -> None:
    """Tell who has it, else all whom its round was routed to."""
    people = [handoff.assigned_to] if handoff.assigned_to else []
    told = available([each for each in people if each], now)
    if not told:
        told = available(run.reviewers.all(), now)
    moment = handoff.due_at or handoff.expires_at
    wake_if_due(handoff, now)
    events.record(
        handoff.workspace_id,
        event_kinds.DUE_SOON,
        subject=lifecycle.subject(handoff),
        actor=_actor(run, "due"),
        payload={
            "revision": handoff.revision,
            "due": moment.isoformat() if moment else None,
            "to": sorted(told),
        },
        at=now,
    )


def climb(timer: Timer, handoff: Handoff, run: RoutingRun, now: datetime) -> None:
    """Take a step of the ladder. Where nobody of it is there, the next comes at once, and after
    the last the workspace's admins are told."""
    steps = timers.ladder(run)
    if timer.step >= len(steps):
        Timer.objects.filter(pk=timer.pk).update(skipped="gone")
        return
    step = steps[timer.step]
    barred = run.effects.get("not")
    people = reachable.those(handoff, step.get("to") or [], barred=barred, at=now)
    if people:
        wake_if_due(handoff, now)
        act = "assign" if step.get("act") == "assign" else "notify"
        _hand_to(handoff, run, people, act=act, number=timer.step, now=now)
        return
    Timer.objects.filter(pk=timer.pk).update(skipped="nobody")
    following = Timer.objects.filter(
        handoff=handoff, revision=timer.revision, kind=timer.kind, step__gt=timer.step, done_at=None
    ).order_by("step")
    upcoming = following.first()
    if upcoming is not None:
        Timer.objects.filter(pk=upcoming.pk, done_at=None).update(at=min(upcoming.at, now))
        return
    tell(
        handoff,
        run,
        reachable.admins_of(handoff.workspace, now),
        number=timer.step,
        because="nobody",
        now=now,
    )


def _hand_to(
    handoff: Handoff,
    run: RoutingRun,
    people: Sequence[User],
    *,
    act: str,
    number: int,
    now: datetime,
) -> None:
    chosen = people
    if act == "assign":
        before = handoff.assigned_to_id
        chosen = [_least_loaded([each for each in people if each.pk != before] or people)]
        to = chosen[0]
        if to.pk == before:
            act = "notify"  # they have it already
        elif Handoff.objects.filter(pk=handoff.pk, assigned_to=before).update(assigned_to=to):
            events.record(
                handoff.workspace_id,
                event_kinds.ASSIGNED,
                subject=lifecycle.subject(handoff),
                actor=_actor(run, "ladder"),
                payload={"revision": handoff.revision, "to": to.pk, "from": before},
                at=now,
            )
            snoozing.wake(handoff, because="assigned", actor=_actor(run, "ladder"), at=now)
        else:
            raise lifecycle.Moved("Somebody else was assigned meanwhile.")
    tell(handoff, run, chosen, number=number, because=act, now=now)


def _least_loaded(people: Sequence[User]) -> User:
    """A team's leads come first in ``people``; among equals who has the fewest open ones."""
    held = Handoff.objects.open().filter(assigned_to__in=people).values_list("assigned_to_id")
    load: dict[int, int] = {}
    for (pk,) in held[:10_000]:
        load[pk] = load.get(pk, 0) + 1
    return min(people, key=lambda person: load.get(person.pk, 0))


def tell(
    handoff: Handoff,
    run: RoutingRun,
    people: Sequence[User],
    *,
    number: int | None,
    because: str,
    now: datetime,
) -> None:
    """Record the step: ``because`` is notify, assign, nobody (admins are told) or end."""
    events.record(
        handoff.workspace_id,
        event_kinds.ESCALATED,
        subject=lifecycle.subject(handoff),
        actor=_actor(run, "ladder"),
        payload={
            "revision": handoff.revision,
            "step": number,
            "act": "assign" if because == "assign" else "notify",
            "to": [each.pk for each in people],
            "because": because,
        },
        at=now,
    )


def wake_if_due(handoff: Handoff, now: datetime) -> None:
    if handoff.is_snoozed(now):
        snoozing.wake(handoff, because="due", actor=SYSTEM, at=now)


def _actor(run: RoutingRun, cause: str) -> Actor:
    """The rule, where it asked for this; else the desk."""
    return Actor("rule", str(run.rule_id)) if run.effects.get(cause) else SYSTEM
