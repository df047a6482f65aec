"""Secrets shown to one person in one round, by a fact that stays: an Event, and nothing else.

A place is what is revealed at once: "words" (title, summary, error), "action:0", a tab ("steps")
or a file of one ("files:2", numbered as the page does, from 1).
"""

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from reviews import event_kinds, lifecycle, veils
from reviews.models import Artifact, Handoff, Revision
from reviews.permissions import may_decide
from reviews.rendering import json_view
from reviews.schema.document import Action
from workspaces import events
from workspaces.actors import Actor
from workspaces.errors import Forbidden
from workspaces.models import Event, User
from workspaces.transactions import write

_PLACE = re.compile(r"words|(?:action|files|log):\d{1,6}|steps|prompts|conversation")


def is_place(name: str) -> bool:
    return bool(_PLACE.fullmatch(name))


def of_action(action: Action) -> str:
    """The place of an action's arguments."""
    return f"action:{action.index}"


def places(user: User, handoff: Handoff, round_number: int) -> frozenset[str]:
    """What of this round was revealed to this person."""
    seen = Event.objects.filter(
        subject_type="handoff",
        subject_id=handoff.public_id,
        kind=event_kinds.SECRET_REVEALED,
        actor_kind="human",
        actor_id=str(user.pk),
        payload__revision=round_number,
    ).values_list("payload__place", flat=True)
    return frozenset(seen)


def has_seen_file(user: User, handoff: Handoff, sha256: str) -> bool:
    """Were the secrets of the file with these bytes revealed to this person, in any round?"""
    seen = Event.objects.filter(
        subject_type="handoff",
        subject_id=handoff.public_id,
        kind=event_kinds.SECRET_REVEALED,
        actor_kind="human",
        actor_id=str(user.pk),
    ).values_list("payload", flat=True)
    places = {(each.get("revision"), each.get("place")) for each in seen if each}
    bound = Artifact.objects.filter(
        revision__handoff=handoff, kind=Artifact.Kind.FILE, sha256=sha256
    ).values_list("revision__number", "position")
    return bool(places) and any((n, f"files:{at + 1}") in places for n, at in bound)


def reveal(
    *, handoff: Handoff, revision: Revision, user: User, place: str, kinds: Sequence[str]
) -> bool:
    """Record that ``user`` looks at the secrets of a place; False where there are none (no
    ``kinds``), or it was recorded before.

    Raises Forbidden for who may not decide: who only looks on needs no secret.
    """
    allowed = may_decide(user, handoff)
    if not allowed:
        raise Forbidden(allowed.reason)
    if not kinds:
        return False
    with write():
        if place in places(user, handoff, revision.number):
            return False
        events.record(
            handoff.workspace_id,
            event_kinds.SECRET_REVEALED,
            subject=lifecycle.subject(handoff),
            actor=Actor.user(user),
            payload={"revision": revision.number, "place": place, "kinds": list(kinds)},
        )
    return True


def unseen(user: User, revision: Revision, approved: Sequence[Action]) -> list[Action]:
    """Of the actions that would be approved, those with a secret that ``user`` has not seen."""
    secret = [action for action in approved if _is_masked(action)]
    if not secret:
        return []
    revealed = places(user, revision.handoff, revision.number)
    return [action for action in secret if of_action(action) not in revealed]


def _is_masked(action: Action) -> bool:
    """As the page draws them: what is masked there is what must be revealed."""
    with veils.reading(is_shown=False) as met:
        json_view.pretty(action.args)
    return bool(met)


def sentence(action_name: str) -> str:
    """Why an action is not approved yet."""
    return _(
        "%(name)s has masked secrets in its arguments: reveal them, "
        "so that you see what you approve."
    ) % {"name": action_name}
