"""The rest of the permission matrix: the socket, and requests that wait. Both have own threads."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connections
from django.test import override_settings
from django.urls import URLPattern, get_resolver

from handoff_site import asgi_urls, sockets, urls
from handoff_site.longpoll import LongPollHandler, is_long_poll
from reviews import live
from reviews.live_sockets import SIGNED_OUT
from tests.security import matrix
from tests.security.matrix import ROLES, SOCKET
from tests.security.scene import Scene, build

Headers = list[tuple[bytes, bytes]]
_communicator: Any = ApplicationCommunicator  # untyped


@pytest.fixture
def scene(transactional_db: None, data_folder: Path) -> Scene:
    return build(data_folder)


def headers_of(scene: Scene, role: str) -> Headers:
    found = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
    if token := scene.tokens.get(role):
        found.append((b"authorization", f"Bearer {token}".encode()))
    if key := scene.sessions.get(role):
        found.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={key}".encode()))
    return found


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    """On a loop of its own, whose hub and connections end with it."""

    async def whole() -> None:
        try:
            await asyncio.wait_for(scenario(), 30)
        finally:
            await live.hub().close()
            await asyncio.to_thread(connections.close_all)

    with override_settings(ALLOWED_HOSTS=["localhost"]):
        asyncio.run(whole())


async def opened(headers: Headers) -> Any:
    socket = WebsocketCommunicator(sockets.application, "/ws/live/", headers=headers)
    is_accepted, _ = await socket.connect(timeout=10)
    assert is_accepted
    return socket


async def news_for(scene: Scene, role: str) -> set[str] | None:
    """The workspaces that the socket's first message is about; None: it was closed instead."""
    socket = await opened(headers_of(scene, role))
    first = await socket.receive_output(timeout=10)
    if first["type"] == "websocket.close":
        assert first["code"] == SIGNED_OUT
        return None
    slugs = {
        str(pk): slug
        for slug, pk in (
            ("here", scene.here.workspace.pk),
            ("elsewhere", scene.elsewhere.workspace.pk),
        )
    }
    found = {slugs.get(pk, pk) for pk in json.loads(first["text"])["seqs"]}
    await socket.disconnect()
    return found


def test_the_socket_tells_everybody_what_they_may_know(scene: Scene) -> None:
    found: dict[str, set[str] | None] = {}

    async def scenario() -> None:
        for role in ROLES:
            found[role] = await news_for(scene, role)

    run(scenario)
    assert found == SOCKET


def test_there_is_one_socket_and_waiting_has_no_address_of_its_own() -> None:
    """What is new here needs a test here: the table walks the addresses of pages and API."""
    router = sockets.application.application.inner.inner.inner
    assert [str(route.pattern) for route in router.routes] == ["ws/live/", ""]
    waiting = [pattern for pattern in asgi_urls.urlpatterns if pattern not in urls.urlpatterns]
    (pattern,) = waiting
    assert isinstance(pattern, URLPattern)
    path = f"/{pattern.pattern}".replace("<str:public_id>", "handoff")
    assert get_resolver("handoff_site.urls").resolve(path).view_name == "api:handoff"


async def waited(scene: Scene, headers: Headers) -> int:
    """The status of a request for the answered handoff that is ready to wait."""
    path = f"/api/v1/handoffs/{scene.here.answered.public_id}"
    scope = {
        **{"type": "http", "method": "GET", "path": path, "query_string": b"wait=0"},
        **{"headers": headers, "http_version": "1.1", "scheme": "http"},
    }
    assert is_long_poll(scope)
    request: Any = _communicator(LongPollHandler(), scope)
    await request.send_input({"type": "http.request", "body": b""})
    start = await request.receive_output(timeout=10)
    return int(start["status"])


def test_a_request_that_waits_is_for_whom_one_that_does_not_is(scene: Scene) -> None:
    found: dict[str, int] = {}

    async def scenario() -> None:
        for role in ROLES:
            found[role] = await waited(scene, headers_of(scene, role))

    run(scenario)
    wanted = matrix.read()["api:handoff"]["GET"]
    assert found == {role: cell.status for role, cell in wanted.items()}
