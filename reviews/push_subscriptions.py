"""Browsers that asked for pushes: one channel a browser, of the person who is signed in there."""

import hashlib

from django.db import IntegrityError
from django.utils.translation import gettext as _

from reviews import channel_book
from reviews.channel_book import Place
from reviews.models import Channel
from reviews.notify import push
from workspaces import sealed
from workspaces.actors import Actor
from workspaces.errors import Invalid
from workspaces.models import User
from workspaces.transactions import write

LONGEST_ENDPOINT = 2048


def subscribe(user: User, *, endpoint: str, p256dh: str, auth: str, name: str) -> Channel:
    """The channel of this browser, made or brought up to date. A browser that another person
    had subscribed is theirs no more. Raises Invalid with a sentence.
    """
    if len(endpoint) > LONGEST_ENDPOINT or not push.are_keys(p256dh, auth):
        raise Invalid(_("This is not what a browser sends to subscribe."))
    shown = channel_book.checked(endpoint)
    secret = sealed.seal({"url": endpoint, "p256dh": p256dh, "auth": auth})
    mark = hashlib.sha256(endpoint.encode()).hexdigest()
    try:
        return _kept(user, mark, shown, secret, name)
    except IntegrityError:  # the same browser asked twice at once: the second finds the first
        return _kept(user, mark, shown, secret, name)


def _kept(user: User, mark: str, shown: str, secret: str, name: str) -> Channel:
    actor = Actor.user(user)
    with write():
        before = Channel.objects.kept().filter(kind=Channel.Kind.PUSH, fingerprint=mark).first()
        if before is not None and before.user_id == user.pk:
            Channel.objects.filter(pk=before.pk).update(
                sealed=secret, is_active=True, off_because="", last_error="", failed_at=None
            )
            before.refresh_from_db()
            return before
        if before is not None:
            channel_book.remove(before, actor=actor, because="taken over")
        channel = Channel(
            kind=Channel.Kind.PUSH, name=name[:80], address=shown, sealed=secret, fingerprint=mark
        )
        return channel_book.add(channel, Place(user=user), actor)
