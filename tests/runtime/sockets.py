"""Raw HTTP and websocket handshakes over a plain socket, for clients that misbehave."""

import base64
import os
import socket


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def request(method: str, target: str, *headers: str) -> bytes:
    return "\r\n".join(
        [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]
    ).encode()


def handshake(client: socket.socket, path: str, *headers: str) -> None:
    """Upgrade to a websocket; asserts that the server agrees."""
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    client.sendall(request("GET", path, *upgrade, f"Sec-WebSocket-Key: {key}", *headers))
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += client.recv(1)
    assert answer.startswith(b"HTTP/1.1 101 "), answer
