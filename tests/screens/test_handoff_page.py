"""The handoff page: server facts first, the agent's words marked, nothing clipped or executed."""

import pytest

from tests.cast import Cast

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89"
)
TABS = ("files", "log", "steps", "prompts", "conversation", "audit")


def page(cast: Cast, path: str) -> str:
    answer = cast.client(cast.reviewer).get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_stranger_gets_the_same_404_as_for_nothing(cast: Cast) -> None:
    handoff = cast.submit()
    stranger = cast.client(cast.stranger)
    assert stranger.get(handoff.get_absolute_url()).status_code == 404
    assert stranger.get("/h/HO-999999/").status_code == 404
    assert stranger.get("/h/nonsense/").status_code == 404


def test_it_says_what_will_happen_with_every_argument(cast: Cast) -> None:
    long = "x" * 3000
    handoff = cast.submit(actions=[{"name": "deploy", "args": {"env": "prod", "why": long}}])
    html = page(cast, handoff.get_absolute_url())
    assert "What will happen if you approve" in html
    assert long in html
    assert handoff.current.package_sha256 in html


def test_the_form_binds_the_decision_to_the_round_that_is_shown(cast: Cast) -> None:
    handoff = cast.submit()
    html = page(cast, handoff.get_absolute_url())
    assert '<input type="hidden" name="revision" value="1">' in html
    digest = handoff.current.package_sha256
    assert f'<input type="hidden" name="digest" value="{digest}">' in html


def test_the_agents_words_are_marked_and_harmless(cast: Cast) -> None:
    handoff = cast.submit(summary="**Safe** <script>alert(1)</script> [x](javascript:alert(1))")
    html = page(cast, handoff.get_absolute_url())
    assert "Written by the agent, not checked" in html
    assert "<script>alert" not in html
    assert 'href="javascript' not in html


def test_an_error_shows_its_message_and_traceback(cast: Cast) -> None:
    handoff = cast.submit(
        error={"type": "KeyError", "message": "no row 7", "traceback": "File <x>"}
    )
    html = page(cast, handoff.get_absolute_url())
    assert "KeyError: no row 7" in html
    assert "File &lt;x&gt;" in html


def test_it_says_why_it_came_to_this_reviewer(cast: Cast) -> None:
    html = page(cast, cast.submit().get_absolute_url())
    assert "Why me?" in html
    assert "Otherwise → the reviewers of Acme" in html


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_is_a_plain_link_and_opens(cast: Cast, tab: str) -> None:
    handoff = cast.submit(
        context={
            "files": [{"path": "a.py", "content": "print(1)\n"}],
            "logs": [{"path": "run.log", "content": "ERROR it broke\n"}],
            "steps": [{"action": "look", "status": "failed", "observation": "nothing"}],
            "messages": [{"role": "user", "content": "Go on"}],
        }
    )
    url = handoff.get_absolute_url()
    assert f'href="{url}?tab={tab}"' in page(cast, url)
    shown = page(cast, f"{url}?tab={tab}")
    expected = {
        "files": "print",
        "log": "it broke",
        "steps": "nothing",
        "prompts": "Go on",
        "conversation": "Message to the agent",
        "audit": "handoff.submitted",
    }
    assert expected[tab] in shown


def test_a_second_round_shows_what_changed_since_the_first(cast: Cast) -> None:
    cast.submit(id="job", context={"files": [{"path": "a.txt", "content": "one\n"}]})
    handoff = cast.submit(id="job", context={"files": [{"path": "a.txt", "content": "two\n"}]})
    html = page(cast, handoff.get_absolute_url())
    assert "Since round 1" in html
    assert '<div class="d" id="file-1-O1"' in html
    assert '<div class="a" id="file-1-L1"' in html


def test_an_older_round_cannot_be_decided_and_leads_to_the_newest(cast: Cast) -> None:
    cast.submit("First", id="job")
    handoff = cast.submit("Second", id="job")
    html = page(cast, f"{handoff.get_absolute_url()}?round=1")
    assert "A newer round arrived" in html
    assert "Review round 2" in html
    assert 'id="decide"' not in html


def test_a_picture_is_served_alone_in_a_sandbox_and_only_if_it_is_one(cast: Cast) -> None:
    cast.write("shot.png", PNG)
    cast.write("page.png", "<script>alert(1)</script>")
    handoff = cast.submit(context={"files": ["shot.png", "page.png"]})
    client = cast.client(cast.reviewer)
    shot, fake = (each.sha256 for each in handoff.current.artifacts.order_by("position"))
    base = f"{handoff.get_absolute_url()}picture/"
    answer = client.get(f"{base}{shot}/")
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"{base}{fake}/").status_code == 404
    assert client.get(f"{base}{'0' * 64}/").status_code == 404
    assert cast.client(cast.stranger).get(f"{base}{shot}/").status_code == 404


def test_htmx_gets_the_part_it_asks_for_and_history_the_whole_page(cast: Cast) -> None:
    url = cast.submit().get_absolute_url()
    client = cast.client(cast.reviewer)
    part = client.get(url, headers={"HX-Request": "true", "HX-Target": "main#main"}).content
    assert b"<html" not in part
    assert b'id="decide"' in part
    tab = client.get(
        f"{url}?tab=audit", headers={"HX-Request": "true", "HX-Target": "section#evidence"}
    ).content
    assert b'id="decide"' not in tab
    restored = client.get(
        url, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    ).content
    assert b"<html" in restored


def test_a_viewer_reads_the_reason_instead_of_buttons(cast: Cast) -> None:
    cast.workspace.memberships.filter(user=cast.reviewer).update(role="viewer")
    html = page(cast, cast.submit().get_absolute_url())
    assert 'id="decide"' not in html
    assert "needs the role Reviewer" in html
