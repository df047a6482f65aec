"""Every address × everybody who may ask, against the table of ``tests.security.matrix``.

The scene is made once; what a request did is rolled back before the next.
"""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker, Settings

from reviews.queue import Queue
from tests.security import matrix
from tests.security.matrix import CSRF_EXEMPT, EXEMPTIONS, READS_SESSIONS, ROLES, UNNAMED, Cell
from tests.security.scene import PEOPLE, Scene, bodies, build
from workspaces import clock, throttle
from workspaces.models import DESK, AgentToken, User, Workspace

pytestmark = pytest.mark.django_db
TABLE = matrix.read()


@pytest.fixture(scope="module")
def scene(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("matrix")
    (folder / "workspaces").mkdir()
    with (
        django_db_blocker.unblock(),
        override_settings(
            DATA_DIR=folder, HANDOFF_SIGNING_KEY=str(folder / "signing_key"), HANDOFF_WAKERS=[]
        ),
        undone(),
    ):
        yield build(folder)


@pytest.fixture(autouse=True)
def data_folder(scene: Scene, settings: Settings) -> Path:
    """The scene's, in place of one for each test."""
    throttle.sign_ins.clear()
    return Path(settings.DATA_DIR)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- addresses ---


@dataclass(frozen=True)
class Address:
    """``name`` with its namespace; the pattern itself where it has none."""

    name: str
    parameters: tuple[str, ...]

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api:") or UNNAMED.get(self.name, "").startswith("/api/")

    def path(self, given: dict[str, Any]) -> str:
        if self.name in UNNAMED:
            return UNNAMED[self.name]
        return reverse(self.name, kwargs={name: given[name] for name in self.parameters})


def addresses(
    resolver: URLResolver, before: str = "", namespace: str = "", given: tuple[str, ...] = ()
) -> Iterator[Address]:
    """Everything that the resolver can lead to."""
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        parameters = (*given, *entry.pattern.converters)
        if isinstance(entry, URLPattern):
            yield Address(f"{namespace}{entry.name}" if entry.name else route, parameters)
        else:
            inner = f"{entry.namespace}:" if entry.namespace else ""
            yield from addresses(entry, route, namespace + inner, parameters)


ADDRESSES = list(addresses(get_resolver("handoff_site.urls")))
PAGES = [address for address in ADDRESSES if not address.is_api]
each_address = pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)


def test_the_table_names_every_address_once_and_no_other() -> None:
    names = [address.name for address in ADDRESSES]
    assert len(names) == len(set(names))
    assert set(TABLE) == set(names)
    assert all(set(lines) == {"GET", "POST"} for lines in TABLE.values())


# --- what a request does to the database ---


@dataclass
class Trap:
    """Notes the statements that change rows; but for a POST, also those that might have."""

    method: str = "GET"
    address: str = ""
    written: list[str] = field(default_factory=list)
    exempted: set[str] = field(default_factory=set)
    touched_sessions: bool = False

    READS = re.compile(r"(SELECT|SAVEPOINT|RELEASE|ROLLBACK|PRAGMA)\b")

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        result = execute(sql, params, many, context)
        self.touched_sessions = self.touched_sessions or "django_session" in sql
        if self.READS.match(sql):
            return result
        covering = {
            name for name, each in EXEMPTIONS.items() if each.covers(self.method, self.address, sql)
        }
        is_strict = self.method != "POST" or sql.startswith("INSERT")
        if covering:
            self.exempted |= covering
        elif is_strict or context["cursor"].rowcount:
            self.written.append(sql[:120])
        return result


def ask(
    scene: Scene, address: Address, method: str, role: str, path: str, body: Any = None
) -> tuple[HttpResponse, Trap]:
    """One request in a transaction that is taken back."""
    trap = Trap(method, address.name)
    client = scene.client(role)
    with undone(), connection.execute_wrapper(trap):
        if method == "POST":
            response = post(client, address, path, body)
        else:
            response = client.generic(method, path)
    return response, trap


def post(client: Client, address: Address, path: str, body: Any) -> Any:
    if address.is_api:
        return client.post(path, json.dumps(body or {}), content_type="application/json")
    return client.post(path, body or {})


