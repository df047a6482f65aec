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

PING, PONG = 0x9, 0xA


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


class Listener:
    """One websocket: drops what it is told, answers pings (RFC 6455, 5.5), as browsers do."""

    def __init__(self, port: int, cookie: str) -> None:
        host = f"127.0.0.1:{port}"
        self.socket = sockets.connect(port)
        headers = (f"Origin: http://{host}", f"Cookie: {cookie}", f"Host: {host}")
        sockets.handshake(self.socket, "/ws/live/", *headers)
        self._unread = b""

    def read(self) -> bool:
        """False when the desk has closed it."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self._unread += data
        while frame := self._frame():
            opcode, payload = frame
            if opcode == PING:
                # Masked, as a client's frames are: with zeros, which leave the payload as it is.
                pong = bytes([0x80 | PONG, 0x80 | len(payload)]) + bytes(4) + payload
                self.socket.sendall(pong)
        return bool(data)

    def _frame(self) -> tuple[int, bytes] | None:
        """The next whole frame, taken from what was read; None when there is none yet."""
        if len(self._unread) < 2:
            return None
        size = self._unread[1] & 0x7F
        start = 2 + {126: 2, 127: 8}.get(size, 0)
        if start > 2:
            size = int.from_bytes(self._unread[2:start], "big")
        if len(self._unread) < start + size:
            return None
        opcode, payload = self._unread[0] & 0x0F, self._unread[start : start + size]
        self._unread = self._unread[start + size :]
        return opcode, payload


def main(port: int, count: int, cookie: str) -> int:
    """0 when told to end, 1 when the desk closed a socket first."""
    watched = selectors.DefaultSelector()
    for _ in range(count):
        listener = Listener(port, cookie)
        watched.register(listener.socket, selectors.EVENT_READ, listener)
    watched.register(sys.stdin, selectors.EVENT_READ)
    print("open", flush=True)
    while True:
        for key, _ in watched.select():
            if not isinstance(key.data, Listener):
                return 0
            if not key.data.read():
                return 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
