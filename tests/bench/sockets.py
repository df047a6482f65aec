"""Open live sockets that read and forget: ``python -m tests.bench.sockets PORT COUNT COOKIE``.

In a process of its own, as other people's browsers are; ends when its standard input does.
"""

import selectors
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.stage import Stage
from tests.runtime import sockets
from tests.services.desk import ROOT


@contextmanager
def opened(stage: Stage, count: int) -> Iterator[None]:
    """``count`` more browsers, as the desk sees it, each with its socket open."""
    visitor = stage.visitor()
    arguments = [str(stage.desk.port), str(count), visitor.cookie]
    visitor.close()
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.sockets", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin and child.stdout
    try:
        assert child.stdout.readline() == "open\n", "the sockets could not be opened"
        yield
        assert child.poll() is None, "a socket was closed by the desk"
    finally:
        child.stdin.close()
        child.wait(timeout=10)


def main(port: int, count: int, cookie: str) -> int:
    """0 when told to end, 1 when the desk closed a socket first."""
    watched = selectors.DefaultSelector()
    for _ in range(count):
        client = sockets.connect(port)
        origin = f"Origin: http://127.0.0.1:{port}"
        sockets.handshake(client, "/ws/live/", origin, f"Cookie: {cookie}", f"Host: 127.0.0.1:{port}")
        watched.register(client, selectors.EVENT_READ)
    watched.register(sys.stdin, selectors.EVENT_READ, "end")
    print("open", flush=True)
    while True:
        for key, _ in watched.select():
            if key.data == "end":
                return 0
            if not key.fileobj.recv(65536):  # type: ignore[union-attr] # all others are sockets
                return 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
