"""The demo: three workspaces, their people and agents, and real agents' work, by both doors.

Everything goes the way it goes in life: documents through ``intake``, files through the file
door, verdicts through ``decisions``. Loading again adds what is missing and changes nothing else.
"""

import hashlib
import json
import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from reviews import (
    claims,
    decisions,
    demo_cast,
    demo_files,
    firing,
    intake,
    receipts,
    routing,
    scan,
    schema,
    verdicts,
)
from reviews.models import Handoff, Status
from workspaces import clock, strictjson
from workspaces.errors import Forbidden
from workspaces.models import Agent, User, Workspace

NOTES = "demo.json"
PLAYGROUND = "acme-site"  # where the printed curl line and the demo agent hand off
DEMO_AGENT = "demo-agent"


class NoDemoHere(Forbidden):
    code, title = "no-demo-here", "No demo in production"


def load(data_dir: Path) -> dict[str, Any]:
    """Load the demo; returns and writes (0600) the notes in ``data_dir``/demo.json.

    ``{"logins": [{"email", "password", "role"}], "token", "workspace", "folder", "url"}``.
    Raises NoDemoHere in production, Conflict when a workspace of the same name is there already.
    """
    if settings.PRODUCTION:
        raise NoDemoHere(
            "Demo accounts are refused in production: HANDOFF_SECRET_KEY is set, or HOST is not "
            "loopback."
        )
    earlier = _read_notes(data_dir)
    plans = demo_files.plans()
    workspaces = {plan.slug: demo_cast.workspace(plan, data_dir) for plan in plans}
    passwords = {login["email"]: login["password"] for login in earlier.get("logins", [])}
    people = demo_cast.people(passwords)
    for workspace in workspaces.values():
        demo_cast.admit(people.values(), workspace)
    playground = workspaces[PLAYGROUND]
    demo_agent = demo_cast.agent({"name": DEMO_AGENT}, playground, people)
    notes = {
        "logins": [
            {"email": person.email, "password": passwords[person.email], "role": person.role.value}
            for person in demo_cast.PEOPLE
        ],
        "token": demo_cast.token(demo_agent, earlier.get("token", "")),
        "workspace": playground.slug,
        "folder": playground.root,
        "url": settings.SITE_URL,
    }
    _write_notes(data_dir, notes)
    for plan in plans:
        _play(plan, workspaces[plan.slug], people)
    firing.fire_due()
    return notes


def _play(plan: demo_files.Plan, workspace: Workspace, people: dict[str, User]) -> None:
    """What happened in one workspace so far."""
    agents = {said["name"]: demo_cast.agent(said, workspace, people) for said in plan.agents}
    routing.ensure_otherwise(workspace)
    root = Path(workspace.root)
    taken = workspace.handoffs.exclude(source_path="").values_list("source_path", flat=True)
    dropped = demo_files.fill(plan, root, taken=set(taken))
    for post in plan.posts:
        _post(post, workspace, agents[post["agent"]], people)
    _take(workspace, dropped)
    for said in plan.answers:
        handoff = workspace.handoffs.select_related("submitter").get(source_path=said["path"])
        if _answer(handoff, said, people) and "round" in said:
            folder = said["path"].rpartition("/")[0]
            _take(workspace, demo_files.fill_round(plan, said["round"], root, folder))


def _take(workspace: Workspace, paths: list[str]) -> None:
    """As the watcher does; beside a running desk it may be first, and that is as good."""
    for path in paths:
        scan.take_path(workspace, path, is_complete=True)


def _post(
    post: dict[str, Any], workspace: Workspace, agent: Agent, people: dict[str, User]
) -> None:
    document = post["document"]
    if workspace.handoffs.filter(submitter=agent, external_id=document["id"]).exists():
        return
    if "expires_in_seconds" in post:
        moment = clock.now() + timedelta(seconds=post["expires_in_seconds"])
        document = {**document, "expires_at": moment.isoformat()}
    body = json.dumps(document, ensure_ascii=False).encode()
    taken = intake.submit(
        intake.Submission(
            workspace=workspace,
            submitter=agent,
            document=schema.parse(strictjson.loads(body), now=clock.now(), origin="api"),
            received_sha256=hashlib.sha256(body).hexdigest(),
        )
    )
    if "answer" in post:
        _answer(taken.handoff, post["answer"], people)


def _answer(handoff: Handoff, said: dict[str, Any], people: dict[str, User]) -> bool:
    """Let a demo reviewer decide the first round, without an undo window. False: done before."""
    if handoff.status != Status.PENDING or handoff.verdict or handoff.revision != 1:
        return False
    user, shown = people[said["by"]], handoff.current
    claims.see(handoff=handoff, user=user, revision=1, digest=shown.package_sha256)
    handoff.workspace.undo_seconds = 0  # of this object only: history has no window
    decisions.decide(
        handoff=handoff,
        user=user,
        revision=1,
        digest=shown.package_sha256,
        given=verdicts.Given(
            verdicts=(verdicts.Verdict(type=said["type"], message=said["message"]),),
            comments=tuple(verdicts.LineComment(**each) for each in said.get("comments", [])),
        ),
    )
    if ack := said.get("ack"):
        receipts.acknowledge(handoff, applied=ack["applied"], result=ack["result"])
    return True


def _read_notes(data_dir: Path) -> dict[str, Any]:
    path = data_dir / NOTES
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def _write_notes(data_dir: Path, notes: dict[str, Any]) -> None:
    """At once or not at all, readable by the desk's user only: passwords stand in it."""
    temporary = data_dir / f".{NOTES}.{secrets.token_hex(4)}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(notes, file, indent=2)
    temporary.rename(data_dir / NOTES)
