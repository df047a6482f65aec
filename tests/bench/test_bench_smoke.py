"""The bench measures what it says and cannot pass a bar by breaking off."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.figures import Bar, Figure, Report, percentile, split
from tests.services import chromium
from tests.services.desk import ROOT, environment
from tests.services.programs import missing

# Its own rescan takes 20 s, and a fresh clone minutes: those two are left to script/bench.
PARTS = [
    "idle",
    "rename",
    "in-place",
    "post",
    "release",
    "undo",
    "alone",
    "together",
    "rules",
    "full",
]


def test_a_percentile_is_a_repeat_that_was_measured() -> None:
    repeats = [float(n) for n in range(20, 0, -1)]
    assert percentile(repeats, "p50") == 10
    assert percentile(repeats, "p95") == 19
    assert percentile(repeats, "max") == 20
    assert percentile([7.0], "p99") == 7


def test_a_value_is_the_median_of_the_runs() -> None:
    figure = Figure("x", "s", [[1, 2, 9], [1, 2, 3], [1, 2, 4]])
    assert figure.value("max") == 4


def test_runs_lose_no_repeat() -> None:
    assert split([1, 2, 3, 4, 5, 6, 7], 3) == [[1, 2], [3, 4], [5, 6, 7]]
    assert split([1], 3) == [[1]]


@pytest.mark.parametrize(
    ("bar", "is_met"),
    [
        (Bar("p50", most=2), True),
        (Bar("p50", most=1.9), False),
        (Bar("min", least=1), True),
        (Bar("min", least=1.1), False),
    ],
)
def test_a_bar_is_met_up_to_its_limit(bar: Bar, is_met: bool) -> None:
    assert Figure("x", "s", [[1, 2, 3]], (bar,)).is_met is is_met


def test_a_measurement_that_breaks_off_is_a_missed_bar() -> None:
    report, rows = Report(), {"a", "b"}
    with report.measuring("rows"):
        assert not rows, "2 of 3 rows not in the browser"
    assert [figure.name for figure in report.missed] == ["rows"]
    assert "2 of 3 rows not in the browser" in report.missed[0].error


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(300)
def test_every_part_measures_a_running_desk(tmp_path: Path) -> None:
    """In a process of its own; on a loaded machine a bar may be missed, but no part breaks off."""
    if chromium.binary() is None:
        missing("Chromium")
    written = tmp_path / "bench.json"
    command = [sys.executable, "-m", "tests.bench", "--small", "--json", str(written)]
    done = subprocess.run(
        [*command, "--only", *PARTS],
        cwd=ROOT,
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert written.exists(), done.stdout + done.stderr
    figures = json.loads(written.read_text("utf-8"))["figures"]
    assert not [figure["error"] for figure in figures if figure["error"]], done.stdout
    assert len(figures) == 19
    assert all(figure["runs"] and min(map(min, figure["runs"])) > 0 for figure in figures)
    assert done.returncode == (0 if all(figure["met"] for figure in figures) else 1)
