"""The bridge from ASGI to WSGI, without a server."""

import asyncio
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from handoff_site.bridge import Message, Scope, WsgiBridge, make_environ

StartResponse = Callable[[str, list[tuple[str, str]]], object]
LIMIT = 1000


def scope(method: str = "POST", path: bytes = b"/", **more: Any) -> Scope:
    return {
        "type": "http",
        "method": method,
        "path": path.decode("ascii"),
        "raw_path": path,
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 4711),
        "server": ("127.0.0.1", 8000),
        **more,
    }


class Client:
    """Plays the server's part: hands the body over in parts and keeps what is sent."""

    def __init__(self, *parts: bytes, stays: bool = True) -> None:
        self._parts = list(parts)
        self._stays = stays
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if self._parts:
            part = self._parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(self._parts)}
        if self._stays:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])


def echo(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.input"].read()]


def call(client: Client, wsgi: Any = echo, **of_scope: Any) -> Client:
    bridge = WsgiBridge(wsgi, name="test", threads=1, body_limit=LIMIT)

    async def answer() -> None:
        await bridge(scope(**of_scope), client.receive, client.send)

    asyncio.run(asyncio.wait_for(answer(), 10))
    bridge.close()
    return client


def test_a_body_in_parts_reaches_the_application_whole() -> None:
    client = call(Client(b"one ", b"two"))
    assert (client.status, client.body) == (200, b"one two")


def test_a_declared_length_above_the_limit_is_refused_before_anything_is_read() -> None:
    client = Client()  # would wait for ever if it were asked
    call(client, headers=[(b"content-length", b"1001")])
    assert client.status == 413
    assert (b"content-type", b"application/problem+json") in client.sent[0]["headers"]


def test_a_body_without_length_is_refused_as_soon_as_it_passes_the_limit() -> None:
    client = Client(b"x" * 600, b"x" * 600, b"never read")
    assert call(client).status == 413
    assert client._parts == [b"never read"]


def test_the_application_is_not_called_for_a_client_that_left() -> None:
    client = call(Client(stays=False))
    assert client.sent == []


class Stream:
    """As Django's streaming responses look to a WSGI server."""

    streaming = True

    def __init__(self, chunks: int) -> None:
        self.headers: dict[str, str] = {}
        self.left = chunks
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        while self.left:
            self.left -= 1
            yield b"chunk"

    def close(self) -> None:
        self.is_closed = True


def streaming(stream: Stream) -> Callable[..., Iterable[bytes]]:
    def application(environ: dict[str, Any], start_response: StartResponse) -> Any:
        start_response("200 OK", [])
        return stream

    return application


def test_a_stream_is_sent_chunk_by_chunk_and_closed() -> None:
    stream = Stream(3)
    client = call(Client(b""), streaming(stream))
    assert [message["body"] for message in client.sent[1:]] == [b"chunk"] * 3 + [b""]
    assert stream.is_closed


def test_a_stream_ends_when_its_reader_leaves() -> None:
    stream = Stream(1_000_000_000)
    call(Client(b"", stays=False), streaming(stream))
    assert stream.is_closed
    assert stream.left > 0


def test_a_head_request_gets_no_body() -> None:
    stream = Stream(3)
    client = call(Client(b""), streaming(stream), method="HEAD")
    assert client.body == b""
    assert stream.is_closed


def test_the_environ_has_the_path_as_bytes_that_django_decodes() -> None:
    environ = make_environ(scope(path=b"/caf%C3%A9/a%2Fb"), b"")
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/café/a/b"


def test_repeated_headers_are_joined_and_underscores_cannot_pose_as_hyphens() -> None:
    headers = [
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"x-real", b"yes"),
        (b"x_real", b"forged"),
        (b"content-length", b"99"),
    ]
    environ = make_environ(scope(headers=headers), b"four")
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_X_REAL"] == "yes"
    assert environ["CONTENT_LENGTH"] == "4"
    assert isinstance(environ["wsgi.input"], io.BytesIO)
