"""One ping a handoff and person, so many an hour; digests; nothing twice and nothing lost."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviews import conversation, dispatch, event_kinds, invariants
from reviews.models import Channel, Delivery, Digest, Handoff, NoticeSettings, Status
from reviews.notify import digests, own_channels
from reviews.notify.groups import BELL, DIGEST, MAIL, PUSH, Way
from tests.notify.mailbox import Mailbox, text_of
from tests.notify.stage import Stage, deliveries
from tests.notify.test_choosing import choose, tell
from workspaces import clock
from workspaces.actors import SYSTEM
from workspaces.errors import Conflict
from workspaces.models import Event, Membership, User

pytestmark = pytest.mark.both_databases
ANA = "ana@acme.example"


@pytest.fixture(autouse=True)
def _at_ten_past(stage: Stage) -> None:
    """The next full hour is far enough ahead for what a test does before it."""
    now = clock.now()
    ten_past = now.replace(minute=10, second=0, microsecond=0) + timedelta(hours=1)
    stage.pass_time(seconds=(ten_past - now).total_seconds())


def fan_out() -> None:
    while dispatch.run_once():
        pass


def go() -> None:
    dispatch.run_once()
    dispatch.deliver_due()


def to_the_hour(stage: Stage) -> None:
    now = clock.now()
    stage.pass_time(seconds=3601 - (now.minute * 60 + now.second))


def of(person: User, status: str = "") -> list[Delivery]:
    found = [row for row in deliveries("email") if row.user == person]
    return [row for row in found if row.status == (status or row.status)]


def test_events_in_a_short_time_are_one_ping(stage: Stage, mailbox: Mailbox) -> None:
    handoff = stage.hand_off()
    tell(handoff, event_kinds.ASSIGNED, to=stage.ana.pk)
    tell(handoff, event_kinds.ESCALATED, to=[stage.ana.pk], step=0, act="notify", because="notify")
    go()
    assert len(mailbox.mails(ANA)) == 1
    assert len([row for row in deliveries("inbox") if row.user == stage.ana]) == 3


def test_later_another_kind_pings_again_and_never_twice_for_the_same(
    stage: Stage, mailbox: Mailbox
) -> None:
    handoff = stage.hand_off()
    go()
    for _ in range(3):
        stage.pass_time(minutes=4)
        tell(
            handoff,
            event_kinds.ESCALATED,
            to=[stage.ana.pk],
            step=0,
            act="notify",
            because="notify",
        )
        go()
    subjects = [mail["Subject"] for mail in mailbox.mails(ANA)]
    assert subjects == [
        f"{handoff.number} Complete: Deploy the site",
        f"{handoff.number} Escalated to you: Deploy the site",
    ]


def test_a_round_after_a_request_for_changes_pings_again(stage: Stage, mailbox: Mailbox) -> None:
    handoff = stage.hand_off(id="a")
    go()
    stage.hand_off(id="a", title="Better, unasked")
    go()
    assert len(mailbox.mails(ANA)) == 1
    stage.answer(handoff, Status.CHANGES_REQUESTED)
    stage.hand_off(id="a", title="As you asked")
    go()
    assert [mail["Subject"].split(": ")[1] for mail in mailbox.mails(ANA)] == [
        "Deploy the site",
        "As you asked",
    ]


def test_what_is_more_than_the_pings_of_an_hour_comes_in_one_digest(
    stage: Stage, mailbox: Mailbox
) -> None:
    for number in range(14):
        stage.hand_off(f"Number {number}")
    go()
    assert len(mailbox.mails(ANA)) == 10
    assert len(of(stage.ana, "held")) == 4
    to_the_hour(stage)
    go()
    (digest,) = mailbox.mails(ANA)[10:]
    assert digest["Subject"] == "Digest: 4 handoffs with news for you"
    assert {row.status for row in of(stage.ana)} == {"done"}
    go()
    assert len(mailbox.mails(ANA)) == 11


def test_the_number_is_ones_own_and_an_hour_later_there_are_as_many(
    stage: Stage, mailbox: Mailbox
) -> None:
    NoticeSettings.objects.create(user=stage.ana, most_an_hour=2)
    for number in range(3):
        stage.hand_off(f"Number {number}")
    go()
    assert len(mailbox.mails(ANA)) == 2
    stage.pass_time(minutes=61)
    go()  # the digest of one
    stage.hand_off("Later")
    go()
    assert len(mailbox.mails(ANA)) == 4
    assert len(mailbox.mails("ben@acme.example")) == 4


def test_one_ping_by_several_ways_counts_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = Channel.objects.create(kind="push", user=stage.ana, address="https://push.example/1")
    chat = Channel.objects.create(kind="own", user=stage.ana, address="ntfy://x")
    monkeypatch.setattr(own_channels, "of", lambda users: {stage.ana.pk: [phone, chat]})
    NoticeSettings.objects.create(user=stage.ana, most_an_hour=2)
    for number in range(3):
        stage.hand_off(f"Number {number}")
    dispatch.run_once()
    sent = Delivery.objects.filter(user=stage.ana, is_ping=True)
    assert sorted(sent.values_list("channel__kind", flat=True)) == sorted(
        ["email", "own", "push"] * 2
    )
    assert len(of(stage.ana, "held")) == 1


def test_who_takes_no_mail_finds_what_is_more_on_the_bell(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = Channel.objects.create(kind="push", user=stage.ana, address="https://push.example/1")
    monkeypatch.setattr(own_channels, "of", lambda users: {stage.ana.pk: [phone]})
    settings = choose(stage.ana, review_normal=Way(frozenset({PUSH})))
    settings.most_an_hour = 1
    settings.save()
    stage.hand_off("First")
    stage.hand_off("Second")
    dispatch.run_once()
    assert Delivery.objects.filter(channel=phone).count() == 1
    assert [r.handoff.title for r in deliveries("inbox") if r.user == stage.ana] == ["Second"]
    assert of(stage.ana) == []


def test_a_digest_groups_by_workspace_counts_the_rest_and_links_only_to_pages(
    stage: Stage, mailbox: Mailbox
) -> None:
    choose(stage.ana, review_normal=Way(frozenset({BELL, MAIL}), DIGEST))
    handoffs = [stage.hand_off(f"Number {number}", summary="WORDS") for number in range(54)]
    fan_out()
    stage.answer(handoffs[0])
    stage.answer(handoffs[1], Status.WITHDRAWN)
    to_the_hour(stage)
    dispatch.deliver_due(500)
    (digest,) = mailbox.mails(ANA)
    for kind in ("plain", "html"):
        text = text_of(digest, kind)
        assert len(set(re.findall(r"Number \d+", text))) == 50
        assert "and 2 more on the desk" in text
        assert "2 others were settled meanwhile" in text
        assert text.count("Acme site") == 1
        assert "WORDS" not in text
    links = set(re.findall('href="([^"]*)"', text_of(digest, "html")))
    assert {re.sub(r"HO-\d+", "HO", link) for link in links} == {
        "http://127.0.0.1:8000/h/HO/",
        "http://127.0.0.1:8000/",
        "http://127.0.0.1:8000/settings/notifications/",
    }
    assert {row.status for row in of(stage.ana)} == {"done", "cancelled"}


def test_a_digest_with_nothing_left_is_not_sent(stage: Stage, mailbox: Mailbox) -> None:
    choose(stage.ana, review_normal=Way(frozenset({MAIL}), DIGEST))
    handoff = stage.hand_off()
    dispatch.run_once()
    stage.answer(handoff)
    to_the_hour(stage)
    dispatch.deliver_due()
    assert mailbox.mails(ANA) == []
    assert Digest.objects.get().status == Digest.Status.CANCELLED


def test_a_digest_says_nothing_of_what_one_may_no_longer_see(
    stage: Stage, mailbox: Mailbox
) -> None:
    choose(stage.ana, review_normal=Way(frozenset({MAIL}), DIGEST))
    stage.hand_off()
    dispatch.run_once()
    Membership.objects.filter(user=stage.ana).delete()
    to_the_hour(stage)
    dispatch.deliver_due()
    assert mailbox.mails(ANA) == []


def test_a_line_whose_verdict_may_be_undone_waits_for_the_next_digest(
    stage: Stage, mailbox: Mailbox
) -> None:
    choose(stage.ana, review_normal=Way(frozenset({MAIL}), DIGEST))
    handoff = stage.hand_off()
    dispatch.run_once()
    to_the_hour(stage)
    Handoff.objects.filter(pk=handoff.pk).update(verdict="approved")
    dispatch.deliver_due()
    assert mailbox.mails(ANA) == []
    Handoff.objects.filter(pk=handoff.pk).update(verdict="")
    stage.pass_time(seconds=61)
    dispatch.deliver_due()
    assert len(mailbox.mails(ANA)) == 1


def test_a_mail_server_that_is_down_loses_no_digest(stage: Stage, mailbox: Mailbox) -> None:
    choose(stage.ana, review_normal=Way(frozenset({MAIL}), DIGEST))
    stage.hand_off("Early")
    dispatch.run_once()
    to_the_hour(stage)
    mailbox.is_down = True
    dispatch.deliver_due()
    digest = Digest.objects.get()
    assert (digest.status, digest.attempts) == ("waiting", 1)
    assert "refused ana@" in digest.last_error
    stage.hand_off("Meanwhile")
    dispatch.run_once()
    mailbox.is_down = False
    stage.pass_time(hours=2)
    dispatch.deliver_due()
    dispatch.deliver_due()
    text = "".join(text_of(mail) for mail in mailbox.mails(ANA))
    assert len(mailbox.mails(ANA)) == 2 and "Early" in text and "Meanwhile" in text
    assert {row.status for row in of(stage.ana)} == {"done"}


def test_a_digest_refused_for_good_leaves_dead_letters_that_can_be_replayed(
    stage: Stage, mailbox: Mailbox
) -> None:
    choose(stage.ana, review_normal=Way(frozenset({MAIL}), DIGEST))
    mailbox.unknown = {ANA}
    stage.hand_off()
    dispatch.run_once()
    to_the_hour(stage)
    dispatch.deliver_due()
    (row,) = of(stage.ana, "dead")
    assert "refused ana@acme.example" in row.last_error


def test_two_beats_send_one_digest(stage: Stage, mailbox: Mailbox) -> None:
    choose(stage.ana, review_normal=Way(frozenset({MAIL}), DIGEST))
    stage.hand_off()
    dispatch.run_once()
    to_the_hour(stage)
    now = clock.now()
    assert digests.prepare(now) == 1
    assert digests.prepare(now) == 0
    assert digests.send_next()
    assert not digests.send_next()
    assert len(mailbox.mails(ANA)) == 1


def test_a_digest_whose_process_died_is_sent_by_another_with_the_same_id(
    stage: Stage, mailbox: Mailbox
) -> None:
    choose(stage.ana, review_normal=Way(frozenset({MAIL}), DIGEST))
    stage.hand_off()
    dispatch.run_once()
    to_the_hour(stage)
    digests.prepare(clock.now())
    assert digests._claim() is not None  # and nothing more: killed here
    assert not digests.send_next()
    stage.pass_time(seconds=31)
    assert digests.send_next()
    (mail,) = mailbox.mails(ANA)
    assert mail["Message-ID"].startswith(f"<digest-{Digest.objects.get().pk}@")


def test_quiet_hours_end_in_one_digest_on_a_night_of_the_clock_change(
    stage: Stage, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = datetime(2027, 3, 27, 23, 30, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    stage.pass_time(seconds=(night - clock.now()).total_seconds())
    User.objects.filter(pk=stage.ana.pk).update(time_zone="Europe/Berlin")
    NoticeSettings.objects.create(user=stage.ana, quiet_from=time(22), quiet_until=time(7))
    stage.hand_off("One")
    stage.hand_off("Two")
    go()
    assert mailbox.mails(ANA) == []
    stage.pass_time(hours=6, minutes=29)  # 06:59 on the clock: the night has one hour less
    dispatch.deliver_due()
    assert mailbox.mails(ANA) == []
    stage.pass_time(minutes=2)
    dispatch.deliver_due()
    assert [m["Subject"] for m in mailbox.mails(ANA)] == ["Digest: 2 handoffs with news for you"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("new"), st.integers(0, 0)),
        st.tuples(st.sampled_from(["round", "message", "assign", "escalate"]), st.integers(0, 5)),
        st.tuples(st.just("answer"), st.integers(0, 5)),
        st.tuples(st.just("pass"), st.sampled_from([1, 130, 1900, 3700])),
        st.tuples(st.sampled_from(["fan", "send", "again", "down", "up"]), st.integers(0, 0)),
    ),
    min_size=3,
    max_size=25,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, cap=st.integers(1, 4), how=st.sampled_from(["now", "digest"]))
def test_never_twice_never_lost(
    stage: Stage, mailbox: Mailbox, steps: list[tuple[str, int]], cap: int, how: str
) -> None:
    """Whatever happens in whatever order: no message goes twice, no more pings than wanted, and
    who may decide a handoff that is open has been told of it in the end."""
    person = User.objects.create_user(
        f"p{Handoff.objects.count()}-{clock.now():%H%M%S%f}@x.example"
    )
    Membership.objects.create(user=person, workspace=stage.workspace, role="reviewer")
    choose(person, review_normal=Way(frozenset({BELL, MAIL}), how))
    NoticeSettings.objects.filter(user=person).update(most_an_hour=cap)
    handoffs: list[Handoff] = []
    for what, number in steps:
        _step(stage, mailbox, what, number, handoffs, person)
    mailbox.is_down = False
    for _ in range(40):
        fan_out()
        stage.pass_time(hours=1)
        dispatch.deliver_due(500)
        if not _unsettled(person):
            break
    assert not _unsettled(person)
    ids = [mail["Message-ID"] for mail in mailbox.mails(person.email)]
    assert len(ids) == len(set(ids))
    told = set(
        Delivery.objects.filter(user=person, channel__kind="email", status="done").values_list(
            "handoff", flat=True
        )
    )
    open_ones = [each for each in handoffs if Handoff.objects.open().filter(pk=each.pk).exists()]
    assert {each.pk for each in open_ones} <= told
    _assert_paced(person, cap)


def _step(
    stage: Stage, mailbox: Mailbox, what: str, number: int, handoffs: list[Handoff], person: User
) -> None:
    if what == "new":
        handoffs.append(stage.hand_off("New", id=f"id-{Handoff.objects.count()}"))
    elif what == "pass":
        stage.pass_time(seconds=number)
    elif what == "fan":
        dispatch.run_once()
    elif what == "send":
        dispatch.deliver_due()
    elif what == "again":
        Event.objects.update(dispatched_at=None)
        dispatch.run_once()
    elif what in ("down", "up"):
        mailbox.is_down = what == "down"
    elif handoffs:
        _act(stage, what, handoffs[number % len(handoffs)], person)


def _act(stage: Stage, what: str, handoff: Handoff, person: User) -> None:
    handoff.refresh_from_db()
    if handoff.status != Status.PENDING:
        return
    if what == "round":
        stage.hand_off("Again", id=handoff.external_id)
    elif what == "message":
        conversation.say(handoff=handoff, text="Well?", agent=stage.agent)
    elif what == "assign":
        tell(handoff, event_kinds.ASSIGNED, to=person.pk)
    elif what == "escalate":
        tell(handoff, event_kinds.ESCALATED, to=[person.pk], step=0, act="notify", because="x")
    elif what == "answer":
        stage.answer(handoff)


def _unsettled(person: User) -> Any:
    rows = Delivery.objects.filter(user=person, status__in=["waiting", "held"])
    return rows.exists() or Event.objects.filter(dispatched_at=None).exists()


def _assert_paced(person: User, cap: int) -> None:
    """In no hour more pings than wanted, and none of a handoff within two minutes of another."""
    pings = list(
        Delivery.objects.filter(user=person, is_ping=True, channel__kind="email")
        .exclude(status="cancelled")
        .order_by("created_at")
        .values_list("created_at", "handoff", "event__kind")
    )
    for index, (first, _handoff, _kind) in enumerate(pings):
        within = [at for at, _h, _k in pings[index:] if at - first < timedelta(hours=1)]
        assert len(within) <= cap
    keys = Delivery.objects.filter(user=person, channel__kind="email")
    assert keys.count() == keys.values("key").distinct().count()


def test_a_held_line_is_shown_as_such_cannot_be_replayed_and_is_looked_after(
    stage: Stage, client: Client
) -> None:
    choose(stage.ana, review_normal=Way(frozenset({MAIL}), DIGEST))
    User.objects.filter(pk=stage.ben.pk).update(is_site_admin=True)
    Membership.objects.filter(user=stage.ben).update(role="owner")
    stage.hand_off()
    fan_out()
    (line,) = of(stage.ana, "held")
    with pytest.raises(Conflict):
        dispatch.replay(line, SYSTEM)
    client.force_login(User.objects.get(pk=stage.ben.pk))
    assert "For a digest" in client.get("/deliveries/?state=held").content.decode()
    check = invariants.nothing_lingers_in_the_outbox
    assert not [fault for fault in check() if "digest" in fault]
    to_the_hour(stage)
    stage.pass_time(minutes=5)
    assert [fault for fault in check() if "digest" in fault]
    dispatch.deliver_due()
    assert not [fault for fault in check() if "digest" in fault]
