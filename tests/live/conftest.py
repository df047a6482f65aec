"""A desk of its own whose verdicts leave at once, shared by the tests of this folder."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.live.browser import BrowserSocket
from tests.services.desk import Installation
from tests.services.players import Person, Site, found


@pytest.fixture(scope="session")
def site(desk: Installation) -> Site:
    return found(desk, "live", undo_seconds=0)


@pytest.fixture(scope="session")
def rae(site: Site) -> Person:
    return site.person(0)


@pytest.fixture
def open_socket(site: Site) -> Iterator[Callable[..., BrowserSocket]]:
    """Opens sockets to the desk and closes them after the test."""
    opened: list[BrowserSocket] = []

    def connect(**given: Any) -> BrowserSocket:
        opened.append(BrowserSocket(site.desk.port, **given))
        return opened[-1]

    yield connect
    for socket in opened:
        socket.close()
