"""The hub: what goes to which page, when, and what a full or revoked one gets."""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import HASH_SESSION_KEY
from django.db import connections
from django.test import Client

from handoff_site.longpoll import LongPollHandler
from reviews import dispatch, live, live_messages, live_sockets
from reviews.live import Hub
from reviews.live_sockets import NO_SESSION, Session, Socket
from tests.cast import Cast, make_agent, make_workspace
from workspaces import provisioning, teams
from workspaces.actors import SYSTEM
from workspaces.models import Role, User, Workspace

Scenario = Callable[["Stage"], Awaitable[None]]


class Stage:
    """A hub on a running loop, and a thread that changes the database beside it."""

    def __init__(self, hub: Hub, thread: ThreadPoolExecutor) -> None:
        self.hub = hub
        self._thread = thread

    async def do(self, work: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Change something, then give the hint that a commit gives."""
        made = await self.quietly(work, *args, **named)
        self.hub.poke()
        return made

    async def quietly(self, work: Callable[..., Any], *args: Any, **named: Any) -> Any:
        return await self.hub.loop.run_in_executor(self._thread, lambda: work(*args, **named))

    async def open(self, user_id: int, session: Session = NO_SESSION) -> Socket:
        registered = await self.hub.register(user_id, session)
        assert registered is not None
        return registered[0]


async def receive(socket: Socket, kind: str = "events") -> dict[str, Any]:
    """The next message of this type."""
    while True:
        text = await asyncio.wait_for(socket.outbox.get(), 10)
        assert text is not None, "the socket was closed"
        message: dict[str, Any] = json.loads(text)
        if message["type"] == kind:
            return message


async def closing(socket: Socket) -> list[str]:
    """What the socket still gets before it is closed."""
    got = []
    while (text := await asyncio.wait_for(socket.outbox.get(), 10)) is not None:
        got.append(text)
    return got


def has_waiters(hub: Hub) -> bool:
    return hub.has_waiters


def play(scenario: Scenario) -> None:
    async def run() -> None:
        hub = Hub(asyncio.get_running_loop())
        with ThreadPoolExecutor(1) as thread:
            try:
                await asyncio.wait_for(scenario(Stage(hub, thread)), 30)
            finally:
                await hub.close()
                await hub.loop.run_in_executor(thread, connections.close_all)

    asyncio.run(run())


def test_the_first_change_goes_out_at_once(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = transactional_cast
    monkeypatch.setattr(live, "MERGE_SECONDS", 5.0)  # more than a loaded machine takes

    async def scenario(stage: Stage) -> None:
        socket = await stage.open(cast.reviewer.pk)
        made = await stage.quietly(cast.submit)
        begun = time.monotonic()
        stage.hub.poke()
        message = await receive(socket)
        assert time.monotonic() - begun < live.MERGE_SECONDS
        assert [row["handoff"] for row in message["rows"]] == [made.number]
        assert message["rows"][0]["state"] == "open"
        assert message["counts"] == {"open": 1}

    play(scenario)


def test_what_follows_is_merged_without_a_gap(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = transactional_cast
    monkeypatch.setattr(live, "MERGE_SECONDS", 1.5)  # a loaded machine makes several in this

    async def scenario(stage: Stage) -> None:
        socket = await stage.open(cast.reviewer.pk)
        numbers = [(await stage.do(cast.submit)).number for _ in range(8)]
        shown: list[str] = []
        known, messages = None, 0
        while len(shown) < len(numbers):
            message = await receive(socket)
            assert known in (None, message["from"])
            known, messages = message["to"], messages + 1
            shown += [row["handoff"] for row in message["rows"]]
        assert shown == numbers
        assert messages < len(numbers)

    play(scenario)


def test_a_change_without_any_hint_is_noticed(transactional_cast: Cast) -> None:
    cast = transactional_cast

    async def scenario(stage: Stage) -> None:
        socket = await stage.open(cast.reviewer.pk)
        await stage.quietly(cast.submit)
        assert (await receive(socket))["rows"]

    play(scenario)


def test_a_page_never_gets_the_row_of_a_workspace_its_person_may_not_see(
    transactional_cast: Cast, data_folder: Any
) -> None:
    cast = transactional_cast
    secret = make_workspace("secret", data_folder)
    spy = make_agent("spy", secret)

    def submit_there() -> None:
        here, cast.workspace = cast.workspace, secret
        try:
            cast.submit("Nobody's business", agent=spy)
        finally:
            cast.workspace = here

    async def scenario(stage: Stage) -> None:
        reviewer, stranger = [await stage.open(u.pk) for u in (cast.reviewer, cast.stranger)]
        await stage.quietly(submit_there)
        await stage.do(cast.submit)
        message = await receive(reviewer)
        assert message["workspace"] == cast.workspace.pk
        assert message["counts"] == {"open": 1}
        assert reviewer.outbox.empty() and stranger.outbox.empty()

    play(scenario)


def test_who_loses_a_membership_is_cut_off_and_gets_no_row_any_more(
    transactional_cast: Cast,
) -> None:
    cast = transactional_cast

    def change() -> None:
        provisioning.set_role(cast.reviewer, cast.workspace, None, actor=SYSTEM)
        cast.submit()

    async def scenario(stage: Stage) -> None:
        socket = await stage.open(cast.reviewer.pk)
        await stage.do(change)
        assert await closing(socket) == []
        assert socket not in stage.hub.sockets

    play(scenario)


def test_a_role_through_a_team_opens_a_workspace_to_an_open_page_and_closes_it(
    transactional_cast: Cast,
) -> None:
    cast = transactional_cast
    ada = User.objects.create_user("ada@example.com", is_site_admin=True)
    team = teams.create("Web", by=ada)
    teams.add(team, cast.stranger, by=ada)

    def grant() -> None:
        teams.set_role(team, cast.workspace, Role.VIEWER, by=ada)

    async def scenario(stage: Stage) -> None:
        socket = await stage.open(cast.stranger.pk)
        await stage.do(grant)
        assert (await receive(socket))["workspace"] == cast.workspace.pk
        await stage.do(teams.remove, team, cast.stranger, by=ada)
        await closing(socket)
        assert socket not in stage.hub.sockets

    play(scenario)


def test_who_is_deactivated_is_cut_off(transactional_cast: Cast) -> None:
    cast = transactional_cast

    async def scenario(stage: Stage) -> None:
        socket = await stage.open(cast.reviewer.pk)
        await stage.do(provisioning.change_user, cast.reviewer, actor=SYSTEM, is_active=False)
        assert await closing(socket) == []
        assert await stage.hub.register(cast.reviewer.pk) is None

    play(scenario)


def test_a_right_that_went_without_an_event_is_noticed_by_the_clock(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = transactional_cast
    monkeypatch.setattr(live, "RIGHTS_SECONDS", 0.1)

    async def scenario(stage: Stage) -> None:
        socket = await stage.open(cast.reviewer.pk)
        await stage.quietly(cast.reviewer.memberships.all().delete)
        assert await closing(socket) == []

    play(scenario)


def test_who_signs_out_elsewhere_is_cut_off_by_the_clock(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = transactional_cast
    assert live.RIGHTS_SECONDS + 5 <= 30
    monkeypatch.setattr(live, "RIGHTS_SECONDS", 0.1)

    def signed_in() -> tuple[Client, Session]:
        client = cast.client(cast.reviewer)
        stored = client.session
        return client, Session(stored.session_key or "", stored[HASH_SESSION_KEY])

    async def scenario(stage: Stage) -> None:
        here, mine = await stage.quietly(signed_in)
        _, other = await stage.quietly(signed_in)
        leaving, staying = [await stage.open(cast.reviewer.pk, each) for each in (mine, other)]
        await stage.quietly(here.post, "/sign-out/")
        await closing(leaving)
        assert leaving.close_code == live_sockets.SIGNED_OUT
        assert staying in stage.hub.sockets
        await stage.quietly(cast.reviewer.set_password, "a new password, quite long")
        await stage.quietly(cast.reviewer.save)
        await closing(staying)
        assert staying.close_code == live_sockets.SIGNED_OUT

    play(scenario)


def test_a_heartbeat_carries_the_numbers_of_what_its_person_may_see(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch, data_folder: Any
) -> None:
    cast = transactional_cast
    make_workspace("secret", data_folder)
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.1)

    async def scenario(stage: Stage) -> None:
        socket = await stage.open(cast.reviewer.pk)
        await stage.do(cast.submit)
        sent = await receive(socket)
        beat = await receive(socket, "heartbeat")
        assert beat["seqs"] == {str(cast.workspace.pk): sent["to"]}

    play(scenario)


def test_the_bell_rings_where_its_person_looks(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = transactional_cast

    async def scenario(stage: Stage) -> None:
        monkeypatch.setattr(live, "_hub", stage.hub)
        reviewer, stranger = [await stage.open(u.pk) for u in (cast.reviewer, cast.stranger)]
        await stage.quietly(cast.submit)
        await stage.quietly(dispatch.run_once)
        assert (await receive(reviewer, "bell"))["unread"] == 1
        assert stranger.outbox.empty()

    play(scenario)


def test_a_page_that_reads_nothing_is_told_to_start_over() -> None:
    async def scenario() -> None:
        socket = Socket(1, frozenset())
        for _ in range(live_sockets.QUEUE_LENGTH + 1):
            socket.put("{}")
        assert socket.outbox.qsize() == 1
        assert json.loads(socket.outbox.get_nowait() or "") == {"type": "resync"}

    asyncio.run(scenario())


def test_a_full_outbox_still_learns_that_it_is_closed() -> None:
    async def scenario() -> None:
        socket = Socket(1, frozenset())
        for _ in range(live_sockets.QUEUE_LENGTH):
            socket.put("{}")
        socket.put(None)
        assert await closing(socket) == []

    asyncio.run(scenario())


def test_drawing_rows_does_not_keep_an_agent_waiting(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast, drawn = transactional_cast, threading.Event()
    handoff = cast.submit()

    def slow(*args: Any) -> live_messages.Changes:
        drawn.wait(10)
        return live_messages.Changes()

    async def scenario(stage: Stage) -> None:
        await stage.open(cast.reviewer.pk)
        monkeypatch.setattr(live_messages, "changes", slow)
        with stage.hub.waiting(handoff.public_id) as something:
            something.clear()
            await stage.do(cast.api().post, f"/api/v1/handoffs/{handoff.public_id}/withdraw")
            await asyncio.wait_for(something.wait(), 5)
        drawn.set()

    play(scenario)


def test_who_waits_before_the_hub_knows_anything_looks_once_more(
    transactional_cast: Cast,
) -> None:
    async def scenario(stage: Stage) -> None:
        with stage.hub.waiting("ho_1") as something:
            await asyncio.wait_for(something.wait(), 5)

    play(scenario)


def test_a_client_that_leaves_is_not_waited_for_any_more(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the server calls it: the request, and when its client has gone, a disconnect."""
    cast = transactional_cast
    handoff = cast.submit()
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/api/v1/handoffs/{handoff.public_id}",
        "query_string": b"wait=60",
        "headers": [(b"host", b"localhost"), (b"authorization", f"Bearer {cast.token}".encode())],
    }

    async def scenario(stage: Stage) -> None:
        monkeypatch.setattr(live, "_hub", stage.hub)
        messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        messages.put_nowait({"type": "http.request", "body": b""})
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        request = asyncio.create_task(LongPollHandler()(scope, messages.get, send))
        while not has_waiters(stage.hub):
            await asyncio.sleep(0.01)
        messages.put_nowait({"type": "http.disconnect"})
        await asyncio.wait_for(request, 5)
        assert not has_waiters(stage.hub)
        assert sent == []
        await sync_to_async(connections.close_all)()

    play(scenario)


