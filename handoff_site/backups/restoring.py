"""``manage.py restore``: a desk from a backup, into an empty data folder and database."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from handoff_site.backups import databases, objects
from handoff_site.backups.manifest import (
    KEYS,
    STORE,
    BackupError,
    Manifest,
    digest,
    secret_mark,
    write_whole,
)
from handoff_site.backups.objects import Copies


def restore(folder: Path, tell: Callable[[Copies], None]) -> tuple[Manifest, list[str]]:
    """Make this desk from the backup in ``folder``; the notes are sentences for the operator.

    Checks everything it can before it writes anything, and writes the database last: what broke
    off is begun again by the same command. Raises BackupError.
    """
    manifest = Manifest.read(folder)
    _check(manifest, folder)
    copies = objects.copy_all(folder / STORE, Path(settings.DATA_DIR) / "store", tell)
    if copies.damaged or copies.count < manifest.objects:
        names = f" ({', '.join(copies.damaged[:3])})" if copies.damaged else ""
        raise BackupError(
            f"Of the backup's {manifest.objects:,} objects {manifest.objects - copies.count:,} "
            f"are missing or damaged{names}. The database was not restored."
        )
    notes = _keys(manifest, folder)
    databases.load(folder / manifest.database.file)
    return manifest, notes


def _check(manifest: Manifest, folder: Path) -> None:
    if manifest.vendor != connection.vendor:
        raise BackupError(
            f"This is a backup of {manifest.vendor}; the desk here is set to {connection.vendor}."
        )
    if databases.has_rows() or (connection.vendor == "postgresql" and databases.has_tables()):
        raise BackupError(
            "The database here is not empty. Restore into a new data folder and database."
        )
    known = set(MigrationLoader(None).disk_migrations)
    newer = [
        f"{app}.{name}"
        for app, names in manifest.migrations.items()
        for name in names
        if app in ("reviews", "workspaces") and (app, name) not in known
    ]
    if newer:
        raise BackupError(f"The backup is of a newer desk, which has {newer[-1]}. Upgrade first.")
    for name, expected in [
        (manifest.database.file, manifest.database.sha256),
        *((f"{KEYS}/{name}", value) for name, value in manifest.keys.items()),
    ]:
        path = folder / name
        if not path.is_file() or digest(path).sha256 != expected:
            raise BackupError(f"{path} is missing or damaged; take another backup.")


def _keys(manifest: Manifest, folder: Path) -> list[str]:
    """The key files into their places. A desk whose secret key comes from the environment must
    be given the same one."""
    signing = Path(settings.HANDOFF_SIGNING_KEY)
    notes = []
    for name in manifest.keys:
        is_secret = name == "secret_key"
        if is_secret and settings.SECRET_KEY_WAS_GIVEN:
            continue
        place = Path(settings.DATA_DIR) / name if is_secret else signing
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, (folder / KEYS / name).read_bytes())
    if ("secret_key" not in manifest.keys or settings.SECRET_KEY_WAS_GIVEN) and (
        manifest.secret != secret_mark()
    ):
        notes.append(
            "HANDOFF_SECRET_KEY is not the one of the backed-up desk: people sign in anew, and "
            "what was encrypted with the old one cannot be read. Set the old one if you have it."
        )
    return notes
