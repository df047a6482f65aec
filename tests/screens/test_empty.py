"""Screens with nothing on them: what they are, why they are empty, and the next step."""

import html
import re

import pytest

from reviews.models import Handoff
from tests.cast import Cast, make_user
from workspaces.models import Membership, User


def words(cast: Cast, path: str, user: User | None = None) -> str:
    """The main part of the page without markup."""
    page = cast.client(user or cast.reviewer).get(path).content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


def test_who_is_in_no_workspace_learns_whom_to_ask_and_is_not_sent_to_make_tokens(
    cast: Cast,
) -> None:
    said = words(cast, "/", cast.stranger)
    assert "You are in no workspace yet" in said
    assert f"by your address, {cast.stranger.email}" in said
    assert "Three steps" not in said
    assert "curl" not in said


def test_a_desk_without_a_handoff_shows_the_steps_and_a_line_to_paste(cast: Cast) -> None:
    said = words(cast, "/")
    assert "Three steps to your first review" in said
    assert (
        'curl http://testserver/api/v1/handoffs \\ -H "Authorization: Bearer $HANDOFF_TOKEN"'
        in (said)
    )
    assert "An admin of your workspace makes it: Olive Owner ." in said
    assert "Agents and tokens" not in said
    assert "Agents and tokens" in words(cast, "/", cast.owner)


def test_the_pasted_line_is_taken(cast: Cast) -> None:
    said = words(cast, f"/w/{cast.workspace.slug}/", cast.owner)
    body = re.search(r"-d '([^']*)'", said)
    assert body is not None
    answer = cast.api().post("/api/v1/handoffs", body[1], content_type="application/json")
    assert answer.status_code == 201, answer.content
    after = words(cast, f"/w/{cast.workspace.slug}/", cast.owner)
    assert "curl" not in after
    assert "Nightly report is ready" in after


def test_an_agent_without_a_handoff_has_the_line_until_the_first_came(cast: Cast) -> None:
    path = f"/agents/{cast.agent.pk}/"
    assert "curl http://testserver" in words(cast, path, cast.owner)
    cast.submit()
    assert "curl http://testserver" not in words(cast, path, cast.owner)


def test_when_all_is_decided_the_queue_names_the_last_decision(cast: Cast) -> None:
    handoff = cast.submit("Ship it?")
    client = cast.client(cast.reviewer)
    body = {"revision": "1", "digest": handoff.package_sha256, "verdict": "approve"}
    client.post(f"/h/{handoff.number}/decide/", body)
    Handoff.objects.update(status="decided", verdict="", ended_at=handoff.created_at)
    said = words(cast, "/")
    assert "Nothing waits for you The last decision was by Rae Reviewer" in said
    assert "Ship it?" in said
    assert "What was decided" in said


def test_a_filter_without_a_match_offers_to_clear_it_and_to_look_among_the_decided(
    cast: Cast,
) -> None:
    cast.submit("Ship it?")
    page = cast.client(cast.reviewer).get("/?q=is:mine+trigger:error").content.decode()
    assert "Nothing matches this filter" in page
    assert 'href="/decided/?q=trigger%3Aerror">Look among the decided' in page
    decided = cast.client(cast.reviewer).get("/decided/?q=nothing").content.decode()
    assert "Nothing matches this filter" in decided
    assert "Look among" not in decided


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/mine/", "Nothing of yours is waiting"),
        ("/decided/", "Nothing decided yet"),
        ("/notifications/", "No notification yet"),
        ("/views/", "No view yet"),
        ("/deliveries/", "Nothing has left yet"),
        ("/problems/", "No problems"),
    ],
)
def test_every_empty_list_says_what_would_stand_there(cast: Cast, path: str, said: str) -> None:
    found = words(cast, path, cast.owner)
    assert said in found
    after = found[found.index(said) + len(said) :].strip()
    assert len(after) > 40, "a sentence of what it is, or how something comes here"


@pytest.mark.parametrize(
    ("tab", "said", "member"),
    [
        ("files", "No files in this round", "context.files"),
        ("log", "No log in this round", "context.logs"),
        ("steps", "No steps in this round", "context.steps"),
        ("prompts", "No prompts in this round", "context.messages"),
    ],
)
def test_a_tab_without_content_names_the_member_that_fills_it(
    cast: Cast, tab: str, said: str, member: str
) -> None:
    handoff = cast.submit()
    found = words(cast, f"/h/{handoff.number}/?tab={tab}")
    assert said in found
    assert member in found


def test_a_site_admin_of_a_desk_without_a_workspace_begins_with_the_steps(cast: Cast) -> None:
    Membership.objects.all().delete()
    lone = make_user("lone@example.com", is_site_admin=True)
    assert "Three steps" in words(cast, "/", lone)
    assert "You are in no workspace yet" in words(cast, "/w/", cast.stranger)
