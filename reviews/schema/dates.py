"""Dates and times as the protocol writes them (RFC 3339, with an offset)."""

import re
from datetime import UTC, datetime

_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def parse(text: str) -> datetime | None:
    """An aware UTC datetime, or None where the text is no RFC 3339 date-time."""
    if len(text) > 64 or not _DATE_TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def write(moment: datetime) -> str:
    """``2026-11-22T10:00:00.123Z``: UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
