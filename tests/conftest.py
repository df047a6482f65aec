"""What every test shares: its own data folder, the cast, the services, and an honest last line."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from reviews import decisions, firing
from workspaces import clock

pytest_plugins = ["tests.services.fixtures", "tests.cast"]

MARKERS = (
    "both_databases: script/test --all runs it on SQLite and once more on PostgreSQL",
    "alone: measures time or loads the machine, so it runs without neighbours (implies slow)",
)
left_out = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[left_out] = 0
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as in life (threads and race tests see one database), in our own folder."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def data_folder(settings: Settings, tmp_path: Path) -> Path:
    """The desk's data folder of this test; nothing a test does reaches the clone's ``.data``.

    Nobody is woken after a commit: a wake-up is a hint, and its thread would outlive the test.
    """
    folder = tmp_path / "handoff-data"
    (folder / "workspaces").mkdir(parents=True)
    settings.DATA_DIR = folder
    settings.HANDOFF_SIGNING_KEY = str(folder / "signing_key")
    settings.HANDOFF_WAKERS = []
    decisions._resting.clear()  # rows of another test's database
    firing._resting.clear()
    return folder


@pytest.fixture
def move_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``move_clock(minutes=5)``: the database's clock, as the desk reads it, is ahead by that."""
    true_now = clock.now

    def move(**ahead: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: true_now() + timedelta(**ahead))

    return move


# --- what was left out: pytest-xdist's workers count, the controller adds up and prints ---


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("alone"):
            item.add_marker("slow")


def pytest_deselected(items: list[pytest.Item]) -> None:
    """In ``--all`` the tests marked alone have a run of their own: not left out."""
    in_other_run = "alone" if os.environ.get("HANDOFF_LANE") == "all" else ""
    for item in items:
        if not (in_other_run and item.get_closest_marker(in_other_run)):
            item.config.stash[left_out] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = session.config.stash[left_out]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Every worker collects, and leaves out, the same tests: take one worker's count."""
    counted = getattr(node, "workeroutput", {}).get("left_out", 0)
    node.config.stash[left_out] = max(counted, node.config.stash[left_out])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    lane = os.environ.get("HANDOFF_LANE")
    if lane is None:
        return
    deselected = config.stash[left_out]
    skipped = len(terminalreporter.stats.get("skipped", []))
    parts = []
    if deselected and lane == "fast":
        parts.append(f"{deselected} slow tests (script/test --all runs them)")
    elif deselected:
        parts.append(f"{deselected} tests that this run's arguments deselect")
    if skipped:
        parts.append(f"{skipped} skipped tests (reasons above)")
    if lane == "fast":
        parts.append("the second run of the domain tests on PostgreSQL (--all)")
    terminalreporter.write_line(f"left out: {', '.join(parts) or 'nothing'}")
