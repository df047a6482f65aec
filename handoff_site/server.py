"""daphne with what it lacks: backpressure, a limit on bodies, and a stop that ends in time.

Measured without: a 512 MiB upload took 496 MB of memory, an unread download of the same size
512 MB, an unread socket 600 MB.
"""

import asyncio
import logging
import os
import resource
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from daphne.server import Server as DaphneServer  # isort: skip  (installs the asyncio reactor)
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import defer
from twisted.internet import reactor as _reactor
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IPushProducer
from twisted.logger import globalLogBeginner
from zope.interface import implementer

from handoff_site.bridge import Message, Receive, Scope, Send, too_large
from handoff_site.longpoll import is_long_poll

logger = logging.getLogger("handoff.server")
reactor: Any = _reactor  # its type says nothing of what the chosen reactor can do
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

DOWNLOAD_STALL_SECONDS = 60
SOCKET_STALL_SECONDS = 15  # a socket cut off for this resyncs when it comes back
SOCKET_MESSAGE_BYTES = 64 * 1024  # people's commands are POSTs; sockets hardly say anything
# A refused sender who does not look up from sending is listened to for this long, so that the
# refusal reaches it instead of a connection reset.
REFUSED_BYTES = 64 * 1024 * 1024
REFUSED_SECONDS = 10
ANSWER_SECONDS = 1.0  # at a stop: for what is in flight, long-polls included
FINISH_SECONDS = 4.0  # then: for ordinary requests that take longer
STOP_SECONDS = 9.0  # then the process ends, whatever hangs


class PortTaken(Exception):
    """Something else listens there; the message is a sentence for the operator."""


@implementer(IPushProducer)
class Gate:
    """Open while the client takes what it is sent. The transport closes and opens it."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    def pauseProducing(self) -> None:
        self._open.clear()

    def resumeProducing(self) -> None:
        self._open.set()

    def stopProducing(self) -> None:
        self._open.set()

    async def is_open(self, within: float) -> bool:
        """False when it stayed closed for ``within`` seconds."""
        if self._open.is_set():
            return True
        try:
            await asyncio.wait_for(self._open.wait(), within)
        except TimeoutError:
            return False
        return True


class LimitedRequest(WebRequest):  # type: ignore[misc] # daphne has no type hints
    """Refuses a body above the server's limit as soon as its length is known or exceeded."""

    # Twisted would parse forms here, on the loop; Django does.
    _parsePOSTFormSubmission = False
    _received = 0
    _is_refused = False

    def gotLength(self, length: int | None) -> None:
        super().gotLength(length)
        if length is not None and length > self.server.body_limit:
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:
        self._received += len(data)
        if self._is_refused:
            if self._received > REFUSED_BYTES:
                self.channel.transport.abortConnection()
        elif self._received > self.server.body_limit:
            self._refuse()
        else:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        if self._is_refused:
            self.channel.loseConnection()
        else:
            super().requestReceived(command, path, version)

    def _refuse(self) -> None:
        self._is_refused = True
        self.requestHeaders.removeHeader(b"expect")  # no "100 Continue" after the refusal
        answer = too_large(self.server.body_limit)
        head = b"".join(b"%s: %s\r\n" % header for header in answer.headers)
        self.channel.transport.write(
            b"HTTP/1.1 413 Content Too Large\r\n%sconnection: close\r\n\r\n" % head + answer.body
        )
        reactor.callLater(REFUSED_SECONDS, self.channel.transport.abortConnection)


class LimitedFactory(HTTPFactory):  # type: ignore[misc] # daphne has no type hints
    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = LimitedRequest
        return protocol


