"""The demo's sources on disk, and putting them into a workspace's folder as agents would."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workspaces import paths
from workspaces.storage import Root

SOURCES = Path(__file__).resolve().parent / "demo_data"
TRAJECTORIES = SOURCES / "trajectories"


@dataclass(frozen=True)
class Plan:
    """One demo workspace, as its ``workspace.json`` says (demo_data/README.md)."""

    slug: str
    name: str
    agents: list[dict[str, Any]]
    extracts: list[dict[str, Any]]
    answers: list[dict[str, Any]]
    posts: list[dict[str, Any]]

    @property
    def folder(self) -> Path:
        return SOURCES / self.slug


def plans() -> list[Plan]:
    """The demo workspaces, by slug."""
    return [_plan(found.parent) for found in sorted(SOURCES.glob("*/workspace.json"))]


def _plan(folder: Path) -> Plan:
    said = _read_json(folder / "workspace.json")
    return Plan(
        slug=folder.name,
        name=said["name"],
        agents=said["agents"],
        extracts=said.get("extracts", []),
        answers=said.get("answers", []),
        posts=[_read_json(post) for post in sorted(folder.glob("posts/*.json"))],
    )


def fill(plan: Plan, root: Path, *, taken: Collection[str] = ()) -> list[str]:
    """Copy the workspace's files into ``root``, handoff files last; leave what is there already.

    ``taken`` are handoff files that the desk took earlier: they stay as they are, gone or not.
    Returns the paths of the other handoff files, relative to ``root``.
    """
    files = dict(_folder_files(plan.folder / "folder"))
    files |= {extract["to"]: _extracted(extract) for extract in plan.extracts}
    new = {path: data for path, data in files.items() if path not in taken}
    return _put(new, root, replace=False)


def fill_round(plan: Plan, name: str, root: Path, into: str) -> list[str]:
    """Write the files of a later round over the earlier ones, in the folder ``into``."""
    files = _folder_files(plan.folder / "rounds" / name)
    return _put({f"{into}/{path}": data for path, data in files}, root, replace=True)


def _put(files: dict[str, bytes], root: Path, *, replace: bool) -> list[str]:
    target = Root(root)
    handoffs = [path for path in files if paths.is_intake(path.rpartition("/")[2])]
    for path in sorted(files, key=lambda path: (path in handoffs, path)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if replace or not target.exists(path):
            target.write_atomic(path, files[path])
    return sorted(handoffs)


def _folder_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _extracted(extract: dict[str, Any]) -> bytes:
    """A file of ``trajectories``, or one member of it; a patch in JSON has a terminal's CRLF."""
    source: Path = TRAJECTORIES / extract["from"]
    if "member" not in extract:
        return source.read_bytes()
    value: Any = _read_rows(source)
    if "row" in extract:
        value = value[extract["row"]]
    for name in extract["member"].split("."):
        value = value[name]
    text: str = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    return text.replace("\r\n", "\n").encode()


def _read_rows(source: Path) -> Any:
    if source.suffix == ".jsonl":
        return [json.loads(line) for line in source.read_bytes().splitlines()]
    return _read_json(source)


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
