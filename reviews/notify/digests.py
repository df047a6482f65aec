"""Digests: the held lines of one person leave as one mail, and are never lost on the way.

A line is a Delivery (``held``) with the moment of its digest. When that has come, one transaction
makes a Digest and takes every due line into it; two processes cannot take the same line. The
Digest is leased and tried like a Delivery. What was settled meanwhile is only counted.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError
from django.db.models import F, Q, QuerySet

from reviews.models import Delivery, Digest, Handoff, Status
from reviews.notify import digest_mail, mailing, tries
from reviews.notify.base import DeliveryError
from reviews.notify.groups import ANSWERS, GROUP_OF
from reviews.permissions import visible_to
from workspaces import clock
from workspaces.transactions import write

logger = logging.getLogger("handoff.dispatch")
AT_ONCE = 200  # people whose digests one sweep prepares
SETTLED = "Settled before it left."
UNDO = timedelta(seconds=60)  # longer than any undo window


def prepare(now: datetime) -> int:
    """Make the Digests that are due; returns how many. Any process may run it."""
    due = Delivery.objects.filter(status=Delivery.Status.HELD, digest=None, next_at__lte=now)
    under_way = Digest.objects.filter(status=Digest.Status.WAITING).values("user")
    people = due.exclude(user__in=under_way).order_by().values_list("user_id", flat=True)
    count = 0
    for user_id in people.distinct()[:AT_ONCE]:
        assert user_id is not None
        try:
            with write():
                digest = Digest.objects.create(user_id=user_id, next_at=now, created_at=now)
                if not due.filter(user_id=user_id).update(digest=digest):
                    digest.delete()
                    continue
        except IntegrityError:
            continue  # another process was first
        count += 1
    return count


def due(now: datetime) -> QuerySet[Digest]:
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    return Digest.objects.filter(free, status=Digest.Status.WAITING, next_at__lte=now)


def send_next() -> bool:
    """Try one digest that is due; False when there is none."""
    digest = _claim()
    if digest is None:
        return False
    try:
        contents = _contents(digest)
        if contents is not None:
            mailing.send(digest_mail.compose(digest, contents))
    except DeliveryError as error:
        _fail(digest, error.detail, is_permanent=error.permanent)
    except Exception as error:
        logger.exception("digest %s broke off", digest.pk)
        _fail(digest, f"The desk itself failed: {type(error).__name__}.", is_permanent=False)
    else:
        _finish(digest, was_sent=contents is not None)
    return True


def _claim() -> Digest | None:
    now = clock.now()
    for digest in due(now).select_related("user").order_by("next_at", "pk")[:5]:
        until = now + timedelta(seconds=settings.HANDOFF_LEASE_SECONDS)
        with write():
            won = due(now).filter(pk=digest.pk, attempts=digest.attempts)
            if won.update(leased_until=until, attempts=F("attempts") + 1):
                digest.attempts += 1
                return digest
    return None


def _contents(digest: Digest) -> digest_mail.Contents | None:
    """None when there is nothing to say any more. Afterwards the held lines are what is said."""
    person = digest.user
    with write():
        _sort_out(digest)
    held = _held(digest)
    total = _count(held)
    if not total or not person.is_active:
        return None
    settled = digest.lines.filter(status=Delivery.Status.CANCELLED, last_error=SETTLED)
    shown = Handoff.objects.filter(pk__in=held.values("handoff")).order_by(
        "-priority", "due_key", "workspace", "pk"
    )
    kinds = held.order_by().values_list("event__kind", flat=True).distinct()
    return digest_mail.Contents(
        shown=list(shown.select_related("workspace", "submitter")[: digest_mail.MOST]),
        total=total,
        settled=_count(settled),
        groups=sorted({GROUP_OF[kind] for kind in kinds if kind in GROUP_OF}),
    )


def _sort_out(digest: Digest) -> None:
    """Drop what is settled or no longer theirs to see; what may still be undone waits on."""
    now, held = clock.now(), _held(digest)
    gone = {"status": Delivery.Status.CANCELLED, "done_at": now}
    held.exclude(handoff__in=visible_to(digest.user)).update(
        **gone, last_error="This person may no longer see the handoff."
    )
    news = held.exclude(event__kind__in=ANSWERS)
    news.exclude(handoff__status=Status.PENDING).update(**gone, last_error=SETTLED)
    news.exclude(handoff__verdict="").update(digest=None, next_at=now + UNDO)


def _held(digest: Digest) -> QuerySet[Delivery]:
    return Delivery.objects.filter(digest=digest, status=Delivery.Status.HELD)


def _count(lines: QuerySet[Delivery]) -> int:
    return lines.order_by().values("handoff").distinct().count()


def _finish(digest: Digest, *, was_sent: bool) -> None:
    now = clock.now()
    with write():
        if was_sent:
            _held(digest).update(status=Delivery.Status.DONE, done_at=now)
        else:
            _held(digest).update(
                status=Delivery.Status.CANCELLED, done_at=now, last_error="Not needed any more."
            )
        end = Digest.Status.DONE if was_sent else Digest.Status.CANCELLED
        Digest.objects.filter(pk=digest.pk, status=Digest.Status.WAITING).update(
            status=end, done_at=now, leased_until=None, last_error=""
        )


def _fail(digest: Digest, detail: str, *, is_permanent: bool) -> None:
    """Later again; after the last try its lines are dead letters, each with a replay."""
    now = clock.now()
    mine = Digest.objects.filter(
        pk=digest.pk, status=Digest.Status.WAITING, attempts=digest.attempts
    )
    with write():
        if not is_permanent and digest.attempts < tries.TRIES:
            later = now + timedelta(seconds=tries.pause(digest.attempts))
            mine.update(next_at=later, leased_until=None, last_error=detail)
        elif mine.update(status=Digest.Status.DEAD, leased_until=None, last_error=detail):
            _held(digest).update(status=Delivery.Status.DEAD, last_error=detail)
