"""Requests to addresses that people gave: public ones over HTTPS, and what the desk's operator
lists in ``HANDOFF_CHANNEL_HOSTS``. All else is ``net``'s: one resolving, no redirects, a deadline.
"""

from collections.abc import Mapping

from django.conf import settings

from reviews.notify import net
from reviews.notify.addresses import is_public, parse_url

ALLOW_LIST = "HANDOFF_CHANNEL_HOSTS, the desk's list of receivers that are not public"


def check(url: str) -> None:
    """Raises RequestFailed with a sentence when ``url`` may not be called."""
    net.check(url, allowed_hosts=_hosts(url), allow_list=ALLOW_LIST)


def send(
    method: str,
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    timeout: float = net.TIMEOUT,
) -> net.Answer:
    """The answer, whatever its status; RequestFailed without one. ``timeout`` in seconds."""
    return net.send(
        method,
        url,
        body,
        headers=headers,
        allowed_hosts=_hosts(url),
        timeout=timeout,
        allow_list=ALLOW_LIST,
    )


def shown(url: str) -> str:
    """What may be shown of a URL that is a secret: where it leads to."""
    return parse_url(url).host_header


def _hosts(url: str) -> list[str]:
    """The operator's list, and the URL's own host: a listed name opens public addresses only."""
    listed: list[str] = settings.HANDOFF_CHANNEL_HOSTS
    try:
        target = parse_url(url)
    except ValueError as error:
        raise net.RequestFailed(str(error), permanent=True) from None
    if net.is_host_allowed(url, listed):
        return listed
    if target.scheme != "https":
        raise net.RequestFailed("The URL must start with https://.", permanent=True)
    if target.literal is not None and not is_public(target.literal):
        raise net.RequestFailed(
            f"{target.host} is not a public address. Add it to {ALLOW_LIST} if that is meant.",
            permanent=True,
        )
    if target.host == "localhost" or target.host.endswith(".localhost"):
        raise net.RequestFailed(f"{target.host} is this machine itself.", permanent=True)
    return [*listed, f"[{target.host}]" if ":" in target.host else target.host]
