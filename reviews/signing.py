"""Ed25519 signatures (RFC 8032) on decision documents, and the key that makes them."""

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from workspaces import strictjson

JsonObject = dict[str, Any]


class UnusableKey(Exception):
    """The key file exists and is no Ed25519 private key in PEM."""


@dataclass(frozen=True)
class PublicKey:
    """32 raw bytes; ``key_id`` is the start of their sha256."""

    raw: bytes

    @property
    def key_id(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()[:16]


@dataclass(frozen=True)
class SigningKey:
    _private: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> PublicKey:
        return PublicKey(
            self._private.public_key().public_bytes(
                serialization.Encoding.Raw, serialization.PublicFormat.Raw
            )
        )

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def sign(document: Mapping[str, Any], key: SigningKey) -> JsonObject:
    """The document with ``signature`` over its canonical form without that member."""
    value = base64.b64encode(key.sign(_signed_bytes(document))).decode()
    signature = {"alg": "ed25519", "key_id": key.public.key_id, "value": value}
    return {**document, "signature": signature}


def verify(document: Mapping[str, Any], public_keys: Iterable[PublicKey]) -> bool:
    """Whether one of these keys signed exactly this document.

    Read the document with ``strictjson.loads``: another reader may lose how numbers were written.
    """
    signature = document.get("signature")
    if not isinstance(signature, dict) or signature.get("alg") != "ed25519":
        return False
    try:
        value = base64.b64decode(signature["value"], validate=True)
    except (KeyError, TypeError, binascii.Error, ValueError):
        return False
    key = next((each for each in public_keys if each.key_id == signature.get("key_id")), None)
    if key is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(value, _signed_bytes(document))
    except InvalidSignature:
        return False
    return True


def keys_document(keys: Iterable[SigningKey | PublicKey]) -> JsonObject:
    """The body of ``GET /keys``: a JWK set (RFC 8037), each key also in plain base64."""
    shown = [key.public if isinstance(key, SigningKey) else key for key in keys]
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "kid": key.key_id,
                "x": base64.urlsafe_b64encode(key.raw).decode().rstrip("="),
                "alg": "ed25519",
                "key_id": key.key_id,
                "public_key": base64.b64encode(key.raw).decode(),
            }
            for key in shown
        ]
    }


def load_or_create(path: Path) -> SigningKey:
    """The installation's key: PEM (PKCS 8) in a file that only its owner reads.

    Safe when many processes start at once: the file appears complete, by a hard link, and
    whoever comes second reads the first one's. Raises ``UnusableKey`` and ``OSError``.
    """
    if not path.exists():
        _create(path)
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise UnusableKey(f"{path} holds no Ed25519 private key in PEM") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise UnusableKey(f"{path} holds a private key of another kind")
    return SigningKey(private)


def _create(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return
    finally:
        temporary.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _signed_bytes(document: Mapping[str, Any]) -> bytes:
    unsigned = {name: value for name, value in document.items() if name != "signature"}
    return strictjson.dumps(unsigned).encode()
