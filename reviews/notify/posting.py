"""What the channels that people set up share: when a message is still wanted, and sending one."""

from abc import abstractmethod
from dataclasses import replace
from datetime import timedelta

from django.utils import translation
from django.utils.translation import gettext as _

from reviews.models import Delivery, Status
from reviews.models.notify import Channel
from reviews.notify import event_groups, messages
from reviews.notify.base import DeliveryError, NoLongerWanted, Transport
from reviews.notify.messages import Message
from reviews.permissions import visible_to
from workspaces import clock, sealed

PATIENCE, TEST_PATIENCE = 15.0, 8.0  # seconds for one message; somebody waits for a test
PER_HOUR = 60
"""Messages of one shared chat channel; twice as many when they are urgent. Systems get all."""
FOR_DECIDING = ("review", "assigned", "due")


class Posting(Transport):
    def is_for_systems(self, channel: Channel) -> bool:
        """Systems are told every fact; people only while there is something to do."""
        return False

    def deliver(self, delivery: Delivery) -> None:
        is_for_systems = self.is_for_systems(delivery.channel)
        if not is_for_systems:
            _still_wanted(delivery)
        person = delivery.channel.user
        with translation.override(person.locale if person else None):
            message = messages.of(delivery)
        if not is_for_systems and person is None:
            message = _counted(delivery.channel, message)
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


def _counted(channel: Channel, message: Message) -> Message:
    """No more than a room can read: the last one of an hour says that the rest is in the queue."""
    since = clock.now() - timedelta(hours=1)
    sent = channel.deliveries.filter(status=Delivery.Status.DONE, done_at__gt=since).count()
    most = PER_HOUR * (2 if message.is_urgent else 1)
    if sent >= most:
        raise NoLongerWanted(f"More than {most} within an hour: the rest is in the queue.")
    if sent < most - 1:
        return message
    told = _("%(line)s There are more than this room is told in an hour; see the queue.")
    line = told % {"line": message.words.line}
    return replace(message, words=replace(message.words, line=line))


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
