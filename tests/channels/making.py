"""Channels as tests set them up: through the same door as the screens."""

from typing import Any

from reviews import channel_book
from reviews.channel_book import Place
from reviews.models import Channel
from workspaces.actors import SYSTEM

ALL_GROUPS = ["review", "assigned", "message", "due", "answer"]


def webhook(place: Place, url: str, **config: Any) -> tuple[Channel, str]:
    """The channel and its secret."""
    config = config or {"kinds": ["handoff.submitted", "handoff.decided"]}
    return channel_book.add_webhook(place, name="Systems", url=url, config=config, actor=SYSTEM)
