"""Who is asking: people by e-mail and password, agents by bearer token."""

import hashlib
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.db.models import Q
from django.http import HttpRequest

from workspaces import clock
from workspaces.errors import Unauthorised
from workspaces.models import Agent, AgentToken, User
from workspaces.transactions import write

PREFIX = "hdk_"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 43  # 62**43 > 2**256


class EmailBackend(BaseBackend):
    """Signs an active person in by e-mail, whatever its case."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: object,
    ) -> User | None:
        if not username or password is None:
            return None
        user = User.objects.filter(email__iexact=username.strip()).first()
        if user is None:
            make_password(password)  # as slow as a wrong password: addresses cannot be guessed
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()


def _checksum(body: str) -> str:
    number, text = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        text = _ALPHABET[digit] + text
    return text


def new_secret() -> str:
    """``hdk_`` + 43 base-62 digits (256 bits) + 6 of CRC-32, so that scanners know a real one."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return f"{PREFIX}{body}{_checksum(body)}"


def is_well_formed(token: str) -> bool:
    body = token.removeprefix(PREFIX)
    if not (token.startswith(PREFIX) and token.isascii() and len(body) == _LENGTH + 6):
        return False
    return secrets.compare_digest(_checksum(body[:-6]), body[-6:])


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def issue(
    agent: Agent,
    *,
    name: str = "",
    scopes: Sequence[str] = AgentToken.SCOPES,
    expires_at: datetime | None = None,
) -> tuple[AgentToken, str]:
    """A new token of ``agent`` and its text, which nobody can show again."""
    text = new_secret()
    token = AgentToken.objects.create(
        agent=agent,
        name=name,
        sha256=hash_token(text),
        hint=f"{text[:8]}…",
        scopes=list(scopes),
        expires_at=expires_at,
    )
    return token, text


@dataclass(frozen=True)
class Bearer:
    """An agent that showed a live token."""

    token: AgentToken
    agent: Agent

    def has_scope(self, scope: str) -> bool:
        return scope in self.token.scopes


def bearer(header: str) -> Bearer:
    """The agent behind an ``Authorization`` header. Raises Unauthorised with what is wrong."""
    kind, _, text = header.partition(" ")
    text = text.strip()
    if kind.lower() != "bearer" or not text:
        raise _refused("Send the agent's token as “Authorization: Bearer hdk_…”.")
    if not is_well_formed(text):
        raise _refused("This is not a whole agent token; was it cut when it was copied?")
    token = AgentToken.objects.select_related("agent").filter(sha256=hash_token(text)).first()
    if token is None:
        raise _refused("No agent has this token.")
    return check_live(token)


def check_live(token: AgentToken) -> Bearer:
    now = clock.now()
    if token.revoked_at is not None:
        raise _refused("This token was revoked; ask an admin for a new one.")
    if token.expires_at is not None and token.expires_at <= now:
        raise _refused("This token has expired; ask an admin for a new one.")
    if not token.agent.is_active:
        raise _refused("This agent was deactivated.")
    _remember_use(token, now)
    return Bearer(token, token.agent)


def recheck(token_id: int) -> Bearer:
    """Before a held request is answered: is the token still good?"""
    return check_live(AgentToken.objects.select_related("agent").get(pk=token_id))


def _remember_use(token: AgentToken, now: datetime) -> None:
    if token.last_used_at and now - token.last_used_at < timedelta(minutes=1):
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - timedelta(minutes=1))
    with write():
        AgentToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def _refused(detail: str) -> Unauthorised:
    return Unauthorised(detail, headers={"WWW-Authenticate": 'Bearer realm="handoff"'})