def test_the_trap_notes_what_changes_rows() -> None:
    strict, lenient = Trap("GET"), Trap("POST")
    for trap in (strict, lenient):
        with undone(), connection.execute_wrapper(trap):
            User.objects.filter(email="viewer@example.com").update(name="Changed")
            User.objects.filter(pk=0).update(name="Nobody")
            User.objects.create(email="new@example.com")
            Workspace.objects.filter(pk=0).delete()
    verbs = [[sql.split()[0] for sql in trap.written] for trap in (strict, lenient)]
    assert verbs == [["UPDATE", "UPDATE", "INSERT"], ["UPDATE", "INSERT"]]


def test_an_exemption_covers_its_column_and_address_only() -> None:
    with connection.execute_wrapper(trap := Trap("GET", "api:handoff")):
        AgentToken.objects.filter(pk=0).update(last_used_at=clock.now())
        AgentToken.objects.filter(pk=0).update(revoked_at=clock.now())
    assert trap.exempted == {"last use of a token"} and len(trap.written) == 1
    with connection.execute_wrapper(elsewhere := Trap("GET", "queue")):
        AgentToken.objects.filter(pk=0).update(last_used_at=clock.now())
    assert len(elsewhere.written) == 1 and not elsewhere.exempted


def test_every_exemption_is_needed(scene: Scene) -> None:
    asked = {"api:handoff": "agent", "password_reset_confirm": "anonymous"}
    used: set[str] = set()
    for address in ADDRESSES:
        if role := asked.get(address.name):
            path = address.path(scene.here.parameters(address.name))
            used |= ask(scene, address, "GET", role, path)[1].exempted
    assert used == set(EXEMPTIONS)


# --- the matrix ---


@each_address
def test_everybody_gets_what_the_table_says(scene: Scene, address: Address) -> None:
    assert address.name in TABLE, f"{address.name} has no lines in tests/security/matrix.py"
    path = address.path(scene.here.parameters(address.name))
    body = bodies(scene).get(address.name)
    faults = []
    for method in ("GET", "HEAD", "POST"):
        for role in ROLES:
            cell = TABLE[address.name]["GET" if method == "HEAD" else method][role]
            response, trap = ask(scene, address, method, role, path, body)
            found = [
                *status_faults(response, method, cell, is_api=address.is_api),
                *write_faults(trap, method, cell),
                *(frame_faults if is_frame(address, response) else header_faults)(response),
                *leaks(scene, role, response),
            ]
            if trap.touched_sessions and address.is_api and address.name not in READS_SESSIONS:
                found.append("looked at a session")
            faults += [f"{method} {path} as {role}: {fault}" for fault in found]
    assert faults == []


def status_faults(
    response: HttpResponse, method: str, cell: Cell, *, is_api: bool
) -> Iterator[str]:
    """HEAD is what GET is, but below /api/, where it may be refused as no method."""
    is_sent_to_sign_in = response.status_code == 302 and response["Location"].startswith(
        "/sign-in/?next="
    )
    got = 0 if is_sent_to_sign_in else response.status_code
    if got != cell.status and not (method == "HEAD" and got == 405 and is_api):
        yield f"{got or 'in'} instead of {cell.status or 'in'}"


def write_faults(trap: Trap, method: str, cell: Cell) -> Iterator[str]:
    if trap.written and (method != "POST" or cell.is_idle):
        yield f"changed {trap.written}"
    if method == "POST" and not cell.is_idle and not trap.written:
        yield "changed nothing; is the body valid?"


def header_faults(response: HttpResponse) -> Iterator[str]:
    """A page may not be framed, hold inline script or style, or be taken for another type."""
    policy = response.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "unsafe-" in policy or "*" in policy:
        yield f"policy “{policy}”"
    if response["Content-Type"].startswith("text/html") and "frame-ancestors 'none'" not in policy:
        yield f"may be framed by “{policy}”"
    if response.get("X-Frame-Options") != "DENY":
        yield "no X-Frame-Options"
    if response.get("X-Content-Type-Options") != "nosniff":
        yield "no nosniff"


def is_frame(address: Address, response: HttpResponse) -> bool:
    return address.name == "frame" and response.status_code == 200


