"""Both kinds of desk, each with one workspace, two reviewers, an agent and its receiver."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browsing import People
from tests.notify.receivers import Receiver, serving
from tests.services import desk as desks
from tests.services.desk import ROOT, Installation
from tests.services.players import Person, Site, found
from tests.services.postgres import Postgres
from tests.services.redis import RedisServer

# A module that has a ``site`` has its two reviewers too.


@pytest.fixture(scope="module")
def rae(site: Site) -> Person:
    return site.person(0)


@pytest.fixture(scope="module")
def sam(site: Site) -> Person:
    return site.person(1)


@pytest.fixture(scope="module")
def people(rae: Person, sam: Person) -> People:
    return People(rae, sam)


UNDO = {"HANDOFF_UNDO_SECONDS": "1"}
EMBEDDED = pytest.param("embedded", id="embedded")
STACK = pytest.param("stack", marks=pytest.mark.services, id="stack")
SLOW_STACK = pytest.param("stack", marks=[pytest.mark.services, pytest.mark.slow], id="stack")


@pytest.fixture(scope="session")
def handoff_client() -> Iterator[Any]:
    """The agent's side, as an agent imports it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "clients" / "python"))
        yield importlib.import_module("handoff_client")
        sys.modules.pop("handoff_client", None)


@dataclass
class Chain:
    """A running desk with everybody the main chain needs."""

    site: Site
    rae: Person
    sam: Person
    receiver: Receiver
    client: Any  # the module
    agent: Any  # handoff_client.Client

    @property
    def desk(self) -> Installation:
        return self.site.desk

    @property
    def callback(self) -> dict[str, str]:
        return {"url": self.receiver.url}

    def webhook_of(self, handoff_id: str, within: float = 10) -> dict[str, Any]:
        """The signed message about this handoff, once the receiver has it, checked."""
        while True:
            for call in list(self.receiver.calls):
                event = self.client.verify_webhook(call.body, call.headers, self.site.secret)
                if event["data"]["handoff"] == handoff_id:
                    return dict(event)
            assert self.receiver.arrived.acquire(timeout=within), "no webhook came"

    def invariants(self) -> None:
        self.desk.manage("invariants")


@contextmanager
def chained(desk: Installation, client: Any) -> Iterator[Chain]:
    with serving(Receiver()) as receiver:
        site = found(desk, callback_hosts=[receiver.host])
        agent = client.Client(desk.url, site.token, timeout=30)
        yield Chain(site, site.person(0), site.person(1), receiver, client, agent)


@contextmanager
def embedded_desk(folder: Path, **env: str) -> Iterator[Installation]:
    desk = desks.embedded(folder, {**UNDO, **env})
    try:
        desk.start()
        yield desk
    finally:
        print(desk.logs())
        desk.kill()


@contextmanager
def separate_desk(
    folder: Path, postgres: Postgres, redis: RedisServer, **env: str
) -> Iterator[Installation]:
    with redis.client() as client:
        client.flushall()
    database = postgres.create_database()
    desk = desks.separate(folder, database_url=database, redis_url=redis.url, env={**UNDO, **env})
    try:
        desk.manage("migrate", "--verbosity", "0")
        desk.start()
        yield desk
    finally:
        print(desk.logs())
        desk.kill()


@pytest.fixture(scope="session")
def embedded_chain(
    tmp_path_factory: pytest.TempPathFactory, handoff_client: Any
) -> Iterator[Chain]:
    with (
        embedded_desk(tmp_path_factory.mktemp("embedded")) as desk,
        chained(desk, handoff_client) as made,
    ):
        yield made


@pytest.fixture(scope="session")
def stack_chain(
    tmp_path_factory: pytest.TempPathFactory,
    handoff_client: Any,
    postgres: Postgres,
    redis_server: RedisServer,
) -> Iterator[Chain]:
    with (
        separate_desk(tmp_path_factory.mktemp("stack"), postgres, redis_server) as desk,
        chained(desk, handoff_client) as made,
    ):
        yield made


@pytest.fixture
def chain(request: pytest.FixtureRequest) -> Chain:
    """The main chain's cast on the desk that the test is parametrised with."""
    made: Chain = request.getfixturevalue(f"{request.param}_chain")
    return made
