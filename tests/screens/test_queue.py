"""The lists: what is in them, in which order, and what an empty one says."""

from django.test import Client

from reviews import decisions, verdicts
from reviews.models import Handoff
from reviews.queue import PAGE
from tests.cast import Cast


def titles(client: Client, path: str = "/") -> list[str]:
    return [row.title for row in client.get(path).context["rows"]]


def approve(cast: Cast, handoff: Handoff) -> None:
    decisions.decide(
        handoff=handoff,
        user=cast.reviewer,
        revision=1,
        digest=handoff.current.package_sha256,
        given=verdicts.Given((verdicts.Verdict("approve"),)),
    )


def test_a_reviewer_sees_what_waits_and_a_stranger_does_not(cast: Cast) -> None:
    cast.submit("Ship it?")
    assert titles(cast.client(cast.reviewer)) == ["Ship it?"]
    assert titles(cast.client(cast.stranger)) == []


def test_nobody_sees_the_queue_without_signing_in(cast: Cast) -> None:
    assert cast.client().get("/").status_code == 302


def test_each_row_is_a_link_named_by_the_title(cast: Cast) -> None:
    handoff = cast.submit("Ship <b>it</b>?")
    html = cast.client(cast.reviewer).get("/").content.decode()
    assert f'<a class="t" href="/h/HO-{handoff.pk}/">Ship &lt;b&gt;it&lt;/b&gt;?</a>' in html
    assert f'id="ho-{handoff.pk}"' in html
    assert 'aria-label="Queue"' in html


def test_filters_are_the_address(cast: Cast) -> None:
    cast.submit("Broken", error="boom")
    cast.submit("Done")
    client = cast.client(cast.reviewer)
    assert titles(client, "/?q=trigger:error") == ["Broken"]
    assert titles(client, "/?q=workspace:acme+trigger:completion") == ["Done"]


def test_an_older_address_leads_to_the_filter(cast: Cast) -> None:
    client = cast.client(cast.reviewer)
    answer = client.get("/?workspace=acme&trigger=error")
    assert answer["location"] == "/?q=workspace%3Aacme+trigger%3Aerror"
    assert client.get("/mine/?workspace=&trigger=")["location"] == "/mine/"


def test_an_empty_filter_offers_to_clear_it(cast: Cast) -> None:
    cast.submit("Done")
    html = cast.client(cast.reviewer).get("/?q=trigger:error").content.decode()
    assert "Nothing matches this filter" in html
    assert 'href="/">Clear' in html


def test_a_desk_without_handoffs_shows_the_first_steps(cast: Cast) -> None:
    html = cast.client(cast.reviewer).get("/").content.decode()
    assert "Three steps to your first review" in html
    assert "/api/v1/handoffs" in html


def test_an_empty_queue_says_when_the_last_decision_was(cast: Cast) -> None:
    cast.workspace.undo_seconds = 0
    cast.workspace.save()
    approve(cast, cast.submit("Ship it?"))
    html = cast.client(cast.reviewer).get("/").content.decode()
    assert "Nothing waits for you" in html
    assert "Rae Reviewer" in html
    assert "Ship it?" in html


def test_a_verdict_on_its_way_stays_in_sight_and_says_whose_it_is(cast: Cast) -> None:
    approve(cast, cast.submit("Ship it?"))
    html = cast.client(cast.owner).get("/").content.decode()
    assert "Approved by Rae Reviewer" in html
    assert "leaves in" in html


def test_more_than_a_page_goes_on_by_keyset(cast: Cast) -> None:
    for number in range(PAGE + 1):
        cast.submit(f"Number {number}")
    client = cast.client(cast.reviewer)
    first = client.get("/")
    assert [row.title for row in first.context["rows"]][:2] == [f"Number {PAGE}", "Number 49"]
    assert len(first.context["rows"]) == PAGE
    assert titles(client, first.context["next_url"]) == ["Number 0"]


def test_the_queue_is_by_priority_and_then_newest_first(cast: Cast) -> None:
    for title, priority in (("a", "normal"), ("b", "urgent"), ("c", "normal"), ("d", "urgent")):
        cast.submit(title, routing={"priority": priority})
    assert titles(cast.client(cast.reviewer), "/") == ["d", "b", "c", "a"]


def test_decided_handoffs_are_listed_with_their_outcome(cast: Cast) -> None:
    cast.workspace.undo_seconds = 0
    cast.workspace.save()
    approve(cast, cast.submit("Ship it?"))
    assert titles(cast.client(cast.reviewer), "/decided/") == ["Ship it?"]


def test_a_handoff_beside_the_list_is_shown_by_the_address(cast: Cast) -> None:
    handoff = cast.submit("Ship it?")
    answer = cast.client(cast.reviewer).get(f"/?at={handoff.number}")
    assert answer.context["page"].handoff == handoff
    assert b'aria-current="true">Ship it?' in answer.content


def test_the_handoff_of_another_workspace_is_not_shown_beside_the_list(cast: Cast) -> None:
    handoff = cast.submit("Ship it?")
    answer = cast.client(cast.stranger).get(f"/?at={handoff.number}")
    assert "page" not in answer.context
