"""What the hubs of several processes tell each other, by Redis pub/sub. Hints only: each process
can do without, and says nothing of presence then but its own."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import redis
import redis.asyncio
from django.conf import settings

logger = logging.getLogger("handoff.live")
CHANNEL = "handoff:live"
Message = dict[str, Any]


class Line:
    """One subscription. ``heard`` is called on the loop with every message, {} after (re)joining:
    something may have been said before we listened."""

    def __init__(self, heard: Callable[[Message], None]) -> None:
        self._heard = heard
        self._client: redis.asyncio.Redis | None = None

    async def listen(self) -> None:
        """Until cancelled; with Redis dead it tries again every second."""
        while settings.REDIS_URL:
            self._client = redis.asyncio.from_url(
                settings.REDIS_URL, socket_timeout=None, socket_connect_timeout=2
            )
            try:
                async with self._client.pubsub() as subscription:
                    await subscription.subscribe(CHANNEL)
                    self._heard({})
                    async for message in subscription.listen():
                        if message["type"] == "message":
                            self._heard(_read(message["data"]))
            except (redis.RedisError, OSError) as error:
                logger.info("Redis is away, the hub polls: %s", error)
            finally:
                client, self._client = self._client, None
                with contextlib.suppress(Exception):
                    await client.aclose()
            await asyncio.sleep(1.0)

    async def tell(self, message: Message) -> None:
        """To all hubs, this one included. Never raises; lost while Redis is away."""
        if self._client is not None:
            with contextlib.suppress(redis.RedisError, OSError, TimeoutError):
                async with asyncio.timeout(2):
                    await self._client.publish(CHANNEL, json.dumps(message))


def _read(data: bytes) -> Message:
    with contextlib.suppress(ValueError):
        found = json.loads(data)
        if isinstance(found, dict):
            return found
    return {}


@cache
def _publisher(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)


def announce(workspaces: Iterable[int]) -> None:
    """These workspaces have new Events. May raise when Redis is dead."""
    if settings.REDIS_URL:
        _publisher(settings.REDIS_URL).publish(CHANNEL, json.dumps({"new": list(workspaces)}))


def ring(users: Iterable[int]) -> None:
    """These people's bells have changed. Never raises."""
    if settings.REDIS_URL:
        with contextlib.suppress(redis.RedisError, OSError):
            _publisher(settings.REDIS_URL).publish(CHANNEL, json.dumps({"bells": list(users)}))
