"""What every transport is: something that carries one Delivery to its recipient.

The shape (one class a kind, one method, an error that says whether trying again can help)
is healthchecks' ``Transport``.
"""

from abc import ABC, abstractmethod

from reviews.models import Delivery


class DeliveryError(Exception):
    """A delivery did not get through.

    ``detail`` is a sentence for the deliveries screen. ``permanent`` means that trying again
    cannot help: straight to the dead letters. ``retry_after`` is the earliest next try in
    seconds from now, when the receiver asked for one. ``disable`` switches the channel off:
    the receiver said that it is gone for good. ``is_unreachable``: there was no answer at all,
    so that others for the same receiver need not be tried at once.
    """

    def __init__(
        self,
        detail: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        disable: bool = False,
        is_unreachable: bool = False,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.permanent = permanent
        self.retry_after = retry_after
        self.disable = disable
        self.is_unreachable = is_unreachable


class NoLongerWanted(Exception):
    """Nothing was sent and nothing need be: the reason to deliver is gone. Holds a sentence."""


class NotYet(Exception):
    """Nothing was sent, nothing is wrong, and it is not a try: ask again in ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Transport(ABC):
    """Carries deliveries of one kind. Instances hold no state: one serves all threads."""

    @abstractmethod
    def deliver(self, delivery: Delivery) -> None:
        """Hand ``delivery`` over, or raise DeliveryError or NoLongerWanted.

        Called outside any transaction, at least once: after a crash the same delivery comes
        again, so what goes out carries something stable to be recognised by.
        """
