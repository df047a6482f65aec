"""Secrets at rest: what the desk must be able to read again, such as the address of a channel.

Encrypted with a key made from the installation's secret key (Fernet: AES-128-CBC with HMAC-SHA256),
so that a copy of the database alone gives none away. With ``SECRET_KEY_FALLBACKS`` what an earlier
secret key sealed stays readable.
"""

import base64
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """Sealed with another secret key, or changed since: it must be entered again."""


def seal(value: dict[str, Any]) -> str:
    return _box().encrypt(json.dumps(value).encode()).decode()


def unseal(text: str) -> dict[str, Any]:
    """What ``seal`` was given. Raises Unreadable."""
    try:
        found = json.loads(_box().decrypt(text.encode()))
    except (InvalidToken, ValueError) as error:
        raise Unreadable("This was sealed with another secret key.") from error
    return found if isinstance(found, dict) else {}


def _box() -> MultiFernet:
    return _boxes((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _boxes(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in keys])


def _key(secret: str) -> bytes:
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"handoff sealed v1")
    return base64.urlsafe_b64encode(derived.derive(secret.encode()))
