"""Token buckets in this process's memory: no Redis, no database, nothing to go down.

A bucket holds ``burst`` requests and refills at ``rate`` a second.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from django.conf import settings

from workspaces.errors import TooManyRequests
from workspaces.models import AgentToken

_MOST = 10_000


@dataclass
class _Bucket:
    level: float
    at: float


class Buckets:
    """Leaky buckets by key; the least recently used are forgotten beyond 10,000."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str, *, rate: float, burst: float, cost: float = 1.0) -> float:
        """0.0 when taken, else the seconds after which it would be."""
        now = time.monotonic()
        with self._lock:
            bucket = self._buckets.pop(key, None) or _Bucket(burst, now)
            bucket.level = min(burst, bucket.level + (now - bucket.at) * rate)
            bucket.at = now
            self._buckets[key] = bucket
            while len(self._buckets) > _MOST:
                self._buckets.popitem(last=False)
            if bucket.level >= cost:
                bucket.level -= cost
                return 0.0
            return (cost - bucket.level) / rate

    def clear(self) -> None:
        with self._lock:
            self._buckets.clear()


tokens = Buckets()
sign_ins = Buckets()


def check_token(token: AgentToken) -> None:
    """Raises TooManyRequests with Retry-After when the token is over its rate."""
    rate = token.rate or settings.HANDOFF_RATE
    burst = settings.HANDOFF_BURST if token.rate is None else token.rate * 2
    wait = tokens.take(str(token.pk), rate=rate, burst=burst)
    if wait:
        raise TooManyRequests(
            f"This token may make {rate:,} requests a second; wait a little.",
            headers={"Retry-After": str(max(1, round(wait + 0.5)))},
        )


def may_sign_in(address: str) -> bool:
    """At most HANDOFF_SIGN_IN_TRIES failures a quarter of an hour from one address."""
    tries = settings.HANDOFF_SIGN_IN_TRIES
    return sign_ins.take(address, rate=tries / 900, burst=tries) == 0.0
