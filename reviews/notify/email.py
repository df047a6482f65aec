"""One mail a handoff and person: facts and a deep link, never arguments or the agent's reasons.

The title is the only prose of the agent's in it. Nothing in a mail decides anything: mail
scanners open every link.
"""

import smtplib
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from reviews.models import Delivery, Status
from reviews.notify.base import DeliveryError, NoLongerWanted, Transport
from reviews.notify.wording import LONGEST_SUBJECT, cut, one_line
from reviews.permissions import visible_to
from reviews.rendering.text import plain
from workspaces.models import User


class Email(Transport):
    def deliver(self, delivery: Delivery) -> None:
        person = delivery.user
        assert person is not None
        handoff = delivery.handoff
        if handoff.status != Status.PENDING or handoff.verdict:
            raise NoLongerWanted("Decided before the mail left.")
        if not person.is_active or not visible_to(person).filter(pk=handoff.pk).exists():
            raise NoLongerWanted("This person may no longer see the handoff.")
        message = compose(delivery, person)
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _reason in error.recipients.values()]
            raise DeliveryError(
                f"The mail server refused {delivery.recipient}.",
                permanent=all(code >= 500 for code in codes),
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(
                f"The mail server did not take it: {_reason(error)}",
                is_unreachable=not isinstance(error, smtplib.SMTPResponseException),
            ) from error


def compose(delivery: Delivery, person: User) -> EmailMultiAlternatives:
    """The mail to ``person``, in their language and time zone."""
    handoff = delivery.handoff
    with translation.override(person.locale), timezone.override(ZoneInfo(person.time_zone)):
        facts: dict[str, Any] = {
            "handoff": handoff,
            "title": plain(one_line(handoff.title)),
            "agent": one_line(handoff.submitter.name),
            "workspace": one_line(str(handoff.workspace)),
            "due": handoff.due_at or handoff.expires_at,
            "url": f"{settings.SITE_URL}{handoff.get_absolute_url()}",
        }
        subject = _("%(number)s %(trigger)s: %(title)s") % {
            "number": handoff.number,
            "trigger": handoff.get_trigger_display(),
            "title": facts["title"],
        }
        message = EmailMultiAlternatives(
            subject=cut(subject, LONGEST_SUBJECT),
            body=render_to_string("emails/handoff.txt", facts),
            to=[delivery.recipient],
            headers=_headers(delivery),
        )
        message.attach_alternative(render_to_string("emails/handoff.html", facts), "text/html")
    return message


def _headers(delivery: Delivery) -> dict[str, str]:
    """A retry after a crash bears the same Message-ID; all mails of a handoff are one thread."""
    domain = urlsplit(settings.SITE_URL).hostname or "localhost"
    thread = f"<{delivery.handoff.public_id}@{domain}>"
    return {
        "Message-ID": f"<{delivery.key}@{domain}>",
        "In-Reply-To": thread,
        "References": thread,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        words = said.decode(errors="replace") if isinstance(said, bytes) else said
        return f"{error.smtp_code} {one_line(words)}"
    return one_line(str(error)) or type(error).__name__
