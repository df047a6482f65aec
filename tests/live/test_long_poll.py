"""``GET /handoffs/{id}?wait=``, on the desk that runs."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.services.players import Person, Site

SOON = 0.1  # seconds from release to the agent's answer


@pytest.fixture(scope="module", autouse=True)
def warm(site: Site, rae: Person) -> None:
    """A desk that just started has its first pages and its hub still to load."""
    rae.decide(site.hand_off()["page"], "approve")


@dataclass
class Held:
    """What a held request brought, and when it began and ended (monotonic seconds)."""

    answer: httpx.Response
    begun: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.begun


def wait(api: httpx.Client, path: str, **headers: str) -> Held:
    begun = time.monotonic()
    answer = api.get(path, headers=headers)
    return Held(answer, begun, time.monotonic())


def during(api: httpx.Client, path: str, act: Callable[[], Any], **headers: str) -> Held:
    """A held request during which ``act`` is done, once the desk has the request."""
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(wait, api, path, **headers)
        threading.Event().wait(0.5)  # the request is on its way; nothing tells when it is held
        act()
        return held.result(90)


def decide_while_held(site: Site, rae: Person) -> float:
    """Approve while the agent waits; seconds from the desk's word to the reviewer to the agent."""
    taken = site.hand_off()
    form = rae.form(taken["page"])
    released: list[float] = []

    def approve() -> None:
        assert rae.send(form, "approve").status_code == 303
        released.append(time.monotonic())

    with site.api() as api:
        held = during(api, f"/handoffs/{taken['id']}?wait=30", approve)
    assert held.answer.json()["decision"]["outcome"] == "approved"
    assert held.seconds < 25
    return held.ended - released[0]


def test_a_decision_wakes_the_agent_that_waits_for_it(site: Site, rae: Person) -> None:
    decide_while_held(site, rae)


@pytest.mark.alone
def test_the_agent_learns_of_a_decision_within_a_tenth_of_a_second(site: Site, rae: Person) -> None:
    late = sorted(decide_while_held(site, rae) for _ in range(9))
    assert late[4] < SOON, late


def test_nothing_new_is_304_with_the_etag_and_200_without(site: Site) -> None:
    taken = site.hand_off()
    path = f"/handoffs/{taken['id']}"
    with site.api() as api:
        tag = api.get(path).headers["ETag"]
        held = wait(api, f"{path}?wait=1", **{"If-None-Match": tag})
        assert held.answer.status_code == 304 and held.answer.headers["ETag"] == tag
        assert 0.9 < held.seconds < 5
        plain = wait(api, f"{path}?wait=1")
        assert plain.answer.status_code == 200 and plain.answer.json()["decision"] is None


def test_prefer_wait_holds_like_the_parameter(site: Site) -> None:
    taken = site.hand_off()
    with site.api() as api:
        held = wait(api, f"/handoffs/{taken['id']}", Prefer="respond-async, wait=1")
    assert held.answer.status_code == 200 and 0.9 < held.seconds < 5


def test_another_etag_is_answered_at_once(site: Site) -> None:
    taken = site.hand_off()
    with site.api() as api:
        held = wait(api, f"/handoffs/{taken['id']}?wait=30", **{"If-None-Match": '"old"'})
    assert held.answer.status_code == 200 and held.seconds < 5


def test_a_claim_wakes_who_holds_an_etag(site: Site, rae: Person) -> None:
    taken = site.hand_off()
    path = f"/handoffs/{taken['id']}"
    token = {"csrfmiddlewaretoken": rae.form(taken["page"]).fields["csrfmiddlewaretoken"]}
    with site.api() as api:
        tag = api.get(path).headers["ETag"]
        held = during(
            api,
            f"{path}?wait=30",
            lambda: rae.http.post(f"{taken['page']}claim/", data=token),
            **{"If-None-Match": tag},
        )
    assert held.answer.json()["status"] == "claimed" and held.seconds < 10


def test_a_wait_that_is_no_number_is_422(site: Site) -> None:
    taken = site.hand_off()
    with site.api() as api:
        answer = api.get(f"/handoffs/{taken['id']}?wait=soon")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_token_revoked_while_it_waits_gets_401_and_no_decision(site: Site, rae: Person) -> None:
    token = site.beside("invite_agent", site.workspace, "leaving")
    with site.api(token) as api:
        taken = api.post("/handoffs", json={"title": "Mine"}).json()

        def revoke_then_decide() -> None:
            site.beside("revoke", token)
            assert rae.decide("/h/" + taken["web_url"].split("/h/")[1], "approve").is_redirect

        held = during(api, f"/handoffs/{taken['id']}?wait=60", revoke_then_decide)
    assert held.answer.status_code == 401
    assert "decision" not in held.answer.text


def test_another_agents_handoff_is_not_found(site: Site) -> None:
    taken = site.hand_off()
    other = list(site.tokens.values())[1]
    with site.api(other) as api:
        held = wait(api, f"/handoffs/{taken['id']}?wait=30")
    assert held.answer.status_code == 404 and held.seconds < 5


def test_of_fifty_who_wait_the_right_one_wakes(site: Site, rae: Person) -> None:
    taken = [site.hand_off(f"One of fifty, {n}") for n in range(50)]
    chosen = taken[17]
    form = rae.form(chosen["page"])
    first: list[str] = []
    woken = threading.Event()

    def hold(one: dict[str, Any]) -> tuple[str, Held]:
        with site.api() as api:
            held = wait(api, f"/handoffs/{one['id']}?wait=4")
        first.append(one["id"])
        woken.set()
        return one["id"], held

    with ThreadPoolExecutor(50) as pool:
        all_held = [pool.submit(hold, one) for one in taken]
        threading.Event().wait(1.0)
        assert not woken.is_set()
        assert rae.send(form, "reject", "not now").is_redirect
        assert woken.wait(5)
        answers = dict(each.result(60) for each in all_held)
    assert first[0] == chosen["id"]
    assert answers.pop(chosen["id"]).answer.json()["decision"]["outcome"] == "rejected"
    assert all(held.answer.json()["decision"] is None for held in answers.values())
    assert all(held.seconds > 3 for held in answers.values())


@pytest.mark.slow
def test_a_request_is_held_for_a_minute_at_most(site: Site) -> None:
    taken = site.hand_off()
    with site.api() as api:
        held = wait(api, f"/handoffs/{taken['id']}?wait=600")
    assert held.answer.status_code == 200 and 59 < held.seconds < 70
