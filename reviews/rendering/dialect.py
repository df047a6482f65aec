"""How a table is written: what parts its cells, what quotes them, whether names come first."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

_SAMPLE_LINES = 20
_SINGLE_QUOTED = re.compile(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|]|$)")
_NUMBER = re.compile(r"[-+]?[\d.,]*\d[%]?(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Dialect:
    delimiter: str
    quote: str
    has_header: bool


def sniff(path: str, head: str) -> Dialect:
    """By the name for tabs, else by the first lines; a first row that has a number is data."""
    sample = [line.rstrip("\r")[:10_000] for line in head.split("\n", _SAMPLE_LINES)]
    lines = sample[:_SAMPLE_LINES]
    quote = '"'
    if not any('"' in line for line in lines) and sum(
        bool(_SINGLE_QUOTED.search(line)) for line in lines
    ) * 2 > len([line for line in lines if line]):
        quote = "'"
    first = next((line for line in lines if line), "")
    bare = "".join(first.split(quote)[::2])
    delimiter = "\t" if _is_tabbed(path) else max(",;\t|", key=bare.count)
    names = [cell.strip(f"{quote} ") for cell in bare.split(delimiter)]
    return Dialect(delimiter, quote, not any(_NUMBER.fullmatch(name) for name in names))


def _is_tabbed(path: str) -> bool:
    return PurePosixPath(path.lower()).suffix in {".tsv", ".tab"}
