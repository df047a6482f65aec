"""What people see of a policy: on the handoff's page, in the lists, in a rule's form."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews import rule_forms, viewed
from reviews.models import Handoff
from tests.cast import PASSWORD, Cast
from tests.policy.stage import TWO, demand, member, state, team_of, vote
from tests.policy.test_matrix import FILES, by_screen
from tests.screens.test_routing import HOME, draft, fields, seen
from workspaces.models import User

pytestmark = pytest.mark.django_db


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def page(cast: Cast, user: User, handoff: Handoff) -> str:
    return cast.client(user).get(handoff.get_absolute_url()).content.decode()


def test_the_page_says_who_approved_and_what_is_missing(cast: Cast) -> None:
    sec = member(cast, "Sec")
    team = team_of("Security", sec)
    demand(cast, approvals={"needed": 3, "teams": [{"team": team.pk, "needed": 1}]})
    handoff = cast.submit()
    assert "0 of 3 approvals" in text(page(cast, cast.owner, handoff))
    made = vote(handoff, cast.reviewer)
    told = text(page(cast, cast.owner, handoff))
    at = f"{made.decided_at:%H:%M}"
    assert f"1 of 3 approvals: Rae Reviewer {at}" in told
    assert "needs 1 more from Security (Sec) and 1 more from any other reviewer" in told


def test_a_team_in_which_nobody_may_decide_is_said(cast: Cast) -> None:
    team = team_of("Gone")
    demand(cast, approvals={"teams": [{"team": team.pk, "needed": 1}]})
    assert "nobody of them may decide here" in text(page(cast, cast.owner, cast.submit()))


def test_once_decided_the_receipt_names_all_who_approved(cast: Cast) -> None:
    demand(cast, **TWO)
    handoff = cast.submit()
    vote(handoff, cast.reviewer)
    vote(handoff, cast.owner)
    assert "Approved by Rae Reviewer and you at" in text(page(cast, cast.owner, handoff))


def test_who_voted_reads_so_and_has_the_undo_bar(cast: Cast) -> None:
    demand(cast, **TWO)
    handoff = cast.submit()
    by_screen(cast.client(cast.reviewer), Handoff.objects.get(pk=handoff.pk))
    html = page(cast, cast.reviewer, handoff)
    assert "It waits for the votes of others" in text(html)
    assert "Waits for other votes; yours stands from" in text(html)
    assert 'name="verdict"' not in html
    client = cast.client(cast.reviewer)
    client.post(f"{handoff.get_absolute_url()}undo/")
    assert 'value="approve"' in page(cast, cast.reviewer, handoff)


def test_the_row_says_that_votes_wait_and_mine_keeps_it(cast: Cast) -> None:
    demand(cast, **TWO)
    handoff = cast.submit()
    vote(handoff, cast.reviewer)
    assert "1 vote, waits for more" in text(cast.client(cast.owner).get("/").content.decode())
    client = cast.client(cast.reviewer)
    assert f'id="ho-{handoff.pk}"' not in client.get("/").content.decode()
    assert f'id="ho-{handoff.pk}"' in client.get("/mine/").content.decode()


def test_files_to_view_are_counted_and_each_leads_to_the_next(cast: Cast) -> None:
    cast.write("a.txt", "words")
    demand(cast, viewed=True)
    handoff = cast.submit(**FILES)
    html = page(cast, cast.reviewer, handoff)
    assert "0 of 1 files viewed; approving needs all of them." in text(html)
    refused = by_screen(cast.client(cast.reviewer), Handoff.objects.get(pk=handoff.pk))
    assert "1 file is not marked viewed: open a.txt" in text(refused)
    viewed.mark(handoff=handoff, user=cast.reviewer, artifact=handoff.current.artifacts.get())
    assert "1 of 1 files viewed." in text(page(cast, cast.reviewer, handoff))
    part = cast.client(cast.reviewer).get(
        f"{handoff.get_absolute_url()}?tab=files",
        headers={"HX-Request": "true", "HX-Target": "section#evidence"},
    )
    assert 'id="policy"' in part.content.decode() and "hx-swap-oob" in part.content.decode()


def test_the_dialog_asks_for_the_password_and_nothing_else(cast: Cast) -> None:
    demand(cast, confirm="password")
    handoff = Handoff.objects.get(pk=cast.submit().pk)
    client = cast.client(cast.reviewer)
    html = by_screen(client, handoff)
    assert 'type="password"' in html and "Approve HO-" in html
    assert html.count('id="confirm-password"') == 1
    by_screen(client, handoff, password=PASSWORD)
    assert state(handoff)[2] == "approved"


def test_a_page_without_demands_says_nothing_and_asks_nothing_more(cast: Cast) -> None:
    plain = cast.submit()
    client = cast.client(cast.reviewer)
    client.get(plain.get_absolute_url())
    with CaptureQueriesContext(connection) as before:
        assert 'id="policy"' not in client.get(plain.get_absolute_url()).content.decode()
    demand(cast, approvals={"needed": 2, "four_eyes": True})
    asked = cast.submit("b")
    client.get(asked.get_absolute_url())
    with CaptureQueriesContext(connection) as after:
        assert 'id="policy"' in client.get(asked.get_absolute_url()).content.decode()
    assert len(after) <= len(before) + 2


def test_the_lists_ask_no_more_with_many_votes(cast: Cast) -> None:
    demand(cast, **TWO)
    client = cast.client(cast.owner)
    found = []
    for _ in range(2):
        for n in range(4):
            vote(cast.submit(f"Number {n}"), cast.reviewer)
        client.get("/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/")
        found.append(len(captured))
    assert found[0] == found[1] <= 12, found


def test_what_the_rule_decided_is_said_to_be_the_rules(cast: Cast) -> None:
    demand(cast, auto={"approve_from": 0.9})
    handoff = cast.submit(confidence={"score": 0.95})
    told = text(page(cast, cast.reviewer, handoff))
    assert "Approved by the rule “Careful” at" in told
    sampled = {"approve_from": 0.9, "sample": 100}
    demand(cast, auto=sampled)
    other = cast.submit("Other", confidence={"score": 0.95})
    assert "that people still review" in text(page(cast, cast.reviewer, other))


DEMANDS: dict[str, Any] = {
    "needed": "2",
    "four_eyes": "on",
    "counted": "on",
    "viewed": "on",
    "confirm": "on",
}


def test_every_demand_is_written_read_and_said(cast: Cast) -> None:
    team = team_of("Security", member(cast, "Sec"))
    client = cast.client(cast.owner)
    url = f"{HOME}rules/new/"
    more = {**DEMANDS, "of.0.team": str(team.pk), "of.0.needed": "1"}
    posted = {**fields(), **more, **seen(client)}
    client.post(url, posted)
    (form,) = [each for each in rule_forms.forms_of(draft(cast)) if each.name == "Errors"]
    assert form.actions["approvals"] == {
        "needed": 2,
        "teams": [{"team": team.pk, "needed": 1}],
        "four_eyes": True,
        "veto": False,
    }
    assert (form.actions["viewed"], form.actions["confirm"]) == (True, "password")
    html = client.get(f"{HOME}rules/{form.key}/").content.decode()
    for name in ("four_eyes", "counted", "viewed", "confirm"):
        assert re.search(rf'name="{name}" checked', html), name
    assert 'name="needed" inputmode="numeric" value="2"' in html
    told = text(client.get(HOME).content.decode())
    assert "2 approvals needed; 1 approval of the team Security" in told


def test_a_threshold_and_its_sample_are_written_and_what_is_no_number_is_shown_again(
    cast: Cast,
) -> None:
    client = cast.client(cast.owner)
    url = f"{HOME}rules/new/"
    good = {**fields(), "approve_from": "0.9", "sample": "7.5", **seen(client)}
    client.post(url, good)
    (form,) = [each for each in rule_forms.forms_of(draft(cast)) if each.name == "Errors"]
    assert form.actions["auto"] == {"approve_from": 0.9, "sample": 7.5}
    bad = {**fields(), "approve_from": "much", **seen(client)}
    answer = client.post(url, bad)
    assert 'value="much"' in answer.content.decode()
    assert "This must be a number from 0 to 1." in text(answer.content.decode())
    both = {**fields(), "approve_from": "0.9", "needed": "2", **seen(client)}
    told = text(client.post(url, both).content.decode())
    assert "cannot approve by itself" in told


def test_the_workspaces_setting_is_saved(cast: Cast) -> None:
    client = cast.client(cast.owner)
    url = "/w/acme/settings/"
    assert "Every file is viewed before it is approved" in client.get(url).content.decode()
    given = {
        "name": "Acme",
        "root": cast.workspace.root,
        "allow_self_approval": "auto",
        "must_view_files": "on",
    }
    client.post(url, given)
    cast.workspace.refresh_from_db()
    assert cast.workspace.must_view_files
