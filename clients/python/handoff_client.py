"""Hand work to a person from an AI agent, and go on with the answer.

One module, standard library only, Python 3.9 or newer. Three doors to the same desk:

* HTTP: ``Client(url, token).ask(title="Deploy?", actions=[…], state="deploy.state")``
* files: ``receipt = drop(folder, {"title": …}); decision = wait_decision_file(receipt)``
* webhooks: ``event = verify_webhook(body, headers, secret)``

Every JSON number that comes from the desk is a number in Python and still knows how it was
written, so that ``verify_decision`` can check a signature over the document as it stood.
Everything raised on purpose is a ``HandoffError``.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import email.message
import email.utils
import hashlib
import hmac
import http.client
import itertools
import json
import logging
import math
import os
import random
import secrets
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Union

__version__ = "0.1.0"

Json = dict[str, Any]
Found = list[Json]
StrPath = Union[str, "os.PathLike[str]"]

log = logging.getLogger("handoff_client")

LONGEST_POLL = 30  # seconds asked of one long-poll; the desk caps it at 60
POLL_GRACE = 15.0  # how much longer than that the socket waits before it gives the desk up


# --- errors ----------------------------------------------------------------------------------


class HandoffError(Exception):
    """The base of all: ``detail`` is a sentence; from the desk also an RFC 9457 problem.

    ``status`` is the HTTP status (0 where there was none), ``type`` and ``title`` the
    problem's, ``errors`` its list of ``{"pointer", "detail"}``, ``retry_after`` seconds.
    """

    def __init__(
        self,
        detail: str,
        *,
        status: int = 0,
        title: str = "",
        type: str = "",
        errors: Sequence[Json] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.title = title or self.__class__.__name__
        self.type = type
        self.errors = list(errors)
        self.retry_after = retry_after

    def __str__(self) -> str:
        """The sentence, and of the list of errors what the sentence does not say already."""
        unsaid = [e for e in self.errors if str(e.get("detail", "")).rstrip(".") not in self.detail]
        where = "; ".join(f"{e.get('pointer') or '/'}: {e.get('detail')}" for e in unsaid)
        return f"{self.detail} ({where})" if where else self.detail


class Unreachable(HandoffError):
    """No whole answer came back: refused, reset, timed out, cut off."""


class Untrusted(HandoffError):
    """The desk's certificate does not check out; trying again would not help."""


class BadRequest(HandoffError):
    """400, 413, 415, 422 and every other answer that a repetition would not change."""


class Unauthorised(HandoffError):
    """401: the token is unknown, expired or revoked."""


class Forbidden(HandoffError):
    """403: the token is good, its scope is not."""


class NotFound(HandoffError):
    """404: no such handoff, or none that this agent may know of."""


class Conflict(HandoffError):
    """409: the handoff has moved on; with ``retry_after`` an answer is just on its way."""


class TooManyRequests(HandoffError):
    """429, after the client's patience ran out."""


class ServerError(HandoffError):
    """500 or 507: the desk failed, and an immediate repetition would too."""


class Unavailable(ServerError):
    """502, 503 or 504, after the client's patience ran out."""


class WaitTimeout(HandoffError):
    """Nobody answered in time; the handoff is still pending and can be waited for again."""


class StateMismatch(HandoffError):
    """The state file belongs to another document or another desk."""


class DocumentRefused(HandoffError):
    """The desk read the dropped file and could not take it; ``errors`` say why."""


class SignatureInvalid(HandoffError):
    """A webhook or decision was not signed by a known key, or was changed afterwards."""


class TimestampOutside(SignatureInvalid):
    """The webhook's timestamp is too old or too new: perhaps a replay."""


class VerifierMissing(HandoffError):
    """Ed25519 needs the optional extra."""


