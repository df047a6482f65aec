"""A file of 1 GB is looked at for what a small one costs: in time, and in memory."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviews.models import Handoff
from tests.cast import Cast

GIB = 1024 * 1024 * 1024
# Of the processor: what other programs take of it meanwhile says nothing about a page.
SECONDS = 0.5
SEARCH_SECONDS = 2.0
GROWTH_BYTES = 64 * 1024 * 1024


def peak_bytes() -> int:
    """The most memory this process has had since `forget_peak`."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def write(path: Path, first: str, line: str, last: str) -> None:
    """1 GiB of that line between two others."""
    block = (line * (1024 * 1024 // len(line))).encode()
    with path.open("wb") as file:
        file.write(first.encode())
        while file.tell() < GIB:
            file.write(block)
        file.write(last.encode())


@pytest.fixture
def giants(cast: Cast) -> Iterator[Handoff]:
    table, log = cast.folder / "giant.csv", cast.folder / "giant.log"
    write(table, "n,name,total\n", "7,Ada Lovelace,12.50\n", "8,The last one,0.01\n")
    write(log, "INFO begins\n", "INFO all is well, step after step\n", "ERROR at the end\n")
    yield cast.submit(context={"files": ["giant.csv", "giant.log"]})
    table.unlink()
    log.unlink()


@pytest.mark.alone
def test_a_page_of_a_giant_file_costs_what_a_page_costs(cast: Cast, giants: Handoff) -> None:
    client, url = cast.client(cast.reviewer), f"{giants.get_absolute_url()}?tab=files"
    middle = 500_000_000 // 21 * 21 + 13
    looks = {
        "first rows": ("&file=1", ["Ada Lovelace", "Shown from the workspace"]),
        "rows in the middle": (f"&file=1&as=table&from={middle}.9999", ["9999</th>", "200 rows"]),
        "end of the log": ("&file=2", ["ERROR at the end", 'id="L-1000"', "Earlier lines"]),
        "lines in the middle": ("&file=2&from=-500000000.-77", ["all is well", 'id="L-77"']),
        "first error, not found in 64 MB": ("&file=2&from=error", ["No error in the first"]),
    }
    client.get(url)  # what is loaded once is nobody's page
    for what, (asked, expected) in looks.items():
        forget_peak()
        memory, started = peak_bytes(), time.process_time()
        html = client.get(url + asked).content.decode()
        seconds, grown = time.process_time() - started, peak_bytes() - memory
        print(f"{what}: {seconds:.3f} s of the processor, {grown / 1024 / 1024:.1f} MB")
        assert all(words in html for words in expected), what
        assert seconds < (SEARCH_SECONDS if "first error" in what else SECONDS), what
        assert grown < GROWTH_BYTES, what
