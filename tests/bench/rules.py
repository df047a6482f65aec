"""Rules: what routing a handoff costs, and a simulation of a draft."""

import json
import subprocess
import sys

from tests.bench.figures import Bar, Figure, split
from tests.services.desk import ROOT


def routing(*, handoffs: int, routed: int, runs: int) -> list[Figure]:
    """In a process and database of their own, beside the desk."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.rules_timed", str(handoffs), str(routed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    note = f"{found['simulated']} handoffs, 50 rules; {found['peak_mib']} MiB at most"
    return [
        Figure("routing through 200 rules", "ms", split(found["route"], runs), (Bar("p95", 5),)),
        Figure(
            "SQL queries of routing through 200 rules",
            "",
            [[found["queries"]]],
            (Bar("max", 5),),
            shown=("max",),
        ),
        Figure(
            "simulating a draft", "s", [found["simulate"]], (Bar("max", 10),), note, shown=("max",)
        ),
    ]
