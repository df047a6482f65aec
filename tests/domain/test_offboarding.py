"""Somebody leaves: their work moves on, their sessions end, and nothing comes back by itself."""

from datetime import timedelta

import pytest

from reviews import assigning, claims, offboarding, standing_in
from reviews.models import Handoff, Status
from tests.cast import Cast, make_user
from tests.domain.test_absences import assigned, away, for_rae, told
from tests.domain.test_intake import decide, let_go
from workspaces import auth, clock, provisioning, teams
from workspaces.actors import SYSTEM
from workspaces.errors import Conflict, Forbidden, Invalid
from workspaces.models import Agent, Event, Membership, Role, User
from workspaces.permissions import role_in

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def ada(cast: Cast) -> User:
    return make_user("ada@example.com", name="Ada Admin", is_site_admin=True)


@pytest.fixture
def sam(cast: Cast) -> User:
    user = make_user("sam@example.com", name="Sam")
    Membership.objects.create(user=user, workspace=cast.workspace, role=Role.REVIEWER)
    return user


def test_what_was_open_goes_to_the_chosen_person_and_claims_are_freed(
    cast: Cast, ada: User, sam: User
) -> None:
    handoff, claimed = for_rae(cast), cast.submit("Claimed")
    claims.claim(handoff=claimed, user=cast.reviewer)
    offboarding.deactivate(cast.reviewer, by=ada, heir=sam)
    assert assigned(handoff) == sam
    assert told(handoff)["because"] == "left"
    claimed.refresh_from_db()
    assert claimed.claimed_by is None


def test_without_a_chosen_person_it_is_left_to_all(cast: Cast, ada: User) -> None:
    handoff = for_rae(cast)
    offboarding.deactivate(cast.reviewer, by=ada)
    assert assigned(handoff) is None
    assert told(handoff) == {
        "revision": 1,
        "to": None,
        "from": cast.reviewer.pk,
        "for": cast.reviewer.pk,
        "because": "nobody",
    }


def test_a_chosen_person_without_rights_there_is_passed_over(cast: Cast, ada: User) -> None:
    handoff = for_rae(cast)
    offboarding.deactivate(cast.reviewer, by=ada, heir=cast.stranger)
    assert assigned(handoff) is None


