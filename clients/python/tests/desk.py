"""A small real HTTP server that speaks enough of the protocol, and fails on command."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Fault = Callable[["Handler"], bool]  # True: it has dealt with the request by itself


class Desk:
    """Handoffs in memory. ``faults`` are used up one per matching request, in order."""

    def __init__(self) -> None:
        self.lock = threading.Condition()
        self.handoffs: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, tuple[str, dict[str, Any]]] = {}
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.faults: list[tuple[str, str, Fault]] = []
        self.files: dict[str, bytes] = {}
        self.token = "hdk_test"
        self.hold = True  # False: an early answer to every long-poll
        self.url = ""
        self.stopping = False

    # What a test does

    def fail(self, method: str, part: str, fault: Fault, times: int = 1) -> None:
        self.faults += [(method, part, fault)] * times

    def decide(self, handoff_id: str, outcome: str, *entries: dict[str, Any], **more: Any) -> None:
        with self.lock:
            handoff = self.handoffs[handoff_id]
            status = "changes_requested" if outcome == "changes_requested" else "decided"
            handoff["status"] = more.get("status", status)
            handoff["decision"] = {
                "schema": "decision/v1",
                "handoff": handoff_id,
                "status": handoff["status"],
                "outcome": outcome,
                "decisions": list(entries),
                "revision": handoff["revision"],
                "revision_sha256": "0" * 64,
                "decided_at": "2026-11-22T10:00:00Z",
                "decided_by": {"kind": "human", "name": "Ana"},
                "files": [],
                **more,
            }
            self.lock.notify_all()

    def say(self, handoff_id: str, text: str) -> None:
        with self.lock:
            self.handoffs[handoff_id]["messages"].append({"text": text})
            self.lock.notify_all()

    def claim(self, handoff_id: str) -> None:
        with self.lock:
            self.handoffs[handoff_id]["status"] = "claimed"
            self.lock.notify_all()

    def seen(self, method: str, part: str = "") -> list[tuple[str, str, dict[str, str], bytes]]:
        with self.lock:
            return [r for r in self.requests if r[0] == method and part in r[1]]

    def wait_for(self, true: Callable[[], Any], seconds: float = 20.0) -> None:
        with self.lock:
            assert self.lock.wait_for(true, seconds), "it did not happen"

    # What an agent does

    def submit(self, body: bytes, key: str) -> tuple[int, dict[str, Any], bool]:
        digest = hashlib.sha256(body).hexdigest()
        with self.lock:
            if key in self.answers:
                known, answer = self.answers[key]
                if known != digest:
                    return 422, {"title": "Not valid", "detail": "Key reused."}, False
                return 200, answer, True
            document = json.loads(body)
            wanted = document.get("id") if isinstance(document, dict) else None
            for handoff in self.handoffs.values():
                if wanted and handoff["document"].get("id") == wanted:
                    return 200, self.created(handoff), True
            number = len(self.handoffs) + 1
            handoff_id = f"ho_{number}"
            self.handoffs[handoff_id] = {
                "id": handoff_id,
                "status": "pending",
                "revision": 1,
                "document": document,
                "decision": None,
                "messages": [],
                "acks": [],
            }
            answer = self.created(self.handoffs[handoff_id])
            self.answers[key] = (digest, answer)
            self.lock.notify_all()
            return 201, answer, False

    def created(self, handoff: dict[str, Any]) -> dict[str, Any]:
        number = handoff["id"]
        return {
            "id": number,
            "status": handoff["status"],
            "revision": handoff["revision"],
            "url": f"{self.url}/api/v1/handoffs/{number}",
            "web_url": f"{self.url}/h/{number}/",
            "warnings": [],
        }


def etag(handoff: dict[str, Any]) -> str:
    state = [handoff["status"], handoff["revision"], bool(handoff["decision"])]
    return f'"{json.dumps([*state, len(handoff["messages"])])!r}"'


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    desk: Desk

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.handle_call("GET")

    def do_POST(self) -> None:
        self.handle_call("POST")

    def handle_call(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        desk = self.desk
        self.body = body
        with desk.lock:
            desk.requests.append((method, self.path, dict(self.headers), body))
            desk.lock.notify_all()
            fault = next((f for f in desk.faults if f[0] == method and f[1] in self.path), None)
            if fault:
                desk.faults.remove(fault)
        if fault and fault[2](self):
            return
        if self.headers.get("Authorization") != f"Bearer {desk.token}":
            return self.problem(401, "Unknown token.")
        parts = urlsplit(self.path)
        path = parts.path.removeprefix("/api/v1").strip("/").split("/")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.route(method, path, query)

    def route(self, method: str, path: list[str], query: dict[str, str]) -> None:
        desk = self.desk
        if path == ["handoffs"] and method == "POST":
            status, answer, replayed = desk.submit(self.body, self.headers["Idempotency-Key"])
            extra = {"Idempotent-Replayed": "true"} if replayed else {}
            return self.answer(status, answer, extra)
        if path == ["handoffs"]:
            known = [dict(h) for h in desk.handoffs.values()]
            at = int(query.get("cursor", 0))
            limit = int(query["limit"])
            more = str(at + limit) if at + limit < len(known) else None
            return self.answer(200, {"items": known[at : at + limit], "next_cursor": more})
        if path == ["keys"]:
            return self.answer(200, {"keys": []})
        handoff = desk.handoffs.get(path[1])
        if handoff is None:
            return self.problem(404, "No such handoff.")
        if method == "GET" and len(path) == 2:
            return self.read(handoff, query)
        if method == "GET":
            return self.raw(200, desk.files[path[3]])
        self.change(handoff, path[2])

    def read(self, handoff: dict[str, Any], query: dict[str, str]) -> None:
        before = self.headers.get("If-None-Match")
        with self.desk.lock:

            def news() -> bool:
                if before:
                    return etag(handoff) != before
                return handoff["status"] not in ("pending", "claimed")

            if self.desk.hold and "wait" in query:
                wanted = lambda: news() or self.desk.stopping  # noqa: E731
                self.desk.lock.wait_for(wanted, float(query["wait"]))
            same = before == etag(handoff)
            found = {**self.desk.created(handoff), **handoff}
        if same:
            return self.raw(304, b"", {"ETag": before})
        self.answer(200, found, {"ETag": etag(handoff)})

    def change(self, handoff: dict[str, Any], verb: str) -> None:
        key = self.headers["Idempotency-Key"]
        sent = json.loads(self.body)
        with self.desk.lock:
            if key not in self.desk.answers:
                if verb == "ack":
                    handoff["acks"].append(sent)
                elif verb == "messages":
                    handoff["messages"].append(sent)
                elif verb == "withdraw":
                    handoff["status"] = "withdrawn"
                else:
                    handoff.update(
                        status="pending",
                        revision=handoff["revision"] + 1,
                        document=sent,
                        decision=None,
                    )
                self.desk.answers[key] = ("", self.desk.created(handoff))
            self.desk.lock.notify_all()
        self.answer(200, self.desk.answers[key][1])

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        kind = "application/problem+json" if status >= 400 else "application/json"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.raw(status, data, {"Content-Type": kind, **(headers or {})})

    def raw(self, status: int, data: bytes, headers: dict[str, Any] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True

    def problem(self, status: int, detail: str, **more: Any) -> None:
        headers = more.pop("headers", {})
        self.answer(status, {"title": "Refused", "detail": detail, **more}, headers)


# Faults


def busy(status: int, headers: dict[str, str] | None = None) -> Fault:
    """An error instead of doing anything."""

    def fault(handler: Handler) -> bool:
        handler.problem(status, "Busy.", headers=headers or {})
        return True

    return fault


def reset(handler: Handler) -> bool:
    """The connection is reset before anything is done."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True
    handler.wfile = open("/dev/null", "wb")  # noqa: SIM115, PTH123
    return True


