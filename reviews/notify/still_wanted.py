"""Whether what waits for a person is still worth telling them, asked right before it leaves."""

from reviews.models import Delivery, Status
from reviews.notify.base import NoLongerWanted, NotYet
from reviews.notify.groups import GROUP_OF, Group
from reviews.permissions import visible_to

STANDING = (Group.ANSWER, Group.DESK)
"""Groups whose news stays news when the handoff is settled."""
UNDO_SECONDS = 5.0  # a verdict whose undo window is open: look again


def demand(delivery: Delivery) -> None:
    """Raises NoLongerWanted, or NotYet while a verdict may still be undone."""
    person, handoff = delivery.user, delivery.handoff
    if person is None:
        return
    if not person.is_active or not visible_to(person).filter(pk=handoff.pk).exists():
        raise NoLongerWanted("This person may no longer see the handoff.")
    if GROUP_OF.get(delivery.event.kind) in STANDING:
        return
    if handoff.status != Status.PENDING:
        raise NoLongerWanted("Settled before it left.")
    if handoff.verdict:
        raise NotYet(UNDO_SECONDS)
