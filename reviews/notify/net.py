"""POST to an address that somebody else chose, without letting them choose our insides.

An agent names its callback, so its URL is hostile until shown otherwise (SSRF). The rules:
http and https only, no userinfo, plain hosts (no octal, hex or bare-number addresses); the
host must stand in the agent's list; the name is resolved once, every address is judged, and
the connection goes to the judged address itself, so a name that changes in between (DNS
rebinding) changes nothing; no redirect is followed, no proxy used; one deadline spans
resolving, connecting, TLS, sending and reading; at most 64 KiB of the answer are read.

A listed *name* opens public addresses only. Loopback and private addresses need an entry of
their own: the address, a network such as ``10.0.0.0/8``, or ``localhost``.
"""

import http.client
import io
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from reviews.notify.addresses import (
    Address,
    Entry,
    Target,
    is_host_allowed,
    is_public,
    parse_entries,
    parse_url,
    unwrapped,
)

__all__ = ["Answer", "RequestFailed", "check", "is_host_allowed", "post", "send"]

TIMEOUT = 15.0
"""Seconds for the whole of one request."""
CONNECT_TIMEOUT = 5.0
"""Seconds for one address, so that a dead first one leaves time for the second."""
MAX_ANSWER = 64 * 1024
"""Bytes of the answer's body that are read; what follows is not."""
MAX_HEAD = 64 * 1024
AGENTS_LIST = "the agent's callback hosts"


class RequestFailed(Exception):
    """No answer. ``permanent`` when the address itself is refused, so that no retry helps."""

    def __init__(self, detail: str, *, permanent: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.permanent = permanent


@dataclass(frozen=True)
class Answer:
    """``headers`` with names in lower case; ``body`` is cut at 64 KiB."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    allowed_hosts: Iterable[str],
    timeout: float = TIMEOUT,
) -> Answer:
    """POST ``body`` and return the answer, whatever its status; RequestFailed without one.

    ``headers`` are sent as given, their values must be one line of ASCII. ``timeout`` is in
    seconds and spans the whole exchange, however slowly the other side drips.
    """
    return send("POST", url, body, headers=headers, allowed_hosts=allowed_hosts, timeout=timeout)


def send(
    method: str,
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    allowed_hosts: Iterable[str],
    timeout: float = TIMEOUT,
    allow_list: str = AGENTS_LIST,
) -> Answer:
    """``post`` with another method. ``allow_list`` is what sentences call the list of hosts."""
    deadline = time.monotonic() + timeout
    entries = parse_entries(allowed_hosts)
    target = _target(url, entries, allow_list)
    request = _request(method, target, body, headers)
    try:
        addresses = _permitted(target, _resolve(target, deadline), entries, allow_list)
        with _connect(target, addresses, deadline) as connection:
            _send(connection, request, deadline)
            return _receive(connection, method, deadline)
    except TimeoutError:
        raise RequestFailed(f"No complete answer within {timeout:.3g} s.") from None
    except ssl.SSLError as error:
        raise RequestFailed(f"TLS failed: {error.reason or error}.") from None
    except (OSError, http.client.HTTPException) as error:
        raise RequestFailed(f"No answer: {_sentence(error)}.") from None


def check(
    url: str, *, allowed_hosts: Iterable[str], timeout: float = 5.0, allow_list: str = AGENTS_LIST
) -> None:
    """Whether ``url`` could be called now, as far as that shows without calling: its form, its
    host, and every address that the host's name leads to. RequestFailed says why not."""
    entries = parse_entries(allowed_hosts)
    target = _target(url, entries, allow_list)
    try:
        _permitted(target, _resolve(target, time.monotonic() + timeout), entries, allow_list)
    except TimeoutError:
        raise RequestFailed(f"{target.host} could not be resolved in time.") from None
    except OSError as error:
        raise RequestFailed(f"{_sentence(error)}.") from None


def _target(url: str, entries: list[Entry], allow_list: str) -> Target:
    try:
        target = parse_url(url)
    except ValueError as error:
        raise RequestFailed(str(error), permanent=True) from None
    if not any(entry.admits(target) for entry in entries):
        raise RequestFailed(f"{target.host_header} is not among {allow_list}.", permanent=True)
    return target


def _resolve(target: Target, deadline: float) -> list[Address]:
    if target.literal is not None:
        return [target.literal]
    # The system's resolver takes no deadline, so it gets a thread that may be left behind.
    addresses: list[Address] = []
    failures: list[OSError] = []

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            addresses.extend(unwrapped(ipaddress.ip_address(str(entry[4][0]))) for entry in found)
        except (OSError, ValueError) as error:
            failures.append(OSError(f"{target.host} could not be resolved ({error})"))

    thread = threading.Thread(target=look_up, name="resolve", daemon=True)
    thread.start()
    thread.join(_left(deadline))
    if thread.is_alive():
        raise TimeoutError
    if failures:
        raise failures[0]
    return list(dict.fromkeys(addresses))


def _permitted(
    target: Target, addresses: list[Address], entries: list[Entry], allow_list: str
) -> list[Address]:
    found = [
        address
        for address in addresses
        if is_public(address)
        or any(entry.admits_address(address, target.port) for entry in entries)
    ]
    if not found:
        raise RequestFailed(
            f"{target.host} leads to an address that is not public. "
            f"Add the address itself to {allow_list} if that is meant.",
            permanent=True,
        )
    return found


def _connect(target: Target, addresses: list[Address], deadline: float) -> socket.socket:
    failure = OSError("no address")
    for address in addresses:
        try:
            patience = min(CONNECT_TIMEOUT, _left(deadline))
            plain = socket.create_connection((str(address), target.port), timeout=patience)
        except OSError as error:
            failure = error
            continue
        if target.scheme == "http":
            return plain
        try:
            plain.settimeout(_left(deadline))
            return _tls().wrap_socket(plain, server_hostname=target.host)
        except BaseException:
            plain.close()
            raise
    raise failure


@cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _request(method: str, target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {target.path} HTTP/1.1", f"Host: {target.host_header}"]
    fixed = {"Content-Length": str(len(body)), "Connection": "close", "Accept": "*/*"}
    for name, value in {**headers, **fixed}.items():
        if not (value.isascii() and value.isprintable()):
            raise RequestFailed(f"The header {name} is not one line of ASCII.", permanent=True)
        lines.append(f"{name}: {value}")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _send(connection: socket.socket, data: bytes, deadline: float) -> None:
    view = memoryview(data)
    while view:
        connection.settimeout(_left(deadline))
        view = view[connection.send(view) :]


def _receive(connection: socket.socket, method: str, deadline: float) -> Answer:
    # HTTPResponse wants no more of a socket than makefile().
    reader: socket.socket = _Reader(connection, deadline)  # type: ignore[assignment]
    with http.client.HTTPResponse(reader, method=method) as response:
        response.begin()
        try:
            body = response.read(MAX_ANSWER)
        except http.client.IncompleteRead as error:
            body = error.partial
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=headers, body=body)


class _Reader(io.RawIOBase):
    """A connection whose every read obeys one deadline and one budget of bytes."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline
        self._budget = MAX_HEAD + MAX_ANSWER

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._budget:
            return 0
        self._connection.settimeout(_left(self._deadline))
        count = self._connection.recv_into(buffer[: self._budget])
        self._budget -= count
        return count


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__
