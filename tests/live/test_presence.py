"""Who looks at what: the board by itself, between processes, and to whom it is told."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from reviews import live
from reviews.consumers import viewing
from reviews.live import Hub
from reviews.live_presence import Attendance
from reviews.live_sockets import Socket
from reviews.presence import FORGET_SECONDS, MOST_TOLD, STAY_SECONDS, Board, Place, Viewer
from tests.cast import Cast, make_workspace
from tests.live.test_hub import Stage, play, receive
from tests.services.redis import RedisServer

SAM, RAE = Viewer(1, "Sam"), Viewer(2, "Rae")
HERE, THERE = Place(7, 12), Place(8, 13)


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def names(board: Board, *workspaces: int) -> dict[str, list[str]]:
    return {
        number: [person["name"] for person in people]
        for number, people in board.within(workspaces).items()
    }


def test_people_are_listed_once_each_in_the_order_they_came() -> None:
    board = Board()
    for page, viewer in (("a", SAM), ("b", RAE), ("c", SAM)):
        board.look(page, viewer, HERE)
    assert names(board, 7) == {"HO-12": ["Sam", "Rae"]}
    board.look("a", SAM, None)
    assert set(names(board, 7)["HO-12"]) == {"Sam", "Rae"}


def test_what_is_looked_at_in_another_workspace_is_not_told() -> None:
    board = Board()
    board.look("a", SAM, HERE)
    board.look("b", RAE, THERE)
    assert names(board, 8) == {"HO-13": ["Rae"]}


def test_only_what_changed_is_told_and_once() -> None:
    board = Board()
    assert board.look("a", SAM, HERE)
    assert not board.look("a", SAM, HERE)
    assert board.take_changes() == {7: {"HO-12": [{"id": 1, "name": "Sam"}]}}
    assert board.take_changes() == {}
    assert board.look("a", SAM, THERE)
    assert board.take_changes() == {7: {"HO-12": []}, 8: {"HO-13": [{"id": 1, "name": "Sam"}]}}


def test_a_page_that_falls_silent_is_forgotten() -> None:
    clock = Clock()
    board = Board(clock)
    board.look("a", SAM, HERE)
    clock.seconds = STAY_SECONDS - 1
    board.look("a", SAM, HERE)  # its word renews the stay
    clock.seconds = STAY_SECONDS + 1
    assert not board.expire() and names(board, 7)
    clock.seconds = 2 * STAY_SECONDS
    assert board.expire() and not names(board, 7)


def test_another_process_is_heard_and_forgotten_when_it_falls_silent() -> None:
    clock = Clock()
    other, board = Board(), Board(clock)
    other.look("x", RAE, HERE)
    assert board.hear("p2", json.loads(json.dumps(other.told())))
    assert not board.hear("p2", other.told())
    assert names(board, 7) == {"HO-12": ["Rae"]}
    assert board.told() == []  # hearsay is not passed on
    clock.seconds = FORGET_SECONDS + 1
    assert not board.expire()
    assert names(board, 7) == {}
    assert board.take_changes() == {7: {"HO-12": []}}


def test_one_message_names_a_bounded_number_of_handoffs() -> None:
    board = Board()
    for number in range(MOST_TOLD + 50):
        board.look(number, SAM, Place(7, number))
    told = board.within([7])
    assert len(told) == MOST_TOLD and f"HO-{MOST_TOLD + 49}" in told


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "1", '"HO-1"', '{"viewing": 3}',
    '{"viewing": "HO-"}', '{"viewing": "HO--1"}', '{"viewing": "HO-٣"}', '{"viewing": ["HO-1"]}',
    '{"viewing": "HO-1", "more": 1}', '{"say": "x"}', '{"viewing": "HO-%s"}' % ("9" * 60),
    "[" * 60, '{"viewing": "HO-1234567890123456789"}'])  # fmt: skip
def test_a_page_can_say_nothing_else_to_the_desk(text: str) -> None:
    assert viewing(text) is None


def test_a_page_says_which_handoff_it_shows_or_that_it_shows_none() -> None:
    assert viewing('{"viewing": "HO-12"}') == 12
    assert viewing('{"viewing": null}') == 0


def test_members_are_told_who_looks_and_that_they_left(transactional_cast: Cast) -> None:
    cast = transactional_cast
    handoff = cast.submit()

    async def scenario(stage: Stage) -> None:
        looking = await stage.open(cast.reviewer.pk)
        watching = await stage.open(cast.owner.pk)
        stranger = await stage.open(cast.stranger.pk)
        await stage.hub.look(looking, handoff.pk)
        told = await receive(watching, "presence")
        person = {"id": cast.reviewer.pk, "name": str(cast.reviewer)}
        assert told["viewing"] == {handoff.number: [person]}
        stage.hub.leave(looking)
        assert (await receive(watching, "presence"))["viewing"] == {handoff.number: []}
        assert stranger.outbox.empty()

    play(scenario)


def test_who_may_not_see_a_handoff_cannot_say_that_they_look_at_it(
    transactional_cast: Cast, data_folder: Any
) -> None:
    cast = transactional_cast
    handoff = cast.submit()
    make_workspace("other", data_folder)

    async def scenario(stage: Stage) -> None:
        watching = await stage.open(cast.owner.pk)
        stranger = await stage.open(cast.stranger.pk)
        await stage.hub.look(stranger, handoff.pk)
        await stage.hub.look(stranger, 10**12)
        assert stage.hub.attendance.board.within([cast.workspace.pk]) == {}
        await stage.hub.look(watching, handoff.pk)
        assert len((await receive(watching, "presence"))["viewing"][handoff.number]) == 1

    play(scenario)


def test_who_is_cut_off_is_not_shown_any_more(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = transactional_cast
    handoff = cast.submit()
    monkeypatch.setattr(live, "RIGHTS_SECONDS", 0.1)

    async def scenario(stage: Stage) -> None:
        looking = await stage.open(cast.reviewer.pk)
        watching = await stage.open(cast.owner.pk)
        await stage.hub.look(looking, handoff.pk)
        await receive(watching, "presence")
        await stage.quietly(cast.reviewer.memberships.all().delete)
        assert (await receive(watching, "presence"))["viewing"] == {handoff.number: []}

    play(scenario)


def test_a_beat_asks_the_database_nothing(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = transactional_cast
    handoff = cast.submit()

    async def scenario(stage: Stage) -> None:
        looking = await stage.open(cast.reviewer.pk)
        await stage.hub.look(looking, handoff.pk)

        def asked(handoff_id: int) -> int:
            raise AssertionError(f"asked again for {handoff_id}")

        monkeypatch.setattr("reviews.live_rights.workspace_of", asked)
        await stage.hub.look(looking, handoff.pk)
        assert stage.hub.attendance.is_at(looking, handoff.pk)

    play(scenario)


def test_two_processes_tell_each_other_also_who_came_before_the_second() -> None:
    async def scenario() -> None:
        processes: list[Attendance] = []

        async def tell(message: dict[str, Any]) -> None:
            for each in list(processes):
                each.heard(json.loads(json.dumps(message)))

        async def until(condition: Callable[[], bool]) -> None:
            async with asyncio.timeout(10):
                while not condition():
                    await asyncio.sleep(0.01)

        def start(*sockets: Socket) -> Attendance:
            processes.append(Attendance(sockets, tell))
            tasks.append(asyncio.create_task(processes[-1].share()))
            processes[-1].heard({})
            return processes[-1]

        tasks: list[asyncio.Task[None]] = []
        sam = Socket(1, frozenset({7}), "Sam")
        rae = Socket(2, frozenset({7}), "Rae")
        first = start(sam)
        first.look(sam, 12, 7)
        second = start(rae)
        await until(lambda: names(second.board, 7) == {"HO-12": ["Sam"]})
        second.look(rae, 12, 7)
        await until(lambda: names(first.board, 7) == {"HO-12": ["Sam", "Rae"]})
        first.leave(sam)
        await until(lambda: names(second.board, 7) == {"HO-12": ["Rae"]})
        for task in tasks:
            task.cancel()

    asyncio.run(scenario())


@pytest.mark.services
def test_hubs_of_two_processes_show_each_others_people_by_redis(
    transactional_cast: Cast, redis_server: RedisServer, settings: Settings
) -> None:
    cast = transactional_cast
    settings.REDIS_URL = redis_server.url
    handoff = cast.submit()

    async def scenario(stage: Stage) -> None:
        other = Hub(stage.hub.loop)
        try:
            looking = await stage.open(cast.reviewer.pk)
            registered = await other.register(cast.owner.pk)
            assert registered is not None
            await stage.hub.look(looking, handoff.pk)
            told = await receive(registered[0], "presence")
            assert [each["name"] for each in told["viewing"][handoff.number]] == ["Rae Reviewer"]
            stage.hub.leave(looking)
            assert (await receive(registered[0], "presence"))["viewing"] == {handoff.number: []}
        finally:
            await other.close()

    play(scenario)
