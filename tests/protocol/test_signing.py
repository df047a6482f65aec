import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from reviews import signing
from workspaces import strictjson

DOCUMENT = {
    "schema": "decision/v1",
    "handoff": "ho_1",
    "metadata": {"é": strictjson.loads(b"1.50")},
}


def test_a_signed_document_verifies_after_a_journey_through_a_file(tmp_path: Path) -> None:
    key = signing.load_or_create(tmp_path / "key")
    signed = signing.sign(DOCUMENT, key)
    for text in (strictjson.dumps(signed), strictjson.pretty(signed)):
        read = strictjson.loads(text.encode())
        assert isinstance(read, dict)
        assert signing.verify(read, [key.public])


def test_any_change_and_any_other_key_is_noticed(tmp_path: Path) -> None:
    key = signing.load_or_create(tmp_path / "key")
    other = signing.load_or_create(tmp_path / "other")
    signed = signing.sign(DOCUMENT, key)
    value = signed["signature"]["value"]
    forged = base64.b64encode(bytes(64)).decode()
    assert not signing.verify({**signed, "handoff": "ho_2"}, [key.public])
    assert not signing.verify({**signed, "more": 1}, [key.public])
    assert not signing.verify({**signed, "metadata": {"é": 1.5}}, [key.public])
    assert not signing.verify(signed, [other.public])
    assert not signing.verify(DOCUMENT, [key.public])
    signatures: tuple[object, ...] = (
        {**signed["signature"], "value": forged}, {**signed["signature"], "value": value[:-2]},
        {**signed["signature"], "value": 5}, {**signed["signature"], "alg": "none"},
        {**signed["signature"], "key_id": other.public.key_id}, {"alg": "ed25519"}, None, [],
    )  # fmt: skip
    for signature in signatures:
        assert not signing.verify({**signed, "signature": signature}, [key.public, other.public])


def test_a_verifier_with_only_the_published_key_agrees(tmp_path: Path) -> None:
    key = signing.load_or_create(tmp_path / "key")
    signed = signing.sign(DOCUMENT, key)
    published = signing.keys_document([key])["keys"][0]
    raw = base64.urlsafe_b64decode(published["x"] + "=")
    assert base64.b64decode(published["public_key"]) == raw
    assert published["kid"] == published["key_id"] == signed["signature"]["key_id"]
    message = '{"handoff":"ho_1","metadata":{"é":1.50},"schema":"decision/v1"}'
    ed25519.Ed25519PublicKey.from_public_bytes(raw).verify(
        base64.b64decode(signed["signature"]["value"]), message.encode()
    )


def test_the_key_is_kept_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "key"
    first = signing.load_or_create(path)
    assert signing.load_or_create(path).public == first.public
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["key"]
    assert "private" not in repr(first)


def test_processes_that_start_at_once_get_one_key(tmp_path: Path) -> None:
    barrier = Barrier(16)

    def start(_number: int) -> str:
        barrier.wait()
        return signing.load_or_create(tmp_path / "key").public.key_id

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(start, range(16)))) == 1
    assert [each.name for each in tmp_path.iterdir() if "key" in each.name] == ["key"]


def test_a_file_that_is_no_key_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    wrong_kind = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    for content in (b"", b"garbage", wrong_kind):
        path.write_bytes(content)
        with pytest.raises(signing.UnusableKey, match="key"):
            signing.load_or_create(path)
        assert path.read_bytes() == content
