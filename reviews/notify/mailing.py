"""What every mail of the desk to a person shares: sending it, its errors in words, its headers."""

import smtplib
from collections.abc import Collection
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from reviews.notify import unsubscribing
from reviews.notify.base import DeliveryError
from reviews.notify.wording import one_line


def send(message: EmailMessage) -> None:
    """Hand it to the mail server. Raises DeliveryError with a sentence."""
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _reason in error.recipients.values()]
        raise DeliveryError(
            f"The mail server refused {', '.join(message.to)}.",
            permanent=all(code >= 500 for code in codes),
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(
            f"The mail server did not take it: {_reason(error)}",
            is_unreachable=not isinstance(error, smtplib.SMTPResponseException),
        ) from error


def headers(message_id: str, user_id: int, groups: Collection[str]) -> dict[str, str]:
    """A retry after a crash bears the same Message-ID. One click in the reader's own program
    (RFC 8058) ends the mails about ``groups``, and does nothing else."""
    return {
        "Message-ID": f"<{message_id}@{domain()}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Unsubscribe": f"<{unsubscribing.url(user_id, groups)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def domain() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        words = said.decode(errors="replace") if isinstance(said, bytes) else said
        return f"{error.smtp_code} {one_line(words)}"
    return one_line(str(error)) or type(error).__name__
