"""One desk that dies at a named point and comes back; its tests run one after the other."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.services import desk as desks
from tests.services.desk import ROOT, Installation
from tests.services.players import Person, Site, found


class Mortal:
    """The desk under fault: ``arm`` restarts it so that it dies at a point, ``revive`` without."""

    def __init__(self, desk: Installation, site: Site, client: Any) -> None:
        self.desk = desk
        self.site = site
        self.client = client
        self.program = desk.programs["desk"]

    def arm(self, point: str) -> None:
        assert self.program.env is not None
        self.program.kill()
        self.program.env["FAULT_POINT"] = point
        self.desk.start()

    def await_death(self) -> None:
        assert self.program.process is not None
        assert self.program.process.wait(timeout=30) == -9, self.program.tail()

    def revive(self) -> None:
        assert self.program.env is not None
        del self.program.env["FAULT_POINT"]
        self.desk.start()

    def agent(self) -> Any:
        return self.client.Client(self.desk.url, self.site.token, timeout=30, patience=0)

    def hold_invariants(self) -> None:
        self.desk.manage("invariants")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortal]:
    # A dead desk's leases must run out before the next one tries again: not 30 s in a test.
    env = {"HANDOFF_UNDO_SECONDS": "1", "HANDOFF_LEASE_SECONDS": "3"}
    desk = desks.embedded(tmp_path_factory.mktemp("mortal"), env)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "clients" / "python"))
        client = importlib.import_module("handoff_client")
        try:
            desk.start()
            yield Mortal(desk, found(desk), client)
        finally:
            print(desk.logs())
            desk.kill()


@pytest.fixture
def mortal(running: Mortal) -> Iterator[Mortal]:
    yield running
    if running.program.env and "FAULT_POINT" in running.program.env:
        running.desk.kill()
        running.revive()


@pytest.fixture(scope="module")
def rae(running: Mortal) -> Person:
    """Signed in once: the session outlives every death."""
    return running.site.person(0)
