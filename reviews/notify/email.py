"""One mail about one handoff: facts and a deep link, never arguments or the agent's reasons.

The title is the only prose of the agent's in it. Nothing in a mail decides anything: mail
scanners open every link.
"""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from reviews.models import Delivery
from reviews.notify import mailing
from reviews.notify.base import Transport
from reviews.notify.choosing import zone_of
from reviews.notify.groups import GROUP_OF, SAID, Group, is_urgent
from reviews.notify.wording import LONGEST_SUBJECT, cut, one_line
from reviews.rendering.text import plain
from workspaces import clock
from workspaces.models import User


class Email(Transport):
    def deliver(self, delivery: Delivery) -> None:
        assert delivery.user is not None
        mailing.send(compose(delivery, delivery.user))


def compose(delivery: Delivery, person: User) -> EmailMultiAlternatives:
    """The mail to ``person``, in their language and time zone."""
    handoff, kind = delivery.handoff, delivery.event.kind
    group = GROUP_OF.get(kind, Group.REVIEW)
    with translation.override(person.locale), timezone.override(zone_of(person)):
        facts: dict[str, Any] = {
            "handoff": handoff,
            "title": plain(one_line(handoff.title)),
            "agent": one_line(handoff.submitter.name),
            "workspace": one_line(str(handoff.workspace)),
            "due": handoff.due_at or handoff.expires_at,
            "url": f"{settings.SITE_URL}{handoff.get_absolute_url()}",
            "said": SAID.get(kind, ""),
            "is_urgent": is_urgent(handoff, clock.now()),
            "why": group.label,
            "settings_url": f"{settings.SITE_URL}{reverse('notices')}",
        }
        trigger = handoff.get_trigger_display()
        subject = _("%(number)s %(what)s: %(title)s") % {
            "number": handoff.number,
            "what": trigger if group == Group.REVIEW else facts["said"],
            "title": facts["title"],
        }
        message = EmailMultiAlternatives(
            subject=cut(subject, LONGEST_SUBJECT),
            body=render_to_string("emails/handoff.txt", facts),
            to=[delivery.recipient],
            headers=_headers(delivery, person, group),
        )
        message.attach_alternative(render_to_string("emails/handoff.html", facts), "text/html")
    return message


def _headers(delivery: Delivery, person: User, group: Group) -> dict[str, str]:
    """All mails of a handoff are one thread."""
    thread = f"<{delivery.handoff.public_id}@{mailing.domain()}>"
    return {
        **mailing.headers(delivery.key, person.pk, [group]),
        "In-Reply-To": thread,
        "References": thread,
    }
