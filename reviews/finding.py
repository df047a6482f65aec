"""Handoffs by a few typed characters, for the palette: among all, by the index of words."""

from reviews.filtering import keys
from reviews.models import Handoff
from reviews.permissions import visible_to
from reviews.searching import index, tokens
from workspaces.models import User

MOST = 8


def handoffs(user: User, words: str, *, most: int = MOST) -> list[Handoff]:
    """What ``user`` may see and every one of ``words`` begins a word of; a number names its own.

    The one with that number first, then what is open, then the rest; newest first.
    """
    number = keys.number(words.strip())
    found = [number] if number is not None else []
    if tokens.words(words):
        visible = visible_to(user)
        found += index.newest(visible.open(), words, most)
        if len(found) < most:
            found += index.newest(visible, words, 2 * most)  # the open ones are among them again
    return those(user, list(dict.fromkeys(found)))[:most]


def those(user: User, numbers: list[int]) -> list[Handoff]:
    """The handoffs with these primary keys, in this order, as far as ``user`` may see them."""
    rows = visible_to(user).select_related("workspace", "submitter").in_bulk(numbers)
    return [rows[number] for number in numbers if number in rows]
