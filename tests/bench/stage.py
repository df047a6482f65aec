"""The desk under measurement: what ``script/server`` runs, in its own process, with the demo."""

import importlib
import json
import secrets
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.visitor import Visitor
from tests.services.desk import ROOT, Installation

CLIENT = ROOT / "clients" / "python"


class Stage:
    """A running desk with an agent of ours in the demo's playground workspace."""

    def __init__(self, installation: Installation) -> None:
        self.desk = installation
        self.url = installation.url
        notes = json.loads((installation.data / "demo.json").read_text("utf-8"))
        self.workspace: str = notes["workspace"]
        self.folder = Path(notes["folder"])
        self.login: dict[str, str] = notes["logins"][0]
        words = installation.manage(
            "create_agent", "bench", "--workspace", self.workspace, "--callback-host", "127.0.0.1"
        ).split()
        self.token = next(word for word in words if word.startswith("hdk_"))

    @property
    def pid(self) -> int:
        return self.desk.programs["desk"].pid

    def check_runs(self) -> None:
        """AssertionError when somebody stopped the desk: what follows would measure nothing."""
        program = self.desk.programs["desk"]
        assert program.is_running, f"the desk has ended\n{program.tail()}"

    def client(self) -> Any:
        """The product's own client (``handoff_client.Client``), as agents use it."""
        return client_module().Client(self.url, self.token)

    def visitor(self) -> Visitor:
        visitor = Visitor(self.url)
        visitor.sign_in(self.login["email"], self.login["password"])
        return visitor

    def document(self, title: str, **more: Any) -> dict[str, Any]:
        return document(self.workspace, title, **more)

    def ask(self, query: str) -> Any:
        """The one value of a read-only query to the desk's database."""
        with closing(self._database()) as connection:
            return connection.execute(query).fetchone()[0]

    def released_at(self, public_ids: list[str]) -> dict[str, float]:
        """Epoch seconds at which each verdict was released, by the desk's own row."""
        query = (
            "SELECT h.public_id, d.released_at FROM reviews_decision d JOIN reviews_handoff h"
            " ON h.id = d.handoff_id WHERE d.released_at IS NOT NULL AND d.undone_at IS NULL"
        )
        with closing(self._database()) as connection:
            rows = dict(connection.execute(query))
        moments = {key: datetime.fromisoformat(rows[key]) for key in public_ids if key in rows}
        return {key: moment.replace(tzinfo=UTC).timestamp() for key, moment in moments.items()}

    def _database(self) -> sqlite3.Connection:
        path = self.desk.data / "desk.sqlite3"
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


@contextmanager
def running(folder: Path, **env: str) -> Iterator[Stage]:
    """Starts it and stops it; what it logged is printed when anything fails."""
    installation = Installation(folder, env)
    installation.add("desk", [sys.executable, "manage.py", "desk", "--demo"])
    try:
        installation.start(within=120)
        yield Stage(installation)
    except BaseException:
        print(installation.logs(), flush=True)
        raise
    finally:
        installation.stop()


def client_module() -> Any:
    """``handoff_client`` from this clone; nothing of it is installed for a measurement."""
    if str(CLIENT) not in sys.path:
        sys.path.insert(0, str(CLIENT))
    return importlib.import_module("handoff_client")


def title(kind: str) -> str:
    """A title of its own for each repeat, to be known again in the browser."""
    return f"Bench {kind} {secrets.token_hex(6)}"


def document(workspace: str, title: str, **more: Any) -> dict[str, Any]:
    """A handoff of ordinary size: a summary, one action, a file of the demo."""
    return {
        "title": title,
        "workspace": workspace,
        "summary": "All **412 tests** pass; the change is in `shop/prices.py`.",
        "actions": [{"id": "deploy", "name": "deploy", "args": {"version": "1.4", "canary": 5}}],
        "context": {"files": [{"path": "copy/summer.md"}]},
        **more,
    }
