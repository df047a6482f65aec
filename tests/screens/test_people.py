"""Teams, roles with their reasons, absences and leaving, as a browser without script sees them."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from reviews import assigning
from reviews.models import Handoff
from tests.cast import Cast, make_user
from tests.screens.test_administration import html, said
from workspaces import absences, clock, teams
from workspaces.models import Absence, Agent, Membership, Role, Team, User
from workspaces.permissions import role_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(cast: Cast) -> User:
    return make_user("ada@example.com", name="Ada Admin", is_site_admin=True)


@pytest.fixture
def sam(cast: Cast) -> User:
    user = make_user("sam@example.com", name="Sam Deputy")
    Membership.objects.create(user=user, workspace=cast.workspace, role=Role.REVIEWER)
    return user


@pytest.fixture
def web(cast: Cast, ada: User) -> Team:
    """Led by the stranger; the reviewer is in it."""
    team = teams.create("Web", by=ada)
    for person in (cast.stranger, cast.reviewer):
        teams.add(team, person, by=ada)
    teams.set_lead(team, cast.stranger, True, by=ada)
    return team


# --- teams ---


def test_an_admin_makes_a_team_gives_it_a_role_and_the_page_says_why(cast: Cast) -> None:
    client = cast.client(cast.owner)
    page = said(client, "/teams/new/", name="Night shift")
    assert "Night shift is a team now." in page
    team = Team.objects.get(name="Night shift")
    page = said(client, f"/teams/{team.pk}/", email="STRANGER@example.com")
    assert "Sam Stranger is in Night shift now." in page
    page = said(client, "/w/acme/teams/", **{"team-team": str(team.pk), "team-role": "reviewer"})
    assert "Whoever is in Night shift is Reviewer here now, at least." in page
    assert role_in(cast.stranger, cast.workspace.pk) == Role.REVIEWER
    assert "through Night shift" in page  # beside the stranger's role
    assert "Owner in person" in page  # of the owner, who leads the team
    page = said(client, "/w/acme/teams/", of=str(team.pk), role="")
    assert "Night shift has no role here any more." in page


def test_a_team_that_cannot_be_made_says_why_and_keeps_what_was_typed(
    cast: Cast, web: Team
) -> None:
    client = cast.client(cast.owner)
    page = html(client.post("/teams/new/", {"name": "web"}))
    assert "There is a team “web” already." in page and 'value="web"' in page
    page = html(client.post("/teams/new/", {"name": "x" * 81}))
    assert "x" * 81 in page


def test_adding_somebody_unknown_keeps_the_address(cast: Cast, web: Team) -> None:
    client = cast.client(cast.stranger)
    page = html(client.post(f"/teams/{web.pk}/", {"email": "nobody@example.com"}))
    assert "Nobody here has this address." in page and "nobody@example.com" in page
    page = html(client.post(f"/teams/{web.pk}/", {"email": cast.reviewer.email}))
    assert "Rae Reviewer is a member already." in page


def test_a_lead_sees_what_they_may_change_and_no_more(cast: Cast, web: Team) -> None:
    client = cast.client(cast.stranger)
    page = html(client.get(f"/teams/{web.pk}/"))
    assert "Add somebody" in page
    assert "Rename" not in page and "Make lead" not in page
    assert "is not in Web any more" in said(
        client, f"/teams/{web.pk}/members/{cast.reviewer.pk}/", change="remove"
    )
    assert client.post(f"/teams/{web.pk}/change/", {"change": "archive"}).status_code == 403
    page = html(cast.client(cast.reviewer).get("/teams/"))
    assert "You are in no team" in page


def test_a_member_sees_the_team_and_changes_nothing(cast: Cast, web: Team) -> None:
    client = cast.client(cast.reviewer)
    page = html(client.get(f"/teams/{web.pk}/"))
    assert "Sam Stranger" in page and "Add somebody" not in page
    assert client.post(f"/teams/{web.pk}/", {"email": "owner@example.com"}).status_code == 403


def test_a_team_is_archived_and_brought_back(cast: Cast, web: Team, ada: User) -> None:
    client, url = cast.client(ada), f"/teams/{web.pk}/change/"
    page = said(client, url, change="archive")
    assert "Web is archived." in page and "It gives nobody a role" in page
    assert "1 archived" in html(client.get("/teams/"))
    assert "Web is a team again." in said(client, url, change="restore")
    page = html(client.post(url, {"change": "rename", "name": " "}))
    assert "This field is required." in page


def test_an_empty_desk_says_what_teams_are_for(cast: Cast, ada: User) -> None:
    assert "No team yet" in html(cast.client(ada).get("/teams/"))
    assert "No team has a role here." in html(cast.client(cast.owner).get("/w/acme/members/"))


# --- roles ---


def test_a_role_through_a_team_can_be_raised_in_person_but_not_ones_own(
    cast: Cast, web: Team, ada: User
) -> None:
    teams.set_role(web, cast.workspace, Role.ADMIN, by=ada)
    lead = cast.client(cast.stranger)
    refused = lead.post(f"/w/acme/members/{cast.stranger.pk}/", {"role": "admin"})
    assert refused.status_code == 403 and "ask another admin" in html(refused)
    page = said(lead, f"/w/acme/members/{cast.reviewer.pk}/", role="viewer")
    assert "Rae Reviewer is still Admin, through a team." in page
    page = html(lead.post("/w/acme/members/", {"email": cast.stranger.email, "role": "viewer"}))
    assert "ask another admin" in page


def test_the_last_owner_stays_though_a_team_made_them_one(cast: Cast, web: Team, ada: User) -> None:
    teams.set_role(web, cast.workspace, Role.OWNER, by=ada)
    client = cast.client(ada)
    said(client, f"/w/acme/members/{cast.owner.pk}/", role="")
    page = said(client, "/w/acme/teams/", of=str(web.pk), role="admin")
    assert "A workspace keeps at least one owner." in page


def test_a_persons_page_shows_every_role_with_its_reasons(cast: Cast, web: Team, ada: User) -> None:
    teams.set_role(web, cast.workspace, Role.ADMIN, by=ada)
    page = html(cast.client(cast.owner).get(f"/people/{cast.reviewer.pk}/"))
    assert "Admin through Web · Reviewer in person" in page
    assert "Make site admin" not in page and "Switch the account off" not in page
    # a lead sees their member, and no workspace that is not theirs
    teams.set_role(web, cast.workspace, None, by=ada)
    page = html(cast.client(cast.stranger).get(f"/people/{cast.reviewer.pk}/"))
    assert "Out of office" in page and "Acme" not in page
    assert cast.client(cast.stranger).get(f"/people/{cast.owner.pk}/").status_code == 404


def test_people_are_found_by_name_and_paged(cast: Cast, ada: User) -> None:
    User.objects.bulk_create(
        User(email=f"p{n}@example.com", name=f"Person {n:03}") for n in range(120)
    )
    client = cast.client(ada)
    page = html(client.get("/people/"))
    assert "Show more" in page and "Person 119" not in page
    assert "Person 119" in html(client.get("/people/?page=1"))
    assert "Person 119" in html(client.get("/people/?q=n+119"))
    assert "Nobody of that name" in html(client.get("/people/?q=zzz"))
    assert client.get("/people/?page=99999999").status_code == 200


# --- away ---


def test_one_is_away_in_ones_own_time_zone_and_says_so_on_every_page(cast: Cast, sam: User) -> None:
    User.objects.filter(pk=cast.reviewer.pk).update(time_zone="Asia/Tokyo")
    client = cast.client(cast.reviewer)
    until = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT09:00")
    handoff = cast.submit()
    assigning.assign(handoff=handoff, user=cast.owner, to=cast.reviewer)
    page = said(client, "/away/", until=until, delegate=str(sam.pk), note="At the sea.")
    assert "You are away now." in page
    absence = Absence.objects.get()
    assert absence.until is not None and absence.until.hour == 0  # 09:00 in Tokyo
    assert Handoff.objects.get(pk=handoff.pk).assigned_to == sam  # at once
    for path in ("/", "/mine/", "/settings/", "/notifications/"):
        shown = html(client.get(path))
        assert "I am back" in shown and "Sam Deputy stands in" in shown, path
    page = said(client, "/away/", do="back", next="/mine/")
    assert "Welcome back." in page and "I am back" not in page
    assert Handoff.objects.get(pk=handoff.pk).assigned_to == sam


def test_a_wrong_absence_is_refused_beside_its_field_and_kept(cast: Cast, sam: User) -> None:
    client = cast.client(cast.reviewer)
    past = {"until": "2020-01-01T09:00", "note": "Gone fishing", "delegate": str(sam.pk)}
    answer = client.post("/away/", past)
    page = html(answer)
    assert answer.status_code == 422
    assert "The end lies after the beginning, and ahead." in page
    assert "Gone fishing" in page and "2020-01-01T09:00" in page
    assert f'<option value="{sam.pk}" selected>' in page
    for bad in ({"until": "soon"}, {"delegate": str(cast.stranger.pk)}, {"note": "x" * 201}):
        assert client.post("/away/", bad).status_code == 422
    assert not Absence.objects.exists()


def test_an_hour_that_a_clock_change_leaves_out_is_refused(cast: Cast) -> None:
    User.objects.filter(pk=cast.reviewer.pk).update(time_zone="Europe/Berlin")
    year = timezone.now().year + 1
    spring = next(
        f"{year}-03-{day}" for day in range(31, 24, -1) if date(year, 3, day).weekday() == 6
    )
    answer = cast.client(cast.reviewer).post("/away/", {"until": f"{spring}T02:30"})
    assert answer.status_code == 422 and "Europe/Berlin" in html(answer)
    assert (
        cast.client(cast.reviewer).post("/away/", {"until": f"{spring}T03:30"}).status_code == 302
    )


def test_an_absence_ahead_is_noted_and_moves_nothing_yet(cast: Cast, sam: User) -> None:
    handoff = cast.submit()
    assigning.assign(handoff=handoff, user=cast.owner, to=cast.reviewer)
    client = cast.client(cast.reviewer)
    since = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    page = said(client, "/away/", since=since, delegate=str(sam.pk))
    assert "Noted." in page and "I am back" not in page
    assert "Planned" in page
    assert Handoff.objects.get(pk=handoff.pk).assigned_to == cast.reviewer


def test_a_lead_and_an_admin_set_it_for_others_and_a_stranger_does_not(
    cast: Cast, web: Team
) -> None:
    url = f"/people/{cast.reviewer.pk}/away/"
    assert "is away now" in said(cast.client(cast.stranger), url, note="Ill.")
    assert "Ill." in html(cast.client(cast.owner).get(f"/people/{cast.reviewer.pk}/"))
    assert "counts as back" in said(cast.client(cast.owner), url, do="back")
    assert cast.client(cast.reviewer).get(f"/people/{cast.owner.pk}/away/").status_code == 404


def test_back_leads_nowhere_else(cast: Cast) -> None:
    absences.set_away(cast.reviewer, by=cast.reviewer)
    data = {"do": "back", "next": "https://elsewhere.example/"}
    answer = cast.client(cast.reviewer).post("/away/", data)
    assert answer.headers["Location"] == "/away/"


def test_the_picker_and_the_handoff_say_who_stands_in_for_whom(cast: Cast, sam: User) -> None:
    handoff = cast.submit()
    until = clock.now() + timedelta(days=3)
    absences.set_away(
        cast.reviewer, until=until, delegate=sam, note="At the sea.", by=cast.reviewer
    )
    client = cast.client(cast.owner)
    picker = html(client.get(f"/h/{handoff.number}/assign/"))
    assert "Sam Deputy stands in" in picker and "away until" in picker
    page = said(client, f"/h/{handoff.number}/assign/", to=str(cast.reviewer.pk))
    assert f"Rae Reviewer is away: {handoff.number} is assigned to Sam Deputy" in page
    assert "For Rae Reviewer, who is away until" in page and "At the sea." in page
    absences.come_back(cast.reviewer, by=cast.reviewer)
    page = html(client.get(f"/h/{handoff.number}/"))
    assert "Was for Rae Reviewer, who is back: it stays with Sam Deputy." in page


def test_nobody_standing_in_is_said_on_the_handoff(cast: Cast) -> None:
    handoff = cast.submit()
    absences.set_away(cast.reviewer, by=cast.reviewer)
    client = cast.client(cast.owner)
    assert "nobody stands in" in html(client.get(f"/h/{handoff.number}/assign/"))
    page = said(client, f"/h/{handoff.number}/assign/", to=str(cast.reviewer.pk))
    assert "is left to all" in page
    assert "Meant for Rae Reviewer, and left to all reviewers." in page


# --- leaving ---


def test_who_leaves_passes_on_agents_first_and_what_was_chosen_is_kept(
    cast: Cast, ada: User, sam: User
) -> None:
    Agent.objects.filter(pk=cast.agent.pk).update(owner=cast.reviewer)
    handoff = cast.submit()
    assigning.assign(handoff=handoff, user=cast.owner, to=cast.owner)
    assigning.assign(handoff=handoff, user=cast.owner, to=cast.reviewer)
    client, url = cast.client(ada), f"/people/{cast.reviewer.pk}/deactivate/"
    page = html(client.get(url))
    assert "1 open handoff is assigned anew." in page and "New owner of builder" in page
    answer = client.post(url, {"heir": sam.pk})
    assert answer.status_code == 422 and f'<option value="{sam.pk}" selected>' in html(answer)
    page = said(client, url, heir=str(sam.pk), **{f"agent-{cast.agent.pk}": str(cast.owner.pk)})
    assert "account is off" in page
    assert Handoff.objects.get(pk=handoff.pk).assigned_to == sam
    assert Agent.objects.get(pk=cast.agent.pk).owner == cast.owner
    page = html(cast.client(cast.owner).get(f"/h/{handoff.number}/"))
    assert "With Sam Deputy in the place of Rae Reviewer, who left." in page
    page = said(client, f"/people/{cast.reviewer.pk}/reactivate/")
    assert "on again, with no role" in page and "active" in page


def test_the_last_owner_cannot_leave_and_the_page_says_where(cast: Cast, ada: User) -> None:
    page = html(cast.client(ada).post(f"/people/{cast.owner.pk}/deactivate/", {}))
    assert "A workspace keeps at least one owner." in page and "Acme" in page