_BY_STATUS: dict[int, type[HandoffError]] = {
    401: Unauthorised,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: TooManyRequests,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


# --- JSON that keeps its numbers as written --------------------------------------------------


class Number(float):
    """A JSON number with its own spelling: ``1.0``, ``1e5`` and ``-0`` survive a round trip."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Number:
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __getnewargs__(self) -> Any:  # copy and pickle rebuild it from the spelling
        return (self.text,)


def _integer(text: str) -> Any:
    return Number(text) if text == "-0" else int(text)


def _unique(pairs: list[Any]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("the same name stands twice in one object")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def parse(data: bytes | str) -> Any:
    """Strict JSON: numbers keep their spelling; a name given twice or NaN is a ``ValueError``."""
    try:
        return json.loads(
            data if isinstance(data, str) else data.decode("utf-8"),
            parse_float=Number,
            parse_int=_integer,
            parse_constant=_no_constant,
            object_pairs_hook=_unique,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def dump(value: Any, *, sort_keys: bool = False) -> str:
    """JSON without spaces, strings unescaped, numbers as written (protocol, 'Package digest')."""
    if isinstance(value, Number):
        return value.text
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not JSON")
        return float.__repr__(value)
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise TypeError(f"an object's names are strings, not {name!r}")
        names = sorted(value) if sort_keys else list(value)
        members = (f"{dump(n)}:{dump(value[n], sort_keys=sort_keys)}" for n in names)
        return "{" + ",".join(members) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(dump(item, sort_keys=sort_keys) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


# --- what the desk says ----------------------------------------------------------------------


@dataclass(frozen=True)
class Decision:
    """A ``decision/v1`` document with short ways to what an agent asks first."""

    document: Json
    state: Path | None = None
    resumed: bool = False  # by ``ask``: the state file was there, so you may have acted already

    @property
    def handoff(self) -> str:
        return str(self.document["handoff"])

    @property
    def status(self) -> str:
        return str(self.document["status"])

    @property
    def outcome(self) -> str:
        return str(self.document["outcome"])

    @property
    def revision(self) -> int:
        return int(self.document["revision"])

    @property
    def verdict(self) -> str:
        """approved, edited, rejected, responded, changes_requested, mixed, expired, withdrawn.

        A handoff that ran out with an outcome set by an admin's rule to approve is "approved";
        one rejected by its expiry is "expired": no person said no.
        """
        if self.status == "expired":
            return "approved" if self.outcome == "approved" else "expired"
        return "withdrawn" if self.status == "withdrawn" else self.outcome

    @property
    def entries(self) -> Found:
        """One entry per action, in the actions' order."""
        return list(self.document["decisions"])

    @property
    def message(self) -> str:
        """The reviewer's words, wherever the document keeps them for this verdict."""
        notes = [str(entry["message"]) for entry in self.entries if entry.get("message")]
        return "\n".join(notes) or str(self.document.get("comment") or "")

    @property
    def comments(self) -> Found:
        """Line comments of a request for changes: ``{"id", "path", "line", "body"}``."""
        return [comment for entry in self.entries for comment in entry.get("comments") or []]

    def resolves(self, answers: Mapping[str, str | tuple[str, str]]) -> list[Json]:
        """``context.resolves`` of the next round: what became of each comment, by its ``id``.

        ``{"r1-1": "done", "r1-2": ("declined", "The contract allows 15 minutes.")}``; the words
        are done, declined and question. Raises ValueError for an id that was not asked for.
        """
        asked = {comment.get("id") for comment in self.comments}
        found: list[Json] = []
        for key, said in answers.items():
            status, note = (said, "") if isinstance(said, str) else said
            if key not in asked or status not in ("done", "declined", "question"):
                raise ValueError(f"no comment {key!r}, or no answer {status!r}")
            found.append({"comment": key, "status": status, **({"note": note} if note else {})})
        return found

    @property
    def edited_args(self) -> dict[str | None, Json]:
        """The arguments to use instead, by action id."""
        edits = (entry for entry in self.entries if "edited_action" in entry)
        return {entry.get("action_id"): entry["edited_action"]["args"] for entry in edits}

    def done(self) -> None:
        """Forget the state file of ``ask``: the same call then asks a person anew."""
        if self.state is not None:
            self.state.unlink(missing_ok=True)


@dataclass(frozen=True)
class Handoff:
    """What the desk knows of a handoff; ``document`` is its whole answer."""

    document: Json
    etag: str | None = None
    replayed: bool = False  # the desk had it already
    state: Path | None = None
    resumed: bool = False

    @property
    def id(self) -> str:
        return str(self.document["id"])

    @property
    def status(self) -> str:
        return str(self.document["status"])

    @property
    def revision(self) -> int:
        return int(self.document["revision"])

    @property
    def web_url(self) -> str:
        """Where a person decides."""
        return str(self.document.get("web_url") or "")

    @property
    def warnings(self) -> Found:
        return list(self.document.get("warnings") or [])

    @property
    def messages(self) -> Found:
        return list(self.document.get("messages") or [])

    @property
    def decision(self) -> Decision | None:
        """The released answer to the current round, or None while it is open."""
        found = self.document.get("decision")
        if not found or self.status in ("pending", "claimed"):
            return None
        return Decision(found, state=self.state, resumed=self.resumed)


Which = Union[str, Handoff, Decision]


def _id(which: Which) -> str:
    if isinstance(which, Decision):
        return which.handoff
    return which.id if isinstance(which, Handoff) else which


# --- HTTP ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Reply:
    status: int
    headers: email.message.Message
    body: bytes
    document: Json  # empty for a file and a 304


def _object(body: bytes) -> Json:
    """The JSON object of a good answer; anything else is a proxy talking, or half an answer."""
    try:
        found = parse(body)
    except ValueError as error:
        raise Unreachable(f"The desk's answer is not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise Unreachable("The desk's answer is not a JSON object.")
    return found


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token to another host; it is an error instead."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Client:
    """The desk over HTTP. Threads may share one.

    ``url`` and ``token`` default to ``HANDOFF_URL`` and ``HANDOFF_TOKEN``. ``timeout`` is for
    one request; ``patience`` is for how many seconds a call is repeated (with backoff and
    jitter, or as ``Retry-After`` says) while the desk is away or busy. Waiting for a person
    has its own time limit and outlives restarts of the desk.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: float = 30.0,
        patience: float = 60.0,
    ) -> None:
        base = (url or os.environ.get("HANDOFF_URL", "")).rstrip("/")
        self.url = base[: -len("/api/v1")] if base.endswith("/api/v1") else base
        self.token = (token or os.environ.get("HANDOFF_TOKEN", "")).strip()
        parts = urllib.parse.urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise HandoffError("Say where the desk is: url='https://…' or HANDOFF_URL.")
        if not self.token:
            raise HandoffError("Give the agent's token: token='hdk_…' or HANDOFF_TOKEN.")
        self.timeout = timeout
        self.patience = patience
        handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
        if parts.hostname in ("localhost", "127.0.0.1", "::1"):
            handlers.append(urllib.request.ProxyHandler({}))  # no proxy reaches our loopback
        self._opener = urllib.request.build_opener(*handlers)

    # Handing off

    def submit(
        self,
        title: str,
        *,
        idempotency_key: str | None = None,
        state: StrPath | None = None,
        **document: Any,
    ) -> Handoff:
        """Hand off ``{"title": title, **document}`` (handoff/v1); see ``submit_document``."""
        body = {"title": title, **document}
        return self.submit_document(body, idempotency_key=idempotency_key, state=state)

    def submit_document(
        self,
        document: Any,
        *,
        idempotency_key: str | None = None,
        state: StrPath | None = None,
    ) -> Handoff:
        """Hand off any body the desk takes, native ones of agent frameworks included.

        Always with an ``Idempotency-Key``, so that repetitions give the same handoff. With
        ``state`` the key and, once known, the handoff's id are kept in that file: the same
        call after a crash goes on with the same handoff. As the desk remembers keys for 24 h
        only, a document without ``id`` then gets the key as its ``id``.
        """
        if state is None:
            key = idempotency_key or _new_key()
            return self._submit(dump(document), key)
        path = Path(state)
        digest = hashlib.sha256(dump(document, sort_keys=True).encode()).hexdigest()
        fresh = {"schema": "handoff-client-state/1", "url": self.url, "document_sha256": digest}
        fresh.update(key=idempotency_key or _new_key(), handoff="")
        known = _claim_state(path, fresh)
        resumed = known is not fresh
        if known.get("document_sha256") != digest or known.get("url") != self.url:
            raise StateMismatch(
                f"{path} belongs to another document or desk. Ask with the same one as before,"
                " or remove the file to ask anew."
            )
        if known["handoff"]:
            return replace(self.get(known["handoff"]), state=path, resumed=True)
        if isinstance(document, Mapping) and "title" in document and "id" not in document:
            document = {**document, "id": known["key"]}
        handoff = self._submit(dump(document), known["key"])
        _write_atomic(path, dump({**known, "handoff": handoff.id}).encode())
        return replace(handoff, state=path, resumed=resumed)

    def ask(
        self,
        title: str,
        *,
        state: StrPath | None = None,
        timeout: float | None = None,
        on_update: Callable[[Handoff], None] | None = None,
        **document: Any,
    ) -> Decision:
        """Submit and wait; with ``state`` it survives a crash of this process.

        The state file stays until ``ack(decision, …)`` or ``decision.done()``: until then the
        same call gives the same answer (``resumed`` is true), so act idempotently and do end
        it, or the next run would take an old answer for a new one.
        """
        handoff = self.submit(title, state=state, **document)
        return self.wait(handoff, timeout=timeout, on_update=on_update)

    def wait(
        self,
        which: Which,
        timeout: float | None = None,
        *,
        revision: int | None = None,
        on_update: Callable[[Handoff], None] | None = None,
    ) -> Decision:
        """Wait for the answer to ``revision`` (that of a given ``Handoff``) or a later one.

        A request for changes is an answer. ``on_update`` sees every change on the way: claims
        and messages. ``timeout`` is in seconds, None for ever; then ``WaitTimeout``.
        """
        least = revision or (which.revision if isinstance(which, Handoff) else 1)
        state = None if isinstance(which, str) else which.state
        resumed = False if isinstance(which, str) else which.resumed
        path = f"/handoffs/{urllib.parse.quote(_id(which), safe='')}"
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        etag: str | None = None
        early = 0  # answers in a row that came at once and said nothing final
        while True:
            begun = time.monotonic()
            seconds = max(0, math.ceil(min(LONGEST_POLL, deadline - begun)))
            try:
                reply = self._call(
                    "GET",
                    f"{path}?wait={seconds}",
                    headers={"If-None-Match": etag} if etag else None,
                    timeout=seconds + POLL_GRACE,
                    patience=deadline - begun,
                )
            except (Unreachable, Unavailable, TooManyRequests) as error:
                raise WaitTimeout(f"No answer in time; at last: {error}") from error
            if reply.status != 304:
                found = Handoff(reply.document, reply.headers.get("ETag"), False, state, resumed)
                changed, etag = found.etag is None or found.etag != etag, found.etag
                if changed and on_update:
                    on_update(found)
                if found.decision and found.decision.revision >= least:
                    return found.decision
            now = time.monotonic()
            if now >= deadline:
                raise WaitTimeout(f"Nobody has answered {_id(which)} in time; it is still open.")
            early = early + 1 if now - begun < 1 else 0
            if early > 1:  # the first may be a claim; a desk that never holds must not be stormed
                _sleep(min(deadline - now, 5.0, 0.25 * 2 ** min(early - 2, 6)))

    def revise(self, which: Which, title: str, **document: Any) -> Handoff:
        """Open the next round with a whole new document; the state file of ``ask`` goes along."""
        body = dump({"title": title, **document})
        found = _handoff(self._post(f"/handoffs/{_quoted(which)}/revisions", body))
        return found if isinstance(which, str) else replace(found, state=which.state)

    def message(self, which: Which, text: str) -> Json:
        """Say something to the reviewers without asking anew."""
        return self._post(f"/handoffs/{_quoted(which)}/messages", dump({"text": text})).document

    def withdraw(self, which: Which) -> Handoff:
        """Take the question back. ``Conflict`` where an answer is on its way."""
        return _handoff(self._post(f"/handoffs/{_quoted(which)}/withdraw", "{}"))

    def ack(self, which: Which, applied: bool, result: Any = None) -> Json:
        """Tell the desk what became of its answer, and forget the state file of ``ask``."""
        body = {"applied": applied, **({} if result is None else {"result": result})}
        answer = self._post(f"/handoffs/{_quoted(which)}/ack", dump(body)).document
        if isinstance(which, Decision):
            which.done()
        return answer

    # Reading

    def get(self, which: Which) -> Handoff:
        return _handoff(self._call("GET", f"/handoffs/{_quoted(which)}"))

    def list(
        self,
        *,
        status: str | None = None,
        updated_since: str | None = None,
        limit: int = 100,
    ) -> Iterator[Handoff]:
        """This agent's handoffs, all pages, fetched as you go; ``limit`` is the page's size."""
        wanted = {"status": status, "updated_since": updated_since, "limit": str(limit)}
        query = {name: value for name, value in wanted.items() if value}
        while True:
            page = self._call("GET", f"/handoffs?{urllib.parse.urlencode(query)}").document
            for item in page["items"]:
                yield Handoff(item)
            if not page.get("next_cursor"):
                return
            query["cursor"] = page["next_cursor"]

    def download(self, which: Which, sha256: str) -> bytes:
        """A file that was shown, or that a reviewer edited; its digest is checked."""
        path = f"/handoffs/{_quoted(which)}/files/{_quoted(sha256)}"
        reply = self._call("GET", path, is_file=True)
        if hashlib.sha256(reply.body).hexdigest() != sha256:
            raise SignatureInvalid(f"The bytes received are not those of {sha256}.")
        return reply.body

    def keys(self) -> Json:
        """The desk's public keys, as ``verify_decision`` takes them: keep ("pin") the first."""
        return self._call("GET", "/keys").document

    # The wire

    def _submit(self, body: str, key: str) -> Handoff:
        return _handoff(self._post("/handoffs", body, key))

    def _post(self, path: str, body: str, key: str | None = None) -> _Reply:
        headers = {"Idempotency-Key": key or _new_key(), "Content-Type": "application/json"}
        return self._call("POST", path, body=body.encode(), headers=headers)

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        patience: float | None = None,
        is_file: bool = False,
    ) -> _Reply:
        """One call, repeated while the desk is away (every call here may be repeated)."""
        deadline = time.monotonic() + (self.patience if patience is None else patience)
        for attempt in itertools.count():
            try:
                reply = self._once(method, path, body, headers or {}, timeout or self.timeout)
                if is_file or reply.status == 304:
                    return reply
                return replace(reply, document=_object(reply.body))
            except (Unreachable, Unavailable, TooManyRequests) as error:
                delay = min(8.0, 0.25 * 2 ** min(attempt, 6)) * random.uniform(0.5, 1.0)
                if error.retry_after is not None:  # not earlier than asked, and not all at once
                    delay = error.retry_after + random.uniform(0.0, 0.25)
                if time.monotonic() + delay > deadline:
                    raise
                log.warning("%s Trying again in %.1f s.", error, delay)
                _sleep(delay)
        raise AssertionError("unreachable")

    def _once(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout: float,
    ) -> _Reply:
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/json",
            "User-Agent": f"handoff-client/{__version__}",
            **headers,
        }
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}", data=body, headers=sent, method=method
        )
        try:
            with self._opener.open(request, timeout=timeout) as response:
                return _Reply(response.status, response.headers, response.read(), {})
        except urllib.error.HTTPError as error:
            with contextlib.closing(error):
                if error.code == 304:
                    return _Reply(304, error.headers, b"", {})
                raise _problem(error) from None
        except (OSError, http.client.HTTPException) as error:
            cause = error.reason if isinstance(error, urllib.error.URLError) else error
            kind = Untrusted if isinstance(cause, ssl.SSLCertVerificationError) else Unreachable
            why = str(cause) or cause.__class__.__name__
            raise kind(f"Cannot reach the desk at {self.url}: {why}.") from error


