"""Pages that say no: with the way on, and without the rail where nobody is signed in."""

from tests.cast import Cast


def test_a_missing_page_keeps_the_rail_for_who_is_signed_in(cast: Cast) -> None:
    answer = cast.client(cast.reviewer).get("/h/HO-999999/")
    html = answer.content.decode()
    assert answer.status_code == 404
    assert 'id="nav"' in html
    assert "Nothing is here" in html
    assert 'id="nav"' not in cast.client().get("/nothing/").content.decode()


def test_a_refusal_keeps_the_rail_and_says_why(cast: Cast) -> None:
    answer = cast.client(cast.reviewer).get("/agents/")
    html = answer.content.decode()
    assert answer.status_code == 403
    assert 'id="nav"' in html
    assert "for admins of a workspace" in html


def test_the_icon_is_where_browsers_look_for_it(cast: Cast) -> None:
    assert cast.client().get("/favicon.ico")["Location"].endswith("/icons/favicon.svg")


def test_a_page_answers_head_as_get_without_the_body(cast: Cast) -> None:
    client = cast.client(cast.owner)
    handoff = cast.submit()
    for path in ("/", handoff.get_absolute_url(), "/w/", "/settings/", "/notifications/"):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
