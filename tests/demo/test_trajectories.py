"""Real agents' output is in the demo data as its sources have it, with its licences."""

import hashlib

import pytest

from reviews.demo_files import TRAJECTORIES

# As sha256sum prints it.
SUMS = """
90bd960a6d24cce8f64f3f2b9be5923d5b33e2650afd6fb683ced4be83e5bb94  LICENSE.openhands
7610ed3916f6674e34b78417894abd57ff538b3cfdda3085e3643d82acbaf31f  LICENSE.swe-agent
69cad7e8e548dc4bc8915eb46d992b5da84f411c56d1bfc374647deb676c6945  SOURCES.md
b75b7744217bd5e91e6be8f39f17e8a215429be9d57b2d7ef1ff4c6787375d9f  function_calling_simple.traj
2132fbda813f75ac6d731a439d510b0a99a4b72b5aa7e51dc7541ccf02a09b18  openhands-basic-gui-mode.json
37eebf6e9b9c7dc07158bb4cafcc00b93c821807961b874e2966901ef1739a75  openhands-resolver-output.jsonl
ea1845d62fc42a4af337b0dfac97aa10cb7e31764ac3b0cc4adad1eaa40ec6e3  openhands-swebench-patches.json
030fb0e3b9fcae2ca0c3ed8c289808468786f81e322d5afb9c520d60d8f67c31  pydicom__pydicom-1458.patch
f081b131803e16ed68cf2c65bedff8e8a60be494c98b141d0af44ce28ae56b74  pydicom__pydicom-1458.traj
13592b73447d3c8339470846103ecf4ff99efe1ae923aa416f4ed2972032b2c0  rock.traj
37894da0658b71c3ffc37fcecad550386159e841d4aa8a82bfe6a12bd46589d1  swe-agent__test-repo-i1.traj
"""
SHA256 = {name: digest for digest, name in (line.split() for line in SUMS.strip().splitlines())}


@pytest.mark.parametrize("name", SHA256)
def test_a_trajectory_is_byte_for_byte_its_source(name: str) -> None:
    assert hashlib.sha256((TRAJECTORIES / name).read_bytes()).hexdigest() == SHA256[name]


def test_no_trajectory_lacks_its_digest_here() -> None:
    assert {path.name for path in TRAJECTORIES.iterdir()} == SHA256.keys()
