"""What the palette finds among handoffs: by number, title and agent, and only what one may see."""

import pytest
from django.test import Client

from reviews import finding
from reviews.models import Handoff
from tests.cast import Cast


def found(client: Client, words: str = "") -> list[str]:
    return [each["number"] for each in client.get("/palette/", {"q": words}).json()["handoffs"]]


def look(cast: Cast, client: Client, handoff: Handoff) -> None:
    body = {"revision": "1", "digest": handoff.current.package_sha256}
    assert client.post(f"/h/{handoff.number}/seen/", body).status_code == 204


def test_a_number_finds_its_handoff_however_it_is_written(cast: Cast) -> None:
    handoff = cast.submit("Ship it?")
    client = cast.client(cast.reviewer)
    for words in (handoff.number, handoff.number.lower(), str(handoff.pk), f"ho{handoff.pk}"):
        assert found(client, words) == [handoff.number]


def test_every_word_must_be_in_title_or_agent(cast: Cast) -> None:
    first = cast.submit("Deploy the shop")
    cast.submit("Deploy the blog", agent=cast.second_agent)
    client = cast.client(cast.reviewer)
    assert found(client, f"shop {cast.agent.name[:4]}") == [first.number]
    assert found(client, "shop nothing") == []
    assert len(found(client, "DEPLOY")) == 2


def test_a_stranger_finds_nothing_and_who_is_not_signed_in_is_asked_to(cast: Cast) -> None:
    handoff = cast.submit("Ship it?")
    stranger = cast.client(cast.stranger)
    assert found(stranger, handoff.number) == found(stranger, "ship") == []
    assert cast.client().get("/palette/?q=ship").status_code == 302


def test_without_words_it_shows_what_one_looked_at_newest_first(cast: Cast) -> None:
    one, other = cast.submit("One"), cast.submit("Other")
    client = cast.client(cast.reviewer)
    assert found(client) == []
    for handoff in (one, other, one):
        look(cast, client, handoff)
    assert found(client) == [one.number, other.number]
    cast.reviewer.memberships.all().delete()
    assert found(client) == []


def test_hidden_characters_of_a_title_are_drawn(cast: Cast) -> None:
    handoff = cast.submit("Pay\u202e1.00")
    answer = cast.client(cast.reviewer).get("/palette/", {"q": handoff.number}).json()
    assert "\u202e" not in answer["handoffs"][0]["title"]


def test_nonsense_is_no_error(cast: Cast) -> None:
    client = cast.client(cast.reviewer)
    for words in ("9" * 30, "%", "_", "\\", "x" * 5000, "HO-"):
        assert client.get("/palette/", {"q": words}).status_code == 200


def test_titles_are_looked_for_among_the_newest_only_but_a_number_finds_any(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "NEWEST", 1)
    old, new = cast.submit("Ship old"), cast.submit("Ship new")
    client = cast.client(cast.reviewer)
    assert found(client, "ship") == [new.number]
    assert found(client, old.number) == [old.number]