def frame_faults(response: HttpResponse) -> Iterator[str]:
    """What an agent drew: our own pages may frame it, and it may do nothing but style itself."""
    given = response["Content-Security-Policy"].split("; ")
    allowed = {"sandbox", "default-src 'none'", "form-action 'none'", "base-uri 'none'"}
    allowed |= {"img-src data:", "font-src data:", "frame-ancestors 'self'"}
    if set(given) != {*allowed, "style-src 'unsafe-inline'"}:
        yield f"policy “{given}”"
    if response["X-Frame-Options"] != "SAMEORIGIN":
        yield "cannot be framed"
    if response["X-Content-Type-Options"] != "nosniff" or response.cookies:
        yield "no nosniff, or a cookie"


def leaks(scene: Scene, role: str, response: HttpResponse) -> Iterator[str]:
    """Words of a workspace before those who may know nothing of it, on whatever page."""
    unknown = {role: [scene.elsewhere.word] for role in ROLES if role != "site_admin"}
    for role_outside in ("anonymous", "stranger", "other_agent"):
        unknown[role_outside].append(scene.here.word)
    content = response.content.decode(errors="replace")
    for word in unknown.get(role, []):
        if word.lower() in content.lower():
            yield f"reads of {word}"


# --- other workspaces ---

OBJECTS = [
    address
    for address in ADDRESSES
    if address.parameters
    and address.name not in ("api:schema", "password_reset_confirm", "mails-off")
]


def nothing() -> dict[str, Any]:
    """Parameters of what does not exist."""
    return {
        **{"slug": "nowhere", "pk": 10**9, "token_pk": 10**9, "number": "HO-1000000000"},
        **{"public_id": "HANDOFF0000000000000000000", "sha256": secrets.token_hex(32)},
        **{"page": 1, "scope": "nowhere", "key": "NOWHERE", "version": 10**6},
        "user_pk": 10**9,
    }


@pytest.mark.parametrize("address", OBJECTS, ids=lambda address: address.name)
def test_what_is_in_another_workspace_is_as_what_does_not_exist(
    scene: Scene, address: Address
) -> None:
    path = address.path(scene.elsewhere.parameters(address.name))
    empty = address.path(nothing())
    body = bodies(scene).get(address.name)
    asking = ("agent", "other_agent") if address.is_api else ("stranger", "owner")
    for role in asking:
        found = set()
        for method in ("GET", "POST"):
            response, trap = ask(scene, address, method, role, path, body)
            without = ask(scene, address, method, role, empty, body)[0]
            assert without.status_code == response.status_code, (method, role)
            assert said(without, empty) == said(response, path), (method, role)
            assert trap.written == [], (method, role)
            found.add(response.status_code)
        assert 404 in found <= {404, 405}, role


def said(response: HttpResponse, path: str) -> str:
    text = response.content.decode().replace(path, "")
    token = r'name="(csrfmiddlewaretoken|csrf)" (value|content)="\w+"|"X-CSRFToken": "\w+"'
    return re.sub(token, "", text)


def test_a_token_of_an_object_here_is_no_way_to_one_elsewhere(scene: Scene) -> None:
    """Two parameters in one address must belong together."""
    for address in OBJECTS:
        if len(address.parameters) < 2:
            continue
        here = scene.here.parameters(address.name)
        there = scene.elsewhere.parameters(address.name)
        second = address.parameters[1]
        mixed = {**here, second: nothing()[second] if second == "sha256" else there[second]}
        role = "agent" if address.is_api else "owner"
        answers = [
            ask(scene, address, method, role, address.path(mixed), bodies(scene).get(address.name))
            for method in ("GET", "POST")
        ]
        assert 404 in {answer.status_code for answer, _ in answers} <= {404, 405}, address.name
        assert all(trap.written == [] for _, trap in answers), address.name


REACHING: dict[str, tuple[str, dict[str, str], int]] = {
    # what: (address, what of the valid body is changed, status); "$" stands for what is elsewhere
    "grant an agent a workspace": ("agent-grant", {"workspace": "$slug"}, 404),
    "make an agent for a workspace": ("agent-new", {"workspace": "$slug"}, 200),
    "invite into a workspace": ("person-invite", {"workspace": "$slug"}, 200),
    "give a folder to an agent": ("workspace-agents", {"agent": "$agent"}, 200),
    "name somebody owner of an agent": ("agent-settings", {"owner": "$member"}, 200),
    "make an owner": ("workspace-member", {"role": "owner"}, 403),
    "invite an owner": ("person-invite", {"role": "owner"}, 200),
    "add an owner": ("workspace-members", {"role": "owner"}, 200),
}


