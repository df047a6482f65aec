"""What a backup's ``manifest.json`` says, and whether this desk can be made from it."""

import hashlib
import hmac
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

FORMAT = 1
NAME = "manifest.json"
STORE, KEYS = "store", "keys"


class BackupError(Exception):
    """It cannot be done; the message is a sentence for the operator."""


@dataclass(frozen=True)
class Copied:
    """One file of the backup: its name in the folder, sha256 in hex, size in bytes."""

    file: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """``migrations``: those applied, by app. ``keys``: sha256 by the key file's name. ``secret``
    tells whether another ``HANDOFF_SECRET_KEY`` is the same one, and nothing else about it."""

    made_at: str
    vendor: str
    database: Copied
    migrations: dict[str, list[str]]
    objects: int
    object_bytes: int
    keys: dict[str, str]
    secret: str

    def write(self, folder: Path) -> None:
        body = {
            "format": FORMAT,
            "made_at": self.made_at,
            "database": {"vendor": self.vendor, **asdict(self.database)},
            "migrations": self.migrations,
            "objects": {"count": self.objects, "bytes": self.object_bytes},
            "keys": self.keys,
            "secret": self.secret,
        }
        write_whole(folder / NAME, json.dumps(body, indent=2).encode() + b"\n")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Raises BackupError when there is none, or one that this version cannot read."""
        try:
            body = json.loads((folder / NAME).read_bytes())
        except FileNotFoundError:
            raise BackupError(f"{folder} holds no backup: it has no {NAME}.") from None
        except (ValueError, OSError) as error:
            raise BackupError(f"{folder / NAME} cannot be read: {error}") from error
        try:
            if body["format"] != FORMAT:
                raise BackupError(f"This backup has format {body['format']}; this desk reads 1.")
            database = dict(body["database"])
            return cls(
                made_at=body["made_at"],
                vendor=database.pop("vendor"),
                database=Copied(**database),
                migrations=body["migrations"],
                objects=body["objects"]["count"],
                object_bytes=body["objects"]["bytes"],
                keys=body["keys"],
                secret=body["secret"],
            )
        except (KeyError, TypeError) as error:
            raise BackupError(f"{folder / NAME} is not a backup's manifest: {error}") from error


def secret_mark() -> str:
    """The same for the same ``HANDOFF_SECRET_KEY``; does not give it away."""
    return hmac.new(settings.SECRET_KEY.encode(), b"handoff backup", "sha256").hexdigest()[:16]


def digest(path: Path) -> Copied:
    """A file as it lies there."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
        return Copied(path.name, found, file.tell())


def write_whole(path: Path, data: bytes) -> None:
    """The whole file under its name, readable by its owner only, or what was there before."""
    temporary = path.with_name(f".{path.name}.part")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    settle(temporary, path)


def settle(temporary: Path, path: Path) -> None:
    """Flush what was written and give it its name, so that a power cut loses neither."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
