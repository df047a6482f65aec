from __future__ import annotations

from collections.abc import Iterator

import pytest

import handoff_client
from desk import Desk, serving
from handoff_client import Client


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    with serving(desk):
        yield desk


@pytest.fixture
def client(desk: Desk) -> Client:
    return Client(desk.url, desk.token)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every pause that the client would have made, in seconds; none is made."""
    made: list[float] = []
    monkeypatch.setattr(handoff_client, "_sleep", made.append)
    return made