def cut_off(handler: Handler) -> bool:
    """The desk does its work; its answer breaks in the middle."""
    handler.desk.submit(handler.body, handler.headers["Idempotency-Key"])
    handler.send_response(201)
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b'{"id": "ho')
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True
    return True


class Gate:
    """Holds a request until ``open()``; ``reached`` tells the test that it is there."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.may_go = threading.Event()

    def __call__(self, handler: Handler) -> bool:
        self.reached.set()
        self.may_go.wait(30)
        return False

    def open(self) -> None:
        self.may_go.set()


class AfterWork(Gate):
    """As a gate, but the desk has done its work before it holds the answer back."""

    def __call__(self, handler: Handler) -> bool:
        if handler.path.endswith("/handoffs"):
            handler.desk.submit(handler.body, handler.headers["Idempotency-Key"])
        else:
            handler.desk.handoffs[handler.path.split("/")[4]]["acks"].append("early")
        return super().__call__(handler)


@contextmanager
def serving(desk: Desk, port: int = 0) -> Iterator[ThreadingHTTPServer]:
    handler = type("BoundHandler", (Handler,), {"desk": desk})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    desk.stopping = False
    desk.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        with desk.lock:
            desk.stopping = True
            desk.lock.notify_all()
        server.shutdown()
        server.server_close()
        thread.join()
