"""The fixtures over the services; each pytest-xdist worker gets its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.services import chromium as chromium_service
from tests.services import desk as desks
from tests.services import postgres as postgres_service
from tests.services.desk import Installation
from tests.services.postgres import Postgres
from tests.services.programs import find_binary, missing
from tests.services.redis import RedisServer

NewDesk = Callable[..., Installation]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL; ``create_database()`` gives an empty database's URL."""
    binaries = postgres_service.binary_folder()
    if binaries is None:
        missing("PostgreSQL")
    assert binaries is not None
    server = Postgres(binaries)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A running Redis that keeps nothing on disk."""
    binary = find_binary("redis-server")
    if binary is None:
        missing("redis-server")
    assert binary is not None
    server = RedisServer(binary)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A running Chromium, driven by Playwright; one a module, for while Playwright runs its event
    loop is this thread's, and no other test could run one of its own."""
    binary = chromium_service.binary()
    if binary is None:
        missing("Chromium")
    # Playwright's sync API keeps an event loop on this thread, and Django then refuses the ORM
    # unless DJANGO_ALLOW_ASYNC_UNSAFE is set; the tests in it call from the one thread only.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(
            executable_path=binary, headless=True, args=chromium_service.flags()
        )
        yield browser
        browser.close()


@pytest.fixture
def screens(chromium: Browser) -> Iterator[chromium_service.Screens]:
    """Makes pages: ``screens.open(desk.url)``. A fault on any of them fails the test."""
    made = chromium_service.Screens(chromium)
    yield made
    made.close()
    left = made.left()
    assert not left, "\n".join(left)


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The embedded desk, shared by the tests of one worker: never stop or kill this one."""
    yield from _running(desks.embedded(tmp_path_factory.mktemp("desk")))


@pytest.fixture
def new_desk(tmp_path: Path) -> Iterator[NewDesk]:
    """Makes embedded desks of the test's own: ``new_desk(HANDOFF_…="…")``, started, to break."""
    made: list[Installation] = []

    def start(**env: str) -> Installation:
        desk = desks.embedded(tmp_path / f"desk{len(made)}", env)
        made.append(desk)
        desk.start()
        return desk

    yield start
    for desk in made:
        print(desk.logs())
        desk.kill()


@pytest.fixture
def stack(tmp_path: Path, postgres: Postgres, redis_server: RedisServer) -> Iterator[Installation]:
    """The Procfile's programs in processes of their own, on an empty PostgreSQL and Redis."""
    with redis_server.client() as client:
        client.flushall()
    made = desks.separate(
        tmp_path / "stack", database_url=postgres.create_database(), redis_url=redis_server.url
    )
    made.manage("migrate", "--verbosity", "0")
    yield from _running(made)


def _running(made: Installation) -> Iterator[Installation]:
    """Captured by pytest, so that the logs are printed with a failure and only then."""
    try:
        made.start()
        yield made
    finally:
        print(made.logs())
        made.stop()
