"""A handoff is opened from a list: next, previous, back and what follows a decision stay in it."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviews.filtering.language import parse
from reviews.models import Handoff
from reviews.views.origin import Origin
from tests.bench import crowd
from tests.cast import Cast

ERRORS = "?q=trigger%3Aerror"


def link(client: Client, url: str, key: str) -> str:
    """The address behind the page's link with this key; "" where there is none."""
    html = client.get(url).content.decode()
    found = re.search(rf'<a class="[^"]*" href="([^"]*)"[^>]*data-key="{re.escape(key)}"', html)
    return found[1].replace("&amp;", "&") if found else ""


def decide(client: Client, handoff: Handoff, suffix: str = "", **more: str) -> str:
    body = {"revision": "1", "digest": handoff.package_sha256, "verdict": "approve", **more}
    answer = client.post(f"/h/{handoff.number}/decide/{suffix}", body)
    assert answer.status_code == 303, answer.content.decode()[:2000]
    return answer["location"]


def test_next_and_previous_follow_the_filter(cast: Cast) -> None:
    first = cast.submit("One", error="boom")
    cast.submit("Between")
    second = cast.submit("Two", error="boom")
    client = cast.client(cast.reviewer)
    page = f"/h/{second.number}/{ERRORS}"
    assert f'href="{page}"' in client.get(f"/{ERRORS}").content.decode()
    assert link(client, page, "]") == f"/h/{first.number}/{ERRORS}"
    assert link(client, page, "[") == ""
    assert link(client, f"/h/{first.number}/{ERRORS}", "[") == page
    assert link(client, page, "u") == f"/{ERRORS}"


def test_they_follow_the_sort_and_the_group(cast: Cast) -> None:
    one, two, three = (
        cast.submit(f"{n}", trigger="error" if n == 1 else "question") for n in range(3)
    )
    client = cast.client(cast.reviewer)
    assert link(client, f"/h/{one.number}/?q=sort:age", "]") == f"/h/{two.number}/?q=sort%3Aage"
    grouped = "?q=group%3Atrigger"
    assert link(client, f"/h/{two.number}/{grouped}", "]") == f"/h/{three.number}/{grouped}"
    order = [row.pk for row in client.get(f"/{grouped}").context["rows"]]
    walked, url = [], f"/h/HO-{order[0]}/{grouped}"
    while url:
        walked.append(int(re.findall(r"HO-(\d+)", url)[0]))
        url = link(client, url, "]")
    assert walked == order


def test_what_follows_a_decision_is_of_the_same_list_and_at_its_end_the_list(cast: Cast) -> None:
    other = cast.submit("Other")
    first, second = cast.submit("One", error="boom"), cast.submit("Two", error="boom")
    client = cast.client(cast.reviewer)
    assert decide(client, second, ERRORS) == f"/h/{first.number}/{ERRORS}"
    assert decide(client, first, ERRORS) == f"/{ERRORS}"
    assert decide(client, other) == "/"


def test_beside_the_list_too(cast: Cast) -> None:
    first, second = cast.submit("One", error="boom"), cast.submit("Two", error="boom")
    client = cast.client(cast.reviewer)
    html = client.get(f"/{ERRORS}&at={second.number}").content.decode()
    assert f'href="/h/{first.number}/{ERRORS}"' in html
    assert f'action="/h/{second.number}/decide/{ERRORS}"' in html
    assert decide(client, second, ERRORS, pane="1") == (
        f"/h/{first.number}/?pane=1&q=trigger%3Aerror"
    )


