"""Every demand of the policy × every way to decide: refused or allowed in one place, in one way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from reviews import bulk, decisions, firing, reveals, viewed
from reviews.bulk import Pick
from reviews.models import Decision, Handoff, Timer
from tests.cast import PASSWORD, Cast
from tests.policy.stage import demand, member, state, team_of, vote
from workspaces.models import User, Workspace

pytestmark = pytest.mark.django_db


def _owned(cast: Cast) -> None:
    cast.agent.owner = cast.reviewer
    cast.agent.save()


def _owned_and_allowed(cast: Cast) -> None:
    _owned(cast)
    Workspace.objects.update(allow_self_approval=True)
    cast.workspace.refresh_from_db()


def _nothing(cast: Cast) -> None:
    return None


def _by_workspace(cast: Cast) -> None:
    Workspace.objects.update(must_view_files=True)
    cast.workspace.refresh_from_db()


@dataclass(frozen=True)
class Case:
    """``refused``: what the reviewer reads when they may not approve; "" when the vote counts.

    ``rule``: may a rule approve it when its time is up?
    """

    refused: str
    rule: bool
    ends: bool = False
    demands: Callable[[Cast], dict[str, Any]] = lambda cast: {}
    prepare: Callable[[Cast], None] = _nothing
    members: dict[str, Any] = field(default_factory=dict)


FOUR_EYES: dict[str, Any] = {"approvals": {"four_eyes": True}}
FILES: dict[str, Any] = {"context": {"files": ["a.txt"]}}
CASES = {
    "nothing": Case("", True, ends=True),
    "self-approval": Case("your agent", True, prepare=_owned),
    "self-approval allowed": Case("", True, ends=True, prepare=_owned_and_allowed),
    "four-eyes, the owner": Case(
        "four eyes", False, demands=lambda cast: FOUR_EYES, prepare=_owned_and_allowed
    ),
    "four-eyes, somebody else": Case("", False, demands=lambda cast: FOUR_EYES),
    "quorum": Case("", False, demands=lambda cast: {"approvals": {"needed": 2}}),
    "quorum of a team": Case(
        "",
        False,
        demands=lambda cast: {
            "approvals": {"teams": [{"team": team_of("Sec", cast.owner).pk, "needed": 1}]}
        },
    ),
    "not, by name": Case(
        "keeps you from deciding", True, demands=lambda cast: {"not": {"users": [cast.reviewer.pk]}}
    ),
    "not, by team": Case(
        "keeps you from deciding",
        True,
        demands=lambda cast: {"not": {"teams": [team_of("Out", cast.reviewer).pk]}},
    ),
    "step-up": Case("password", False, demands=lambda cast: {"confirm": "password"}),
    "viewed, by the rule": Case(
        "not marked viewed", False, demands=lambda cast: {"viewed": True}, members=FILES
    ),
    "viewed, by the workspace": Case(
        "not marked viewed", False, prepare=_by_workspace, members=FILES
    ),
    "viewed, without files": Case("", True, ends=True, demands=lambda cast: {"viewed": True}),
}


def arrive(cast: Cast, case: Case, **more: Any) -> Handoff:
    cast.write("a.txt", "words")
    case.prepare(cast)
    demand(cast, **case.demands(cast), **more)
    return Handoff.objects.select_related("workspace", "submitter").get(
        pk=cast.submit(**case.members).pk
    )


def by_screen(client: Client, handoff: Handoff, verdict: str = "approve", **more: str) -> str:
    fields = {"revision": "1", "digest": handoff.package_sha256, "verdict": verdict, **more}
    answer = client.post(f"{handoff.get_absolute_url()}decide/", fields)
    return answer.content.decode()


def by_batch(user: User, handoff: Handoff, verb: str = "approve") -> str:
    pick = Pick(handoff.pk, handoff.revision, handoff.package_sha256)
    looked = bulk.look(user, [pick], verb)[0]
    done = bulk.decide(user, [pick], verb, "Because.")[0]
    assert looked.is_done == done.is_done
    return "" if done.is_done else done.text


def outcome_of(handoff: Handoff, case: Case) -> None:
    """As the case says: nothing cast, a vote that waits, or the verdict."""
    cast_votes = list(handoff.decisions.filter(undone_at=None))
    assert len(cast_votes) == (0 if case.refused else 1)
    assert state(handoff)[2] == ("approved" if case.ends else "")


@pytest.mark.parametrize("name", CASES)
def test_on_the_screen(cast: Cast, name: str) -> None:
    handoff = arrive(cast, CASES[name])
    assert CASES[name].refused in by_screen(cast.client(cast.reviewer), handoff)
    outcome_of(handoff, CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_an_admin_is_asked_for_the_same(cast: Cast, name: str) -> None:
    """Being an admin opens no other way: where the rule means them, it means them."""
    User.objects.filter(pk=cast.reviewer.pk).update(is_site_admin=True)
    cast.reviewer.refresh_from_db()
    handoff = arrive(cast, CASES[name])
    by_screen(cast.client(cast.reviewer), handoff)
    outcome_of(handoff, CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_in_a_batch(cast: Cast, name: str) -> None:
    handoff = arrive(cast, CASES[name])
    assert CASES[name].refused in by_batch(cast.reviewer, handoff)
    outcome_of(handoff, CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_with_the_token_of_an_agent_nothing_is_ever_decided(cast: Cast, name: str) -> None:
    handoff = arrive(cast, CASES[name])
    fields = {"revision": "1", "digest": handoff.package_sha256, "verdict": "approve"}
    for path in (f"{handoff.get_absolute_url()}decide/", "/bulk/"):
        assert cast.api().post(path, fields).status_code in (302, 401, 403)
    for verb in ("approve", "decide", "decision", "votes"):
        url = f"/api/v1/handoffs/{handoff.public_id}/{verb}"
        answer = cast.api().post(url, fields, content_type="application/json")
        assert answer.status_code == 404
    assert not Decision.objects.exists()


@pytest.mark.parametrize("name", CASES)
def test_by_a_rule_when_its_time_is_up(
    cast: Cast, name: str, move_clock: Callable[..., None]
) -> None:
    case = CASES[name]
    due = {"minutes": 60, "business": False}
    handoff = arrive(cast, case, due=due, on_expiry="approve")
    move_clock(hours=2)
    firing.fire_due()
    assert state(handoff)[:2] == ("expired", "approved" if case.rule else "none")
    if not case.rule:
        assert Timer.objects.filter(handoff=handoff, skipped="policy").exists()


@pytest.mark.parametrize("name", CASES)
def test_by_a_rule_as_it_comes_in(cast: Cast, name: str) -> None:
    """Rules that ask for people cannot be saved with ``auto``; what is written past the desk, or
    asked by the workspace, goes to people all the same."""
    case = CASES[name]
    from reviews import auto_approval
    from tests.rules.stage import run_of

    handoff = arrive(cast, case)
    run = run_of(handoff)
    run.effects = {**run.effects, "auto": {"approve_from": 0.5}}
    handoff.confidence = 0.9
    actor = auto_approval.consider(handoff, handoff.current, run)
    assert (actor is not None) == case.rule


def test_one_vote_against_ends_it_everywhere_but_where_it_is_only_counted(cast: Cast) -> None:
    for veto, verdict in ((True, "rejected"), (False, "")):
        for door in ("screen", "batch"):
            demand(cast, approvals={"needed": 2, "veto": veto})
            handoff = Handoff.objects.get(pk=cast.submit(f"{veto} {door}").pk)
            if door == "screen":
                by_screen(cast.client(cast.reviewer), handoff, "reject")
            else:
                assert by_batch(cast.reviewer, handoff, "reject") == ""
            assert state(handoff)[2] == verdict


def test_a_second_vote_by_another_door_is_refused(cast: Cast) -> None:
    handoff = arrive(cast, CASES["quorum"])
    by_screen(cast.client(cast.reviewer), handoff)
    pick = Pick(handoff.pk, 1, handoff.package_sha256)
    assert bulk.decide(cast.reviewer, [pick], "approve", "")[0].is_done  # sent twice, done once
    assert "You have voted" in by_batch(cast.reviewer, handoff, "reject")
    assert handoff.decisions.count() == 1


def test_the_way_out_of_each_refusal_leads_out(cast: Cast) -> None:
    """Viewing the files, giving the password."""
    file = arrive(cast, CASES["viewed, by the rule"])
    artifact = file.current.artifacts.get()
    viewed.mark(handoff=file, user=cast.reviewer, artifact=artifact)
    assert vote(file, cast.reviewer).gives_verdict
    demand(cast, confirm="password")
    client = cast.client(cast.reviewer)
    first, second = (Handoff.objects.get(pk=cast.submit(each).pk) for each in "ab")
    assert "This is not your password" in by_screen(client, first, password="wrong")
    assert state(first)[2] == ""
    by_screen(client, first, password=PASSWORD)
    assert state(first)[2] == "approved"
    by_screen(client, second)  # the same session has just given it
    assert state(second)[2] == "approved"


def test_a_password_of_long_ago_counts_no_more(cast: Cast, move_clock: Callable[..., None]) -> None:
    demand(cast, confirm="password")
    client = cast.client(cast.reviewer)
    first, second = (Handoff.objects.get(pk=cast.submit(each).pk) for each in "ab")
    by_screen(client, first, password=PASSWORD)
    move_clock(minutes=11)
    assert "password" in by_screen(client, second)
    assert state(second)[2] == ""


def test_who_has_no_password_is_told_that_somebody_else_approves(cast: Cast) -> None:
    cast.reviewer.set_unusable_password()
    cast.reviewer.save()
    demand(cast, confirm="password")
    handoff = cast.submit()
    client = cast.client()
    client.force_login(cast.reviewer)
    assert "somebody else approves" in by_screen(client, Handoff.objects.get(pk=handoff.pk))
    assert state(handoff)[2] == ""


def test_a_mark_from_before_the_file_changed_does_not_count(cast: Cast) -> None:
    file = arrive(cast, CASES["viewed, by the rule"])
    viewed.mark(handoff=file, user=cast.reviewer, artifact=file.current.artifacts.get())
    cast.write("a.txt", "other words")
    with pytest.raises(decisions.Superseded):
        vote(file, cast.reviewer)
    with pytest.raises(decisions.FilesNotViewed):
        vote(file, cast.reviewer)


def test_rejecting_needs_neither_files_viewed_nor_a_password(cast: Cast) -> None:
    for demands in ({"viewed": True}, {"confirm": "password"}):
        demand(cast, **demands)
        handoff = Handoff.objects.get(pk=cast.submit(str(demands), **FILES).pk)
        assert vote(handoff, cast.reviewer, "reject", "No.").gives_verdict


def test_a_critical_action_under_a_quorum_is_confirmed_by_each_and_leaves_with_the_last(
    cast: Cast,
) -> None:
    demand(cast, approvals={"needed": 2})
    handoff = cast.submit(actions=[{"id": "a", "name": "drop", "risk": "critical"}])
    with pytest.raises(decisions.NotConfirmed):
        vote(handoff, cast.reviewer)
    vote(handoff, cast.reviewer, confirmation="drop")
    with pytest.raises(decisions.NotConfirmed):
        vote(handoff, cast.owner)
    vote(handoff, cast.owner, confirmation="drop")
    assert state(handoff) == ("decided", "approved", "")


def test_a_masked_secret_is_revealed_by_each_who_approves(cast: Cast) -> None:
    demand(cast, approvals={"needed": 2})
    action = {"id": "a", "name": "login", "args": {"password": "hunter2-hunter2"}}
    handoff = cast.submit(actions=[action])
    place = reveals.of_action(handoff.current.parsed.actions[0])
    for person in (cast.reviewer, cast.owner):
        with pytest.raises(decisions.SecretsMasked):
            vote(handoff, person)
        reveals.reveal(
            handoff=handoff, revision=handoff.current, user=person, place=place, kinds=["password"]
        )
        vote(handoff, person)
    assert state(handoff)[2] == "approved"


def test_who_may_not_decide_can_neither_claim_nor_be_given_it(cast: Cast) -> None:
    from reviews import assigning, claims
    from workspaces.errors import Forbidden, Invalid

    other = member(cast, "Other")
    demand(cast, **{"not": {"users": [cast.reviewer.pk]}})
    handoff = Handoff.objects.get(pk=cast.submit().pk)
    with pytest.raises(Forbidden, match="keeps you"):
        claims.claim(handoff=handoff, user=cast.reviewer)
    with pytest.raises(Invalid):
        assigning.assign(handoff=handoff, user=cast.owner, to=cast.reviewer)
    assert cast.reviewer not in assigning.candidates(handoff)
    assert other in assigning.candidates(handoff)
