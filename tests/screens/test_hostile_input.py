"""What no honest browser sends: it is answered, and what was typed is never lost to it."""

import base64
from urllib.parse import quote

import pytest

from reviews.models import Decision
from tests.cast import Cast


def test_a_null_character_in_a_note_does_not_make_the_decision_unreadable(cast: Cast) -> None:
    handoff, client = cast.submit(), cast.client(cast.reviewer)
    form = {
        "verdict": "reject",
        "note": "No\x00t yet",
        "revision": "1",
        "digest": handoff.current.package_sha256,
    }
    assert client.post(f"{handoff.get_absolute_url()}decide/", form).status_code == 303
    entries = Decision.objects.get(handoff=handoff).read_entries()
    assert entries[0]["message"] == "No\ufffdt yet"
    assert client.get(handoff.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    "since",
    [
        '{"1": 1e999}',
        "[" * 5000,
        '{"1": ' + "9" * 40 + "}",
        '{"1": -' + "9" * 40 + "}",
        "NaN",
    ],
)
def test_a_page_that_says_nonsense_of_what_it_knows_knows_nothing(cast: Cast, since: str) -> None:
    answer = cast.client(cast.reviewer).get(f"/live/delta/?since={quote(since)}")
    assert answer.status_code == 200


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_cursor_at_the_end_of_time_is_the_first_page(cast: Cast, at: str) -> None:
    cursor = base64.urlsafe_b64encode(f"{at}|1".encode()).decode().rstrip("=")
    assert cast.client(cast.reviewer).get(f"/decided/?after={cursor}").status_code == 200


def test_a_member_whose_number_no_database_holds_is_nobody(cast: Cast) -> None:
    url = f"/w/{cast.workspace.slug}/members/{'9' * 22}/"
    assert cast.client(cast.owner).post(url, {"role": "reviewer"}).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/?workspace=%00", "/h/HO-1/picture/%00/", "/api/v1/handoffs/%00", "/api/v1/keys?x=%00"],
)
def test_a_null_character_in_an_address_is_a_bad_request(cast: Cast, path: str) -> None:
    answer = cast.client(cast.reviewer).get(path)
    assert answer.status_code == 400
    assert path.startswith("/api/") == ("problem+json" in answer["Content-Type"])


def test_a_null_character_where_a_digest_belongs_is_not_that_digest(cast: Cast) -> None:
    handoff = cast.submit()
    form = {"revision": "1", "digest": "\0"}
    url = f"{handoff.get_absolute_url()}seen/"
    assert cast.client(cast.reviewer).post(url, form).status_code == 204
