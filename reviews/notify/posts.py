"""What every signed POST shares: Standard Webhooks' headers, and what an answer means.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from standardwebhooks import Webhook

from reviews.notify.base import DeliveryError
from reviews.notify.net import Answer

GONE = 410
LONGEST_WAIT = 24 * 3600.0


def signed(identifier: str, moment: datetime, body: str, secrets: Sequence[str]) -> dict[str, str]:
    """The three webhook headers, one signature a secret while one is being rotated out."""
    if not secrets:
        raise DeliveryError("There is no webhook secret to sign with.", permanent=True)
    signatures = [Webhook(secret).sign(identifier, moment, body) for secret in secrets]
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def judge(
    answer: Answer, now: datetime, *, what: str = "channel", final: Collection[int] = (GONE,)
) -> str:
    """A sentence about a 2xx, else DeliveryError. A status among ``final`` will not get better:
    it switches ``what`` off."""
    if 200 <= answer.status < 300:
        return f"The receiver answered {answer.status}."
    if answer.status in final:
        said = "410 Gone" if answer.status == GONE else str(answer.status)
        detail = f"The receiver answered {said}, so this {what} is switched off."
        raise DeliveryError(detail, permanent=True, disable=True)
    detail = f"The receiver answered {answer.status}."
    if 300 <= answer.status < 400:
        detail = f"The receiver answered {answer.status}; redirects are not followed."
    raise DeliveryError(detail, retry_after=retry_after(answer.headers.get("retry-after"), now))


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds, from either form of RFC 9110's Retry-After; None for what is neither."""
    if value is None:
        return None
    try:
        seconds = float(value) if value.isdigit() else _until(value, now)
    except ValueError:
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _until(value: str, now: datetime) -> float:
    moment = parsedate_to_datetime(value)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
