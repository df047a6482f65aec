"""Signing in and out, throttled and recorded; passwords by one-time links."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from tests.cast import PASSWORD, Cast
from workspaces import event_kinds, throttle
from workspaces.models import DESK, Event

SIGN_IN = "/sign-in/"


@pytest.fixture(autouse=True)
def empty_buckets() -> Iterator[None]:
    throttle.sign_ins.clear()
    yield
    throttle.sign_ins.clear()


def try_password(client: Client, email: str, password: str, **extra: Any) -> int:
    return client.post(SIGN_IN, {"username": email, "password": password}, **extra).status_code


def desk_events(kind: str) -> list[Event]:
    return list(Event.objects.filter(workspace__slug=DESK, kind=kind))


def test_a_person_signs_in_whatever_the_case_of_the_address_and_is_recorded(cast: Cast) -> None:
    client = cast.client()
    answer = client.post(SIGN_IN, {"username": " Owner@Example.COM ", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    (event,) = desk_events(event_kinds.SIGNED_IN)
    assert (event.subject_id, event.payload) == (str(cast.owner.pk), {"address": "127.0.0.1"})


def test_a_failed_sign_in_is_recorded_without_what_was_typed(cast: Cast) -> None:
    answer = cast.client().post(SIGN_IN, {"username": "owner@example.com", "password": "sesame"})
    assert answer.status_code == 200
    assert "No account has this e-mail address and password" in answer.content.decode()
    assert 'value="owner@example.com"' in answer.content.decode()
    (event,) = desk_events(event_kinds.SIGN_IN_FAILED)
    assert event.payload == {"address": "127.0.0.1"}
    assert event.subject_id == ""


def test_unknown_addresses_and_wrong_passwords_get_the_same_answer(cast: Cast) -> None:
    def answer(email: str) -> str:
        page = cast.client().post(SIGN_IN, {"username": email, "password": "x"}).content.decode()
        return re.sub(r'(value|content)="[^"]*"', "", page).replace(email, "")

    assert answer("owner@example.com") == answer("nobody@example.com")


def test_after_so_many_failures_an_address_waits_even_with_the_right_password(
    cast: Cast, settings: Settings
) -> None:
    settings.HANDOFF_SIGN_IN_TRIES = 3
    client = cast.client()
    wrong = [try_password(client, "owner@example.com", "wrong") for _ in range(3)]
    answer = client.post(SIGN_IN, {"username": "owner@example.com", "password": PASSWORD})
    assert (wrong, answer.status_code) == ([200, 200, 200], 429)
    assert "Too many tries from your address" in answer.content.decode()
    assert answer.headers["Retry-After"] == "300"
    assert "_auth_user_id" not in client.session


def test_another_address_is_not_held_up(cast: Cast, settings: Settings) -> None:
    settings.HANDOFF_SIGN_IN_TRIES = 1
    try_password(cast.client(), "owner@example.com", "wrong")
    elsewhere = try_password(cast.client(), "owner@example.com", PASSWORD, REMOTE_ADDR="192.0.2.7")
    assert elsewhere == 302


def test_signing_in_rightly_or_leaving_a_field_empty_costs_no_try(
    cast: Cast, settings: Settings
) -> None:
    settings.HANDOFF_SIGN_IN_TRIES = 1
    for _ in range(3):
        assert try_password(cast.client(), "owner@example.com", PASSWORD) == 302
        assert try_password(cast.client(), "owner@example.com", "") == 200
    assert desk_events(event_kinds.SIGN_IN_FAILED) == []


def test_a_forwarded_address_counts_only_behind_a_proxy(cast: Cast, settings: Settings) -> None:
    spoofed = {"HTTP_X_FORWARDED_FOR": "198.51.100.1, 203.0.113.9"}
    try_password(cast.client(), "owner@example.com", PASSWORD, **spoofed)
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    try_password(cast.client(), "owner@example.com", PASSWORD, **spoofed)
    seen = [event.payload for event in desk_events(event_kinds.SIGNED_IN)]
    assert seen == [{"address": "127.0.0.1"}, {"address": "203.0.113.9"}]


def test_a_deactivated_person_cannot_sign_in_and_is_signed_out(cast: Cast) -> None:
    client = cast.client(cast.reviewer)
    cast.reviewer.is_active = False
    cast.reviewer.save()
    assert client.get("/").status_code == 302
    assert try_password(cast.client(), "reviewer@example.com", PASSWORD) == 200


def test_signing_out_is_a_post(cast: Cast) -> None:
    client = cast.client(cast.owner)
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert "_auth_user_id" not in client.session


def test_signing_in_asks_for_the_csrf_token(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert try_password(strict, "owner@example.com", PASSWORD) == 403


def test_next_never_leads_to_another_site(cast: Cast) -> None:
    given = {"username": "owner@example.com", "password": PASSWORD, "next": "//evil.example/"}
    assert cast.client().post(SIGN_IN, given).headers["Location"] == "/"


def reset_link() -> str:
    found = re.search(r"https?://[^/]+(/password/reset/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def test_a_reset_link_works_once_and_names_the_desks_own_address(
    cast: Cast, settings: Settings
) -> None:
    settings.SITE_URL = "https://desk.example"
    client = cast.client()
    client.post("/password/reset/", {"email": "OWNER@example.com"}, headers={"host": "localhost"})
    assert "https://desk.example/password/reset/" in mail.outbox[-1].body
    link = reset_link()
    form = client.get(link, follow=True)
    new = {"new_password1": "a whole new password", "new_password2": "a whole new password"}
    assert client.post(form.redirect_chain[-1][0], new).status_code == 302
    assert try_password(cast.client(), "owner@example.com", "a whole new password") == 302
    assert "does not work any more" in cast.client().get(link).content.decode()


def test_a_reset_for_nobody_looks_the_same_and_sends_nothing(cast: Cast) -> None:
    known = cast.client().post("/password/reset/", {"email": "owner@example.com"})
    unknown = cast.client().post("/password/reset/", {"email": "nobody@example.com"})
    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    assert len(mail.outbox) == 1


def test_reset_mails_are_throttled_apart_from_signing_in(cast: Cast, settings: Settings) -> None:
    settings.HANDOFF_SIGN_IN_TRIES = 2
    asked = [
        cast.client().post("/password/reset/", {"email": "owner@example.com"}).status_code
        for _ in range(3)
    ]
    assert (asked, len(mail.outbox)) == ([302, 302, 429], 2)
    assert try_password(cast.client(), "owner@example.com", PASSWORD) == 302


def test_a_changed_password_signs_other_browsers_out(cast: Cast) -> None:
    here, elsewhere = cast.client(cast.owner), cast.client(cast.owner)
    new = {"new_password1": "a whole new password", "new_password2": "a whole new password"}
    here.post("/password/", {"old_password": PASSWORD, **new})
    assert (here.get("/settings/").status_code, elsewhere.get("/settings/").status_code) == (
        200,
        302,
    )


def test_a_weak_password_is_refused_beside_its_field(cast: Cast) -> None:
    weak = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    page = cast.client(cast.owner).post("/password/", weak).content.decode()
    assert "This password is too short" in page
