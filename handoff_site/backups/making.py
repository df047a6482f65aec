"""``manage.py backup``: a desk into a folder, while it serves."""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from handoff_site.backups import databases, objects
from handoff_site.backups.manifest import (
    KEYS,
    NAME,
    STORE,
    BackupError,
    Copied,
    Manifest,
    digest,
    secret_mark,
    settle,
    write_whole,
)
from handoff_site.backups.objects import Copies

_DATABASE = "desk-"


def make(folder: Path, tell: Callable[[Copies], None]) -> tuple[Manifest, Copies]:
    """Back this desk up into ``folder``, new or an earlier backup, which is brought up to date.

    Raises BackupError. Objects of the store that are damaged are left out and returned in
    ``Copies.damaged``; everything else is there.
    """
    _open(folder)
    with _only_one(folder):
        made_at = datetime.now(UTC)
        database = _database(folder, made_at)
        keys = {path.name: _key(path, folder / KEYS) for path in _key_files()}
        copies = objects.copy_all(Path(settings.DATA_DIR) / "store", folder / STORE, tell)
        manifest = Manifest(
            made_at=made_at.isoformat(timespec="seconds"),
            vendor=connection.vendor,
            database=database,
            migrations=_migrations(),
            objects=copies.count,
            object_bytes=copies.size,
            keys=keys,
            secret=secret_mark(),
        )
        manifest.write(folder)
        for old in folder.glob(f"{_DATABASE}*"):
            if old.name != database.file:
                old.unlink()
    return manifest, copies


def _open(folder: Path) -> None:
    if folder.resolve().is_relative_to(Path(settings.DATA_DIR)):
        raise BackupError(f"{folder} is inside the data folder; a backup belongs elsewhere.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = {NAME, STORE, KEYS, "lock"}
    strange = [
        each.name
        for each in folder.iterdir()
        if each.name not in known and not each.name.startswith((_DATABASE, "."))
    ]
    if strange:
        raise BackupError(f"{folder} holds something else: {', '.join(sorted(strange)[:3])}.")
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        raise BackupError(f"{folder} is open to others, and a backup holds keys: chmod 700.")
    (folder / KEYS).mkdir(mode=0o700, exist_ok=True)
    (folder / STORE).mkdir(mode=0o700, exist_ok=True)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"Another backup into {folder} is under way.") from None
        yield


def _database(folder: Path, made_at: datetime) -> Copied:
    """Under a name of its own, so that the one before stands until this backup is whole."""
    ending = databases.SUFFIX[connection.vendor]
    target = folder / f"{_DATABASE}{made_at:%Y%m%dT%H%M%S%f}.{ending}"
    temporary = folder / f".{target.name}.part"
    temporary.unlink(missing_ok=True)
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT, 0o600))
    try:
        databases.dump(temporary)
        settle(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return digest(target)


def _key_files() -> list[Path]:
    """What signs, as far as it lies in files; a secret key from the environment stays there."""
    found = [Path(settings.HANDOFF_SIGNING_KEY)]
    if not settings.SECRET_KEY_WAS_GIVEN:
        found.append(Path(settings.DATA_DIR) / "secret_key")
    return [path for path in found if path.is_file()]


def _key(path: Path, folder: Path) -> str:
    write_whole(folder / path.name, path.read_bytes())
    return digest(folder / path.name).sha256


def _migrations() -> dict[str, list[str]]:
    applied: dict[str, list[str]] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        applied.setdefault(app, []).append(name)
    return applied
