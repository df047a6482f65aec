"""One channel that hangs delays no other: measured."""

import threading
import time

import pytest
from pytest_django import Settings

from reviews import channel_book, dispatch
from reviews.channel_book import Place
from reviews.models import Delivery
from tests.channels.making import webhook
from tests.notify.receivers import Receiver, serving
from tests.notify.stage import Stage
from workspaces.actors import SYSTEM

HANDOFFS = 20
BOUND = 2.0


@pytest.mark.alone
@pytest.mark.parametrize("kind", ["webhook", "apprise"])
def test_a_channel_that_never_answers_delays_no_other(
    real_stage: Stage, settings: Settings, kind: str
) -> None:
    """20 handoffs, two channels: all 20 reach the one that answers while the other still holds
    its first two open. Both stand on one host, so it is the channel that has the lane."""
    silent, quick = Receiver(gate=threading.Event()), Receiver(statuses=[200])
    with serving(silent), serving(quick):
        settings.HANDOFF_CHANNEL_HOSTS = [silent.host, quick.host]
        for receiver in (silent, quick):
            if kind == "webhook":
                webhook(Place(), receiver.url)
            else:
                channel_book.add_service(
                    Place(),
                    name="Chat",
                    url=f"ntfy://{receiver.host}/topic",
                    config={"groups": ["review"]},
                    actor=SYSTEM,
                )
        for number in range(HANDOFFS):
            real_stage.hand_off(f"No. {number}")
        begun = time.monotonic()
        dispatch.run()
        for _each in range(HANDOFFS):
            assert quick.arrived.acquire(timeout=10)
        took = time.monotonic() - begun
        assert silent.arrived.acquire(timeout=10)
        assert len(quick.calls) == HANDOFFS
        assert len(silent.calls) <= 2  # the width of a lane
        print(f"{kind}: {HANDOFFS} deliveries beside a hanging channel in {took:.2f} s")
        assert took < BOUND
        assert silent.gate is not None
        silent.gate.set()
        # What waited for the silent one is not part of this test.
        Delivery.objects.filter(status="waiting").update(status="cancelled")
        assert dispatch.wait(20)