def test_a_failed_look_is_repeated_whole(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast, true_changes = transactional_cast, live_messages.changes
    failed: list[bool] = []

    def once_broken(*args: Any) -> live_messages.Changes:
        if not failed:
            failed.append(True)
            raise RuntimeError("the database is away")
        return true_changes(*args)

    async def scenario(stage: Stage) -> None:
        socket = await stage.open(cast.reviewer.pk)
        monkeypatch.setattr(live_messages, "changes", once_broken)
        made = await stage.do(cast.submit)
        assert [row["handoff"] for row in (await receive(socket))["rows"]] == [made.number]

    play(scenario)


def test_a_delta_heals_a_gap(cast: Cast) -> None:
    cast.submit("Seen")
    seen = Workspace.objects.get(pk=cast.workspace.pk).event_seq
    missed = cast.submit("Missed")
    since = json.dumps({cast.workspace.pk: seen})
    answer = cast.client(cast.reviewer).get("/live/delta/", {"since": since}).json()
    (message,) = answer["messages"]
    assert [row["handoff"] for row in message["rows"]] == [missed.number]
    assert message["from"] == seen and message["to"] == answer["seqs"][str(cast.workspace.pk)]


def test_a_delta_shows_a_stranger_nothing(cast: Cast) -> None:
    cast.submit()
    answer = cast.client(cast.stranger).get("/live/delta/", {"since": "{}"}).json()
    assert answer["messages"] == [] and answer["seqs"] == {}


def test_a_page_too_far_behind_is_loaded_anew(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_messages, "MOST_EVENTS", 1)
    cast.submit()
    cast.submit()
    assert cast.client(cast.reviewer).get("/live/delta/", {"since": "{}"}).json()["reload"]


@pytest.mark.parametrize("since", ["", "[]", "null", '{"x": 1}', '{"1": null}', "{"])
def test_what_a_page_says_it_knows_need_not_make_sense(cast: Cast, since: str) -> None:
    cast.submit()
    answer = cast.client(cast.reviewer).get("/live/delta/", {"since": since})
    assert answer.status_code == 200 and len(answer.json()["messages"]) == 1