def _quoted(which: Which) -> str:
    return urllib.parse.quote(_id(which), safe="")


def _handoff(reply: _Reply) -> Handoff:
    replayed = reply.headers.get("Idempotent-Replayed") == "true"
    return Handoff(reply.document, reply.headers.get("ETag"), replayed)


def _new_key() -> str:
    return f"hc-{secrets.token_hex(16)}"


def _sleep(seconds: float) -> None:  # a seam: tests watch the pauses here
    time.sleep(max(0.0, seconds))


def _problem(error: urllib.error.HTTPError) -> HandoffError:
    """The typed error for an answer; a proxy's HTML page becomes its reason phrase."""
    told: Json = {}
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        found = parse(error.read())
        told = found if isinstance(found, dict) else {}
    kind = _BY_STATUS.get(error.code, ServerError if error.code >= 500 else BadRequest)
    return kind(
        str(told.get("detail") or told.get("title") or f"The desk said {error.code}."),
        status=error.code,
        title=str(told.get("title") or error.reason),
        type=str(told.get("type") or ""),
        errors=[item for item in told.get("errors") or [] if isinstance(item, dict)],
        retry_after=_seconds(error.headers.get("Retry-After")),
    )


def _seconds(retry_after: str | None) -> float | None:
    """``Retry-After`` in seconds, whether it was a number or a date (RFC 9110, 10.2.3)."""
    if not retry_after:
        return None
    with contextlib.suppress(ValueError):
        return max(0.0, float(int(retry_after)))
    with contextlib.suppress(ValueError, TypeError):
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    return None