@pytest.mark.parametrize("what", REACHING)
def test_an_admin_cannot_reach_beyond_by_what_a_form_names(scene: Scene, what: str) -> None:
    name, changes, status = REACHING[what]
    there = scene.elsewhere
    known = {"$slug": there.workspace.slug, "$agent": there.agent.pk, "$member": there.member.pk}
    body = bodies(scene)[name] | {key: known.get(text, text) for key, text in changes.items()}
    (address,) = [address for address in ADDRESSES if address.name == name]
    path = address.path(scene.here.parameters(name))
    response, trap = ask(scene, address, "POST", "admin", path, body)
    assert (response.status_code, trap.written) == (status, [])
    assert there.word not in response.content.decode()


def test_an_admin_invites_no_site_admin_and_moves_no_folder(scene: Scene, tmp_path: Path) -> None:
    client = scene.client("admin")
    with undone():
        client.post("/people/invite/", bodies(scene)["person-invite"] | {"is_site_admin": "on"})
        assert User.objects.get(email="new@example.com").is_site_admin is False
        given = bodies(scene)["workspace-settings"] | {"root": str(tmp_path)}
        client.post(f"/w/{scene.here.workspace.slug}/settings/", given)
        moved = Workspace.objects.get(pk=scene.here.workspace.pk)
        assert (moved.name, moved.root) == ("Anew", scene.here.workspace.root)


def test_an_agent_cannot_tell_another_workspace_from_none(scene: Scene) -> None:
    with undone():
        answers = [
            scene.client("agent").post(
                "/api/v1/handoffs",
                json.dumps({"title": "Ship it?", "workspace": slug}),
                content_type="application/json",
            )
            for slug in (scene.elsewhere.workspace.slug, "nowhere", DESK)
        ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    details = {re.sub("“.*”", "", answer.json()["detail"]) for answer in answers}
    assert len(details) == 1


def test_the_desk_s_own_record_is_for_site_admins(scene: Scene) -> None:
    with undone():
        scene.client("anonymous").post("/sign-in/", bodies(scene)["login"])
        paths = [f"/w/{DESK}/{part}" for part in ("", "settings/", "members/", "agents/", "audit/")]
        got = {
            role: [scene.client(role).get(path).status_code for path in paths] for role in PEOPLE
        }
    assert got == {role: [404] * 5 for role in PEOPLE} | {"site_admin": [404] * 4 + [200]}


# --- forged requests ---


def test_no_page_takes_an_unsafe_request_without_its_csrf_token(scene: Scene) -> None:
    faults = []
    for address in PAGES:
        path = address.path(scene.here.parameters(address.name))
        wanted = 405 if address.name in CSRF_EXEMPT else 403
        for role in ("anonymous", "site_admin"):
            client = scene.client(role, enforce_csrf_checks=True)
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                if (address.name, method) == ("mails-off", "POST"):
                    continue  # tests/notify/test_mails_off.py
                trap = Trap(method, address.name)
                with undone(), connection.execute_wrapper(trap):
                    response = client.generic(method, path)
                found = [*header_faults(response), *trap.written]  # type: ignore[arg-type]
                if response.status_code != wanted or found:
                    faults.append((method, path, role, response.status_code, found))
    assert faults == []


def test_the_api_has_no_other_methods(scene: Scene) -> None:
    for address in ADDRESSES:
        if not address.is_api:
            continue
        path = address.path(scene.here.parameters(address.name))
        wanted = 404 if address.name in UNNAMED else 405
        for method in ("PUT", "PATCH", "DELETE"):
            with undone(), connection.execute_wrapper(trap := Trap(method, address.name)):
                response = scene.client("agent").generic(method, path)
            assert (response.status_code, trap.written) == (wanted, []), (method, path)


# --- pages that no role asks for ---


def test_pages_of_errors_are_protected_too(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(Queue, "page", fail)
    client = scene.client("viewer")
    client.raise_request_exception = False
    for response, status in (
        (client.get("/"), 500),
        (client.get("/", headers={"host": "evil.example"}), 400),
        (client.get("/nothing-here/"), 404),
        (client.get("/h/%00/"), 400),
    ):
        assert response.status_code == status
        assert list(header_faults(response)) == []  # type: ignore[arg-type]
        assert "no such luck" not in response.content.decode()
