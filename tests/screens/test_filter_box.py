"""The filter box: chips, faults, the View menu, density, completion, and where live rows go."""

import json
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviews import saved_views
from reviews.models import Handoff, SavedView
from reviews.queue import PAGE
from tests.cast import Cast
from workspaces import clock
from workspaces.models import Team, TeamMember


def titles(client: Client, **given: str) -> list[str]:
    return [row.title for row in client.get("/?" + urlencode(given)).context["rows"]]


def test_each_term_is_a_chip_whose_link_drops_it(cast: Cast) -> None:
    client = cast.client(cast.reviewer)
    answer = client.get("/?q=trigger:error+prices")
    assert [(chip.text, chip.url) for chip in answer.context["chips"]] == [
        ("trigger:error", "/?q=prices"),
        ("prices", "/?q=trigger%3Aerror"),
    ]
    assert client.get("/mine/?q=prices").context["chips"][0].url == "/mine/"


def test_a_bad_term_is_shown_with_its_place_and_left_out(cast: Cast) -> None:
    cast.submit("Broken", error="boom")
    cast.submit("Done")
    answer = cast.client(cast.reviewer).get("/?q=confidence:2+trigger:error")
    assert [row.title for row in answer.context["rows"]] == ["Broken"]
    html = answer.content.decode()
    assert "Left out, from character 1:" in html
    assert "confidence: wants a number from 0 to 1, as in confidence:&lt;0.6." in html
    assert 'aria-invalid="true"' in html


@pytest.mark.parametrize(
    "text",
    [
        "\x01 agent:\x7f",
        "é" * 700,
        "🙂",
        "number:HO-999999999999999999",
        "age:>999999w",
        "files:999999999",
        "%27",
        "<script>alert(1)</script>",
        "tag:\\",
        "is:,",
        ",,,",
    ],
)
def test_no_filter_breaks_the_page(cast: Cast, text: str) -> None:
    client = cast.client(cast.reviewer)
    for path in ("/", "/mine/", "/decided/", "/rows/", "/views/"):
        assert client.get(f"{path}?{urlencode({'q': text, 'ids': '1'})}").status_code == 200
    assert "<script>alert" not in client.get(f"/?{urlencode({'q': text})}").content.decode()


def test_mine_and_decided_are_addresses_with_the_same_box(cast: Cast) -> None:
    handoff = cast.submit("Broken", error="boom")
    cast.submit("Done")
    Handoff.objects.update(assigned_to=cast.reviewer)
    client = cast.client(cast.reviewer)
    mine = client.get("/mine/?q=trigger:error")
    assert [row.pk for row in mine.context["rows"]] == [handoff.pk]
    Handoff.objects.update(status="decided", outcome="approved", ended_at=clock.now())
    assert len(client.get("/decided/?q=trigger:error").context["rows"]) == 1
    assert len(client.get("/?q=is:decided").context["rows"]) == 2


def test_what_is_snoozed_is_counted_nowhere_and_found_when_asked_for(cast: Cast) -> None:
    cast.submit("Later")
    Handoff.objects.update(snoozed_until=clock.now() + timedelta(hours=1))
    client = cast.client(cast.reviewer)
    answer = client.get("/")
    assert list(answer.context["rows"]) == []
    assert answer.context["rail_counts"]["open"] == 0
    assert titles(client, q="is:snoozed") == ["Later"]


def test_groups_have_headings_and_the_next_page_repeats_the_one_it_goes_on_with(
    cast: Cast,
) -> None:
    for number in range(PAGE + 2):
        cast.submit(f"Number {number}")
    cast.submit("Broken", error="boom")
    client = cast.client(cast.reviewer)
    first = client.get("/?q=group:trigger")
    headings = [getattr(row, "heading", None) for row in first.context["rows"]]
    assert headings[:3] == ["Error", "Complete", None]
    second = client.get(first.context["next_url"])
    assert [getattr(row, "heading", None) for row in second.context["rows"]] == [
        *("Complete", None, None)
    ]
    assert '<li class="group"><h2>Complete</h2></li>' in second.content.decode()


def test_the_view_menu_writes_sort_and_group_into_the_filter(cast: Cast) -> None:
    answer = cast.client(cast.reviewer).get("/?q=prices+sort:due")
    sorts = {choice.url: choice.is_chosen for choice in answer.context["sorts"]}
    assert sorts["/?q=prices"] is False  # the usual order needs no words
    assert sorts["/?q=prices+sort%3Adue"] is True
    groups = [choice.url for choice in answer.context["groups"]]
    assert "/?q=prices+sort%3Adue+group%3Aagent" in groups


