"""Ordinary HTTP from an ASGI server to Django's WSGI handler, one hop to a pool thread a request.

Django's own ASGI handler hops between loop and threads for every middleware; the whole request in
one hop was measured at three times its throughput (design notes: 250 against 750 requests/s).
The request body is read on the loop, within a limit, before a thread is taken, so that slow
senders hold no thread; streamed answers move to a second pool, so that slow readers hold none of
the first.
"""

import asyncio
import io
import json
import logging
import sys
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

logger = logging.getLogger("handoff.bridge")

Message = dict[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
HeaderList = list[tuple[bytes, bytes]]
PROBLEM_JSON = b"application/problem+json"
# A file up to this size is read in the hop that opened it, a longer one streamed in such chunks.
CHUNK = 256 * 1024
# How often a stalled stream looks whether its client, or the server, has gone.
STALL_CHECK_SECONDS = 0.5


class Disconnected(Exception):
    """The client went away."""


class TooLarge(Exception):
    """The body is longer than the limit."""


@dataclass
class Answer:
    """What the WSGI application gave: complete (``chunks`` is None) or still to be streamed."""

    status: int
    headers: HeaderList
    body: bytes = b""
    chunks: Iterable[bytes] | None = None


class WsgiBridge:
    """An ASGI application for scope type ``http``.

    ``threads`` requests run at once, the others wait their turn; ``streams`` answers are streamed
    at once. A body above ``body_limit`` bytes gets 413 as problem+json.
    """

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        *,
        name: str,
        threads: int,
        streams: int = 32,
        body_limit: int,
    ) -> None:
        self._application = application
        self._body_limit = body_limit
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._streams = ThreadPoolExecutor(streams, thread_name_prefix=f"{name}-stream")

    def close(self) -> None:
        """Drop what waits for a thread; what runs ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._streams.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await read_body(scope, receive, self._body_limit)
        except Disconnected:
            return
        except TooLarge:
            await send_whole(send, too_large(self._body_limit))
            return
        environ = make_environ(scope, body)
        loop = asyncio.get_running_loop()
        job = self._pool.submit(run, self._application, environ)
        # Nobody reads the answer of a client that left; what has not begun need not begin.
        left = asyncio.ensure_future(_until_disconnected(receive))
        left.add_done_callback(lambda _: job.cancel())
        try:
            answer = await asyncio.wrap_future(job)
            if answer.chunks is not None:
                await send_start(send, answer)
                stream = self._streams.submit(pump, answer.chunks, loop, send, left)
                await asyncio.wrap_future(stream)
                await send({"type": "http.response.body", "body": b""})
            else:
                await send_whole(send, answer)
        except (asyncio.CancelledError, Disconnected):
            if not left.done():
                raise  # the server is stopping
        finally:
            left.cancel()


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body. Raises `TooLarge` before more than ``limit`` bytes were taken in."""
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise TooLarge
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def make_environ(scope: Scope, body: bytes) -> dict[str, Any]:
    """The WSGI environ (PEP 3333) of an ASGI HTTP scope.

    The path comes from the raw bytes, since Django decodes it itself. Header names with an
    underscore are dropped: in CGI's spelling they would pose as another header.
    """
    host, port = scope.get("server") or ("unknown", 0)
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    root = scope.get("root_path", "")
    path = unquote_to_bytes(raw_path).decode("latin-1")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root,
        "PATH_INFO": path.removeprefix(root) if root else path,
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": str(host),
        "SERVER_PORT": str(port or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if client := scope.get("client"):
        environ["REMOTE_ADDR"] = str(client[0])
        environ["REMOTE_PORT"] = str(client[1])
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").upper(), raw_value.decode("latin-1")
        if "_" in name or name in ("CONTENT-LENGTH", "TRANSFER-ENCODING"):
            continue
        key = "CONTENT_TYPE" if name == "CONTENT-TYPE" else f"HTTP_{name.replace('-', '_')}"
        glue = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{glue}{value}" if key in environ else value
    return environ


def run(application: Callable[..., Iterable[bytes]], environ: dict[str, Any]) -> Answer:
    """Call the WSGI application on this thread; take in the body unless it is a stream."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], object]:
        started[:] = [(status, headers)]
        return _refuse_write

    response = application(environ, start_response)
    status, headers = started[0]
    answer = Answer(
        int(status[:3]),
        [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
    )
    if environ["REQUEST_METHOD"] == "HEAD":
        _close(response)
    elif _is_long(response):
        answer.chunks = response
    else:
        try:
            answer.body = b"".join(response)
        finally:
            _close(response)
    return answer


def _is_long(response: Any) -> bool:
    """Is it a stream that is better sent piece by piece? Small files are not."""
    if not getattr(response, "streaming", False):
        return False
    if hasattr(response, "block_size"):
        response.block_size = CHUNK
    length = response.headers.get("Content-Length", "")
    return not (length.isdigit() and int(length) <= CHUNK)


def _refuse_write(data: bytes) -> None:
    raise NotImplementedError("WSGI's write() is not supported; return the body.")


def pump(
    chunks: Iterable[bytes], loop: AbstractEventLoop, send: Send, left: "asyncio.Future[None]"
) -> None:
    """Send a streamed answer chunk by chunk from one thread, at the reader's pace.

    One thread for all of it, because a generator may hold a database cursor. Raises
    `Disconnected` when the client leaves.
    """
    try:
        for chunk in chunks:
            message = {"type": "http.response.body", "body": chunk, "more_body": True}
            _wait(asyncio.run_coroutine_threadsafe(_send(send, message), loop), left)
    finally:
        _close(chunks)


async def _send(send: Send, message: Message) -> None:
    await send(message)


def _wait(sent: Future[None], left: "asyncio.Future[None]") -> None:
    while not left.done():
        try:
            return sent.result(timeout=STALL_CHECK_SECONDS)
        except TimeoutError:
            continue
    sent.cancel()
    raise Disconnected


def _close(response: Iterable[bytes]) -> None:
    close = getattr(response, "close", None)
    if close is not None:
        close()  # sends request_finished: Django tends its database connections


def too_large(limit: int) -> Answer:
    """The refusal of a body, as a problem document (RFC 9457)."""
    detail = f"The body is larger than {limit} bytes."
    document = {"type": "about:blank", "status": 413, "title": "Body too large", "detail": detail}
    body = json.dumps(document).encode()
    headers = [(b"content-type", PROBLEM_JSON), (b"content-length", b"%d" % len(body))]
    return Answer(413, headers, body)


async def send_start(send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})


async def send_whole(send: Send, answer: Answer) -> None:
    await send_start(send, answer)
    await send({"type": "http.response.body", "body": answer.body})
