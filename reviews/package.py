"""What a handoff binds, and its one digest (protocol, 'Package digest')."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from workspaces import strictjson


@dataclass(frozen=True)
class BoundFile:
    """A file as it was when it was bound.

    ``size`` in bytes and ``sha256`` in lower-case hex, both None where the file is absent or no
    regular file inside the root.
    """

    path: str
    size: int | None
    sha256: str | None

    def as_dict(self) -> dict[str, str | int | None]:
        return {"path": self.path, "size": self.size, "sha256": self.sha256}


def listed(files: Iterable[BoundFile]) -> list[BoundFile]:
    """The files by path (code point order), each once.

    Raises ``ValueError`` where one path comes with two contents: nothing was bound then.
    """
    by_path: dict[str, BoundFile] = {}
    for file in files:
        if by_path.setdefault(file.path, file) != file:
            raise ValueError(f"{file.path!r} is bound with two contents")
    return [by_path[path] for path in sorted(by_path)]


def digest(document_canonical: str, files: Iterable[BoundFile]) -> str:
    """``revision_sha256``: 64 hex digits over the document as received and the bound files.

    ``document_canonical`` is ``HandoffDocument.canonical`` (``strictjson.dumps`` of the value
    before defaults).
    """
    members = strictjson.dumps([file.as_dict() for file in listed(files)])
    package = f'{{"document":{document_canonical},"files":{members}}}'
    return hashlib.sha256(package.encode()).hexdigest()
