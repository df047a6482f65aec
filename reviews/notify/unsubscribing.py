"""Links that end mails about some groups, and can do nothing else: signed, good for ever.

Whoever holds one may use it without signing in, as mail programs do (RFC 8058).
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

from reviews.notify.groups import Group
from workspaces.models import User

_SALT = "handoff.notices.mail-off"


@dataclass(frozen=True)
class Link:
    user: User
    groups: tuple[Group, ...]


def url(user_id: int, groups: Collection[str]) -> str:
    return f"{settings.SITE_URL}{reverse('mails-off', args=[signed(user_id, groups)])}"


def signed(user_id: int, groups: Collection[str]) -> str:
    return signing.dumps([user_id, sorted(groups)], salt=_SALT)


def read(text: str) -> Link | None:
    """What a link stands for; None for one that is not ours."""
    try:
        user_id, names = signing.loads(text, salt=_SALT)
        groups = tuple(Group(name) for name in names)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = User.objects.filter(pk=user_id).first()
    return Link(user, groups) if user is not None else None
