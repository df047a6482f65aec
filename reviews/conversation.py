"""Words between the reviewer and the agent, both ways, at any time before the end."""

from django.db.models import F
from django.utils.translation import gettext as _

from reviews import event_kinds, lifecycle, snoozing
from reviews.models import ENDED, Comment, Handoff
from workspaces import clock, events
from workspaces.actors import Actor
from workspaces.errors import Conflict, Forbidden, Invalid, Problem
from workspaces.models import Agent, User
from workspaces.permissions import can
from workspaces.transactions import write

MAX_LENGTH = 20_000


def say(
    *, handoff: Handoff, text: str, user: User | None = None, agent: Agent | None = None
) -> Comment:
    """Add a message by a person or by the agent. Raises Invalid, Forbidden, Conflict (ended)."""
    text = text.strip()
    if not text or len(text) > MAX_LENGTH or "\x00" in text:
        detail = _("A message has 1 to %(n)d characters.") % {"n": MAX_LENGTH}
        raise Invalid(detail, errors=[Problem("/text", detail)])
    if user is not None:
        allowed = can(user, "review", handoff.workspace_id)
        if not allowed:
            raise Forbidden(allowed.reason)
    with write():
        now = clock.now()
        open_ = Handoff.objects.filter(pk=handoff.pk).exclude(status__in=ENDED)
        if not open_.update(message_count=F("message_count") + 1, updated_at=now):
            raise Conflict(_("This handoff has ended, so nobody waits for a message."))
        handoff.refresh_from_db(fields=["revision", "status", "message_count"])
        comment = Comment.objects.create(
            handoff=handoff,
            revision=handoff.revisions.get(number=handoff.revision),
            user=user,
            agent=agent,
            body=text,
            created_at=now,
        )
        actor = Actor.user(user) if user is not None else Actor.agent(agent) if agent else None
        assert actor is not None
        events.record(
            handoff.workspace_id,
            event_kinds.COMMENTED,
            subject=lifecycle.subject(handoff),
            actor=actor,
            payload={"revision": handoff.revision, "comment": comment.pk},
            at=now,
        )
        if agent is not None:
            snoozing.wake(handoff, because="message", actor=actor, at=now)
    return comment
