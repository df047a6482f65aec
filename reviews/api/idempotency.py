"""Idempotency-Key: per token, 24 h; the answer is stored in the transaction that did the work."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse

from reviews.models import IdempotencyKey
from workspaces import clock, faults
from workspaces.errors import Conflict, Invalid, Problem
from workspaces.http import json_response
from workspaces.models import AgentToken
from workspaces.transactions import write

Answer = tuple[int, dict[str, Any], dict[str, str]]


class KeyReused(Invalid):
    code, title = "idempotency-key-reused", "Idempotency-Key reused"


def answer(
    request: HttpRequest,
    token: AgentToken,
    body: bytes,
    prepare: Callable[[], Callable[[], Answer]],
) -> HttpResponse:
    """Do the work once for a key and repeat its answer afterwards.

    ``prepare`` does what is slow and returns the short part, which runs in the transaction that
    stores the key. The same key with another body or address is 422.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return _respond(prepare()())
    if len(key) > 255 or not key.isprintable():
        detail = "Idempotency-Key: 1 to 255 printable characters."
        raise Invalid(detail, errors=[Problem("", detail)])
    sha256 = hashlib.sha256(request.get_full_path().encode() + b"\n" + body).hexdigest()
    if stored := _stored(token, key, sha256):
        return stored
    take = prepare()
    for _ in range(3):
        try:
            with write():
                status, value, headers = take()
                IdempotencyKey.objects.create(
                    token=token,
                    key=key,
                    request_sha256=sha256,
                    response_status=status,
                    response={"body": value, "headers": headers},
                    created_at=clock.now(),
                )
        except IntegrityError:
            # the same request in parallel was faster; its answer is ours
            if stored := _stored(token, key, sha256):
                return stored
            continue
        faults.point("intake.committed")
        return _respond((status, value, headers))
    raise Conflict("The same Idempotency-Key is being used by another request; try again.")


def _stored(token: AgentToken, key: str, sha256: str) -> HttpResponse | None:
    row = IdempotencyKey.objects.filter(
        token=token, key=key, created_at__gt=clock.now() - IdempotencyKey.KEPT
    ).first()
    if row is None:
        return None
    if row.request_sha256 != sha256:
        raise KeyReused("This Idempotency-Key was used with another request; take a new one.")
    headers = {**row.response["headers"], "Idempotent-Replayed": "true"}
    headers.pop("Location", None)
    return _respond((200, row.response["body"], headers))


def _respond(given: Answer) -> HttpResponse:
    status, value, headers = given
    return json_response(value, status=status, headers=headers)
