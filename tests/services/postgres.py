"""A throw-away PostgreSQL on a free port, and a command that runs another one beside it.

``python -m tests.services.postgres COMMAND…`` starts a server, sets DATABASE_URL and
TEST_DATABASE=postgres for COMMAND, and ends with its exit code.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from tests.services.programs import Program, end_by_exception, find_binary, free_port

ROLE = "handoff"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def binary_folder() -> Path | None:
    """Where ``initdb`` and ``postgres`` are: Debian keeps them off PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if pg_config := shutil.which("pg_config"):
        found = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=True)
        folders.append(Path(found.stdout.strip()))
    complete = [folder for folder in folders if (folder / "initdb").exists()]
    if complete:
        return complete[0]
    initdb = find_binary("initdb")
    return Path(initdb).resolve().parent if initdb else None


def unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Postgres:
    """One cluster in a folder of its own. ``durable`` keeps fsync on, for fault tests."""

    def __init__(self, binaries: Path, *, durable: bool = False) -> None:
        self.binaries = binaries
        self.durable = durable
        self.port = free_port()
        self.password = secrets.token_urlsafe(16)
        # Not below pytest's own folder: that one is closed to the user who runs PostgreSQL.
        self.folder = Path(tempfile.mkdtemp(prefix="handoff-postgres-"))
        self.user = unprivileged_user()
        self.program = Program(
            "postgres",
            self._command(),
            log=self.folder / "log",
            user=self.user,
            cwd=self.folder,
            stop_signal=signal.SIGINT,  # fast shutdown: open sessions are rolled back
        )

    def _command(self) -> list[str]:
        options = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            "timezone=UTC",
            *(() if self.durable else FAST),
        ]
        command = [str(self.binaries / "postgres"), "-D", str(self.folder / "data")]
        return [*command, "-p", str(self.port), *(f"--{option}" for option in options)]

    def create(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(self.password, "utf-8")
        if self.user:
            shutil.chown(self.folder, self.user)
            shutil.chown(password_file, self.user)
        initdb = [
            *(str(self.binaries / "initdb"), "-D", str(self.folder / "data"), "-U", ROLE),
            *("--encoding=UTF8", "--locale=C", "--no-sync", "--auth=scram-sha-256"),
            f"--pwfile={password_file}",
        ]
        run_as = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        done = subprocess.run(initdb, cwd=self.folder, capture_output=True, text=True, **run_as)  # type: ignore[call-overload] # typeshed has no overload for a dict
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        self.program.start()
        self.program.wait_until(self.is_ready)

    def stop(self) -> None:
        self.program.stop()

    def remove(self) -> None:
        self.program.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=1).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str) -> str:
        return f"postgres://{ROLE}:{self.password}@127.0.0.1:{self.port}/{database}"

    def create_database(self) -> str:
        """A new, empty database; returns its URL."""
        name = f"desk_{secrets.token_hex(4)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)


def main(command: list[str]) -> int:
    binaries = binary_folder()
    if binaries is None:
        print("PostgreSQL is not installed: left out, tests on PostgreSQL", file=sys.stderr)
        return 1 if os.environ.get("CI") == "true" else 0
    signal.signal(signal.SIGTERM, end_by_exception)
    server = Postgres(binaries)
    try:
        server.create()
        server.start()
        env = os.environ | {"DATABASE_URL": server.url("postgres"), "TEST_DATABASE": "postgres"}
        return subprocess.run(command, env=env).returncode
    finally:
        server.remove()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
