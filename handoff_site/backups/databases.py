"""A desk's database as one file, and back: by SQLite itself, or by PostgreSQL's own programs."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections

from handoff_site.backups.manifest import BackupError, settle

SUFFIX = {"sqlite": "sqlite3", "postgresql": "dump"}


def dump(target: Path) -> None:
    """All of the database as of one moment, while others read and write it."""
    if connection.vendor == "sqlite":
        _copy_sqlite(Path(settings.DATABASES["default"]["NAME"]), target)
    else:
        _run("pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])


def load(source: Path) -> None:
    """Into an empty database, all of it or nothing."""
    if connection.vendor == "sqlite":
        path = Path(settings.DATABASES["default"]["NAME"])
        connections.close_all()
        for leftover in (f"{path}-wal", f"{path}-shm"):
            Path(leftover).unlink(missing_ok=True)
        temporary = path.with_name(f".{path.name}.part")
        shutil.copyfile(source, temporary)
        temporary.chmod(0o600)
        settle(temporary, path)
    else:
        name = str(settings.DATABASES["default"]["NAME"])
        options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        _run("pg_restore", [*options, f"--dbname={name}", str(source)])


def has_rows() -> bool:
    """Whether somebody already works with this database: it has people, or handoffs."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in ("workspaces_user", "workspaces_workspace", "reviews_handoff"):
            if table in tables:
                cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')
                if cursor.fetchone():
                    return True
    return False


def has_tables() -> bool:
    return bool(connection.introspection.table_names())


def _copy_sqlite(path: Path, target: Path) -> None:
    """In one step: page by page a busy desk would make it begin again for ever."""
    with (
        closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=30)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)
        [(found,)] = copy.execute("PRAGMA quick_check(1)").fetchall()
    if found != "ok":
        raise BackupError(f"The copied database is damaged: {found}")


def _run(program: str, arguments: Sequence[str]) -> None:
    """A program of PostgreSQL's with this desk's database; its password not among the arguments."""
    given: dict[str, Any] = settings.DATABASES["default"]
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    env = {name: str(given[key]) for name, key in names.items() if given.get(key)}
    options = given.get("OPTIONS", {})
    env |= {f"PG{name.upper()}": str(options[name]) for name in ("sslmode",) if name in options}
    env["PGDATABASE"] = str(given["NAME"])
    try:
        done = subprocess.run(
            [_found(program), *arguments], env={**os.environ, **env}, capture_output=True, text=True
        )
    except OSError as error:
        raise BackupError(f"{program} cannot be started: {error}") from error
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()[-1000:]}")


def _found(program: str) -> str:
    """On the PATH, or where Debian keeps the newest one."""
    if path := shutil.which(program):
        return path
    folders = Path("/usr/lib/postgresql").glob(f"*/bin/{program}")
    newest = sorted(folders, key=lambda path: int(path.parts[4]) if path.parts[4].isdigit() else 0)
    if not newest:
        raise BackupError(f"{program} is not installed here; it comes with PostgreSQL's client.")
    return str(newest[-1])