class Server(DaphneServer):  # type: ignore[misc] # daphne has no type hints
    """One TCP port serving an ASGI application.

    ``on_listening`` is called once it accepts connections; ``on_stop`` callables when it begins to
    stop, on the loop: they must not block. Raises `PortTaken` from `run`.
    """

    def __init__(
        self,
        application: Application,
        *,
        host: str,
        port: int,
        body_limit: int,
        on_listening: Callable[[], object] = lambda: None,
        on_stop: Sequence[Callable[[], object]] = (),
    ) -> None:
        super().__init__(
            application,
            endpoints=[f"{host}:{port}"],
            request_buffer_size=256 * 1024,
            websocket_handshake_timeout=20,
            server_name="",
        )
        self.host = host
        self.port = port
        self.body_limit = body_limit
        self.on_listening = on_listening
        self.on_stop = on_stop

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; the calling thread must be the main one."""
        allow_many_connections()
        self.connections: dict[Any, dict[str, Any]] = {}
        self.ws_factory = WebSocketFactory(self, server="")
        self.ws_factory.setProtocolOptions(
            autoPingTimeout=self.ping_timeout,
            openHandshakeTimeout=self.websocket_handshake_timeout,
            maxMessagePayloadSize=SOCKET_MESSAGE_BYTES,
            maxFramePayloadSize=SOCKET_MESSAGE_BYTES,
        )
        beginner: Any = globalLogBeginner
        beginner.beginLoggingTo([lambda event: None], redirectStandardIO=False, discardBuffer=True)
        try:
            self._listener = reactor.listenTCP(
                self.port, LimitedFactory(self), backlog=1024, interface=self.host.strip("[]")
            )
        except CannotListenError as error:
            raise PortTaken(listen_fault(self.host, self.port, error.socketError)) from error
        asyncio.set_event_loop(reactor._asyncioEventloop)
        reactor.callLater(1, self.application_checker)
        reactor.callLater(2, self.timeout_checker)
        reactor.callWhenRunning(self.on_listening)
        reactor.addSystemEventTrigger("before", "shutdown", self.kill_all_applications)
        reactor.run()

    # --- backpressure ---

    def create_application(self, protocol: Any, scope: Scope) -> Any:
        self.connections[protocol]["may_wait"] = scope["type"] == "http" and is_long_poll(scope)
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: Message) -> None:
        """Hand ``message`` to the connection once the client has taken what went before."""
        details = self.connections.get(protocol, {})
        is_socket = isinstance(protocol, WebSocketProtocol)
        gate: Gate | None = details.get("gate")
        if gate is not None:
            stall = SOCKET_STALL_SECONDS if is_socket else DOWNLOAD_STALL_SECONDS
            if not await gate.is_open(stall):
                abort(protocol)
                return
        if not details or details.get("disconnected"):
            return
        if message["type"] == "websocket.send" and gate is None:
            details["gate"] = watch_socket(protocol)
        elif message["type"] == "http.response.body" and protocol.channel is not None:
            if message.get("more_body", False) and gate is None:
                details["gate"] = gate = Gate()
                protocol.registerProducer(gate, True)
            elif gate is not None and not message.get("more_body", False):
                protocol.unregisterProducer()
        await super().handle_reply(protocol, message)

    # --- stopping ---

    def kill_all_applications(self) -> Any:
        """Twisted waits for the result before it closes what is left."""
        end_process_after(STOP_SECONDS)
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._wind_down()))

    async def _wind_down(self) -> None:
        self._listener.stopListening()
        for hook in self.on_stop:
            hook()
        for protocol in list(self.connections):
            if isinstance(protocol, WebSocketProtocol) and protocol.state == protocol.STATE_OPEN:
                protocol.sendCloseFrame(code=1001, reasonUtf8=b"the desk restarts")
        await self._wait_for_requests(ANSWER_SECONDS)
        for protocol, details in self.connections.items():
            if details.get("may_wait") and not details.get("disconnected"):
                protocol.send_disconnect()
        await self._wait_for_requests(FINISH_SECONDS)
        # The loop ends with the process: sockets' consumers and the hub's own jobs too.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=1)

    async def _wait_for_requests(self, seconds: float) -> None:
        tasks = [
            details["application_instance"]
            for protocol, details in self.connections.items()
            if "application_instance" in details and not isinstance(protocol, WebSocketProtocol)
        ]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)


def watch_socket(protocol: Any) -> Gate:
    """Put a gate where the HTTP channel was, which an upgraded connection has no use for."""
    gate = Gate()
    protocol.transport.unregisterProducer()
    protocol.transport.registerProducer(gate, True)
    return gate


def abort(protocol: Any) -> None:
    """Cut a connection whose client does not read."""
    if isinstance(protocol, WebSocketProtocol):
        protocol.transport.abortConnection()
    elif protocol.channel is not None:
        protocol.channel.transport.abortConnection()


def listen_fault(host: str, port: int, error: object) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return (
        f"Cannot listen on {host} port {port}: {reason}. "
        "Stop what runs there, or choose another port: PORT=8001 script/server"
    )


def end_process_after(seconds: float) -> None:
    """The last resort of a stop. Nothing is lost: the database is the truth, leases run out."""

    def end() -> None:
        threads = ", ".join(t.name for t in threading.enumerate() if not t.daemon)
        logger.warning("Not stopped after %s s (%s): ending the process.", seconds, threads)
        os._exit(0)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def allow_many_connections() -> None:
    """Raise the soft limit of open files to the hard one: a thousand sockets need a thousand."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def check_port(host: str, port: int) -> None:
    """Raises `PortTaken` now rather than after a long preparation."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            raise PortTaken(listen_fault(host, port, error)) from error
