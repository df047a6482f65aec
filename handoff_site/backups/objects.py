"""Copies a store's objects, each checked against its name on the way, and only those not there."""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from handoff_site.backups.manifest import settle

_OBJECT = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1024 * 1024


@dataclass
class Copies:
    """``damaged``: objects whose bytes are not those of their name; they are not copied."""

    count: int = 0
    size: int = 0
    fresh: int = 0
    damaged: list[str] = field(default_factory=list)


def copy_all(source: Path, target: Path, tell: Callable[[Copies], None]) -> Copies:
    """Every object of ``source`` is in ``target`` afterwards; ``tell`` is called after each."""
    copies = Copies()
    for path in objects(source):
        place = target / path.name[:2] / path.name[2:4] / path.name
        size = path.stat().st_size
        if not (place.is_file() and place.stat().st_size == size):
            if not _copy(path, place):
                copies.damaged.append(path.name)
                continue
            copies.fresh += 1
        copies.count += 1
        copies.size += size
        tell(copies)
    return copies


def objects(folder: Path) -> Iterator[Path]:
    """The whole ones, in order of their names; what is being written has another name."""
    for first in _folders(folder):
        for second in _folders(first):
            for path in sorted(second.iterdir()):
                if _OBJECT.fullmatch(path.name) and path.is_file():
                    yield path


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(each for each in folder.iterdir() if len(each.name) == 2 and each.is_dir())


def _copy(path: Path, place: Path) -> bool:
    for folder in (place.parent.parent, place.parent):
        folder.mkdir(mode=0o700, exist_ok=True, parents=True)
    temporary = place.with_name(f".{place.name}.part")
    found = hashlib.sha256()
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with path.open("rb") as source, os.fdopen(handle, "wb") as copy:
        while chunk := source.read(_CHUNK):
            found.update(chunk)
            copy.write(chunk)
    if found.hexdigest() != path.name:
        temporary.unlink()
        return False
    settle(temporary, place)
    return True
