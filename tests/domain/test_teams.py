"""Teams and their roles: who may do what to them, and that every reader of rights agrees."""

import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviews import assigning, live_messages, live_rights
from reviews.finding import handoffs
from reviews.permissions import may_decide, reviewers_of, visible_to
from reviews.queue import Queue
from tests.cast import Cast, make_agent, make_user, make_workspace
from workspaces import events, provisioning, roles, teams
from workspaces.actors import SYSTEM
from workspaces.errors import Conflict, Forbidden, Invalid
from workspaces.models import (
    DESK,
    Event,
    Membership,
    Role,
    Team,
    TeamMember,
    TeamRole,
    User,
    Workspace,
)
from workspaces.permissions import (
    administered_workspaces,
    can,
    may_give,
    role_in,
    visible_workspaces,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def site_admin(cast: Cast) -> User:
    return make_user("ada@example.com", name="Ada Admin", is_site_admin=True)


@pytest.fixture
def web(cast: Cast, site_admin: User) -> Team:
    """A team led by the stranger, who has no role in person anywhere."""
    team = teams.create("Web", by=site_admin)
    teams.add(team, cast.stranger, by=site_admin)
    teams.set_lead(team, cast.stranger, True, by=site_admin)
    return team


def kinds(workspace: Workspace) -> list[str]:
    return list(
        Event.objects.filter(workspace=workspace).order_by("seq").values_list("kind", flat=True)
    )


# --- the one function, and everything that has to agree with it ---

PEOPLE, PLACES, TEAMS = 4, 3, 3
ROLES = [None, *Role]


def naive(world: "World", person: int, place: int) -> Role | None:
    """By the words of the issue, without a database: the highest of one's own and one's teams'."""
    found = [world.personal.get((person, place))]
    for team in range(TEAMS):
        if person in world.members[team] and team not in world.archived:
            found.append(world.granted.get((team, place)))
    given_roles = [role for role in found if role is not None]
    return max(given_roles, key=list(Role).index) if given_roles else None


class World:
    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        pairs = [(who, where) for who in range(PEOPLE) for where in range(PLACES)]
        self.personal = {p: chance.choice(ROLES) for p in pairs if chance.random() < 0.4}
        team_pairs = [(team, where) for team in range(TEAMS) for where in range(PLACES)]
        self.granted = {p: chance.choice(ROLES) for p in team_pairs if chance.random() < 0.5}
        self.members = [
            {who for who in range(PEOPLE) if chance.random() < 0.5} for _ in range(TEAMS)
        ]
        self.archived = {team for team in range(TEAMS) if chance.random() < 0.3}
        self.inactive = {who for who in range(PEOPLE) if chance.random() < 0.2}

    def write(self, people: list[User], places: list[Workspace], made: list[Team]) -> None:
        for model in (Membership, TeamRole, TeamMember):
            model._default_manager.all().delete()
        for who, person in enumerate(people):
            User.objects.filter(pk=person.pk).update(is_active=who not in self.inactive)
            person.is_active = who not in self.inactive
        for (who, where), role in self.personal.items():
            if role:
                Membership.objects.create(user=people[who], workspace=places[where], role=role)
        for (team, where), role in self.granted.items():
            if role:
                TeamRole.objects.create(team=made[team], workspace=places[where], role=role)
        for team, members in enumerate(self.members):
            for who in members:
                TeamMember.objects.create(team=made[team], user=people[who])
            at = "2026-01-01T00:00:00Z" if team in self.archived else None
            Team.objects.filter(pk=made[team].pk).update(archived_at=at)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**9))
