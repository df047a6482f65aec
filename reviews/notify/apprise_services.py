"""Slack, Discord, Telegram and the like through Apprise: fixed-host services only."""

import logging
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from apprise import AppriseAsset, NotifyType
from apprise.exception import AppriseException
from django.utils.translation import gettext as _

from reviews.models import Channel
from reviews.notify import apprise_requests, outward
from reviews.notify.apprise_requests import Exchange
from reviews.notify.apprise_table import SERVICES, Service, names
from reviews.notify.base import DeliveryError
from reviews.notify.messages import Message
from reviews.notify.net import RequestFailed
from reviews.notify.posting import Posting, opened, patience
from reviews.notify.posts import retry_after
from workspaces import clock

FINAL = (401, 403, 404, 410)
FINAL_WORDS = (
    *(b"invalid_auth", b"token_revoked", b"account_inactive", b"not_authed", b"token_expired"),
    *(b"channel_not_found", b"is_archived", b"invalid_token", b"no_service"),
)
"""What services say in the body of any answer when a token or a room is gone."""
LONGEST_URL = 2048

# Its log repeats what services answer; what went wrong is kept on the channel.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


class AppriseService(Posting):
    def send(self, channel: Channel, message: Message) -> str:
        url = opened(channel)["url"]
        try:
            service, plugin, hosts = _plugin(url)
        except RequestFailed as failure:
            raise DeliveryError(failure.detail, permanent=True, disable=True) from failure
        told = message.words
        with apprise_requests.during(Exchange(hosts, patience(message))) as exchange:
            is_sent = plugin.notify(
                body=f"{_quiet(told.line)}\n{told.url}",
                title=_quiet(told.subject),
                notify_type=NotifyType.WARNING if message.is_urgent else NotifyType.INFO,
            )
        if is_sent:
            return f"{service.name} answered {exchange.answers[-1].status}."
        raise _error(service, exchange)


def check(url: str) -> str:
    """The service's name. Raises RequestFailed with a sentence when ``url`` may not be used.

    Where it would go is asked of Apprise itself: by a message that is made but not sent.
    """
    service, plugin, hosts = _plugin(url)
    with apprise_requests.during(Exchange(hosts, 1.0, is_dry=True)) as exchange:
        plugin.notify(body="?", title="?", notify_type=NotifyType.INFO)
    if exchange.failure is not None:
        raise exchange.failure
    return service.name


def _plugin(url: str) -> tuple[Service, Any, tuple[str, ...]]:
    """The service, Apprise's plugin for this URL, and the hosts that it may call."""
    scheme = url.partition(":")[0].lower()
    service = SERVICES.get(scheme)
    if service is None:
        raise _refused(
            _(
                "“%(scheme)s” is none of the services with a fixed address: %(names)s. "
                "For a server of your own, add a webhook."
            )
            % {"scheme": scheme[:20], "names": names()}
        )
    hosts = _hosts(url, scheme, service)
    module = import_module(f"apprise.plugins.{service.module}")
    _install(service.module)
    kind = getattr(module, service.plugin)
    try:
        found = kind.parse_url(url)
        # Apprise's own reading of the options: what it sees and we did not is refused too.
        for part in ("qsd", "qsd+", "qsd-", "qsd:"):
            _check_options(service, (found or {}).get(part, ()))
        plugin = kind(**found, asset=AppriseAsset()) if found else None
    except (AppriseException, TypeError, ValueError):
        plugin = None
    if plugin is None:
        raise _refused(
            _("%(service)s does not understand this address. It looks like %(example)s.")
            % {"service": service.name, "example": service.example}
        )
    return service, plugin, hosts


def _hosts(url: str, scheme: str, service: Service) -> tuple[str, ...]:
    """Raises RequestFailed for what lets a URL choose more than tokens and names."""
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        raise _refused(_("The address must be one line of at most 2,048 characters."))
    try:
        parts = urlsplit(url)
        host, options = parts.hostname or "", parse_qsl(url.partition("?")[2], max_num_fields=20)
    except ValueError:
        raise _refused(_("The address is not valid.")) from None
    _check_options(service, (name for name, _value in options))
    if service.may_choose_host and parts.path.strip("/"):
        where = parts.netloc.rpartition("@")[2]
        outward.check(f"{'https' if scheme.endswith('s') else 'http'}://{where}/")
        return (host,)
    if service.module == "matrix.base" and dict(options).get("mode") != "t2bot":
        raise _refused(
            _("Only Matrix by way of t2bot.io is possible: %(example)s.")
            % {"example": service.example}
        )
    return service.hosts


def _check_options(service: Service, names: Iterable[str]) -> None:
    for name in names:
        if name.lower() not in service.options:
            raise _refused(
                _("“%(name)s” may not be set here; leave out what follows the question mark.")
                % {"name": name[:40]}
            )


def _error(service: Service, exchange: Exchange) -> DeliveryError:
    failure = exchange.failure
    if failure is not None:
        return DeliveryError(
            failure.detail, permanent=failure.permanent, is_unreachable=not failure.permanent
        )
    if not exchange.answers:
        detail = f"{service.name} could not be called with this address."
        return DeliveryError(detail, permanent=True, disable=True)
    answer = exchange.answers[-1]
    if answer.status in FINAL or any(word in answer.body for word in FINAL_WORDS):
        detail = (
            f"{service.name} answered {answer.status}: the token or room is gone, "
            "so this channel is switched off."
        )
        return DeliveryError(detail, permanent=True, disable=True)
    waits = retry_after(answer.headers.get("retry-after"), clock.now())
    return DeliveryError(f"{service.name} answered {answer.status}.", retry_after=waits)


def _refused(sentence: str) -> RequestFailed:
    return RequestFailed(sentence, permanent=True)


def _quiet(text: str) -> str:
    """Calls nobody: an "@" of the agent's in a title is no mention."""
    return text.replace("@", "@\u2060")


@cache
def _install(module: str) -> None:
    apprise_requests.install(import_module(f"apprise.plugins.{module}"))
