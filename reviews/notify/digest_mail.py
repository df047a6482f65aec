"""The mail of a digest: what waits, by workspace, at most so many lines; the rest is a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from reviews.models import Digest, Handoff
from reviews.notify import mailing
from reviews.notify.choosing import zone_of
from reviews.notify.groups import Group, is_urgent
from reviews.notify.wording import one_line
from reviews.rendering.text import plain
from workspaces import clock

MOST = 50


@dataclass(frozen=True)
class Contents:
    """``shown``: the first of ``total`` handoffs with news; ``settled``: how many have none."""

    shown: Sequence[Handoff]
    total: int
    settled: int
    groups: Sequence[Group]


def compose(digest: Digest, contents: Contents) -> EmailMultiAlternatives:
    person = digest.user
    with translation.override(person.locale), timezone.override(zone_of(person)):
        subject = ngettext(
            "Digest: %(n)s handoff with news for you",
            "Digest: %(n)s handoffs with news for you",
            contents.total,
        ) % {"n": contents.total}
        facts: dict[str, Any] = {
            "title": subject,
            "places": _places(contents.shown),
            "rest": contents.total - len(contents.shown),
            "settled": contents.settled,
            "url": f"{settings.SITE_URL}{reverse('queue')}",
            "settings_url": f"{settings.SITE_URL}{reverse('notices')}",
        }
        message = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string("emails/digest.txt", facts),
            to=[person.email],
            headers=mailing.headers(f"digest-{digest.pk}", person.pk, contents.groups),
        )
        message.attach_alternative(render_to_string("emails/digest.html", facts), "text/html")
    return message


def _places(shown: Sequence[Handoff]) -> list[dict[str, Any]]:
    """By workspace, each in the order of ``shown``."""
    now = clock.now()
    ordered = sorted(shown, key=lambda handoff: (str(handoff.workspace), handoff.workspace_id))
    return [
        {
            "name": one_line(str(workspace)),
            "lines": [_line(handoff, is_urgent(handoff, now)) for handoff in found],
        }
        for workspace, found in groupby(ordered, key=lambda handoff: handoff.workspace)
    ]


def _line(handoff: Handoff, urgent: bool) -> dict[str, Any]:
    return {
        "handoff": handoff,
        "title": plain(one_line(handoff.title)),
        "agent": one_line(handoff.submitter.name),
        "due": handoff.due_at or handoff.expires_at,
        "is_urgent": urgent,
        "url": f"{settings.SITE_URL}{handoff.get_absolute_url()}",
    }