# --- files that survive a crash --------------------------------------------------------------


def _write_temporary(path: Path, data: bytes) -> Path:
    """Beside ``path``, whole and on disk, under a name that no intake pattern matches."""
    temporary = path.parent / f".{path.name}.{secrets.token_hex(4)}.tmp"
    with temporary.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _fsync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # Windows cannot open a folder, some mounts not sync one
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write_atomic(path: Path, data: bytes) -> None:
    _write_temporary(path, data).replace(path)
    _fsync_folder(path.parent)


def _claim_state(path: Path, fresh: Json) -> Json:
    """``fresh`` if this call made the file, else what was in it (another run's, or our own)."""
    if not path.exists():
        temporary = _write_temporary(path, dump(fresh).encode())
        try:
            os.link(temporary, path)  # unlike a rename it never replaces: one of two runs wins
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            temporary.replace(path)
            _fsync_folder(path.parent)
            return fresh
        else:
            _fsync_folder(path.parent)
            return fresh
        finally:
            temporary.unlink(missing_ok=True)
    try:
        known = parse(path.read_bytes())
        if isinstance(known, dict) and known.get("schema") == "handoff-client-state/1":
            return known
    except ValueError:
        pass
    raise StateMismatch(f"{path} is not a state file of this client; choose another name.")