def test_density_is_remembered(cast: Cast) -> None:
    cast.submit("One")
    client = cast.client(cast.reviewer)
    assert 'data-density="compact"' not in client.get("/").content.decode()
    answer = client.post("/preferences/density/", {"density": "compact", "next": "/?q=one"})
    assert answer["location"] == "/?q=one"
    assert 'data-density="compact"' in client.get("/").content.decode()
    away = client.post("/preferences/density/", {"density": "no", "next": "//evil.example"})
    assert away["location"] == "/"


def options(client: Client, term: str) -> list[str]:
    answer = client.get("/filter/options/", {"term": term})
    return [each["text"] for each in answer.json()["options"]]


def test_completion_offers_keys_and_then_their_values(cast: Cast) -> None:
    cast.submit("Tagged", routing={"tags": ["release", "spring sale"]})
    team = Team.objects.create(name="Web", slug="web")
    TeamMember.objects.create(team=team, user=cast.owner)
    client = cast.client(cast.reviewer)
    assert options(client, "tr") == ["trigger:"]
    assert options(client, "-a") == ["-agent:", "-assignee:", "-age:"]
    assert "trigger:error" in options(client, "trigger:")
    assert options(client, "trigger:error,qu") == ["trigger:error,question"]
    assert options(client, "agent:b") == ["agent:builder"]
    assert options(client, "workspace:") == ["workspace:acme"]
    assert options(client, "assignee:") == [
        *("assignee:me", "assignee:none"),
        *('assignee:"Olive Owner"', 'assignee:"Rae Reviewer"'),
    ]
    assert options(client, 'tag:"spr') == ['tag:"spring sale"']
    assert options(client, "team:w") == ["team:web"]
    assert options(client, "nonsense:") == []


def test_completion_tells_a_stranger_nothing(cast: Cast) -> None:
    cast.submit("Tagged", routing={"tags": ["release"]})
    team = Team.objects.create(name="Web", slug="web")
    TeamMember.objects.create(team=team, user=cast.owner)
    client = cast.client(cast.stranger)
    for key in ("agent", "workspace", "tag", "team"):
        assert options(client, f"{key}:") == []
    assert options(client, "assignee:") == ["assignee:me", "assignee:none"]


def placed(client: Client, q: str, *rows: Handoff, section: str = "queue") -> dict[int, int | None]:
    ids = ",".join(str(row.pk) for row in rows)
    answer = client.get("/rows/", {"q": q, "ids": ids, "section": section}).json()
    return {row["id"]: row["before"] for row in answer["rows"]}


def test_the_desk_says_which_rows_belong_and_where(cast: Cast) -> None:
    first, second = cast.submit("one"), cast.submit("two", error="boom")
    third = cast.submit("three", error="boom")
    client = cast.client(cast.reviewer)
    assert placed(client, "trigger:error", first, second, third) == {
        third.pk: second.pk,
        second.pk: None,
    }
    assert placed(client, "sort:age", first, third) == {first.pk: second.pk, third.pk: None}
    assert placed(client, "", first, section="mine") == {}
    assert placed(cast.client(cast.stranger), "", first, second) == {}


def test_what_the_desk_is_asked_about_rows_is_bounded(cast: Cast) -> None:
    made = [cast.submit(f"Number {number}") for number in range(25)]
    client = cast.client(cast.reviewer)
    assert len(placed(client, "number", *made)) == 20
    assert client.get("/rows/?ids=x,-1,99999999999999999999,,1e3").json() == {
        "rows": [],
        "cut": False,
    }


def queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_the_queue_takes_at_most_twelve_queries_whatever_is_on(
    cast: Cast, make_rows: Callable[[int], None]
) -> None:
    for number in range(9):
        saved_views.save(
            cast.reviewer,
            name=f"View {number}",
            query="trigger:error word agent:builder",
            sharing=SavedView.Sharing.OWN,
            team=None,
        )
    client = cast.client(cast.reviewer)
    paths = ("/", "/?q=trigger:error,completion+group:agent+sort:due+number+tag:red", "/mine/")
    make_rows(2)
    few = [queries(client, path) for path in paths]
    make_rows(40)
    assert [queries(client, path) for path in paths] == few
    assert max(few) <= 12, few


@pytest.fixture
def make_rows(cast: Cast) -> Callable[[int], None]:
    def make(count: int) -> None:
        for number in range(count):
            cast.submit(f"Number {number}", routing={"tags": ["red"]})
        Handoff.objects.filter(pk__in=Handoff.objects.values("pk")[:count]).update(
            assigned_to=cast.reviewer
        )

    return make


def test_the_list_says_how_it_is_kept_live(cast: Cast) -> None:
    """Only the whole open queue in its own order takes rows without asking where they belong."""
    cast.submit("One")
    client = cast.client(cast.reviewer)
    for path, mark in (("/", ""), ("/?q=one", "1"), ("/?q=sort:age", "1"), ("/mine/", "1")):
        assert f'data-filtered="{mark}"' in client.get(path).content.decode()
    assert json.loads(client.get("/rows/").content) == {"rows": [], "cut": False}