def test_every_reader_of_rights_agrees_with_a_naive_reading(
    cast: Cast, data_folder: Path, crowd: tuple[list[User], list[Workspace], list[Team]], seed: int
) -> None:
    people, places, made = crowd
    world = World(seed)
    world.write(people, places, made)
    at_once = live_rights.visible_to([person.pk for person in people])
    deciders = {place.pk: set(reviewers_of(place)) for place in places}
    for who, person in enumerate(people):
        expected = {
            place.pk: None if who in world.inactive else naive(world, who, where)
            for where, place in enumerate(places)
        }
        seen = {pk for pk, role in expected.items() if role}
        assert {place.pk: role_in(person, place.pk) for place in places} == expected
        assert set(visible_workspaces(person).values_list("pk", flat=True)) == seen
        administered = {pk for pk, role in expected.items() if role and role.rank >= 2}
        assert set(administered_workspaces(person).values_list("pk", flat=True)) == administered
        # open pages, lists, the palette
        assert at_once[person.pk] == (None if who in world.inactive else seen)
        in_queue = {row.workspace_id for row in Queue(person).page().rows}
        assert in_queue == seen
        assert {row.workspace_id for row in handoffs(person, "Ship")} == seen
        for place in places:
            role = expected[place.pk]
            decides = role is not None and role.rank >= 1
            assert (person in deciders[place.pk]) == decides
            handoff = place.handoffs.get()
            assert bool(may_decide(person, handoff)) == decides
            assert (person in assigning.candidates(handoff)) == decides
            reasons = roles.sources_in(place).get(person, [])
            assert roles.highest([each.role for each in reasons]) == naive(
                world, who, places.index(place)
            )
    told = roles.sources_of(people, Workspace.objects.filter(pk__in=[p.pk for p in places]))
    for who, person in enumerate(people):
        highest = {place: reasons[0].role for place, reasons in told[person.pk].items()}
        assert highest == {
            place: naive(world, who, where)
            for where, place in enumerate(places)
            if naive(world, who, where)
        }


@pytest.fixture
def crowd(cast: Cast, data_folder: Path) -> tuple[list[User], list[Workspace], list[Team]]:
    people = [make_user(f"p{n}@example.com", name=f"P{n}") for n in range(PEOPLE)]
    places = [make_workspace(f"place-{n}", data_folder) for n in range(PLACES)]
    made = [Team.objects.create(name=f"T{n}", slug=f"t{n}") for n in range(TEAMS)]
    here = cast.workspace
    for place in places:
        cast.workspace = place
        cast.submit("Ship it?", agent=make_agent(f"agent of {place}", place))
    cast.workspace = here
    return people, places, made


def test_the_number_of_queries_does_not_grow_with_teams(cast: Cast, site_admin: User) -> None:
    handoff = cast.submit()

    def counted() -> list[int]:
        found = []
        for ask in (
            lambda: role_in(cast.stranger, cast.workspace.pk),
            lambda: list(reviewers_of(cast.workspace)),
            lambda: list(visible_to(cast.stranger)),
            lambda: live_rights.visible_to([cast.stranger.pk, cast.reviewer.pk]),
            lambda: roles.sources_in(cast.workspace),
            lambda: bool(can(cast.stranger, "review", handoff.workspace_id)),
        ):
            with CaptureQueriesContext(connection) as captured:
                ask()
            found.append(len(captured))
        return found

    def join(numbers: range) -> None:
        for number in numbers:
            team = teams.create(f"Team {number}", by=site_admin)
            teams.add(team, cast.stranger, by=site_admin)
            teams.set_role(team, cast.workspace, list(Role)[number % 4], by=site_admin)

    join(range(1))
    before = counted()
    join(range(1, 8))
    assert role_in(cast.stranger, cast.workspace.pk) == Role.OWNER
    assert counted() == before
    assert before[0] == before[5] == 1


# --- who may do what ---


def test_a_lead_adds_and_removes_members_and_nothing_else(cast: Cast, web: Team) -> None:
    assert teams.add(web, cast.reviewer, by=cast.stranger)
    assert not teams.add(web, cast.reviewer, by=cast.stranger)
    assert teams.remove(web, cast.reviewer, by=cast.stranger)
    for refused in (
        lambda: teams.rename(web, "Anew", by=cast.stranger),
        lambda: teams.archive(web, is_archived=True, by=cast.stranger),
        lambda: teams.set_lead(web, cast.stranger, False, by=cast.stranger),
        lambda: teams.set_role(web, cast.workspace, Role.VIEWER, by=cast.stranger),
        lambda: teams.create("Mine", by=cast.stranger),
    ):
        with pytest.raises(Forbidden):
            refused()


