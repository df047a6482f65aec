"""Stands where Apprise's plugins look for ``requests``, and sends through our own safe client.

Apprise leaves redirects, proxies, resolving and patience to ``requests``: a fixed host could be led
anywhere by a redirect or its name. Here every call is judged, pinned and bounded as any other of
the desk's: public addresses, no redirect, one deadline over all calls of one message.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import requests

from reviews.notify import net, outward
from reviews.notify.addresses import parse_url


@dataclass
class Exchange:
    """The calls of one message. ``is_dry``: only look where it would go, send nothing."""

    hosts: tuple[str, ...]
    seconds: float
    is_dry: bool = False
    answers: list[net.Answer] = field(default_factory=list)
    failure: net.RequestFailed | None = None
    begun: float = field(default_factory=time.monotonic)

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        url = request.url or ""
        try:
            self._check_host(url)
            if self.is_dry:
                raise requests.ConnectionError("not sent")
            answer = outward.send(
                request.method or "POST",
                url,
                _bytes(request.body),
                headers=_one_line(request.headers),
                timeout=max(0.1, self.seconds - (time.monotonic() - self.begun)),
            )
        except net.RequestFailed as failure:
            self.failure = failure
            raise requests.ConnectionError(failure.detail) from failure
        self.answers.append(answer)
        return _response(answer, request)

    def _check_host(self, url: str) -> None:
        try:
            host = parse_url(url).host
        except ValueError as error:
            raise net.RequestFailed(str(error), permanent=True) from None
        if not any(
            host.endswith(known) if known.startswith(".") else host == known for known in self.hosts
        ):
            raise net.RequestFailed(f"{host} is not this service's address.", permanent=True)


_current: ContextVar[Exchange] = ContextVar("exchange")


@contextmanager
def during(exchange: Exchange) -> Iterator[Exchange]:
    token = _current.set(exchange)
    try:
        yield exchange
    finally:
        _current.reset(token)


class Requests:
    """As much of the module ``requests`` as plugins use. Outside of ``during`` nothing is sent."""

    def __getattr__(self, name: str) -> Any:
        if name in ("Session", "session", "sessions", "adapters", "api"):
            raise AttributeError(name)
        return getattr(requests, name)

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        if options.get("files"):
            raise requests.ConnectionError("The desk sends no attachments.")
        wanted = ("params", "data", "json", "headers", "auth")
        kept = {name: options[name] for name in wanted if options.get(name) is not None}
        return _current.get().send(requests.Request(method.upper(), url, **kept).prepare())

    def get(self, url: str, **options: Any) -> requests.Response:
        return self.request("GET", url, **options)

    def post(self, url: str, data: Any = None, **options: Any) -> requests.Response:
        return self.request("POST", url, data=data, **options)

    def put(self, url: str, data: Any = None, **options: Any) -> requests.Response:
        return self.request("PUT", url, data=data, **options)

    def delete(self, url: str, **options: Any) -> requests.Response:
        return self.request("DELETE", url, **options)


def install(module: ModuleType) -> None:
    """Let a plugin's module send through us from now on."""
    module.requests = Requests()  # type: ignore[attr-defined]


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    return body if isinstance(body, bytes) else str(body).encode()


def _one_line(headers: Any) -> dict[str, str]:
    found = {}
    for name, value in headers.items():
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        found[name] = text if text.isascii() else text.encode("ascii", "replace").decode()
    return found


def _response(answer: net.Answer, request: requests.PreparedRequest) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers.update(answer.headers)
    response._content = answer.body
    response.encoding = "utf-8"
    response.url = request.url or ""
    response.request = request
    return response
