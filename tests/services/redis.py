"""A throw-away Redis on a free port that keeps nothing on disk."""

import shutil
import tempfile
from pathlib import Path

import redis

from tests.services.programs import Program, free_port


class RedisServer:
    """``stop`` and ``start`` keep the port, so that a fault test can take Redis away and back."""

    def __init__(self, binary: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.folder = Path(tempfile.mkdtemp(prefix="handoff-redis-"))
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self.program = Program(
            "redis",
            [binary, *options, "--save", "", "--appendonly", "no"],
            log=self.folder / "log",
        )

    def start(self) -> None:
        self.program.start()
        self.program.wait_until(self.is_ready)

    def stop(self) -> None:
        self.program.stop()

    def remove(self) -> None:
        self.program.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def is_ready(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