def test_a_member_who_leads_nothing_changes_nothing(
    cast: Cast, web: Team, site_admin: User
) -> None:
    teams.add(web, cast.reviewer, by=site_admin)
    with pytest.raises(Forbidden):
        teams.add(web, cast.owner, by=cast.reviewer)
    with pytest.raises(Forbidden):
        teams.remove(web, cast.stranger, by=cast.reviewer)


def test_an_admin_manages_a_team_only_when_all_its_workspaces_are_theirs(
    cast: Cast, web: Team, site_admin: User, data_folder: Path
) -> None:
    admin = make_user("adam@example.com")
    Membership.objects.create(user=admin, workspace=cast.workspace, role=Role.ADMIN)
    teams.set_role(web, cast.workspace, Role.REVIEWER, by=admin)
    teams.rename(web, "Web people", by=admin)
    other = make_workspace("other", data_folder)
    teams.set_role(web, other, Role.VIEWER, by=site_admin)
    with pytest.raises(Forbidden):
        teams.add(web, admin, by=admin)  # would let them into the other one
    with pytest.raises(Forbidden):
        teams.rename(web, "Mine", by=admin)


def test_only_owners_make_a_team_own_a_workspace(cast: Cast, web: Team) -> None:
    admin = make_user("adam@example.com")
    Membership.objects.create(user=admin, workspace=cast.workspace, role=Role.ADMIN)
    with pytest.raises(Forbidden):
        teams.set_role(web, cast.workspace, Role.OWNER, by=admin)
    teams.set_role(web, cast.workspace, Role.OWNER, by=cast.owner)
    with pytest.raises(Forbidden):
        teams.set_role(web, cast.workspace, None, by=admin)


def test_nobody_raises_themselves(cast: Cast, web: Team, site_admin: User) -> None:
    teams.set_role(web, cast.workspace, Role.ADMIN, by=site_admin)
    lead = cast.stranger  # an admin through the team, nothing in person
    assert can(lead, "administer", cast.workspace.pk)
    refused = may_give(lead, lead, Role.ADMIN, cast.workspace.pk)
    assert not refused and "another admin" in refused.reason
    assert may_give(lead, cast.reviewer, Role.ADMIN, cast.workspace.pk)
    assert may_give(cast.owner, cast.owner, Role.VIEWER, cast.workspace.pk)
    assert not may_give(cast.reviewer, cast.reviewer, Role.VIEWER, cast.workspace.pk)