# --- the file door ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Receipt:
    """The desk's word that it took the file: ``document`` is the whole receipt."""

    folder: Path
    stem: str
    document: Json

    @property
    def id(self) -> str:
        return str(self.document["id"])

    @property
    def revision(self) -> int:
        return int(self.document["revision"])

    @property
    def web_url(self) -> str:
        return str(self.document.get("web_url") or "")


def drop(
    folder: StrPath,
    document: Mapping[str, Any],
    stem: str = "handoff",
    timeout: float | None = 60.0,
) -> Receipt:
    """Write ``handoff.json`` (or ``<stem>.handoff.json``) and wait for the receipt of it.

    Errors: ``DocumentRefused`` with the desk's reasons, ``WaitTimeout`` when no receipt came
    (is the desk running, and is the folder a workspace?). Needs no network.
    """
    where = Path(folder)
    name = "handoff.json" if stem == "handoff" else f"{stem}.handoff.json"
    # White space that differs every time: the document is the same to the desk, while the
    # receipt of these bytes cannot be mistaken for one of an earlier drop with equal words.
    mark = "".join(secrets.choice(" \t") for _ in range(64))
    data = f"{dump(document)}{mark}\n".encode()
    digest = hashlib.sha256(data).hexdigest()
    _write_atomic(where / name, data)
    receipt = _poll(
        [where / f"{stem}.receipt.json"],
        lambda found: found.get("document_sha256") == digest,
        timeout,
        f"No receipt for {where / name} yet; is the desk running, and is this its workspace?",
    )
    if receipt.get("status") != "accepted":
        errors = [item for item in receipt.get("errors") or [] if isinstance(item, dict)]
        raise DocumentRefused(f"The desk could not take {where / name}.", errors=errors)
    return Receipt(where, stem, receipt)


