"""The real desk in processes of its own: embedded (SQLite, no Redis), or as the Procfile says."""

import os
import subprocess
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.services.programs import NotReady, Program, free_port

ROOT = Path(__file__).resolve().parents[2]
# What a developer's shell may hold and a test's desk must not inherit.
OURS = ("HANDOFF_", "DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "FAULT_POINT")


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without the desk's settings, plus ``extra``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return kept | {"PATH": path, "PYTHONUNBUFFERED": "1"} | dict(extra)


class Installation:
    """One data folder and database with the programs that serve it.

    ``url`` is where the web program listens, without a slash at the end; ``manage`` runs a
    management command beside the running desk.
    """

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        place = {"HANDOFF_DATA": str(self.data), "HOST": "127.0.0.1", "PORT": str(self.port)}
        self.env = environment({**place, **env})
        self.programs: dict[str, Program] = {}

    def add(self, name: str, command: list[str]) -> None:
        log = self.folder / f"{name}.log"
        self.programs[name] = Program(name, command, log=log, env=self.env, cwd=ROOT)

    def start(self, *, within: float = 60) -> None:
        for program in self.programs.values():
            program.start()
        self.wait_until_healthy(within=within)

    def wait_until_healthy(self, *, within: float = 60) -> None:
        next(iter(self.programs.values())).wait_until(self.is_healthy, within=within)

    def is_healthy(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        """Stops every program; the first that does not stop in time fails the test."""
        late: list[str] = []
        for program in self.programs.values():
            program.ask_to_stop()
        for program in self.programs.values():
            try:
                program.wait_for_end()
            except NotReady as error:
                late.append(str(error))
        assert not late, "\n".join(late)

    def kill(self) -> None:
        for program in self.programs.values():
            program.kill()

    def manage(self, *arguments: str, typed: str = "", check: bool = True) -> str:
        """``manage.py`` with ``typed`` on its standard input; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"manage.py {' '.join(arguments)}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def logs(self) -> str:
        return "\n".join(program.tail() for program in self.programs.values())


def embedded(folder: Path, env: Mapping[str, str] | None = None) -> Installation:
    """The one-process desk, not started yet."""
    desk = Installation(folder, env or {})
    desk.add("desk", [sys.executable, "manage.py", "desk"])
    return desk


def procfile() -> dict[str, str]:
    """Program name → command, in the order of the Procfile."""
    lines = (ROOT / "Procfile").read_text("utf-8").splitlines()
    pairs = (line.split(":", 1) for line in lines if line.strip() and not line.startswith("#"))
    return {name.strip(): command.strip() for name, command in pairs}


def separate(
    folder: Path, *, database_url: str, redis_url: str, env: Mapping[str, str] | None = None
) -> Installation:
    """Every program of the Procfile in its own process, not started yet."""
    services = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
    stack = Installation(folder, {**services, **(env or {})})
    for name, command in procfile().items():
        stack.add(name, ["sh", "-c", f"exec {command}"])
    return stack