def test_the_last_owner_stays_whatever_way_they_own(
    cast: Cast, web: Team, site_admin: User
) -> None:
    here = cast.workspace
    teams.set_role(web, here, Role.OWNER, by=cast.owner)
    provisioning.set_role(cast.owner, here, None, actor=SYSTEM)  # the lead owns it through the team
    for refused in (
        lambda: teams.remove(web, cast.stranger, by=site_admin),
        lambda: teams.archive(web, is_archived=True, by=site_admin),
        lambda: teams.set_role(web, here, Role.ADMIN, by=site_admin),
    ):
        with pytest.raises(Conflict, match="Acme"):
            refused()
    assert role_in(cast.stranger, here.pk) == Role.OWNER
    teams.add(web, cast.reviewer, by=site_admin)
    assert teams.remove(web, cast.stranger, by=site_admin)


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_take_each_other_away_at_once_leave_one(transactional_cast: Cast) -> None:
    cast = transactional_cast
    Membership.objects.filter(user=cast.reviewer).update(role=Role.OWNER)
    together, refused = threading.Barrier(2), []

    def take_away(person: User) -> None:
        together.wait()
        try:
            provisioning.set_role(person, cast.workspace, None, actor=SYSTEM)
        except Conflict:
            refused.append(person)
        finally:
            connection.close()

    both = [threading.Thread(target=take_away, args=[who]) for who in (cast.owner, cast.reviewer)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(refused) == 1
    assert list(roles.people_in([cast.workspace], Role.OWNER)) == refused


# --- names, archive, events ---


def test_a_name_is_taken_by_a_live_team_only_and_stays_typed_as_it_was(
    cast: Cast, web: Team, site_admin: User
) -> None:
    with pytest.raises(Invalid, match="already"):
        teams.create(" web ", by=site_admin)
    with pytest.raises(Invalid):
        teams.create("", by=site_admin)
    with pytest.raises(Invalid):
        teams.create("x" * 81, by=site_admin)
    teams.archive(web, is_archived=True, by=site_admin)
    second = teams.create("Web", by=site_admin)
    assert second.slug == "web-2"
    with pytest.raises(Invalid, match="already"):
        teams.archive(web, is_archived=False, by=site_admin)


def test_an_archived_team_gives_no_right_and_takes_nobody_in(
    cast: Cast, web: Team, site_admin: User
) -> None:
    teams.set_role(web, cast.workspace, Role.REVIEWER, by=site_admin)
    teams.archive(web, is_archived=True, by=site_admin)
    assert role_in(cast.stranger, cast.workspace.pk) is None
    with pytest.raises(Conflict):
        teams.add(web, cast.reviewer, by=site_admin)
    with pytest.raises(Conflict):
        teams.set_role(web, cast.workspace, Role.VIEWER, by=site_admin)
    teams.archive(web, is_archived=False, by=site_admin)
    assert role_in(cast.stranger, cast.workspace.pk) == Role.REVIEWER


def test_each_change_is_an_event_where_it_changes_rights_and_on_the_desk(
    cast: Cast, web: Team, site_admin: User
) -> None:
    desk = Workspace.objects.get(slug=DESK)
    teams.set_role(web, cast.workspace, Role.REVIEWER, by=cast.owner)
    teams.add(web, cast.reviewer, by=cast.stranger)
    teams.rename(web, "Web people", by=site_admin)
    assert kinds(cast.workspace)[-3:] == [
        "team.role_changed",
        "team.member_changed",
        "team.changed",
    ]
    assert kinds(desk)[-2:] == ["team.member_changed", "team.changed"]
    assert not list(events.verify(desk)) and not list(events.verify(cast.workspace))
    said = Event.objects.filter(workspace=cast.workspace, kind="team.member_changed").get()
    assert said.payload == {
        "team": web.pk,
        "user": cast.reviewer.pk,
        "is_member": True,
        "is_lead": False,
    }


def test_open_pages_are_told_of_a_change_of_rights_by_a_team(
    cast: Cast, web: Team, site_admin: User
) -> None:
    known = live_messages.sequences()
    teams.set_role(web, cast.workspace, Role.REVIEWER, by=site_admin)
    assert live_messages.changes(known, has_viewers=True).touches_rights
    known = live_messages.sequences()
    teams.remove(web, cast.stranger, by=site_admin)
    assert live_messages.changes(known, has_viewers=True).touches_rights


def test_a_lead_reassigns_what_a_member_has_and_nothing_else(
    cast: Cast, web: Team, site_admin: User
) -> None:
    teams.set_role(web, cast.workspace, Role.VIEWER, by=site_admin)
    theirs, other = cast.submit("Theirs"), cast.submit("Other")
    for handoff, to in ((theirs, cast.reviewer), (other, cast.owner)):
        assigning.assign(handoff=handoff, user=cast.owner, to=to)
    with pytest.raises(Forbidden):
        assigning.assign(handoff=theirs, user=cast.stranger, to=cast.owner)
    teams.add(web, cast.reviewer, by=cast.stranger)
    assert assigning.assign(handoff=theirs, user=cast.stranger, to=cast.owner)
    with pytest.raises(Forbidden):
        assigning.assign(handoff=other, user=cast.stranger, to=cast.reviewer)


def test_a_role_by_team_comes_and_goes_for_everybody_at_once(
    cast: Cast, web: Team, site_admin: User, move_clock: Callable[..., None]
) -> None:
    handoff = cast.submit()
    assert not may_decide(cast.stranger, handoff)
    teams.set_role(web, cast.workspace, Role.REVIEWER, by=cast.owner)
    assert may_decide(cast.stranger, handoff)
    assert teams.set_role(web, cast.workspace, None, by=cast.owner)
    assert not teams.set_role(web, cast.workspace, None, by=cast.owner)
    assert not may_decide(cast.stranger, handoff)