def wait_decision_file(receipt: Receipt, timeout: float | None = None) -> Decision:
    """The answer to the receipt's round (or a later one of that handoff), from its folder.

    It is as trustworthy as the folder: check it with ``verify_decision`` before acting on it.
    """
    stem, folder = receipt.stem, receipt.folder
    names = ("", f".{receipt.id}", f".{receipt.id}.r{receipt.revision}")
    return Decision(
        _poll(
            [folder / f"{stem}{name}.decision.json" for name in names],
            lambda found: (
                found.get("handoff") == receipt.id
                and int(found.get("revision") or 0) >= receipt.revision
            ),
            timeout,
            f"No decision for {receipt.id} yet; it is still open.",
        )
    )


def ack_file(receipt: Receipt, applied: bool, result: Any = None) -> None:
    """Tell the desk, by ``<stem>.ack.json``, what became of its answer."""
    body = {"applied": applied, **({} if result is None else {"result": result})}
    _write_atomic(receipt.folder / f"{receipt.stem}.ack.json", dump(body).encode())


def _poll(
    paths: Sequence[Path],
    wanted: Callable[[Json], bool],
    timeout: float | None,
    late: str,
) -> Json:
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    pause = 0.02
    while True:
        for path in paths:
            with contextlib.suppress(FileNotFoundError, ValueError):  # not there, or not whole
                found = parse(path.read_bytes())
                if isinstance(found, dict) and wanted(found):
                    return found
        if time.monotonic() >= deadline:
            raise WaitTimeout(late)
        _sleep(min(pause, deadline - time.monotonic()))
        pause = min(0.5, pause * 1.3)


