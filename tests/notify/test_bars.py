"""The bars of issue 4 for notifications, measured: run with ``-s`` to see the figures."""

import time
from collections import Counter

import pytest

from reviews import dispatch, ulids
from reviews.models import Delivery, Handoff, Revision, RoutingRun
from tests.notify import mailbox as mailboxes
from tests.notify.mailbox import Mailbox
from tests.notify.stage import Stage
from tests.services.fixtures import NewDesk
from tests.services.players import found
from workspaces import clock
from workspaces.models import Event, Role, Team, TeamMember, TeamRole, User

MANY = 10_000
TEAM = 5
WORKSPACES, EACH = 4, 10


def copies(model: Handoff, count: int, people: list[User]) -> None:
    """``count`` handoffs like ``model``, routed to ``people``, each with its Event to fan out."""
    run = RoutingRun.objects.get(handoff=model)
    event = Event.objects.get(subject_id=model.public_id, kind="handoff.submitted")
    now, first = clock.now(), Event.objects.order_by("-seq")[0].seq + 1
    skipped = ("id", "due_key", "trigger_rank")

    def fields(row: Handoff | Revision | RoutingRun | Event) -> dict[str, object]:
        names = [each.attname for each in row._meta.concrete_fields if each.name not in skipped]
        return {name: getattr(row, name) for name in names}

    handoffs = Handoff.objects.bulk_create(
        Handoff(**fields(model) | {"public_id": ulids.new(), "title": f"Burst {number}"})
        for number in range(count)
    )
    base = fields(model.current)
    revisions = Revision.objects.bulk_create(
        Revision(**base | {"handoff_id": each.pk}) for each in handoffs
    )
    runs = RoutingRun.objects.bulk_create(
        RoutingRun(**fields(run) | {"handoff_id": each.handoff_id, "revision_id": each.pk})
        for each in revisions
    )
    through = RoutingRun.reviewers.through
    through.objects.bulk_create(
        through(routingrun_id=each.pk, user_id=person.pk) for each in runs for person in people
    )
    fresh = {"dispatched_at": None, "at": now}
    Event.objects.bulk_create(
        Event(**fields(event) | fresh | {"seq": first + number, "subject_id": each.public_id})
        for number, each in enumerate(handoffs)
    )


@pytest.mark.alone
def test_ten_thousand_handoffs_for_one_team_are_digests_not_mails(
    stage: Stage, mailbox: Mailbox
) -> None:
    team = Team.objects.create(name="Ops", slug="ops")
    people = [User.objects.create_user(f"p{n}@acme.example", name=f"P{n}") for n in range(TEAM)]
    for person in people:
        TeamMember.objects.create(team=team, user=person)
    TeamRole.objects.create(team=team, workspace=stage.workspace, role=Role.REVIEWER)
    stage.workspace.memberships.all().delete()
    now = clock.now()
    stage.pass_time(seconds=3600 - (now.minute * 60 + now.second) + 60)
    model = stage.hand_off()
    dispatch.run_once()
    Delivery.objects.all().delete()
    copies(model, MANY, people)
    started = time.monotonic()
    while dispatch.run_once():
        pass
    fanned = time.monotonic() - started
    dispatch.deliver_due(1000)
    pings = Counter(mail["To"] for mail in mailbox.mails())
    held = Delivery.objects.filter(status=Delivery.Status.HELD).count()
    stage.pass_time(hours=1)
    started = time.monotonic()
    dispatch.deliver_due(1000)
    gathered = time.monotonic() - started
    mails = Counter(mail["To"] for mail in mailbox.mails())
    print(
        f"\nburst of {MANY} handoffs for a team of {TEAM}: fanned out in {fanned:.1f} s "
        f"({MANY / fanned:.0f}/s), {held} lines held; at most {max(pings.values())} pings and "
        f"{max(mails.values()) - max(pings.values())} digest a person ({sum(mails.values())} mails "
        f"in all); digests of {held // TEAM} lines each in {gathered:.1f} s"
    )
    assert len(mails) == TEAM
    assert max(pings.values()) <= 10
    assert set(mails.values()) == {11}
    assert Delivery.objects.filter(channel__kind="inbox").count() == MANY * TEAM
    assert not Delivery.objects.filter(status__in=["held", "waiting"]).exists()


@pytest.mark.alone
def test_the_first_mail_leaves_within_two_seconds(new_desk: NewDesk) -> None:
    """From the POST to the mail server's having it, through the desk that runs."""
    with mailboxes.running() as box:
        desk = new_desk(HANDOFF_SMTP_URL=f"smtp://127.0.0.1:{box.port}")
        sites = [
            found(desk, f"place{n}", reviewers=[f"rae{n}@example.com"], agents=["builder"])
            for n in range(WORKSPACES)
        ]
        took = []
        for number in range(WORKSPACES * EACH):
            started = time.time()
            sites[number % WORKSPACES].hand_off(f"Number {number}")
            assert box.arrived.acquire(timeout=10), "no mail came"
            took.append(box.times[-1] - started)
    took.sort()
    p95 = took[int(len(took) * 0.95) - 1]
    print(f"\nsubmit → mail, {len(took)} times: p50 {took[len(took) // 2]:.3f} s, p95 {p95:.3f} s")
    assert p95 <= 2.0