def test_more_than_one_sweep_moves_is_moved_by_the_next(
    cast: Cast, ada: User, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        for_rae(cast, f"Number {number}")
    begin = standing_in.begin
    monkeypatch.setattr(standing_in, "begin", lambda absence: begin(absence, 3))
    offboarding.deactivate(cast.reviewer, by=ada, heir=sam)
    assert Handoff.objects.filter(assigned_to=cast.reviewer).count() == 1
    monkeypatch.undo()
    standing_in.sweep()
    assert Handoff.objects.filter(assigned_to=sam).count() == 4


def test_a_verdict_whose_window_is_open_leaves_as_it_would_have(cast: Cast, ada: User) -> None:
    handoff = cast.submit()
    decision = decide(cast, handoff)
    offboarding.deactivate(cast.reviewer, by=ada)
    let_go(decision)
    handoff.refresh_from_db()
    assert handoff.status == Status.DECIDED


def test_sessions_end_and_stay_ended_when_the_account_is_on_again(cast: Cast, ada: User) -> None:
    browser = cast.client(cast.reviewer)
    assert browser.get("/").status_code == 200
    offboarding.deactivate(cast.reviewer, by=ada)
    assert browser.get("/").status_code == 302
    before = cast.client(ada)
    offboarding.reactivate(cast.reviewer, by=ada)
    assert browser.get("/").status_code == 302
    assert before.get("/").status_code == 200  # of nobody else
    cast.reviewer.refresh_from_db()
    assert cast.client(cast.reviewer).get("/").status_code == 200


def test_nothing_comes_back_with_the_account(cast: Cast, ada: User, sam: User) -> None:
    team = teams.create("Web", by=ada)
    teams.add(team, cast.reviewer, by=ada)
    teams.set_role(team, cast.workspace, Role.ADMIN, by=ada)
    handoff = for_rae(cast)
    provisioning.change_user(cast.reviewer, actor=SYSTEM, is_site_admin=True)
    offboarding.deactivate(cast.reviewer, by=ada, heir=sam)
    offboarding.reactivate(cast.reviewer, by=ada)
    cast.reviewer.refresh_from_db()
    assert cast.reviewer.is_active and not cast.reviewer.is_site_admin
    assert role_in(cast.reviewer, cast.workspace.pk) is None
    assert not cast.reviewer.teams.exists()
    assert assigned(handoff) == sam
    changes = Event.objects.filter(subject_type="person", subject_id=str(cast.reviewer.pk))
    assert {"person.changed", "membership.changed"} <= set(changes.values_list("kind", flat=True))
    # what is new is theirs again
    Membership.objects.create(user=cast.reviewer, workspace=cast.workspace, role=Role.REVIEWER)
    assert assigned(for_rae(cast, "New")) == cast.reviewer


def test_an_agent_needs_a_new_owner_whose_account_is_on(cast: Cast, ada: User, sam: User) -> None:
    Agent.objects.filter(pk=cast.agent.pk).update(owner=cast.reviewer)
    Agent.objects.filter(pk=cast.second_agent.pk).update(owner=cast.reviewer, is_active=False)
    User.objects.filter(pk=cast.stranger.pk).update(is_active=False)
    cast.stranger.refresh_from_db()
    for heirs in ({}, {cast.agent.pk: cast.stranger}, {cast.agent.pk: cast.reviewer}):
        with pytest.raises(Invalid) as refused:
            offboarding.deactivate(cast.reviewer, by=ada, agents=heirs)
        assert refused.value.errors[0].pointer == f"/agent-{cast.agent.pk}"
        assert User.objects.get(pk=cast.reviewer.pk).is_active
    offboarding.deactivate(cast.reviewer, by=ada, agents={cast.agent.pk: sam})
    assert Agent.objects.get(pk=cast.agent.pk).owner == sam


def test_the_estate_lists_what_has_to_be_settled(cast: Cast, ada: User) -> None:
    Agent.objects.filter(pk=cast.agent.pk).update(owner=cast.reviewer)
    dead, _text = auth.issue(cast.agent)
    auth.issue(cast.agent, expires_at=clock.now() - timedelta(days=1))
    type(dead).objects.filter(pk=dead.pk).update(revoked_at=clock.now())
    for_rae(cast)
    claims.claim(handoff=cast.submit(), user=cast.reviewer)
    estate = offboarding.estate_of(cast.reviewer)
    assert (estate.open, estate.claimed) == (1, 1)
    assert [(each.name, getattr(each, "live_tokens")) for each in estate.agents] == [("builder", 1)]  # noqa: B009
    assert estate.workspaces == [cast.workspace]


def test_the_last_site_admin_and_the_last_owner_stay(cast: Cast, ada: User) -> None:
    with pytest.raises(Conflict, match="site admin"):
        offboarding.deactivate(ada, by=ada)
    with pytest.raises(Conflict, match="Acme"):
        offboarding.deactivate(cast.owner, by=ada)
    cast.owner.refresh_from_db()
    assert cast.owner.is_active
    assert role_in(cast.owner, cast.workspace.pk) == Role.OWNER
    team = teams.create("Owners", by=ada)
    teams.add(team, cast.reviewer, by=ada)
    teams.set_role(team, cast.workspace, Role.OWNER, by=ada)
    offboarding.deactivate(cast.owner, by=ada)
    with pytest.raises(Conflict, match="Acme"):
        offboarding.deactivate(cast.reviewer, by=ada)


def test_only_a_site_admin_switches_accounts_off_and_only_once(cast: Cast, ada: User) -> None:
    with pytest.raises(Forbidden):
        offboarding.deactivate(cast.reviewer, by=cast.owner)
    with pytest.raises(Invalid):
        offboarding.deactivate(cast.reviewer, by=ada, heir=cast.reviewer)
    offboarding.deactivate(cast.reviewer, by=ada)
    with pytest.raises(Conflict):
        offboarding.deactivate(cast.reviewer, by=ada)


def test_who_left_is_followed_to_who_has_their_work(cast: Cast, ada: User, sam: User) -> None:
    away(cast.owner, cast.reviewer)
    offboarding.deactivate(cast.reviewer, by=ada, heir=sam)
    handoff = cast.submit()
    assigning.assign(handoff=handoff, user=sam, to=cast.owner)
    assert assigned(handoff) == sam
