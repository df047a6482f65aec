"""Moving a due time: who may, what moves with it, and that nobody overwrites another's change."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from reviews import due_times, firing, lifecycle
from reviews.models import Handoff, Timer, WorkHours
from tests.cast import Cast
from tests.domain.test_intake import decide
from tests.timing.stage import WEEK, kinds, last, reviewer, team, with_effects
from workspaces import clock
from workspaces.errors import Forbidden, Invalid

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HOUR = {"minutes": 60, "business": False}
LADDER = [{"at": share, "to": [{"role": "admin"}], "act": "notify"} for share in (0.5, 1.0)]


@pytest.fixture
def handoff(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Handoff:
    with_effects(monkeypatch, due=HOUR, ladder=LADDER, on_expiry="expire")
    return fresh(cast.submit())


def fresh(handoff: Handoff) -> Handoff:
    return Handoff.objects.select_related("workspace", "submitter").get(pk=handoff.pk)


def extend(handoff: Handoff, cast: Cast, **later: float) -> datetime:
    assert handoff.due_at is not None
    return due_times.change(
        handoff=handoff,
        user=cast.owner,
        revision=handoff.revision,
        seen=handoff.due_at,
        to=handoff.due_at + timedelta(**later),
    )


def test_what_is_still_to_come_moves_with_the_due_time(
    handoff: Handoff, cast: Cast, move_clock: Callable[..., None]
) -> None:
    move_clock(minutes=31)
    assert firing.fire_due() == 2  # the reminder and the first step
    due = extend(handoff, cast, hours=2)
    waiting = {(t.kind, t.step): t.at for t in Timer.objects.filter(done_at=None)}
    assert waiting.pop(("warn", 1)) - clock.now() - (due - clock.now()) / 2 < timedelta(seconds=2)
    # The step at the end falls on the end itself, where it would trouble people for nothing.
    assert waiting == {("expire", 0): due}
    move_clock(minutes=61)
    assert firing.fire_due() == 0
    assert last(handoff, "due_changed")["due"] == due.isoformat(timespec="seconds")


def test_a_step_that_was_taken_is_not_taken_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Callable[..., None]
) -> None:
    with_effects(monkeypatch, due=HOUR, ladder=LADDER)
    handoff = fresh(cast.submit())
    move_clock(minutes=40)
    firing.fire_due()
    due = extend(handoff, cast, hours=1)
    assert Timer.objects.get(kind="escalate", step=1).at == due
    move_clock(minutes=121)
    firing.fire_due()
    assert kinds(handoff) == [
        *("submitted", "due_soon", "escalated", "due_changed", "due_soon", "escalated"),
    ]


def test_the_second_of_two_is_shown_what_the_first_did(handoff: Handoff, cast: Cast) -> None:
    other = fresh(handoff)
    extend(handoff, cast, hours=1)
    with pytest.raises(lifecycle.Moved, match="moved the due time meanwhile: it is"):
        extend(other, cast, hours=2)
    assert kinds(handoff).count("due_changed") == 1


def test_what_has_a_verdict_has_no_due_time_to_move(handoff: Handoff, cast: Cast) -> None:
    decide(cast, handoff)
    with pytest.raises(lifecycle.Moved, match="decided"):
        extend(handoff, cast, hours=1)


def test_the_agents_own_end_is_never_moved(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with_effects(monkeypatch, due=HOUR)
    end = (clock.now() + timedelta(minutes=90)).isoformat()
    handoff = fresh(cast.submit(expires_at=end))
    extend(handoff, cast, minutes=20)
    with pytest.raises(Invalid, match="The agent waits until"):
        extend(fresh(handoff), cast, hours=1)
    assert fresh(handoff).expires_at == Timer.objects.get(kind="expire").at


def test_admins_and_team_leads_may_and_nobody_else(handoff: Handoff, cast: Cast) -> None:
    lead = reviewer(cast, "Lea")
    team(cast, "Ops", lead, cast.reviewer, cast.stranger, lead=lead)
    team(cast, "Others", cast.stranger, lead=cast.stranger)
    assert due_times.may_change(cast.owner, handoff) and due_times.may_change(lead, handoff)
    assert not due_times.may_change(cast.reviewer, handoff)
    assert not due_times.may_change(cast.stranger, handoff)
    with pytest.raises(Forbidden, match="team leads"):
        due_times.change(
            handoff=handoff,
            user=cast.reviewer,
            revision=1,
            seen=handoff.due_at,
            to=clock.now() + timedelta(hours=1),
        )


# --- on the screen ---


def post(client: Client, handoff: Handoff, **fields: Any) -> Any:
    assert handoff.due_at is not None
    shown = {"revision": handoff.revision, "due": handoff.due_at.isoformat()}
    return client.post(f"/h/{handoff.number}/due/", {**shown, **fields})


def test_an_hour_later_by_a_button_and_back_by_another(handoff: Handoff, cast: Cast) -> None:
    client = cast.client(cast.owner)
    assert 'name="to" value="hour"' in client.get(f"/h/{handoff.number}/due/").content.decode()
    assert post(client, handoff, to="hour").status_code == 303
    later = fresh(handoff)
    assert later.due_at and handoff.due_at
    assert later.due_at == handoff.due_at + timedelta(hours=1)
    page = client.get(f"/h/{handoff.number}/").content.decode()
    assert "is due" in page and 'class="acted"' in page
    assert post(client, later, to="at", at=handoff.due_at.isoformat()).status_code == 303
    assert fresh(handoff).due_at == handoff.due_at


def test_a_business_day_later_is_the_same_time_on_the_next_open_day(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    WorkHours.objects.create(
        workspace=cast.workspace,
        zone="Europe/Berlin",
        hours=WEEK,
        holidays={"2026-11-23": "Moving day"},
    )
    friday = datetime.fromisoformat("2026-11-20T14:00:00+00:00")
    monkeypatch.setattr(clock, "now", lambda: friday)
    with_effects(monkeypatch, due=HOUR)
    handoff = fresh(cast.submit())
    post(cast.client(cast.owner), handoff, to="day")
    assert fresh(handoff).due_at == datetime.fromisoformat("2026-11-24T15:00:00+00:00")


@pytest.mark.parametrize(
    "typed", ["", "yesterday", "1999-01-01T10:00", "2020-01-01T10:00", "9" * 99]
)
def test_a_time_that_is_none_is_named_and_kept(handoff: Handoff, cast: Cast, typed: str) -> None:
    answer = post(cast.client(cast.owner), handoff, to="at", at=typed)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert fresh(handoff).due_at == handoff.due_at


def test_who_comes_second_sees_the_sentence_and_the_time_that_is_now(
    handoff: Handoff, cast: Cast
) -> None:
    client = cast.client(cast.owner)
    post(client, handoff, to="hour")
    answer = post(client, handoff, to="hour")
    assert answer.status_code == 409
    now = fresh(handoff).due_at
    assert now and f'name="due" value="{now.isoformat()}"'.replace("+", "&#43;") in (
        answer.content.decode().replace("+", "&#43;")
    )
    assert "moved the due time meanwhile" in answer.content.decode()


# --- what the page says ---


def test_the_page_says_what_comes_next_and_how_it_ends(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = reviewer(cast, "Lea")
    ops = team(cast, "Ops", lead)
    ladder = [{"at": 1.0, "to": [{"team": ops.pk}, {"role": "owner"}], "act": "assign"}]
    with_effects(monkeypatch, due=HOUR, ladder=ladder)
    end = (clock.now() + timedelta(hours=3)).isoformat()
    handoff = cast.submit(expires_at=end, on_expiry="reject")
    page = cast.client(cast.reviewer).get(f"/h/{handoff.number}/").content.decode()
    assert "Escalates to Team Ops, the owners at" in page
    assert "then it ends as rejected by the desk" in page
    assert "Due in 59 min" in page or "Due in 1 h" in page
    assert ">Extend</a>" not in page
    assert ">Extend</a>" in cast.client(cast.owner).get(f"/h/{handoff.number}/").content.decode()


def test_business_time_is_said_as_such_with_what_a_page_counts_down_by(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    WorkHours.objects.create(
        workspace=cast.workspace, zone="UTC", hours=[[[0, 720]]] * 6 + [[[0, 720]]], holidays={}
    )
    with_effects(monkeypatch, due={"minutes": 150, "business": True})
    handoff = cast.submit()
    client = cast.client(cast.reviewer)
    for page in (client.get("/"), client.get(f"/h/{handoff.number}/")):
        text = page.content.decode()
        assert "Due in 2 h business time" in text
        assert 'data-in-words="Due in % business time"' in text and 'data-open="' in text


def test_the_audit_tab_names_each_firing_and_who_was_told(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Callable[..., None]
) -> None:
    with_effects(
        monkeypatch,
        due=HOUR,
        ladder=[{"at": 1.0, "to": [{"user": cast.reviewer.pk}], "act": "assign"}],
    )
    handoff = cast.submit()
    move_clock(minutes=61)
    firing.fire_due()
    page = cast.client(cast.owner).get(f"/h/{handoff.number}/?tab=audit").content.decode()
    assert "handoff.due_soon" in page and "to Olive Owner, Rae Reviewer" in page
    assert "handoff.escalated" in page and "step 1, act assign" in page
    assert "Otherwise" in page  # the rule did it


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        ("reject", "Expired, rejected by the desk"),
        ("approve", "Expired, approved by a rule"),
        ("expire", "Expired"),
    ],
)
def test_what_ended_by_time_never_reads_as_a_persons_decision(
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    move_clock: Callable[..., None],
    effect: str,
    words: str,
) -> None:
    with_effects(monkeypatch, due=HOUR, on_expiry=effect)
    handoff = cast.submit()
    move_clock(minutes=61)
    firing.fire_due()
    client = cast.client(cast.reviewer)
    assert f"{words} at" in client.get(f"/h/{handoff.number}/").content.decode()
    assert f"{words}</span>" in client.get("/decided/").content.decode()