# --- signatures ------------------------------------------------------------------------------


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secret: str | Sequence[str],
    tolerance: float = 300.0,
) -> Json:
    """Check a webhook by Standard Webhooks 1.0.0 and give its body as a document.

    ``body`` is the raw bytes as received, ``secret`` one ``whsec_…`` or several while one is
    being replaced. Remember ``webhook-id`` yourself: a retry repeats it.
    Errors: ``SignatureInvalid``, ``TimestampOutside`` (more than ``tolerance`` seconds away).
    """
    given = {name.lower(): value for name, value in headers.items()}
    message_id, stamp, signatures = (
        given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")
    )
    if not (message_id and stamp and signatures):
        raise SignatureInvalid("A webhook-id, -timestamp or -signature header is missing.")
    if not (stamp.isascii() and stamp.isdigit()):
        raise SignatureInvalid("The webhook-timestamp is not a number of seconds.")
    if abs(time.time() - int(stamp)) > tolerance:
        raise TimestampOutside("The webhook is too old or from the future; is the clock right?")
    signed = f"{message_id}.{stamp}.".encode() + body
    offered = [s[3:].encode() for s in signatures.split() if s.startswith("v1,")]
    genuine = False
    for one in [secret] if isinstance(secret, str) else secret:
        key = _decoded(one[6:] if one.startswith("whsec_") else one, "The webhook secret")
        if not key:
            raise HandoffError("The webhook secret is empty.")
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        for offer in offered:
            genuine |= hmac.compare_digest(expected, offer)
    if not genuine:
        raise SignatureInvalid("No signature of this webhook was made with this secret.")
    try:
        found = parse(body)
    except ValueError as error:
        raise SignatureInvalid(f"The webhook's body is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise SignatureInvalid("The webhook's body is not a JSON object.")
    return found


def verify_decision(document: bytes | str | Json | Decision, keys: Json) -> None:
    """Check the Ed25519 signature of a decision; silence means that it is genuine.

    ``document`` is a decision file's bytes, or what this module parsed (a document parsed by
    plain ``json`` may have lost how its numbers were written). ``keys`` is the answer of
    ``Client.keys`` or ``{key_id: base64 of the 32 bytes}``: pinned, not fetched beside the
    file. Errors: ``SignatureInvalid``; ``VerifierMissing`` without the extra ``[verify]``.
    """
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise VerifierMissing(
            "Checking decisions needs Ed25519: pip install 'handoff-client[verify]'"
        ) from None
    try:
        if isinstance(document, Decision):
            document = document.document
        found = parse(document) if isinstance(document, (bytes, str)) else document
        signature = found["signature"]
        algorithm, key_id = signature["alg"], str(signature["key_id"])
        value = _decoded(str(signature["value"]), "The signature")
        unsigned = {name: found[name] for name in found if name != "signature"}
        signed = dump(unsigned, sort_keys=True).encode()
    except (ValueError, KeyError, TypeError) as error:
        raise SignatureInvalid(f"Not a signed decision: {error!r}") from None
    public = _public_keys(keys).get(key_id)
    if algorithm != "ed25519" or public is None:
        raise SignatureInvalid(f"Signed with {algorithm} key {key_id!r}, which is not known.")
    try:
        Ed25519PublicKey.from_public_bytes(_decoded(public, "The key")).verify(value, signed)
    except InvalidSignature:
        raise SignatureInvalid("The decision was changed after it was signed.") from None
    except ValueError as error:
        raise SignatureInvalid(f"Key {key_id!r} cannot be used: {error}") from None


def _public_keys(keys: Json) -> dict[str, str]:
    listed = keys.get("keys")
    if isinstance(listed, list):
        return {str(key["key_id"]): str(key["public_key"]) for key in listed}
    return {str(name): str(value) for name, value in keys.items()}


def _decoded(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SignatureInvalid(f"{what} is not base64.") from None
