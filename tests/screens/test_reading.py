"""Reading a round: what it is compared with, its diff, points, viewed files, queries."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.models import ChangePoint, Comment, Handoff, ViewedFile
from tests.cast import Cast
from workspaces.models import Workspace

LINES = [f"line {n}" for n in range(1, 101)]
SCRIPT = {"X-Requested-With": "fetch"}


def text(*changed: int) -> str:
    return "".join(f"{'other' if n in changed else line}\n" for n, line in enumerate(LINES, 1))


def two_rounds(cast: Cast, **members: Any) -> Handoff:
    other = {"path": "b.txt", "content": "same\n"}
    files = [{"path": "src/a.txt", "content": text()}, other]
    cast.submit(id="job", context={"files": files}, actions=[{"name": "go", "args": {"n": 1}}])
    files = [{"path": "src/a.txt", "content": text(50)}, other]
    action = {"name": "go", "args": {"n": 2, "why": "<b>because</b>"}}
    taken = cast.submit(id="job", context={"files": files}, actions=[action], **members)
    return Handoff.objects.get(pk=taken.pk)


def get(cast: Cast, path: str, **headers: str) -> str:
    answer = cast.client(cast.reviewer).get(path, headers=headers)
    assert answer.status_code == 200, answer
    return str(answer.content.decode())


def test_a_later_round_says_what_changed_over_the_whole_document(cast: Cast) -> None:
    html = get(cast, two_rounds(cast, summary="Now in two.").get_absolute_url())
    overview = html[
        html.index('id="overview"') : html.index("</details>", html.index('id="overview"'))
    ]
    assert "Changed since round 1" in overview
    assert "3 parts of the request, 1 file" in overview
    assert "go: n" in overview and "go: why" in overview and "src/a.txt" in overview
    assert "&lt;b&gt;because" in overview and "<b>because" not in overview


def test_folded_lines_are_fetched_twenty_or_all_and_without_script_as_a_page(cast: Cast) -> None:
    handoff = two_rounds(cast)
    html = get(cast, handoff.get_absolute_url())
    links = [
        link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)" data-fold-lines', html)
    ]
    some, everything = links[:2]
    part = get(cast, some, **SCRIPT)
    assert part.count("file-1-L") == 20 and "26 unchanged lines" in part
    assert 'id="file-1-L46"' in part and 'id="file-1-L26"' not in part  # those next to the change
    assert get(cast, everything, **SCRIPT).count("file-1-L") == 46
    plain = cast.client(cast.reviewer).get(everything)
    assert plain.status_code == 302
    assert get(cast, plain.url).count('id="file-1-L') == 100  # type: ignore[attr-defined]


@pytest.mark.parametrize("query", ["", "start=x", "start=-1&stop=9", "start=5&stop=2", "file=99"])
def test_an_address_of_lines_that_makes_no_sense_is_harmless(cast: Cast, query: str) -> None:
    url = f"{two_rounds(cast).get_absolute_url()}lines/?{query}"
    status = cast.client(cast.reviewer).get(url, headers=SCRIPT).status_code
    assert status == (404 if "99" in query else 200)


def test_a_point_is_kept_at_its_line_listed_and_sent_with_the_request(cast: Cast) -> None:
    handoff = two_rounds(cast)
    url = handoff.get_absolute_url()
    client = cast.client(cast.reviewer)
    fields = {"file": "1", "line": "50", "body": "Why <i>other</i>?"}
    part = client.post(f"{url}points/?round=2", fields, headers=SCRIPT).content.decode()
    assert "Change list (1)" in part and "src/a.txt:50" in part
    assert "Why &lt;i&gt;other" in part and "<html" not in part
    assert "Change list (1)" in get(cast, url)
    assert "src/a.txt:50" not in cast.client(cast.owner).get(url).content.decode()
    point = ChangePoint.objects.get()
    posted = {
        "verdict": "request_changes",
        "revision": "2",
        "digest": handoff.current.package_sha256,
        "changes-shown": "1",
        "point": f"d{point.pk}",
    }
    assert client.post(f"{url}decide/", posted).status_code == 303
    (entry,) = handoff.decisions.get().read_entries()
    assert entry["comments"] == [
        {"id": "r2-1", "path": "src/a.txt", "line": 50, "body": "Why <i>other</i>?"}
    ]


def test_what_is_not_ticked_is_not_sent_and_stays(cast: Cast) -> None:
    handoff = two_rounds(cast)
    url = handoff.get_absolute_url()
    client = cast.client(cast.reviewer)
    for body in ("One", "Two"):
        client.post(f"{url}points/?round=2", {"file": "2", "body": body})
    kept, sent = ChangePoint.objects.order_by("body")
    posted = {"verdict": "request_changes", "revision": "2", "changes-shown": "1"}
    shown = client.post(f"{url}decide/", {**posted, "digest": handoff.current.package_sha256})
    assert shown.status_code == 422  # neither words nor points
    html = shown.content.decode()
    assert "Change list (2)" in html and f'value="d{sent.pk}" form="decide" checked' not in html
    posted |= {"digest": handoff.current.package_sha256, "point": f"d{sent.pk}"}
    assert client.post(f"{url}decide/", posted).status_code == 303
    kept.refresh_from_db()
    sent.refresh_from_db()
    assert kept.decision is None and sent.decision is not None


def test_without_script_a_form_takes_the_line_and_keeps_what_was_typed(cast: Cast) -> None:
    url = f"{two_rounds(cast).get_absolute_url()}points/"
    assert 'name="line"' in get(cast, f"{url}?round=2&file=1&line=7")
    client = cast.client(cast.reviewer)
    wrong = client.post(f"{url}?round=2", {"file": "1", "line": "0", "body": "Typed"})
    assert wrong.status_code == 422 and "Typed" in wrong.content.decode()
    taken = client.post(f"{url}?round=2", {"file": "1", "line": "7", "body": "Typed"})
    assert taken.status_code == 303 and taken.headers["Location"].endswith("#changes")
    assert ChangePoint.objects.get().line == 7


def test_the_checklist_shows_the_agents_answer_beside_the_desks_look(cast: Cast) -> None:
    handoff = cast.submit(id="job", context={"files": [{"path": "a.txt", "content": text()}]})
    url = handoff.get_absolute_url()
    client = cast.client(cast.reviewer)
    for line in (10, 90):
        fields = {"file": "1", "line": str(line), "body": f"Mend {line}"}
        client.post(f"{url}points/?round=1", fields)
    Workspace.objects.update(undo_seconds=0)
    changes = [f"d{pk}" for pk in ChangePoint.objects.values_list("pk", flat=True)]
    digest = handoff.current.package_sha256
    posted = {"verdict": "request_changes", "revision": "1", "digest": digest}
    client.post(f"{url}decide/", {**posted, "changes-shown": "1", "point": changes})
    resolves = [{"comment": "r1-1", "status": "done", "note": "<script>Done</script>"}]
    files = [{"path": "a.txt", "content": text(10)}]
    cast.submit(id="job", context={"files": files, "resolves": resolves})
    html = get(cast, url)
    assert "1 of 2 settled" in html and "not answered" in html
    assert "line changed" in html and "line unchanged" in html
    assert "&lt;script&gt;Done" in html and "<script>Done" not in html
    assert "Change list (1)" in html and "from round 1" in html  # what is open is asked again
    point = ChangePoint.objects.get(body="Mend 90")
    assert client.post(f"{url}points/{point.pk}/mark/", {"mark": "settled"}).status_code == 303
    html = get(cast, url)
    assert "2 of 2 settled" in html and "Ticked off by Rae Reviewer" in html
    assert "Change list (0)" in html


def test_viewing_a_file_leads_to_the_next_that_was_not(cast: Cast) -> None:
    handoff = two_rounds(cast)
    url = handoff.get_absolute_url()
    client = cast.client(cast.reviewer)
    assert "0 of 2 viewed" in get(cast, url)
    answer = client.post(f"{url}viewed/?round=2", {"file": "1"})
    assert "file=2" in answer.headers["Location"]
    assert "1 of 2 viewed" in get(cast, url)
    client.post(f"{url}viewed/?round=2", {"file": "1", "take_back": "1"})
    assert not ViewedFile.objects.exists()


def test_the_look_of_diffs_is_kept_in_the_browser(cast: Cast) -> None:
    url = two_rounds(cast).get_absolute_url()
    client = cast.client(cast.reviewer)
    assert 'class="df split wrap' in client.get(url).content.decode()
    client.post("/preferences/diff/", {"layout": "unified"})
    client.post("/preferences/diff/", {"lines": "nowrap", "next": "https://evil.example/"})
    assert 'class="df unified nowrap' in client.get(url).content.decode()


def test_the_conversation_comes_by_itself_and_is_marked_unread_until_shown(cast: Cast) -> None:
    handoff = two_rounds(cast)
    Comment.objects.create(
        handoff=handoff, revision=handoff.current, agent=cast.agent, body="May I <b>go</b>?",
        created_at=handoff.created_at,
    )  # fmt: skip
    Handoff.objects.filter(pk=handoff.pk).update(message_count=1)
    url = handoff.get_absolute_url()
    assert re.search(r'id="talk-new">\s*<span>1</span>', get(cast, url))
    part = get(cast, f"{url}talk/", **SCRIPT)
    assert "May I &lt;b&gt;go" in part and "Round 2" in part
    last = re.search(r'data-last="(\d+)" data-unread="1"', part)
    assert last
    cast.client(cast.reviewer).post(f"{url}talk/", {"last": last[1]})
    assert 'id="talk-new" hidden' in get(cast, url)


def many_files(count: int) -> list[dict[str, str]]:
    return [{"path": f"src/f{n % 10}/{n}.txt", "content": f"{n}\n"} for n in range(count)]


def test_a_thousand_files_take_no_more_queries_than_two(cast: Cast) -> None:
    found = {}
    for count in (2, 1000):
        first = many_files(count)
        cast.submit(id=f"job{count}", context={"files": first})
        first[0]["content"] = "changed\n"
        taken = cast.submit(id=f"job{count}", context={"files": first})
        url = Handoff.objects.get(pk=taken.pk).get_absolute_url()
        client = cast.client(cast.reviewer)
        client.post(f"{url}points/?round=2", {"file": "1", "line": "1", "body": "Why?"})
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            html = client.get(url).content.decode()
        found[count] = len(captured)
        assert "Change list (1)" in html and f"0 of {count} viewed" in html

    assert found[1000] <= found[2] <= 20, found
