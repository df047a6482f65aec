"""The socket of a page, on the desk that runs."""

import json
import threading
import time
from collections.abc import Callable

import pytest

from tests.live.browser import BrowserSocket, Closed, Refused
from tests.services.players import Person, Site, page_of

Open = Callable[..., BrowserSocket]


def rows_of(socket: BrowserSocket, number: str) -> dict[str, str]:
    """The row of this handoff, as soon as it comes."""
    while True:
        for row in socket.until("events")["rows"]:
            if row["handoff"] == number:
                return dict(row)


def number_of(taken: dict[str, str]) -> str:
    return page_of(taken).split("/")[2]


def test_a_handoff_shows_in_an_open_page(site: Site, rae: Person, open_socket: Open) -> None:
    socket = open_socket(cookie=rae.cookie)
    hello = socket.until("hello")
    assert str(site.workspace) in hello["seqs"]
    taken = site.hand_off("Shown at once")
    row = rows_of(socket, number_of(taken))
    assert row["state"] == "open" and "Shown at once" in row["html"]


def test_the_bell_rings_in_an_open_page(site: Site, rae: Person, open_socket: Open) -> None:
    socket = open_socket(cookie=rae.cookie)
    socket.until("hello")
    site.hand_off("Ring")
    assert socket.until("bell")["unread"] >= 1


def test_a_decision_takes_the_row_out_of_other_pages(
    site: Site, rae: Person, open_socket: Open
) -> None:
    taken = site.hand_off("Gone soon")
    socket = open_socket(cookie=site.person(1).cookie)
    socket.until("hello")
    assert rae.decide(taken["page"], "approve").status_code == 303
    while rows_of(socket, number_of(taken))["state"] != "gone":
        continue


@pytest.mark.alone
def test_a_command_in_another_process_shows_within_half_a_second(
    site: Site, rae: Person, open_socket: Open
) -> None:
    socket = open_socket(cookie=rae.cookie)
    socket.until("hello")
    committed: list[float] = []
    command = threading.Thread(
        target=lambda: committed.append(site.beside("rename", site.workspace, "Renamed"))
    )
    command.start()
    socket.until("events", within=60)
    heard = time.time()
    command.join()
    assert heard - committed[0] < 0.5


def test_without_a_session_the_socket_is_closed_with_a_reason(open_socket: Open) -> None:
    socket = open_socket()
    with pytest.raises(Closed) as closed:
        socket.receive()
    assert closed.value.code == 4401


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example"]
)
def test_a_page_of_another_origin_is_refused(rae: Person, open_socket: Open, origin: str) -> None:
    with pytest.raises(Refused) as refused:
        open_socket(cookie=rae.cookie, origin=origin)
    assert refused.value.status in (400, 403)


def test_a_page_that_shows_a_handoff_is_seen_by_the_others_until_it_closes(
    site: Site, rae: Person, open_socket: Open
) -> None:
    number = number_of(site.hand_off("Looked at"))
    watching = open_socket(cookie=rae.cookie)
    watching.until("hello")
    looking = open_socket(cookie=site.person(1).cookie)
    looking.until("hello")
    looking.send(json.dumps({"viewing": number}))
    assert [each["name"] for each in watching.until("presence")["viewing"][number]] == ["Sam"]
    late = open_socket(cookie=rae.cookie)
    assert number in late.until("hello")["viewing"]
    begun = time.monotonic()
    looking.close()
    assert watching.until("presence")["viewing"] == {number: []}
    assert time.monotonic() - begun < 5


def test_who_says_too_much_is_cut_off(rae: Person, open_socket: Open) -> None:
    socket = open_socket(cookie=rae.cookie)
    socket.until("hello")
    with pytest.raises(Closed) as closed:
        for _ in range(200):
            socket.send("x" * 1000)
        socket.until("never")
    assert closed.value.code == 4429


def test_who_signs_out_elsewhere_is_cut_off_within_thirty_seconds(
    site: Site, open_socket: Open
) -> None:
    leaver = site.person(1)
    socket = open_socket(cookie=leaver.cookie)
    socket.until("hello")
    leaver.http.post("/sign-out/", data={"csrfmiddlewaretoken": leaver.http.cookies["csrftoken"]})
    begun = time.monotonic()
    with pytest.raises(Closed) as closed:
        socket.until("never", within=30)
    assert closed.value.code == 4401 and time.monotonic() - begun < 30


@pytest.mark.slow
def test_who_is_taken_out_of_the_workspace_is_cut_off(site: Site, open_socket: Open) -> None:
    site.beside("join", site.workspace, "leaver@example.com", "reviewer")
    leaver = Person(site.desk.url, "leaver@example.com")
    socket = open_socket(cookie=leaver.cookie)
    socket.until("hello")
    site.beside("join", site.workspace, "leaver@example.com", "")
    with pytest.raises(Closed) as closed:
        socket.until("never")
    assert closed.value.code == 4403
