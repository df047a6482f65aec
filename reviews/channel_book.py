"""Setting up channels: adding, changing, switching, testing and deleting one, each with its Event.

Screens check the form and the rights first (``channel_rights``); what may be an address is checked
here, again, because the address is what an attacker would choose.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from reviews import event_kinds
from reviews.models import Channel
from reviews.notify import apprise_services, channel_health, messages, net, outward, registry
from reviews.notify.base import DeliveryError, NoLongerWanted
from reviews.notify.posting import Posting
from workspaces import clock, sealed
from workspaces.actors import Actor
from workspaces.errors import Conflict, Invalid
from workspaces.models import Team, User, Workspace
from workspaces.secrets import new_webhook_secret
from workspaces.transactions import write

OVERLAP = timedelta(days=1)
MOST_OF_ONE = 50
"""Channels of one workspace, team or person; and of the desk."""


@dataclass(frozen=True)
class Place:
    """Whose a channel is: exactly one of these, or none for the whole desk."""

    workspace: Workspace | None = None
    team: Team | None = None
    user: User | None = None


@dataclass(frozen=True)
class Result:
    is_ok: bool
    detail: str


def add_webhook(
    place: Place, *, name: str, url: str, config: dict[str, Any], actor: Actor
) -> tuple[Channel, str]:
    """The channel and the secret its receiver checks signatures with, which is shown once.

    Raises Invalid with a sentence for an address that may not be called, Conflict for too many.
    """
    shown, secret = checked(url), new_webhook_secret()
    channel = Channel(
        kind=Channel.Kind.WEBHOOK,
        name=name,
        address=shown,
        sealed=sealed.seal({"url": url, "secret": secret}),
        config=config,
    )
    return add(channel, place, actor), secret


def add_service(
    place: Place, *, name: str, url: str, config: dict[str, Any], actor: Actor
) -> Channel:
    """A chat service by its Apprise URL, which is a secret. Raises as ``add_webhook``."""
    channel = Channel(
        kind=Channel.Kind.APPRISE,
        name=name,
        address=checked(url, Channel.Kind.APPRISE),
        sealed=sealed.seal({"url": url}),
        config=config,
    )
    return add(channel, place, actor)


def checked(url: str, kind: str = Channel.Kind.WEBHOOK) -> str:
    """What may be shown of ``url``. Raises Invalid when a channel may not go there."""
    try:
        if kind == Channel.Kind.APPRISE:
            return apprise_services.check(url)
        outward.check(url)
        return outward.shown(url)
    except net.RequestFailed as failure:
        raise Invalid(failure.detail) from None


def add(channel: Channel, place: Place, actor: Actor) -> Channel:
    channel.workspace, channel.team, channel.user = place.workspace, place.team, place.user
    with write():
        of_place = Channel.objects.kept().filter(
            workspace=place.workspace, team=place.team, user=place.user
        )
        if of_place.count() >= MOST_OF_ONE:
            raise Conflict(_("There are %(n)d channels here already.") % {"n": MOST_OF_ONE})
        channel.save(force_insert=True)
        payload = {
            "channel": channel.pk,
            "kind": channel.kind,
            "name": channel.name,
            "team": channel.team_id,
            "person": channel.user_id,
        }
        channel_health.record(channel, event_kinds.CHANNEL_ADDED, actor, payload)
    return channel


def change(
    channel: Channel, *, name: str, config: dict[str, Any], actor: Actor, url: str = ""
) -> None:
    """``url`` empty: the address stays. Raises Invalid for one that may not be called."""
    changed = ["name"] if name != channel.name else []
    changed += ["config"] if config != channel.config else []
    fields: dict[str, Any] = {"name": name, "config": config}
    if url:
        fields["address"] = checked(url, channel.kind)
        fields["sealed"] = sealed.seal({**_opened(channel), "url": url})
        changed.append("address")
    if not changed:
        return
    with write():
        if not Channel.objects.kept().filter(pk=channel.pk).update(**fields):
            raise Conflict(_("It was deleted meanwhile."))
        payload = {"channel": channel.pk, "changed": changed}
        channel_health.record(channel, event_kinds.CHANNEL_CHANGED, actor, payload)


def rotate(channel: Channel, *, actor: Actor) -> str:
    """A new secret, shown once; for a day the one before signs too."""
    found, secret = _opened(channel), new_webhook_secret()
    rotated = {
        **found,
        "secret": secret,
        "old_secret": found.get("secret", ""),
        "old_until": (clock.now() + OVERLAP).isoformat() if found.get("secret") else "",
    }
    with write():
        rows = Channel.objects.kept().filter(pk=channel.pk, sealed=channel.sealed)
        if not rows.update(sealed=sealed.seal(rotated)):
            raise Conflict(_("Somebody changed it meanwhile; look again."))
        payload = {"channel": channel.pk, "changed": ["secret"]}
        channel_health.record(channel, event_kinds.CHANNEL_CHANGED, actor, payload)
    return secret


def switch(channel: Channel, *, on: bool, actor: Actor) -> None:
    """On again also forgets the error that had switched it off."""
    off = {
        "is_active": False,
        "off_because": Channel.OffBecause.PERSON,
        "disabled_at": clock.now(),
    }
    fields = {"is_active": True, "off_because": "", "disabled_at": None, "last_error": ""}
    with write():
        rows = Channel.objects.kept().filter(pk=channel.pk, is_active=not on)
        if rows.update(**(fields if on else off)):
            payload = {"channel": channel.pk, "on": on}
            channel_health.record(channel, event_kinds.CHANNEL_SWITCHED, actor, payload)


def remove(channel: Channel, *, actor: Actor, because: str = "deleted") -> None:
    """Its address is forgotten and what waits for it cancelled; its log stays."""
    channel_health.forget(channel, actor=actor, because=because, at=clock.now())


def test(channel: Channel, *, actor: Actor) -> Result:
    """Send a real message now, within seconds, and keep how it went."""
    transport = registry.get(channel.kind)
    assert isinstance(transport, Posting)
    now = clock.now()
    error: DeliveryError | None = None
    try:
        result = Result(True, transport.send(channel, messages.test(channel, now)))
    except NoLongerWanted as reason:
        result = Result(False, str(reason))
    except DeliveryError as found:
        error, result = found, Result(False, found.detail)
    with write():
        if error is not None:
            channel_health.note(channel.pk, error, now)
        elif result.is_ok:
            channel_health.worked(channel.pk, now)
        payload = {"channel": channel.pk, "is_ok": result.is_ok, "detail": result.detail}
        channel_health.record(channel, event_kinds.CHANNEL_TESTED, actor, payload)
    return result


def _opened(channel: Channel) -> dict[str, str]:
    try:
        return sealed.unseal(channel.sealed)
    except sealed.Unreadable:
        return {}