def test_the_lists_of_ones_own_and_of_what_is_decided(cast: Cast) -> None:
    mine = [cast.submit(f"Mine {n}") for n in range(2)]
    cast.submit("Not mine")
    Handoff.objects.filter(pk__in=[each.pk for each in mine]).update(assigned_to=cast.reviewer)
    client = cast.client(cast.reviewer)
    page = f"/h/{mine[1].number}/?list=mine"
    assert f'href="{page}"' in client.get("/mine/").content.decode()
    assert link(client, page, "]") == f"/h/{mine[0].number}/?list=mine"
    assert link(client, page, "u") == "/mine/"
    assert decide(client, mine[1], "?list=mine") == f"/h/{mine[0].number}/?list=mine"
    for handoff in mine:
        Handoff.objects.filter(pk=handoff.pk).update(
            status="decided", verdict="", ended_at=handoff.created_at
        )
    page = f"/h/{mine[1].number}/?list=decided"
    assert link(client, page, "]") == f"/h/{mine[0].number}/?list=decided"
    assert link(client, page, "u") == "/decided/"


def test_tabs_rounds_and_every_form_of_the_page_keep_the_list(cast: Cast) -> None:
    handoff = cast.submit("Round", id="x", context={"files": [{"path": "a.txt", "content": "a"}]})
    cast.submit("Round", id="x", context={"files": [{"path": "a.txt", "content": "b"}]})
    html = cast.client(cast.reviewer).get(f"/h/{handoff.number}/{ERRORS}").content.decode()
    base = f"/h/{handoff.number}/"
    quiet = ("picture/", "lines/", "viewed/?", "points/")  # answer without an address to go to
    urls = set(re.findall(rf'(?:href|action|hx-get|hx-post)="({base}[^"]*)"', html))
    left = [url for url in urls if "q=trigger%3Aerror" not in url]
    assert len(urls) > 8
    left = [url for url in left if not url.removeprefix(base).startswith(quiet)]
    assert left == [base], "the form that compares rounds has it in fields"
    assert 'name="q" value="trigger:error"' in html


def test_nothing_of_the_address_is_trusted(cast: Cast) -> None:
    handoff, other = cast.submit("One"), cast.submit("Two")
    client = cast.client(cast.reviewer)
    for bad in (
        "?list=https://evil.example/",
        "?list=//evil.example&q=%22",
        "?q=nonsense:x",
        "?q=" + "a:" * 800,
        "?list=admin&q=%FF%22",
    ):
        html = client.get(f"/h/{other.number}/{bad}").content.decode()
        assert not re.search(r'(?:href|action|hx-\w+)="[^"]*(?:evil|admin\b.*q=)', html)
        assert link(client, f"/h/{other.number}/{bad}", "]") == f"/h/{handoff.number}/"
        assert link(client, f"/h/{other.number}/{bad}", "u") == "/"
    assert decide(client, other, "?list=//evil.example") == f"/h/{handoff.number}/"
    stranger = cast.client(cast.stranger)
    assert stranger.get(f"/h/{handoff.number}/{ERRORS}").status_code == 404


def test_who_is_no_longer_in_the_list_still_has_a_way_on(cast: Cast) -> None:
    handoff = cast.submit("Broken", error="boom")
    outside = cast.submit("Fine")
    client = cast.client(cast.reviewer)
    assert link(client, f"/h/{outside.number}/{ERRORS}", "]") == f"/h/{handoff.number}/{ERRORS}"
    page = f"/h/{outside.number}/?list=decided"
    assert link(client, page, "]") == link(client, page, "[") == ""


@pytest.mark.parametrize("more", ["", "?q=sort%3Adue+trigger%3Aerror+boom", "?list=mine"])
def test_the_page_takes_as_many_queries_from_any_list(cast: Cast, more: str) -> None:
    number = crowd.copy(cast.submit(error="boom"), 50)[20]
    client = cast.client(cast.reviewer)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/h/{number}/{more}").status_code == 200
    assert len(captured) <= 20, [query["sql"] for query in captured]


def test_an_origin_is_written_as_it_is_read() -> None:
    assert Origin().suffix == Origin().more == ""
    assert Origin().url == "/"
    origin = Origin("mine", parse("is:overdue nonsense:x"))
    assert origin.suffix == "?list=mine&q=is%3Aoverdue"
    assert origin.more == "&list=mine&q=is%3Aoverdue"
    assert origin.url == "/mine/?q=is%3Aoverdue"
