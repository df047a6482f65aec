"""A channel that had to be switched off: those whom it belongs to are told by the bell."""

import hashlib
from datetime import datetime

from django.db.models import QuerySet

from reviews import event_kinds
from reviews.models import Channel, Delivery, Handoff
from workspaces import roles
from workspaces.models import Event, Role, TeamMember, User
from workspaces.transactions import write


def deliveries(event: Event, *, at: datetime) -> list[Delivery]:
    """One bell a person; nothing for Events of other kinds."""
    found = event.payload
    if event.kind != event_kinds.CHANNEL_FAILED or found is None:
        return []
    channel = Channel.objects.select_related("workspace", "team", "user").get(pk=found["channel"])
    handoff = Handoff.objects.get(pk=found["handoff"])
    with write():
        bell, _is_new = Channel.objects.get_or_create(
            kind=Channel.Kind.INBOX, workspace=None, agent=None, user=None
        )
    return [
        Delivery(
            event=event,
            channel=bell,
            handoff=handoff,
            user=person,
            recipient=str(person.pk),
            key=hashlib.sha256(f"alarm\n{event.hash}\n{person.pk}".encode()).hexdigest()[:40],
            status=Delivery.Status.DONE,
            created_at=at,
            next_at=at,
            done_at=at,
        )
        for person in owners(channel)
    ]


def owners(channel: Channel) -> QuerySet[User]:
    """Who answers for it: the person, the team's leads, the workspace's admins, the desk's."""
    active = User.objects.filter(is_active=True).order_by("pk")
    if channel.user_id is not None:
        return active.filter(pk=channel.user_id)
    if channel.team is not None:
        leads = TeamMember.objects.filter(team=channel.team, is_lead=True).values("user")
        return active.filter(pk__in=leads) if leads.exists() else active.filter(is_site_admin=True)
    if channel.workspace is not None:
        admins = roles.people_in([channel.workspace], Role.ADMIN).values("pk")
        return active.filter(pk__in=admins)
    return active.filter(is_site_admin=True)
