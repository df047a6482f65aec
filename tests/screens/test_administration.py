"""Administration in the browser: who may, what it changes, and what it says when it cannot."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, reverse
from pytest_django import Settings

from reviews import admin_urls, dispatch, scan
from reviews.models import Channel, Delivery, Problem
from tests.cast import PASSWORD, Cast, make_agent, make_user, make_workspace
from workspaces import auth, clock, events, urls
from workspaces.actors import SYSTEM
from workspaces.models import (
    Agent,
    AgentToken,
    AgentWorkspace,
    Event,
    FileAgent,
    Membership,
    Role,
    User,
    Workspace,
)

BAD_HANDOFF = '{"title": "x", "trigger": "never heard of"}'


def html(answer: HttpResponse | Any) -> str:
    return str(answer.content.decode())


def said(client: Client, url: str, **data: str) -> str:
    """The page after a POST that redirects: its messages are on it."""
    return html(client.post(url, data, follow=True))


@pytest.fixture
def site_admin(cast: Cast) -> User:
    return make_user("ada@example.com", name="Ada Admin", is_site_admin=True)


@pytest.fixture
def admin(cast: Cast) -> User:
    user = make_user("adam@example.com", name="Adam Admin")
    Membership.objects.create(user=user, workspace=cast.workspace, role=Role.ADMIN)
    return user


@pytest.fixture
def other(cast: Cast, data_folder: Path) -> Workspace:
    """A second workspace, of nobody in the cast."""
    return make_workspace("other", data_folder)


@pytest.fixture
def problem(cast: Cast) -> Problem:
    cast.write("in/handoff.json", BAD_HANDOFF)
    scan.take_path(cast.workspace, "in/handoff.json", is_complete=True)
    return Problem.objects.get()


@pytest.fixture
def dead(cast: Cast) -> Delivery:
    handoff = cast.submit()
    channel, _ = Channel.objects.get_or_create(kind=Channel.Kind.EMAIL, workspace=None)
    return Delivery.objects.create(
        event=Event.objects.filter(workspace=cast.workspace).latest("pk"),
        channel=channel,
        handoff=handoff,
        user=cast.owner,
        recipient=str(cast.owner.pk),
        lane="mail",
        key="dead",
        status=Delivery.Status.DEAD,
        attempts=10,
        last_error="The mail server said no.",
        next_at=clock.now(),
        created_at=clock.now(),
    )


# --- every address has its stranger ---

AUTH = {
    *("login", "logout", "password_change", "password_change_done", "password_reset"),
    *("password_reset_done", "password_reset_confirm", "password_reset_complete", "settings"),
    *("away", "notices"),  # one's own
    "mails-off",  # for who has the signed address
}
# What a stranger gets: (GET, POST). 405: not a method of it.
STRANGER = {
    "workspaces": (200, 405),
    "workspace": (404, 405),
    "workspace-new": (403, 403),
    "workspace-settings": (404, 404),
    "workspace-archive": (405, 404),
    "workspace-members": (404, 404),
    "workspace-member": (405, 404),
    "workspace-agents": (404, 404),
    "workspace-audit": (404, 404),
    "workspace-hours": (404, 404),
    "people": (403, 405),
    "person-invite": (403, 403),
    "person": (404, 405),
    "person-change": (405, 404),
    "person-reinvite": (405, 404),
    "person-away": (404, 404),
    "person-deactivate": (404, 404),
    "person-reactivate": (405, 404),
    "teams": (200, 405),
    "team": (404, 404),
    "team-new": (403, 403),
    "team-change": (405, 404),
    "team-member": (405, 404),
    "team-notices": (404, 404),
    "workspace-team": (405, 404),
    "agents": (403, 405),
    "agent": (404, 405),
    "agent-new": (403, 403),
    "agent-received": (404, 405),
    "agent-settings": (404, 404),
    "agent-switch": (405, 404),
    "agent-grant": (405, 404),
    "agent-secret": (405, 404),
    "token-new": (404, 404),
    "token-rotate": (405, 404),
    "token-revoke": (405, 404),
    "problems": (403, 405),
    "problem-retry": (405, 404),
    "problem-set-aside": (405, 404),
    "deliveries": (403, 405),
    "delivery-replay": (405, 404),
    "deliveries-replay": (405, 403),
    "channels": (403, 405),
    "webhook-new": (403, 403),
    "service-new": (403, 403),
    "channel": (404, 404),
    "channel-test": (405, 404),
    "channel-switch": (405, 404),
    "channel-secret": (405, 404),
    "channel-delete": (405, 404),
}
NAMED = [
    pattern
    for pattern in [*urls.urlpatterns, *admin_urls.urlpatterns]
    if isinstance(pattern, URLPattern) and pattern.name not in AUTH
]


def address(pattern: URLPattern, cast: Cast, problem: Problem, dead: Delivery) -> str:
    pks = {"problem": problem.pk, "delivery": dead.pk, "person": cast.owner.pk}
    pks |= {"workspace": cast.owner.pk, "agent": cast.agent.pk, "token": cast.agent.pk}
    assert pattern.name is not None
    known = {
        "slug": cast.workspace.slug,
        "pk": pks.get(pattern.name.partition("-")[0], 0),
        "user_pk": cast.owner.pk,
        "token_pk": cast.tokens[cast.agent.pk].pk,
    }
    wanted = pattern.pattern.converters
    return reverse(pattern.name, kwargs={name: known[name] for name in wanted})


@pytest.mark.parametrize("pattern", NAMED, ids=lambda pattern: str(pattern.name))
def test_a_stranger_learns_and_changes_nothing(
    cast: Cast, problem: Problem, dead: Delivery, pattern: URLPattern
) -> None:
    url = address(pattern, cast, problem, dead)
    client = cast.client(cast.stranger)
    before = Event.objects.count()
    got, posted = client.get(url), client.post(url)
    assert (got.status_code, posted.status_code) == STRANGER[str(pattern.name)]
    assert "acme" not in html(got).replace(url, "").lower()
    assert Event.objects.count() == before


@pytest.mark.parametrize("pattern", NAMED, ids=lambda pattern: str(pattern.name))
def test_who_is_not_signed_in_is_asked_to(
    cast: Cast, problem: Problem, dead: Delivery, pattern: URLPattern
) -> None:
    url = address(pattern, cast, problem, dead)
    answer = cast.client().get(url)
    if answer.status_code == 405:
        answer = cast.client().post(url)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/")


# --- workspaces ---


def test_a_reviewer_reads_the_workspace_and_changes_nothing(cast: Cast, problem: Problem) -> None:
    client = cast.client(cast.reviewer)
    handoff = cast.submit("Publish the page?")
    page = html(client.get("/w/acme/"))
    assert "Publish the page?" in page and handoff.number in page
    assert "in/handoff.json" in page and "Retry" not in page
    for path in ("members", "agents", "settings", "audit"):
        assert client.get(f"/w/acme/{path}/").status_code == 200
    refused = client.post("/w/acme/settings/", {"name": "Mine now"})
    assert refused.status_code == 403
    assert "This needs the role Admin; yours is Reviewer." in html(refused)
    assert client.post(f"/problems/{problem.pk}/retry/").status_code == 403


def test_a_site_admin_makes_a_workspace_and_owns_it(cast: Cast, site_admin: User) -> None:
    client = cast.client(site_admin)
    client.post("/w/new/", {"name": "Web shop", "slug": "shop", "path": ""})
    shop = Workspace.objects.get(slug="shop")
    assert (shop.name, Path(shop.root).is_dir()) == ("Web shop", True)
    assert shop.memberships.get().user == site_admin


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"slug": "acme"}, "There is a workspace “acme” already."),
        ({"slug": "No Good"}, "Short name: lower-case letters"),
        ({"slug": "new"}, "is the address of this page"),
        ({"slug": "fine", "path": "relative"}, "is not an absolute path"),
        ({"slug": "fine", "path": "/etc"}, "Choose a folder"),
    ],
)
def test_a_workspace_that_cannot_be_made_says_why_and_keeps_what_was_typed(
    cast: Cast, site_admin: User, given: dict[str, str], sentence: str
) -> None:
    answer = cast.client(site_admin).post("/w/new/", {"name": "Typed name", **given})
    page = html(answer)
    assert answer.status_code == 200
    assert sentence in page
    assert 'value="Typed name"' in page
    assert Workspace.objects.exclude(slug="desk").count() == 1


def test_an_admin_changes_settings_but_not_the_folder(
    cast: Cast, admin: User, tmp_path: Path
) -> None:
    given = {
        "name": "Acme site",
        "root": str(tmp_path),
        "undo_seconds": "20",
        "allow_self_approval": "no",
        "intake_folders": "out/\n\nbuild/./done\n",
    }
    cast.client(admin).post("/w/acme/settings/", given)
    before = cast.workspace.root
    cast.workspace.refresh_from_db()
    assert (cast.workspace.name, cast.workspace.root) == ("Acme site", before)
    assert (cast.workspace.undo_seconds, cast.workspace.allow_self_approval) == (20, False)
    assert cast.workspace.intake_folders == ["out", "build/done"]


def test_a_site_admin_moves_the_folder(cast: Cast, site_admin: User, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    given = {"name": "Acme", "root": str(folder), "allow_self_approval": "auto"}
    cast.client(site_admin).post("/w/acme/settings/", given)
    cast.workspace.refresh_from_db()
    assert cast.workspace.root == str(folder.resolve())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"undo_seconds": "31"}, "less than or equal to 30"),
        ({"intake_folders": "../out"}, "would leave the workspace"),
        ({"root": "/nowhere/at/all"}, "There is no folder at"),
    ],
)
def test_a_wrong_setting_is_refused_beside_its_field(
    cast: Cast, site_admin: User, change: dict[str, str], sentence: str
) -> None:
    given = {"name": "Kept", "root": cast.workspace.root, "allow_self_approval": "auto", **change}
    page = html(cast.client(site_admin).post("/w/acme/settings/", given))
    assert sentence in page and 'value="Kept"' in page
    field = next(iter(change))
    assert f'id="id_{field}_error"' in page


def test_an_owner_archives_a_workspace_and_takes_it_back(cast: Cast, admin: User) -> None:
    assert cast.client(admin).post("/w/acme/archive/").status_code == 403
    client = cast.client(cast.owner)
    client.post("/w/acme/archive/")
    cast.workspace.refresh_from_db()
    assert cast.workspace.archived_at is not None
    client.post("/w/acme/archive/")
    cast.workspace.refresh_from_db()
    assert cast.workspace.archived_at is None


# --- members ---


def test_an_admin_adds_a_known_person_and_changes_the_role(cast: Cast, admin: User) -> None:
    client = cast.client(admin)
    client.post("/w/acme/members/", {"email": "STRANGER@example.com", "role": "viewer"})
    membership = Membership.objects.get(user=cast.stranger)
    assert membership.role == Role.VIEWER
    client.post(f"/w/acme/members/{cast.stranger.pk}/", {"role": "reviewer"})
    membership.refresh_from_db()
    assert membership.role == Role.REVIEWER
    client.post(f"/w/acme/members/{cast.stranger.pk}/", {"role": ""})
    assert not Membership.objects.filter(user=cast.stranger).exists()


def test_adding_somebody_unknown_invites_them_by_a_link_that_works_once(
    cast: Cast, admin: User, settings: Settings
) -> None:
    settings.SITE_URL = "http://testserver"
    page = html(
        cast.client(admin).post(
            "/w/acme/members/", {"email": "nina@example.com", "role": "reviewer"}
        )
    )
    found = re.search(r"http://testserver(/password/reset/[^<\s]+)", page)
    assert found is not None
    assert found[0] in mail.outbox[-1].body and mail.outbox[-1].to == ["nina@example.com"]
    browser = cast.client()
    form = browser.get(found[1], follow=True).redirect_chain[-1][0]
    new = {"new_password1": "a whole new password", "new_password2": "a whole new password"}
    browser.post(form, new)
    signed_in = browser.post(
        "/sign-in/", {"username": "nina@example.com", "password": "a whole new password"}
    )
    assert signed_in.status_code == 302
    assert "acme" in html(browser.get("/w/")).lower()
    assert "does not work any more" in html(cast.client().get(found[1]))


def test_only_owners_make_and_unmake_owners(cast: Cast, admin: User) -> None:
    client = cast.client(admin)
    raised = client.post(f"/w/acme/members/{cast.reviewer.pk}/", {"role": "owner"})
    lowered = client.post(f"/w/acme/members/{cast.owner.pk}/", {"role": "viewer"})
    removed = client.post(f"/w/acme/members/{cast.owner.pk}/", {"role": ""})
    added = client.post("/w/acme/members/", {"email": "stranger@example.com", "role": "owner"})
    assert [a.status_code for a in (raised, lowered, removed)] == [403, 403, 403]
    assert "Select a valid choice" in html(added)
    assert [m.user for m in Membership.objects.filter(role=Role.OWNER)] == [cast.owner]


def test_the_last_owner_stays(cast: Cast) -> None:
    page = said(cast.client(cast.owner), f"/w/acme/members/{cast.owner.pk}/", role="")
    assert "A workspace keeps at least one owner." in page
    assert Membership.objects.filter(user=cast.owner).exists()


# --- people ---


def test_a_site_admin_invites_and_an_admin_only_into_their_workspace(
    cast: Cast, site_admin: User, admin: User, other: Workspace
) -> None:
    cast.client(site_admin).post(
        "/people/invite/", {"email": "new@example.com", "role": "reviewer", "is_site_admin": "on"}
    )
    assert User.objects.get(email="new@example.com").is_site_admin
    given = {"email": "two@example.com", "role": "reviewer", "is_site_admin": "on"}
    refused = cast.client(admin).post("/people/invite/", {**given, "workspace": "other"})
    assert "Select a valid choice" in html(refused)
    assert not User.objects.filter(email="two@example.com").exists()
    cast.client(admin).post("/people/invite/", {**given, "workspace": "acme"})
    assert not User.objects.get(email="two@example.com").is_site_admin


def test_an_admin_cannot_invite_an_owner(cast: Cast, admin: User) -> None:
    given = {"email": "two@example.com", "role": "owner", "workspace": "acme"}
    assert "This needs the role Owner" in html(cast.client(admin).post("/people/invite/", given))
    assert not User.objects.filter(email="two@example.com").exists()


def test_an_admin_sees_the_members_of_their_workspaces_only(
    cast: Cast, admin: User, site_admin: User
) -> None:
    page = html(cast.client(admin).get("/people/"))
    assert "reviewer@example.com" in page
    assert "stranger@example.com" not in page
    assert "stranger@example.com" in html(cast.client(site_admin).get("/people/"))
    assert cast.client(admin).get(f"/people/{cast.reviewer.pk}/").status_code == 200
    assert cast.client(admin).get(f"/people/{cast.stranger.pk}/").status_code == 404


def test_an_account_is_switched_off_and_on_again(cast: Cast, site_admin: User) -> None:
    client, url = cast.client(site_admin), f"/people/{cast.reviewer.pk}/"
    client.post(f"{url}deactivate/", {"heir": ""})
    cast.reviewer.refresh_from_db()
    assert not cast.reviewer.is_active
    client.post(f"{url}reactivate/")
    cast.reviewer.refresh_from_db()
    assert cast.reviewer.is_active


@pytest.mark.parametrize("change", ["deactivate", "change"])
def test_the_last_site_admin_stays(cast: Cast, site_admin: User, change: str) -> None:
    url = f"/people/{site_admin.pk}/{change}/"
    page = said(cast.client(site_admin), url, change="end-site-admin")
    assert "The last site admin cannot be taken away." in page
    site_admin.refresh_from_db()
    assert site_admin.is_active and site_admin.is_site_admin


def test_no_link_is_made_for_somebody_who_has_a_password(cast: Cast, site_admin: User) -> None:
    page = said(cast.client(site_admin), f"/people/{cast.owner.pk}/invite/")
    assert "/password/reset/" not in page
    assert mail.outbox == []


# --- agents ---


def shown_token(page: str) -> str:
    found = re.search(r'<code id="token">(hdk_\w+)</code>', page)
    assert found is not None
    return found[1]


def test_a_new_agent_gets_a_token_a_secret_and_a_curl_line_that_works(
    cast: Cast, settings: Settings
) -> None:
    settings.SITE_URL = "https://desk.example"
    client = cast.client(cast.owner)
    page = html(client.post("/agents/new/", {"name": 'it\'s "new"', "workspace": "acme"}))
    agent = Agent.objects.get(name='it\'s "new"')
    token = shown_token(page)
    assert agent.webhook_secret in page.replace("&#x27;", "'")
    assert "https://desk.example/api/v1/handoffs" in page
    assert (agent.owner, agent.grants.get().workspace) == (cast.owner, cast.workspace)
    body = re.search(r"-d &#x27;(.*?)&#x27;</pre>", page)
    assert body is not None
    answer = cast.api(token).post(
        "/api/v1/handoffs", body[1].replace("&quot;", '"'), content_type="application/json"
    )
    assert answer.status_code in (200, 201)
    again = html(client.get(f"/agents/{agent.pk}/"))
    assert token not in again and agent.webhook_secret not in again


def test_the_waiting_fragment_asks_again_until_the_first_handoff_of_that_token(
    cast: Cast,
) -> None:
    client, pk = cast.client(cast.owner), cast.agent.pk
    url = f"/agents/{pk}/received/?token={cast.tokens[pk].pk}"
    cast.submit(agent=cast.second_agent)
    waiting = html(client.get(url, headers={"hx-request": "true"}))
    assert "Waiting for the first handoff…" in waiting and 'hx-trigger="every 2s"' in waiting
    handoff = cast.submit("Here I am")
    received = html(client.get(url, headers={"hx-request": "true"}))
    assert handoff.number in received and "received" in received
    assert "hx-trigger" not in received and "<html" not in received
    assert "<html" in html(client.get(url))


def test_the_list_says_who_has_handed_off(cast: Cast) -> None:
    handoff = cast.submit()
    page = html(cast.client(cast.owner).get("/agents/"))
    assert handoff.number in page
    assert "waiting for it…" in page


def test_a_token_is_issued_with_scopes_and_an_end(cast: Cast) -> None:
    url = f"/agents/{cast.agent.pk}/tokens/new/"
    client = cast.client(cast.owner)
    text = shown_token(html(client.post(url, {"name": "night", "scopes": ["read"], "days": "30"})))
    token = AgentToken.objects.get(sha256=auth.hash_token(text))
    assert (token.name, token.scopes) == ("night", ["read"])
    assert token.expires_at is not None
    assert timedelta(days=29) < token.expires_at - clock.now() <= timedelta(days=30)
    refused = html(client.post(url, {"name": "typed", "days": "never"}))
    assert "This field is required." in refused and 'value="typed"' in refused


def test_rotating_keeps_the_old_token_until_it_is_revoked(cast: Cast) -> None:
    client, old = cast.client(cast.owner), cast.tokens[cast.agent.pk]
    base = f"/agents/{cast.agent.pk}/tokens/{old.pk}"
    fresh = shown_token(html(client.post(f"{base}/rotate/")))
    assert cast.api().get("/api/v1/handoffs").status_code == 200
    client.post(f"{base}/revoke/")
    assert cast.api().get("/api/v1/handoffs").status_code == 401
    assert cast.api(fresh).get("/api/v1/handoffs").status_code == 200


def test_a_token_is_changed_only_under_its_own_agent(cast: Cast) -> None:
    foreign = cast.tokens[cast.second_agent.pk]
    url = f"/agents/{cast.agent.pk}/tokens/{foreign.pk}/revoke/"
    assert cast.client(cast.owner).post(url).status_code == 404
    foreign.refresh_from_db()
    assert foreign.revoked_at is None


def test_an_agent_shared_with_a_foreign_workspace_is_seen_but_not_changed(
    cast: Cast, other: Workspace, site_admin: User
) -> None:
    """Its token would open the other workspace too."""
    AgentWorkspace.objects.create(agent=cast.agent, workspace=other)
    client = cast.client(cast.owner)
    assert client.get(f"/agents/{cast.agent.pk}/").status_code == 200
    for path in ("tokens/new/", "secret/", "switch/", "settings/"):
        refused = client.post(f"/agents/{cast.agent.pk}/{path}", {"scopes": ["submit"]})
        assert refused.status_code == 403
        assert "workspaces that you do not administer" in html(refused)
    assert cast.client(site_admin).get(f"/agents/{cast.agent.pk}/tokens/new/").status_code == 200


def test_an_agent_of_another_workspace_is_unknown_to_an_admin(cast: Cast, other: Workspace) -> None:
    foreign = make_agent("foreign", other)
    client = cast.client(cast.owner)
    assert client.get(f"/agents/{foreign.pk}/").status_code == 404
    assert "foreign" not in html(client.get("/agents/"))
    granted = client.post(f"/agents/{foreign.pk}/workspaces/", {"workspace": "acme"})
    given = client.post(f"/agents/{cast.agent.pk}/workspaces/", {"workspace": "other"})
    assert (granted.status_code, given.status_code) == (404, 404)


def test_the_webhook_secret_is_rotated_and_shown_once(cast: Cast) -> None:
    before = cast.agent.webhook_secret
    page = html(cast.client(cast.owner).post(f"/agents/{cast.agent.pk}/secret/"))
    cast.agent.refresh_from_db()
    assert cast.agent.webhook_secrets == [cast.agent.webhook_secret, before]
    assert cast.agent.webhook_secret in page and before not in page


def test_callback_hosts_are_checked_and_addresses_are_for_site_admins(
    cast: Cast, site_admin: User
) -> None:
    url = f"/agents/{cast.agent.pk}/settings/"

    def save(user: User, hosts: str) -> str:
        return html(cast.client(user).post(url, {"owner": "", "callback_hosts": hosts}))

    assert "is no host" in save(cast.owner, "https://hooks.example.com/x")
    assert "only a site admin may allow it" in save(cast.owner, "169.254.169.254")
    assert "only a site admin may allow it" in save(cast.owner, "localhost:9000")
    save(cast.owner, "Hooks.example.com:8443\nhooks.example.com:8443")
    cast.agent.refresh_from_db()
    assert cast.agent.callback_hosts == ["hooks.example.com:8443"]
    save(site_admin, "127.0.0.1:9000")
    cast.agent.refresh_from_db()
    assert cast.agent.callback_hosts == ["127.0.0.1:9000"]


def test_an_agent_switched_off_is_refused_and_on_again_taken(cast: Cast) -> None:
    client, url = cast.client(cast.owner), f"/agents/{cast.agent.pk}/switch/"
    client.post(url)
    assert cast.api().get("/api/v1/handoffs").status_code == 401
    client.post(url)
    assert cast.api().get("/api/v1/handoffs").status_code == 200


def test_a_folder_is_given_to_an_agent(cast: Cast) -> None:
    client = cast.client(cast.owner)
    client.post("/w/acme/agents/", {"folder": "blog/", "agent": str(cast.second_agent.pk)})
    assert FileAgent.objects.get(path_prefix="blog").agent == cast.second_agent
    bad = client.post("/w/acme/agents/", {"folder": "../x", "agent": str(cast.agent.pk)})
    assert "would leave the workspace" in html(bad)


# --- problems and deliveries ---


def test_a_problem_says_why_and_goes_when_the_mended_file_is_tried_again(
    cast: Cast, problem: Problem
) -> None:
    client = cast.client(cast.owner)
    page = html(client.get("/w/acme/"))
    assert "in/handoff.json" in page and "/trigger" in page and "line 1, column" in page
    url = f"/problems/{problem.pk}/retry/"
    assert "still cannot be taken" in said(client, url)
    cast.write("in/handoff.json", '{"title": "Mended"}')
    assert "is in order now" in said(client, url)
    problem.refresh_from_db()
    assert problem.resolved_at is not None
    assert "Mended" in html(client.get("/w/acme/"))


def test_an_answer_that_was_tampered_with_is_never_read_as_a_handoff(cast: Cast) -> None:
    cast.write("a.decision.json", '{"title": "Not a handoff"}')
    problem = Problem.objects.create(
        workspace=cast.workspace,
        path="a.decision.json",
        kind=Problem.Kind.TAMPERED,
        detail="Changed.",
        created_at=clock.now(),
    )
    client = cast.client(cast.owner)
    assert "set it aside" in said(client, f"/problems/{problem.pk}/retry/")
    assert cast.workspace.handoffs.count() == 0
    client.post(f"/problems/{problem.pk}/set-aside/")
    problem.refresh_from_db()
    assert problem.resolved_at is not None


def test_an_admin_sees_no_problem_and_no_delivery_of_foreign_workspaces(
    cast: Cast, other: Workspace, problem: Problem, dead: Delivery
) -> None:
    foreigner = make_user("otto@example.com")
    Membership.objects.create(user=foreigner, workspace=other, role=Role.OWNER)
    client = cast.client(foreigner)
    assert "in/handoff.json" not in html(client.get("/problems/"))
    assert dead.handoff.number not in html(client.get("/deliveries/"))
    assert "in/handoff.json" in html(cast.client(cast.owner).get("/problems/"))


def test_deliveries_are_filtered_by_state_and_channel(cast: Cast, dead: Delivery) -> None:
    client = cast.client(cast.owner)
    assert "The mail server said no." in html(client.get("/deliveries/?state=dead&channel=email"))
    assert "None fits" in html(client.get("/deliveries/?state=dead&channel=callback"))
    assert "None fits" in html(client.get("/deliveries/?state=done"))


def test_a_dead_delivery_is_replayed(cast: Cast, dead: Delivery) -> None:
    url = f"/deliveries/{dead.pk}/replay/"
    assert cast.client(cast.reviewer).post(url).status_code == 403
    cast.client(cast.owner).post(url)
    dead.refresh_from_db()
    assert (dead.status, dead.attempts) == (Delivery.Status.WAITING, 0)
    dispatch.deliver_due()
    dead.refresh_from_db()
    assert dead.status == Delivery.Status.DONE


# --- audit ---


def test_the_audit_lists_who_did_what_and_pages_back(cast: Cast) -> None:
    cast.submit()
    for _ in range(120):
        events.record(
            cast.workspace.pk, "workspace.changed", subject=("workspace", "acme"), actor=SYSTEM
        )
    client = cast.client(cast.reviewer)
    first = html(client.get("/w/acme/audit/"))
    more = re.search(r'href="(\?before=\d+)"', first)
    assert more is not None
    older = html(client.get(f"/w/acme/audit/{more[1]}"))
    assert "handoff.submitted" in older and cast.agent.name in older
    assert "handoff.submitted" not in first


def test_the_chain_is_checked_on_request_and_a_changed_event_is_found(cast: Cast) -> None:
    cast.submit()
    client = cast.client(cast.owner)
    assert "no gap, no change" in html(client.post("/w/acme/audit/"))
    Event.objects.filter(workspace=cast.workspace, seq=1).update(actor_id="999")
    broken = html(client.post("/w/acme/audit/"))
    assert "was changed after it was recorded" in broken
    assert cast.client(cast.reviewer).post("/w/acme/audit/").status_code == 403


def test_sign_ins_of_the_desk_are_for_site_admins(
    cast: Cast, admin: User, site_admin: User
) -> None:
    cast.client().post("/sign-in/", {"username": "owner@example.com", "password": PASSWORD})
    assert cast.client(admin).get("/w/desk/audit/").status_code == 404
    assert "person.signed_in" in html(cast.client(site_admin).get("/w/desk/audit/"))
