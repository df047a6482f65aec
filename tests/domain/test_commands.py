"""The commands for people and scripts."""

import io
import sys
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from reviews.models import Handoff
from tests.cast import PASSWORD, Cast
from workspaces.auth import bearer
from workspaces.models import Agent, AgentWorkspace, Membership, User, Workspace

pytestmark = pytest.mark.django_db


def run(name: str, *args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(name, *args, stdout=out, **options)
    return out.getvalue()


def type_in(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_workspace_is_made_with_a_folder_and_the_agent_for_it(cast: Cast) -> None:
    assert "site" in run("create_workspace", "site", "--name", "The site")
    workspace = Workspace.objects.get(slug="site")
    assert workspace.file_agents.get().agent.name == "site-files"
    with pytest.raises(CommandError, match="already"):
        run("create_workspace", "site")


@pytest.mark.parametrize("path", ["/", "/etc", "/root", "/home"])
def test_a_folder_that_exposes_the_machine_is_refused(cast: Cast, path: str) -> None:
    with pytest.raises(CommandError):
        run("create_workspace", "other", "--path", path)


def test_a_folder_that_holds_the_desks_data_is_refused(cast: Cast, settings: Any) -> None:
    for path in (settings.DATA_DIR, settings.DATA_DIR.parent, settings.BASE_DIR):
        with pytest.raises(CommandError):
            run("create_workspace", "other", "--path", str(path))


def test_an_agent_gets_its_token_and_secret_once_and_a_known_one_another_token(
    cast: Cast,
) -> None:
    first = run("create_agent", "bot", "--workspace", "acme", "--callback-host", "hooks.test")
    assert "webhook secret: whsec_" in first
    token = first.splitlines()[0].removeprefix("token: ")
    assert bearer(f"Bearer {token}").agent.name == "bot"
    run("create_workspace", "second")
    again = run("create_agent", "bot", "--workspace", "second", "--owner", "owner@example.com")
    assert "webhook secret" not in again
    agent = Agent.objects.get(name="bot")
    assert (agent.tokens.count(), agent.owner) == (2, cast.owner)
    assert AgentWorkspace.objects.filter(agent=agent).count() == 2
    with pytest.raises(CommandError, match="no workspace"):
        run("create_agent", "bot", "--workspace", "nowhere")


def test_a_person_is_made_from_stdin_and_a_known_one_gets_a_role(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_in(monkeypatch, f"{PASSWORD}\n")
    run("create_user", "new@example.com", "--password-stdin", "--site-admin")
    user = User.objects.get(email="new@example.com")
    assert user.is_site_admin
    assert user.check_password(PASSWORD)
    run("create_user", "NEW@example.com", "--role", "reviewer", "--workspace", "acme")
    assert Membership.objects.get(user=user).role == "reviewer"


def test_a_weak_password_and_half_a_role_are_refused(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_in(monkeypatch, "password\n")
    with pytest.raises(CommandError):
        run("create_user", "new@example.com", "--password-stdin")
    with pytest.raises(CommandError, match="together"):
        run("create_user", "new@example.com", "--role", "reviewer")


def test_scan_takes_what_was_dropped(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviews.scan.STILL_SECONDS", 0.0)
    cast.write("handoff.json", '{"title": "Report"}')
    assert "1 taken" in run("scan", "acme")
    assert Handoff.objects.get().title == "Report"
    with pytest.raises(CommandError, match="no workspace"):
        run("scan", "nowhere")


def test_invariants_and_verify_audit_say_what_holds_and_fail_where_it_does_not(
    cast: Cast,
) -> None:
    handoff = cast.submit()
    assert "BROKEN" not in run("invariants")
    assert "chain whole" in run("verify_audit")
    Handoff.objects.filter(pk=handoff.pk).update(status="decided")
    with pytest.raises(CommandError, match="do not hold"):
        run("invariants")
    cast.workspace.events.update(actor_id="somebody")
    with pytest.raises(CommandError, match="fault"):
        run("verify_audit")
