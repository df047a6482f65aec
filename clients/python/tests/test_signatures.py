"""Webhooks against the reference library and its published vector; decisions against Ed25519."""

from __future__ import annotations

import base64
import copy
import json
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import handoff_client
from handoff_client import (
    HandoffError,
    Number,
    SignatureInvalid,
    TimestampOutside,
    dump,
    parse,
    verify_decision,
    verify_webhook,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret of 24 by").decode()
BODY = b'{"type":"handoff.decided","data":{"outcome":"approved","n":1e5}}'


def signed(secret: str = SECRET, body: bytes = BODY, at: float | None = None) -> dict[str, str]:
    stamp = int(time.time() if at is None else at)
    moment = datetime.fromtimestamp(stamp, timezone.utc)
    signature = standardwebhooks.Webhook(secret).sign("msg_1", moment, body.decode())
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(stamp),
        "Webhook-Signature": signature,
    }


def test_the_vector_of_the_specification_verifies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1614265330.0)
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert verify_webhook(b'{"test": 2432232314}', headers, SECRET) == {"test": 2432232314}


def test_what_the_reference_library_signed_verifies() -> None:
    assert verify_webhook(BODY, signed(), SECRET)["data"]["outcome"] == "approved"


def test_several_signatures_and_several_secrets_overlap_while_one_is_replaced() -> None:
    headers = signed()
    genuine = headers["Webhook-Signature"]
    headers["Webhook-Signature"] = f"v1a,zzzz v1,AAAA {genuine} v1,AAAA"
    assert verify_webhook(BODY, headers, [OTHER, SECRET])
    assert verify_webhook(BODY, headers, [SECRET, OTHER])


@pytest.mark.parametrize("broken", ["body", "id", "timestamp", "signature", "version"])
def test_anything_changed_is_refused(broken: str) -> None:
    headers, body = signed(), BODY
    if broken == "body":
        body = BODY.replace(b"approved", b"rejected")
    elif broken == "id":
        headers["Webhook-Id"] = "msg_2"
    elif broken == "timestamp":
        headers["Webhook-Timestamp"] = str(int(headers["Webhook-Timestamp"]) - 1)
    elif broken == "signature":
        headers["Webhook-Signature"] = signed(OTHER)["Webhook-Signature"]
    else:
        headers["Webhook-Signature"] = headers["Webhook-Signature"].replace("v1,", "v2,")
    with pytest.raises(SignatureInvalid):
        verify_webhook(body, headers, SECRET)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_webhook_out_of_time_is_refused_as_such(seconds: int) -> None:
    with pytest.raises(TimestampOutside):
        verify_webhook(BODY, signed(at=time.time() + seconds), SECRET)
    assert verify_webhook(BODY, signed(at=time.time() + seconds), SECRET, tolerance=400)


@pytest.mark.parametrize("missing", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_a_missing_header_is_refused(missing: str) -> None:
    headers = signed()
    del headers[missing]
    with pytest.raises(SignatureInvalid, match="missing"):
        verify_webhook(BODY, headers, SECRET)


def test_an_odd_timestamp_is_refused_not_a_crash() -> None:
    with pytest.raises(SignatureInvalid, match="not a number"):
        verify_webhook(BODY, {**signed(), "Webhook-Timestamp": "²"}, SECRET)


def test_an_empty_secret_can_never_verify() -> None:
    with pytest.raises(HandoffError, match="empty"):
        verify_webhook(BODY, signed(), "whsec_")


# Decisions

KEY = Ed25519PrivateKey.generate()
KEYS = {
    "k1": base64.b64encode(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
}
UNSIGNED = (
    '{"a":"é \\u0001","args":{"big":123456789012345678901234567890,"e":1e5,"f":1.0,"z":-0},"b":[]}'
)


def decision_text(unsigned: str = UNSIGNED, key_id: str = "k1") -> str:
    """Signed the way the protocol says, and then laid out in another way on disk."""
    value = base64.b64encode(KEY.sign(unsigned.encode())).decode()
    signature = json.dumps({"value": value, "alg": "ed25519", "key_id": key_id}, indent=2)
    return '{\n "signature": ' + signature + ",\n" + unsigned[1:]


def test_a_genuine_decision_passes_however_its_numbers_are_written() -> None:
    verify_decision(decision_text().encode(), KEYS)


def test_keys_are_taken_as_the_desk_lists_them() -> None:
    listed = {"keys": [{"key_id": "k1", "alg": "ed25519", "public_key": KEYS["k1"]}]}
    verify_decision(decision_text(), listed)


def test_a_decision_that_this_module_parsed_still_verifies() -> None:
    verify_decision(copy.deepcopy(parse(decision_text())), KEYS)


@pytest.mark.parametrize(
    ("before", "after"), [("1e5", "1e6"), ("1.0", "1"), ("é", "e"), ('"b":[]', '"b":[],"c":1')]
)
def test_a_changed_decision_is_refused(before: str, after: str) -> None:
    text = decision_text()
    assert before in text
    with pytest.raises(SignatureInvalid, match="changed"):
        verify_decision(text.replace(before, after), KEYS)


def test_a_second_member_of_one_name_is_refused() -> None:
    text = decision_text().replace('"b":[]', '"b":[],"b":[]')
    with pytest.raises(SignatureInvalid, match="same name"):
        verify_decision(text, KEYS)


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(SignatureInvalid, match="k2"):
        verify_decision(decision_text(key_id="k2"), KEYS)


@pytest.mark.parametrize("text", ["{}", "[]", "nonsense", '{"signature": 3}', "[" * 100_000])
def test_what_is_no_signed_decision_is_refused_not_a_crash(text: str) -> None:
    with pytest.raises(SignatureInvalid):
        verify_decision(text, KEYS)


def test_without_the_extra_the_error_names_it(tmp_path: Path) -> None:
    """In a real interpreter in which ``cryptography`` cannot be imported."""
    (tmp_path / "cryptography.py").write_text("raise ImportError('not installed')")
    code = "import handoff_client as h\ntry:\n h.verify_decision('{}', {})\n"
    code += "except h.VerifierMissing as error:\n print(error)"
    path = f"{tmp_path}:{Path(handoff_client.__file__).parent}"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": path}, capture_output=True, text=True
    )
    assert "pip install 'handoff-client[verify]'" in done.stdout


@pytest.mark.parametrize("text", ["1.0", "1e5", "-0", "-0.0", "1E+2", "0.10000000000000000001"])
def test_a_number_keeps_its_spelling_and_is_still_a_number(text: str) -> None:
    number = parse(text)
    assert isinstance(number, Number)
    assert number == float(text)
    assert dump([number]) == f"[{text}]"


@pytest.mark.parametrize("text", ["NaN", "Infinity", '{"a":1,"a":2}', "", "\ufeff{}"])
def test_what_is_not_strict_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


@pytest.mark.parametrize("value", [float("nan"), {"x": float("inf")}, {1: 2}, {"x": {3}}])
def test_what_json_cannot_say_is_refused_before_it_is_sent(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        dump(value)


def test_canonical_json_equals_the_standard_librarys_for_plain_values() -> None:
    value = {"z": [1, 2.5, True, None, {"é": "\x7f\u2028\t"}], "a": {"b": {}, "": "x"}}
    expected = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert dump(value, sort_keys=True) == expected
