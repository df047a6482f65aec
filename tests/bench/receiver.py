"""A webhook receiver in a process of its own: ``python -m tests.bench.receiver``.

Prints its port, then one line a request: epoch seconds, handoff.
"""

import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.services.desk import ROOT


class Receiver:
    """The process and what it was sent: ``moments`` by handoff."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.receiver"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._child.stdout
        self.url = f"http://127.0.0.1:{self._child.stdout.readline().strip()}/hook"
        self.moments: dict[str, float] = {}
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._child.stdout
        for each in self._child.stdout:
            at, handoff = each.split()
            self.moments.setdefault(handoff, float(at))

    def close(self) -> None:
        self._child.kill()
        self._child.wait(timeout=10)


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        at = time.time()
        self.send_response(204)
        self.end_headers()
        print(at, json.loads(body)["data"]["handoff"], flush=True)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the protocol on standard output is the lines above."""


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hook)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()  # until who started us is gone


if __name__ == "__main__":
    main()
