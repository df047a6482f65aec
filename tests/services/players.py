"""Both sides of a desk that runs: reviewers in an HTTP session, agents with their token."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.services.desk import Installation
from tests.services.founding import PASSWORD


@dataclass
class Form:
    """A form of a page: where it goes, and what its fields hold."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """The forms of a page by id ("" for those without), with fields that name them elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, Form] = {}
        self._open: str | None = None
        self._text: tuple[Form, str] | None = None
        self._select: tuple[Form, str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        attrs = {name: value or "" for name, value in given}
        if tag == "form":
            self._open = attrs.get("id", "")
            self.found.setdefault(self._open, Form()).action = attrs.get("action", "")
            return
        owner = attrs.get("form", self._open)
        if tag == "option" and self._select and "selected" in attrs:
            form, name = self._select
            form.fields[name] = attrs.get("value", "")
        if owner is None or not attrs.get("name"):
            return
        form = self.found.setdefault(owner, Form())
        if tag == "input":
            form.fields[attrs["name"]] = attrs.get("value", "")
        elif tag == "textarea":
            form.fields[attrs["name"]] = ""
            self._text = form, attrs["name"]
        elif tag == "select":
            self._select = form, attrs["name"]

    def handle_data(self, data: str) -> None:
        if self._text:
            form, name = self._text
            form.fields[name] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "textarea":
            self._text = None
        elif tag == "select":
            self._select = None


class Person:
    """A signed-in reviewer. ``decide`` posts the form of the page as the page shows it."""

    def __init__(self, url: str, email: str) -> None:
        self.email = email
        self.http = httpx.Client(base_url=url, timeout=20, verify=False)  # no TLS on loopback
        form = Forms(self.http.get("/sign-in/").text).found[""]
        posted = {**form.fields, "username": email, "password": PASSWORD}
        answer = self.http.post("/sign-in/", data=posted)
        assert answer.status_code == 302, answer.text

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())

    def form(self, path: str, name: str = "decide") -> Form:
        """A form of the page of a handoff (``/h/HO-1/``)."""
        page = self.http.get(path)
        assert page.status_code == 200, page.text
        return Forms(page.text).found[name]

    def decide(
        self, path: str, verdict: str, *, note: str = "", edits: dict[str, str] | None = None
    ) -> httpx.Response:
        """Open the page, answer, and return what the desk says to the form (303: taken).

        ``edits`` maps the end of a field's name (its argument) to the text typed there.
        """
        form = self.form(path)
        if edits is not None:
            asked = self.http.post(form.action, data={**form.fields, "verdict": "edit"})
            form = Forms(asked.text).found["decide"]
            for argument, text in edits.items():
                (name,) = [name for name in form.fields if name.endswith(f"-{argument}")]
                form.fields[name] = text
            verdict = "edited"
        return self.send(form, verdict, note)

    def send(self, form: Form, verdict: str, note: str = "") -> httpx.Response:
        posted = {**form.fields, "verdict": verdict, "note": note}
        return self.http.post(form.action, data=posted)

    def undo(self, path: str) -> httpx.Response:
        token = self.http.cookies["csrftoken"]
        return self.http.post(f"{path}undo/", data={"csrfmiddlewaretoken": token})


@dataclass
class Site:
    """One workspace of a running desk, with its people and agents."""

    desk: Installation
    slug: str
    workspace: int
    folder: Path
    people: dict[str, int]
    tokens: dict[str, str]
    secrets: dict[str, str]

    @property
    def token(self) -> str:
        return next(iter(self.tokens.values()))

    @property
    def secret(self) -> str:
        return next(iter(self.secrets.values()))

    def person(self, number: int = 0) -> Person:
        return Person(self.desk.url, list(self.people)[number])

    def api(self, token: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        base = f"{self.desk.url}/api/v1"
        return httpx.Client(base_url=base, headers=headers, timeout=90, verify=False)

    def hand_off(self, title: str = "Deploy?", **members: Any) -> dict[str, Any]:
        """POST a document; the answer, with ``page``: the path of its page."""
        with self.api() as api:
            answer = api.post("/handoffs", json={"title": title, **members})
        assert answer.status_code == 201, answer.text
        taken: dict[str, Any] = answer.json()
        return {**taken, "page": page_of(taken)}

    def beside(self, function: str, *arguments: Any) -> Any:
        """Call a function of ``tests.services.founding`` in a process beside the running desk."""
        return call(self.desk, function, *arguments)


def page_of(taken: dict[str, Any]) -> str:
    return str(urlsplit(taken["web_url"]).path)


def found(
    desk: Installation,
    slug: str = "main",
    *,
    reviewers: Sequence[str] = ("rae@example.com", "sam@example.com"),
    agents: Sequence[str] = ("builder", "writer"),
    undo_seconds: int | None = None,
    callback_hosts: Sequence[str] = (),
) -> Site:
    """Make a workspace with its people and agents beside the running desk."""
    arguments = {
        "reviewers": list(reviewers),
        "agents": [f"{name}-of-{slug}" for name in agents],
        "undo_seconds": undo_seconds,
        "callback_hosts": list(callback_hosts),
    }
    made = call(desk, "found", slug, **arguments)
    return Site(desk=desk, slug=slug, **{**made, "folder": Path(made["folder"])})


def call(desk: Installation, function: str, *arguments: Any, **named: Any) -> Any:
    code = (
        f"import json; from tests.services import founding; "
        f"print(json.dumps(founding.{function}(*{arguments!r}, **{named!r})))"
    )
    printed = desk.manage("shell", "--no-imports", "-c", code)
    return json.loads(printed.strip().splitlines()[-1])
