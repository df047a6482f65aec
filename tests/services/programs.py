"""One child process with its output in a file: start, wait until it is ready, stop it by pid."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

import pytest

TAIL = 6000


def free_port() -> int:
    """A TCP port of the loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_open(port: int) -> bool:
    """Does something accept connections on this port of the loopback?"""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def find_binary(*names: str, folders: Sequence[Path] = ()) -> str | None:
    """The first of ``names`` on PATH or in ``folders``."""
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, folders)])
    return next((found for name in names if (found := shutil.which(name, path=search))), None)


def missing(service: str) -> None:
    """Ends the test: skipped on a developer's machine, failed where CI=true."""
    sentence = f"{service} is not installed; script/test installs it as root on Debian."
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


class NotReady(AssertionError):
    """A process died or was not ready in time; the message ends with its last output."""


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Program:
    """A process group of our own: ``stop`` and ``kill`` reach its children and nothing else."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        stop_signal: int = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self.env = dict(env) if env is not None else None
        self.cwd = cwd
        self.user = user
        self.stop_signal = stop_signal
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None, f"{self.name} was not started"
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        assert not self.is_running, f"{self.name} runs already"
        as_user = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
                # Below a shell's background job Ctrl-C is ignored; a program of ours is asked.
                preexec_fn=_heed_interrupts,
                **as_user,  # type: ignore[call-overload] # typeshed has no overload for a dict
            )

    def wait_until(self, is_ready: Callable[[], bool], *, within: float = 30) -> None:
        """Asks ``is_ready`` every 50 ms; ``NotReady`` when the process ends or time is up."""
        assert self.process is not None
        for _ in range(int(within / 0.05)):
            if is_ready():
                return
            try:
                code = self.process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
            raise NotReady(f"{self.name} ended with {code} before it was ready\n{self.tail()}")
        raise NotReady(f"{self.name} was not ready within {within} s\n{self.tail()}")

    def stop(self, *, within: float = 10) -> int:
        """Asks it to end and returns its exit code; kills it and fails when it does not."""
        self.ask_to_stop()
        return self.wait_for_end(within=within)

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.kill(self.pid, self.stop_signal)

    def wait_for_end(self, *, within: float = 10) -> int:
        """Its exit code; ``NotReady``, and a kill, when it does not end in time."""
        if self.process is None:
            return 0
        try:
            code = self.process.wait(timeout=within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise NotReady(f"{self.name} did not stop in {within} s\n{self.tail()}") from None
        self._end_group()
        return code

    def kill(self) -> None:
        """kill -9 of the whole group."""
        if self.process is not None:
            self._end_group()
            self.process.wait(timeout=10)

    def _end_group(self) -> None:
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def tail(self) -> str:
        """The end of its output, headed by its name."""
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return f"--- {self.name}: {' '.join(self.command)}\n{text[-TAIL:]}"


def end_by_exception(signum: int, frame: FrameType | None) -> None:
    """A signal handler under which ``finally`` blocks run, so that children are stopped."""
    raise SystemExit(128 + signum)
