"""A person's own settings: what may be chosen, what it changes, how a mistake is said."""

import pytest
from django.db import IntegrityError, transaction

from tests.cast import Cast
from workspaces.models import Event, User

GIVEN = {
    "name": "Olivia",
    "theme": "dark",
    "density": "compact",
    "time_zone": "Europe/Berlin",
    "has_absolute_times": "on",
    "undo_seconds": "12",
}
BY_SCRIPT = {"X-Requested-With": "fetch"}


def page(cast: Cast, path: str = "/settings/") -> str:
    return str(cast.client(cast.owner).get(path).content.decode())


def test_all_settings_are_kept_and_recorded_once(cast: Cast) -> None:
    client = cast.client(cast.owner)
    for _ in range(2):
        assert client.post("/settings/", GIVEN).status_code == 302
    cast.owner.refresh_from_db()
    kept = {name: getattr(cast.owner, name) for name in GIVEN}
    assert kept == {**GIVEN, "has_absolute_times": True, "undo_seconds": 12}
    assert not cast.owner.has_single_keys  # an empty tick
    assert Event.objects.filter(kind="person.changed").count() == 1


def test_every_page_carries_them(cast: Cast) -> None:
    cast.client(cast.owner).post("/settings/", GIVEN)
    html = page(cast, "/")
    for mark in ('data-theme="dark"', 'data-zone="Europe/Berlin"', 'data-times="absolute"'):
        assert mark in html
    assert 'data-keys="off"' in html
    assert 'data-density="compact"' in html


def test_the_script_hears_that_it_is_saved(cast: Cast) -> None:
    answer = cast.client(cast.owner).post("/settings/", GIVEN, headers=BY_SCRIPT)
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    ("field", "value"),
    [("undo_seconds", "31"), ("undo_seconds", "-1"), ("time_zone", "Mars/Olympus"), ("theme", "x")],
)
def test_a_mistake_is_named_and_nothing_is_saved(cast: Cast, field: str, value: str) -> None:
    client = cast.client(cast.owner)
    answer = client.post("/settings/", {**GIVEN, field: value}, headers=BY_SCRIPT)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    assert 'value="Olivia"' in client.post("/settings/", {**GIVEN, field: value}).content.decode()
    cast.owner.refresh_from_db()
    assert cast.owner.name != "Olivia"


def test_no_undo_seconds_is_not_none_at_all(cast: Cast) -> None:
    cast.client(cast.owner).post("/settings/", {**GIVEN, "undo_seconds": ""})
    cast.owner.refresh_from_db()
    assert cast.owner.undo_seconds is None
    cast.client(cast.owner).post("/settings/", {**GIVEN, "undo_seconds": "0"})
    cast.owner.refresh_from_db()
    assert cast.owner.undo_seconds == 0


def test_the_database_keeps_the_limit_too(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=cast.owner.pk).update(undo_seconds=31)


@pytest.mark.parametrize(
    ("path", "body", "column", "value"),
    [
        ("/preferences/theme/", {"theme": "light"}, "theme", "light"),
        ("/preferences/density/", {"density": "compact"}, "density", "compact"),
        ("/preferences/keys/", {"keys": "off"}, "has_single_keys", False),
    ],
)
def test_a_button_changes_one_setting_and_leads_back(
    cast: Cast, path: str, body: dict[str, str], column: str, value: object
) -> None:
    client = cast.client(cast.owner)
    answer = client.post(path, {**body, "next": "/mine/"})
    assert answer["Location"] == "/mine/"
    cast.owner.refresh_from_db()
    assert getattr(cast.owner, column) == value
    client.post(path, {**dict.fromkeys(body, "nonsense"), "next": "//evil.example"})
    cast.owner.refresh_from_db()
    assert getattr(cast.owner, column) == value


def test_times_are_moments_in_the_zone_for_who_wants_them(cast: Cast) -> None:
    cast.submit("Ship it?")
    assert ">now</time>" in page(cast, "/")
    cast.client(cast.owner).post("/settings/", GIVEN)
    assert ">now</time>" not in page(cast, "/")
