"""A browser's side of a websocket, plain enough to see every frame (RFC 6455)."""

import base64
import json
import os
import socket
from typing import Any

TEXT, CLOSE = 1, 8


class Refused(Exception):
    """The handshake was refused with ``status``."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the handshake was refused with {status}")
        self.status = status


class Closed(Exception):
    """The desk closed the socket with ``code``."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class BrowserSocket:
    """Connects to ``/ws/live/``. Raises `Refused`."""

    def __init__(self, port: int, *, cookie: str = "", origin: str = "") -> None:
        self.line = socket.create_connection(("127.0.0.1", port), timeout=10)
        head = [
            "GET /ws/live/ HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            f"Origin: {origin or f'http://127.0.0.1:{port}'}",
            *([f"Cookie: {cookie}"] if cookie else []),
        ]
        self.line.sendall("\r\n".join([*head, "", ""]).encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._exactly(1)
        status = int(answer.split(b" ", 2)[1])
        if status != 101:
            self.close()
            raise Refused(status)

    def close(self) -> None:
        self.line.close()

    def send(self, text: str) -> None:
        """One text frame, masked as browsers must."""
        data, mask = text.encode(), os.urandom(4)
        size = (
            bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        )
        masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(data))
        self.line.sendall(b"\x81" + size + mask + masked)

    def receive(self, within: float = 10) -> dict[str, Any]:
        """The next message. Raises `Closed`, TimeoutError."""
        self.line.settimeout(within)
        while True:
            kind, data = self._frame()
            if kind == CLOSE:
                raise Closed(int.from_bytes(data[:2], "big"))
            if kind == TEXT:
                message: dict[str, Any] = json.loads(data)
                return message

    def until(self, kind: str, within: float = 10) -> dict[str, Any]:
        """The next message of this type; others are passed over."""
        while (message := self.receive(within))["type"] != kind:
            continue
        return message

    def _frame(self) -> tuple[int, bytes]:
        first, second = self._exactly(2)
        size = second & 0x7F
        if size > 125:
            size = int.from_bytes(self._exactly(2 if size == 126 else 8), "big")
        return first & 0x0F, self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.line.recv(size - len(data))
            if not part:
                raise Closed(1006)
            data += part
        return data
