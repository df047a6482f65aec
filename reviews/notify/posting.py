"""What the channels that people set up share: when a message is still wanted, and sending one."""

from abc import abstractmethod

from django.utils import translation

from reviews.models import Delivery, Status
from reviews.models.notify import Channel
from reviews.notify import event_groups, messages
from reviews.notify.base import DeliveryError, NoLongerWanted, Transport
from reviews.notify.messages import Message
from reviews.permissions import visible_to
from workspaces import sealed

PATIENCE, TEST_PATIENCE = 15.0, 8.0  # seconds for one message; somebody waits for a test
FOR_DECIDING = ("review", "assigned", "due")


class Posting(Transport):
    is_for_systems = False
    """Systems are told every fact; people only while there is something to do."""

    def deliver(self, delivery: Delivery) -> None:
        if not self.is_for_systems:
            _still_wanted(delivery)
        person = delivery.channel.user
        with translation.override(person.locale if person else None):
            message = messages.of(delivery)
        self.send(delivery.channel, message)

    @abstractmethod
    def send(self, channel: Channel, message: Message) -> str:
        """Send once; returns a sentence about the answer. Raises DeliveryError, NoLongerWanted."""


def _still_wanted(delivery: Delivery) -> None:
    handoff, person = delivery.handoff, delivery.channel.user
    is_ended = handoff.status != Status.PENDING or bool(handoff.verdict)
    if is_ended and event_groups.of(delivery.event) in FOR_DECIDING:
        raise NoLongerWanted("Decided before it left.")
    if person is None:
        return
    if not person.is_active or not visible_to(person).filter(pk=handoff.pk).exists():
        raise NoLongerWanted("This person may no longer see the handoff.")


def opened(channel: Channel) -> dict[str, str]:
    """The channel's secrets. DeliveryError where they cannot be read any more."""
    try:
        return sealed.unseal(channel.sealed)
    except sealed.Unreadable as error:
        raise DeliveryError(
            "Its address was sealed with another secret key; enter it again.",
            permanent=True,
            disable=True,
        ) from error


def patience(message: Message) -> float:
    return TEST_PATIENCE if message.kind == messages.TEST else PATIENCE
