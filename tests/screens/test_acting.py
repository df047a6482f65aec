"""Selecting, snoozing and assigning on the screens, as they are without a script."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from reviews import assigning, bulk, snoozing
from reviews.models import Decision, Handoff
from reviews.views import until
from tests.cast import Cast
from workspaces import clock
from workspaces.errors import Invalid


def pick(handoff: Handoff) -> str:
    return f"{handoff.pk}:{handoff.revision}:{handoff.package_sha256}"


def post(client: Client, path: str, **fields: object) -> str:
    answer = client.post(path, fields)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_a_row_carries_the_round_and_digest_that_it_shows(cast: Cast) -> None:
    handoff = cast.submit("Ship it?")
    html = cast.client(cast.reviewer).get("/").content.decode()
    assert f'name="pick" value="{handoff.pk}:1:{handoff.current.package_sha256}"' in html
    assert 'aria-label="Select Ship it?"' in html


def test_without_a_script_one_page_asks_and_one_says_what_became_of_each(cast: Cast) -> None:
    fine = cast.submit("Fine <b>")
    critical = cast.submit("Danger", actions=[{"name": "drop", "risk": "critical"}])
    client = cast.client(cast.reviewer)
    asked = post(client, "/bulk/", pick=[pick(fine), pick(critical)], do="approve")
    assert "Approve 1 handoff?" in asked
    assert "1 is left out" in asked
    assert "It is critical" in asked
    assert not Decision.objects.exists()
    done = post(client, "/bulk/", pick=[pick(fine), pick(critical)], do="approve", sure="1")
    assert "1 approved, 1 left out" in done
    assert "Fine &lt;b&gt;" in done
    assert f'href="{critical.get_absolute_url()}"' in done
    undone = post(client, "/bulk/undo/", of=[fine.pk], do="approve")
    assert "1 taken back" in undone


def test_a_request_for_changes_without_words_asks_for_them(cast: Cast) -> None:
    fields = {"pick": pick(cast.submit()), "do": "request_changes", "sure": "1"}
    answer = cast.client(cast.reviewer).post("/bulk/", fields)
    assert answer.status_code == 422
    assert "Say what should change" in answer.content.decode()


def test_nothing_selected_or_an_unknown_verb_goes_back_to_the_queue(cast: Cast) -> None:
    client = cast.client(cast.reviewer)
    for fields in ({"do": "approve"}, {"do": "explode", "pick": pick(cast.submit())}):
        answer = client.post("/bulk/", fields, follow=True)
        assert "Select at least one handoff" in answer.content.decode()


def test_assigning_many_can_be_taken_back_to_whom_each_had_before(cast: Cast) -> None:
    first, second = cast.submit("One"), cast.submit("Two")
    Handoff.objects.filter(pk=first.pk).update(assigned_to=cast.reviewer)
    client = cast.client(cast.reviewer)
    picks = [pick(first), pick(second)]
    html = post(client, "/bulk/", pick=picks, do="assign", sure="1", to=cast.owner.pk)
    assert "2 assigned" in html
    assert f'name="of" value="{first.pk}:{cast.reviewer.pk}"' in html
    of = [f"{first.pk}:{cast.reviewer.pk}", str(second.pk)]
    post(client, "/bulk/undo/", of=of, do="assign")
    assert list(Handoff.objects.order_by("pk").values_list("assigned_to", flat=True)) == [
        cast.reviewer.pk,
        None,
    ]


def test_snoozing_leads_on_and_offers_to_take_it_back(cast: Cast) -> None:
    following, handoff = cast.submit("Next"), cast.submit("Later")
    client = cast.client(cast.reviewer)
    asked = client.get(f"{handoff.get_absolute_url()}snooze/").content.decode()
    assert "Until something happens" in asked
    assert "An expiry is not put off" in asked
    fields = {"revision": 1, "until": "activity"}
    answer = client.post(f"{handoff.get_absolute_url()}snooze/", fields, follow=True)
    html = answer.content.decode()
    assert answer.redirect_chain[-1] == (following.get_absolute_url(), 303)
    assert "is snoozed until something happens" in html
    assert f'action="{handoff.get_absolute_url()}wake/"' in html


def test_the_page_of_a_snoozed_handoff_says_by_whom_and_until_when(cast: Cast) -> None:
    handoff = cast.submit("Later")
    snoozing.snooze(handoff=handoff, user=cast.reviewer, revision=1, until=None)
    url = handoff.get_absolute_url()
    html = cast.client(cast.owner).get(url).content.decode()
    assert "Snoozed by Rae Reviewer until something happens" in " ".join(html.split())
    cast.client(cast.owner).post(f"{url}wake/")
    assert "Snoozed by" not in cast.client(cast.owner).get(url).content.decode()


def test_a_time_that_is_past_keeps_the_question_open(cast: Cast) -> None:
    handoff = cast.submit()
    for at in ("2001-01-01T10:00", "never", "9999-12-31T23:59"):
        answer = cast.client(cast.reviewer).post(
            f"{handoff.get_absolute_url()}snooze/", {"revision": 1, "until": "at", "at": at}
        )
        assert answer.status_code == 422
    handoff.refresh_from_db()
    assert handoff.snoozed_until is None


def test_assigning_says_to_whom_and_takes_it_back(cast: Cast) -> None:
    handoff = cast.submit()
    client = cast.client(cast.reviewer)
    url = f"{handoff.get_absolute_url()}assign/"
    assert "Olive Owner" in client.get(url).content.decode()
    html = client.post(url, {"to": cast.owner.pk}, follow=True).content.decode()
    assert "is assigned to Olive Owner" in html
    assert '<input type="hidden" name="to" value="nobody">' in html
    assert client.post(url, {"to": cast.stranger.pk}).status_code == 422
    assert client.post(url, {"to": "x"}).status_code == 422


def test_the_decided_list_begins_with_what_oneself_can_still_take_back(cast: Cast) -> None:
    handoff = cast.submit("Ship it?")
    bulk.decide(cast.reviewer, bulk.parse([pick(handoff)]), "approve", "")
    html = cast.client(cast.reviewer).get("/decided/").content.decode()
    assert "Yours, not left yet" in html
    assert f'action="{handoff.get_absolute_url()}undo/"' in html
    assert "Yours, not left yet" not in cast.client(cast.owner).get("/decided/").content.decode()


def test_the_audit_tab_says_to_whom_and_until_when(cast: Cast) -> None:
    handoff = cast.submit()
    assigning.assign(handoff=handoff, user=cast.reviewer, to=cast.owner)
    snoozing.snooze(handoff=handoff, user=cast.reviewer, revision=1, until=None)
    url = f"{handoff.get_absolute_url()}?tab=audit"
    html = cast.client(cast.reviewer).get(url).content.decode()
    assert "to Olive Owner" in html
    assert "until activity" in html


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2026, 3, 27, 9, 30, tzinfo=UTC)  # a Friday; on Sunday clocks change
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_times_to_snooze_until_are_the_readers_own(at: None) -> None:
    with timezone.override(ZoneInfo("Europe/Berlin")):
        found = {each.value: each.moment for each in until.choices()}
        typed = until.read("at", "2026-03-30T09:00")
    assert found["afternoon"] == datetime(2026, 3, 27, 13, tzinfo=UTC)  # 14:00 in winter
    assert found["tomorrow"] == datetime(2026, 3, 28, 8, tzinfo=UTC)
    assert found["monday"] == typed == datetime(2026, 3, 30, 7, tzinfo=UTC)  # 9:00 in summer
    assert found["activity"] is None


def test_what_no_clock_shows_is_refused(at: None) -> None:
    for text in ("", "soon", "2026-13-01T00:00", "0001-01-01T00:00"):
        with pytest.raises(Invalid):
            until.read("at", text)


def test_the_list_reads_no_more_with_more_rows(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    for number in range(20):
        cast.submit(f"Number {number}")
    client = cast.client(cast.reviewer)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        client.get("/")
    assert bulk.MOST >= 200
