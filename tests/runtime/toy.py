"""A server process without the desk: ``python -m tests.runtime.toy PORT``, for limits and stops."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from handoff_site.bridge import Receive, Scope, Send, WsgiBridge
from handoff_site.server import Server

BODY_LIMIT = 1024 * 1024
MEBIBYTE = b"x" * 1024 * 1024


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/slow":
        print("slow begun", flush=True)
        time.sleep(2)  # slow by purpose: it is in flight when the server is stopped
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Length", str(len(body)))])
    return Stream() if environ["PATH_INFO"] == "/stream" else [b"done"]


class Stream:
    """Half a gibibyte, as Django's streaming responses look to the bridge."""

    streaming = True
    headers: dict[str, str] = {}

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(512):
            yield MEBIBYTE


bridge = WsgiBridge(wsgi, name="toy", threads=2, body_limit=BODY_LIMIT)


async def flood(receive: Receive, send: Send) -> None:
    """Sends until the client is cut off; its other side reads nothing."""
    await receive()
    await send({"type": "websocket.accept"})
    left = asyncio.ensure_future(receive())
    while not left.done():
        await send({"type": "websocket.send", "text": "x" * 60_000})
        await asyncio.sleep(0)


async def hold(receive: Receive, send: Send) -> None:
    """A quiet socket, or a request whose answer never comes, until the client or server goes."""
    message = await receive()
    if message["type"] == "websocket.connect":
        await send({"type": "websocket.accept"})
    while not (await receive())["type"].endswith("disconnect"):
        pass


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/flood":
        await flood(receive, send)
    elif scope["type"] == "websocket" or scope["query_string"] == b"wait=60":
        await hold(receive, send)
    else:
        await bridge(scope, receive, send)


def main() -> None:
    Server(
        application,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        body_limit=BODY_LIMIT,
        on_listening=lambda: print("listening", flush=True),
    ).run()
    bridge.close()


if __name__ == "__main__":
    main()
