"""Fetching the next handoff before it is asked for: only looking, and nothing used up."""

from reviews import claims, decisions, verdicts
from reviews.models import Handoff
from tests.cast import Cast
from workspaces.models import Event

AHEAD = {"HX-Request": "true", "X-Purpose": "prefetch"}


def test_it_is_neither_seen_nor_claimed(cast: Cast) -> None:
    handoff = cast.submit()
    events = Event.objects.count()
    answer = cast.client(cast.reviewer).get(handoff.get_absolute_url(), headers=AHEAD)
    assert answer.status_code == 200 and Event.objects.count() == events
    fresh = Handoff.objects.get(pk=handoff.pk)
    assert fresh.claimed_by is None and fresh.current.first_seen_at is None


def test_the_undo_bar_stays_where_it_is(cast: Cast) -> None:
    decided, following = cast.submit("Decided"), cast.submit("Following")
    decisions.decide(
        handoff=decided,
        user=cast.reviewer,
        revision=1,
        digest=decided.current.package_sha256,
        given=verdicts.Given((verdicts.Verdict("approve"),)),
    )
    client = cast.client(cast.reviewer)
    assert b"data-undo" in client.get(following.get_absolute_url()).content
    assert b"data-undo" not in client.get(following.get_absolute_url(), headers=AHEAD).content


def test_a_message_waits_for_who_opens_the_page(cast: Cast) -> None:
    handoff = cast.submit()
    claims.claim(handoff=handoff, user=cast.owner)
    client = cast.client(cast.reviewer)
    url = handoff.get_absolute_url()
    client.post(f"{url}claim/")  # without script: the page says that somebody was faster
    said = [b'class="alert' in client.get(url, headers=more).content for more in (AHEAD, {}, {})]
    assert said == [False, True, False]
