"""Time of day: a zone, from–to (over midnight when "to" is earlier), and weekdays."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reviews.conditions.vocabulary import WEEKDAYS


def within(at: datetime, hours: Mapping[str, Any]) -> bool:
    """Is ``at`` in [from, to) of one of the weekdays? The hours after midnight of a window that
    began the evening before count to the weekday it began on; equal times mean the whole day."""
    local = at.astimezone(ZoneInfo(hours.get("zone", "UTC")))
    begin = time.fromisoformat(hours.get("from", "00:00"))
    end = time.fromisoformat(hours.get("to", "00:00"))
    now, day = local.time().replace(tzinfo=None), local.date()
    if begin < end:
        is_in = begin <= now < end
    elif begin == end or now >= begin:
        is_in = True
    else:
        is_in, day = now < end, day - timedelta(days=1)
    return is_in and WEEKDAYS[day.weekday()] in hours.get("weekdays", WEEKDAYS)
