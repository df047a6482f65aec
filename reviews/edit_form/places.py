"""Names of form fields: where in an action's arguments a field stands.

Members and rows are joined by "/", a row is its place in the agent's list, what the reviewer
added is "+1", "+2", …; a control beside a value follows a colon ("items:rows"). Characters that
mean something here, or that browsers change in a field's name, are escaped.
"""

import hashlib
import re

_ESCAPES = str.maketrans(
    {"~": "~0", "/": "~1", ":": "~2", "+": "~3", "\r": "~5", "\n": "~6"}
)  # "~4" is the empty name
_NOT_OF_AN_ID = re.compile(r"[^A-Za-z0-9_-]")


def member(path: str, name: str) -> str:
    """The place of a member that the agent or the schema named."""
    return step(path, name.translate(_ESCAPES) or "~4")


def step(path: str, segment: str) -> str:
    return f"{path}/{segment}" if path else segment


def control(path: str, what: str) -> str:
    return f"{path}:{what}"


def split(path: str) -> tuple[str, str]:
    """(the place it is in, its own segment)"""
    parent, _slash, segment = path.rpartition("/")
    return parent, segment


def element_id(path: str) -> str:
    """The same place as part of an element's id: equal ids only for equal places. What is more than
    a plain word is digested, because an id is the desk's and not the place for agents' words."""
    if not _NOT_OF_AN_ID.search(path):
        return path
    return f".{hashlib.sha256(path.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"
