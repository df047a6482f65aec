"""Browser push: RFC 8030 with VAPID (RFC 8292) and encrypted payloads (RFC 8291).

A push holds the number, the trigger, the workspace and a deep link, nothing of the agent's. The
address of a push service comes from a browser, so it is called as any other that people give.
"""

import base64
import hashlib
import json
import time
from email.utils import parseaddr
from urllib.parse import urlsplit

import http_ece
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from py_vapid import Vapid02

from reviews.models import Channel, DeskKey
from reviews.notify import channel_health, net, outward
from reviews.notify.base import DeliveryError, NoLongerWanted
from reviews.notify.messages import TEST, Message
from reviews.notify.posting import Posting, opened, patience
from reviews.notify.posts import judge
from workspaces import clock, sealed
from workspaces.actors import SYSTEM
from workspaces.transactions import write

KEPT = 4 * 3600
"""Seconds that a push service keeps a push for a browser that is away."""
GONE = (404, 410)
REFUSED = (400, 401, 403)
KEY_NAME = "vapid"


class Push(Posting):
    def send(self, channel: Channel, message: Message) -> str:
        found, now = opened(channel), clock.now()
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(KEPT),
            "Urgency": "high" if message.is_urgent else "normal",
            "Topic": _topic(message.thread),
            **_authorization(found["url"]),
        }
        body = encrypted(_payload(message), found["p256dh"], found["auth"])
        try:
            answer = outward.send(
                "POST", found["url"], body, headers=headers, timeout=patience(message)
            )
        except net.RequestFailed as failure:
            raise DeliveryError(
                failure.detail, permanent=failure.permanent, is_unreachable=not failure.permanent
            ) from failure
        if answer.status in GONE:
            channel_health.forget(channel, actor=SYSTEM, because="gone", at=now)
            raise NoLongerWanted("The browser takes no more pushes; its subscription was removed.")
        return judge(answer, now, final=REFUSED)


def public_key() -> str:
    """What browsers subscribe with: the point, base64url without padding."""
    point = _vapid().public_key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def encrypted(payload: bytes, p256dh: str, auth: str) -> bytes:
    """For the one browser that has the other half of ``p256dh``, in one aes128gcm record."""
    sealed_for: bytes = http_ece.encrypt(
        payload,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=decoded(p256dh),
        auth_secret=decoded(auth),
        version="aes128gcm",
    )
    return sealed_for


def are_keys(p256dh: str, auth: str) -> bool:
    """Are these a point of P-256 and 16 bytes, as a browser gives them?"""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(p256dh))
        return len(decoded(auth)) == 16
    except (ValueError, UnsupportedAlgorithm):
        return False


def decoded(text: str) -> bytes:
    """base64url, with or without its padding. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _payload(message: Message) -> bytes:
    title = message.words.subject
    if message.kind != TEST:
        title = f"{message.thread} · {message.trigger}"
    told = {"title": title, "body": message.workspace, "url": message.words.url}
    return json.dumps({**told, "tag": message.thread}, ensure_ascii=False).encode()


def _topic(thread: str) -> str:
    """A later push about the same handoff takes the place of one that still waits."""
    return base64.urlsafe_b64encode(hashlib.sha256(thread.encode()).digest()).decode()[:32]


def _authorization(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    # Half of the day that RFC 8292 allows, for clocks that go wrong.
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "sub": _contact(),
        "exp": int(time.time()) + 12 * 3600,
    }
    return {name: str(value) for name, value in _vapid().sign(claims).items()}


def _contact() -> str:
    """Where a push service may reach whoever runs this desk."""
    site = urlsplit(settings.SITE_URL)
    if site.scheme == "https" and "." in (site.hostname or ""):
        return f"https://{site.hostname}"
    return f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"


def _vapid() -> Vapid02:
    """The installation's key, made when first asked for; anew where it can no longer be read."""
    kept = DeskKey.objects.filter(name=KEY_NAME).first()
    if kept is not None:
        try:
            return Vapid02.from_pem(sealed.unseal(kept.sealed)["pem"].encode())
        except sealed.Unreadable:
            _forget(kept)
    made = Vapid02()
    made.generate_keys()
    secret = sealed.seal({"pem": made.private_pem().decode()})
    with write():
        kept, is_new = DeskKey.objects.get_or_create(name=KEY_NAME, defaults={"sealed": secret})
    return made if is_new else Vapid02.from_pem(sealed.unseal(kept.sealed)["pem"].encode())


def _forget(kept: DeskKey) -> None:
    with write():
        DeskKey.objects.filter(pk=kept.pk, sealed=kept.sealed).delete()
