"""The formats of JSON Schema that a form can say something about: an example, and a check.

Only what a reviewer typed is held against them; JSON Schema itself takes them as remarks.
"""

import ipaddress
import re
import uuid
from collections.abc import Callable
from datetime import date, datetime, time
from urllib.parse import urlsplit

EXAMPLES = {
    "date": "2026-11-22",
    "date-time": "2026-11-22T14:00:00Z",
    "time": "14:00:00Z",
    "email": "name@example.com",
    "uri": "https://example.com/path",
    "uuid": "9f2c81aa-0f1e-4b7a-9c3d-5e6f70819a2b",
    "ipv4": "192.0.2.10",
    "hostname": "db-1.example.com",
}
KEYBOARDS = {"email": "email", "uri": "url"}

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_ZONED = re.compile(r"(?:[Zz]|[+-]\d\d:\d\d)$")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")


def is_of(name: str, text: str) -> bool:
    """Whether the text is what the format says; an unknown format takes everything."""
    check = _CHECKS.get(name)
    if check is None:
        return True
    try:
        return check(text)
    except ValueError:
        return False


def is_date(text: str) -> bool:
    return bool(_DATE.fullmatch(text) and date.fromisoformat(text))


def _is_moment(text: str) -> bool:
    is_written_so = bool(re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d", text))
    return is_written_so and bool(_ZONED.search(text) and datetime.fromisoformat(text.upper()))


def _is_time(text: str) -> bool:
    time.fromisoformat(text.upper())
    return bool(re.match(r"\d\d:\d\d:\d\d", text) and _ZONED.search(text))


def _is_uri(text: str) -> bool:
    return bool(urlsplit(text).scheme) and not re.search(r"\s", text)


def _is_uuid(text: str) -> bool:
    return str(uuid.UUID(text)) == text.lower()


_CHECKS: dict[str, Callable[[str], bool]] = {
    "date": is_date,
    "date-time": _is_moment,
    "time": _is_time,
    "email": lambda text: bool(_EMAIL.fullmatch(text)),
    "uri": _is_uri,
    "uuid": _is_uuid,
    "ipv4": lambda text: bool(ipaddress.IPv4Address(text)) or True,
    "hostname": lambda text: bool(_HOST.fullmatch(text)),
}
