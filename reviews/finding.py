"""Handoffs by a few typed characters, for the palette. Bounded whatever the desk holds."""

import re

from django.db.models import Q

from reviews.models import Handoff
from reviews.permissions import visible_to
from workspaces.models import User

MOST = 8
NEWEST = 2000  # titles are looked for among these; a number finds any
_NUMBER = re.compile(r"(?:ho-?)?(\d{1,18})", re.IGNORECASE)


def handoffs(user: User, words: str, *, most: int = MOST) -> list[Handoff]:
    """What ``user`` may see and ``words`` name by number, title or agent: newest first."""
    rows = Handoff.objects.select_related("workspace", "submitter").order_by("-pk")
    visible = visible_to(user)
    newest = visible.order_by("-pk").values("pk")[:NEWEST]
    found = rows.filter(pk__in=newest)
    for word in words.split()[:6]:
        found = found.filter(Q(title__icontains=word) | Q(submitter__name__icontains=word))
    named = _NUMBER.fullmatch(words.strip())
    first = list(rows.filter(pk__in=visible.filter(pk=int(named[1])).values("pk"))) if named else []
    others = [handoff for handoff in found[:most] if handoff not in first]
    return [*first, *others][:most]


def those(user: User, numbers: list[int]) -> list[Handoff]:
    """The handoffs with these primary keys, in this order, as far as ``user`` may see them."""
    rows = visible_to(user).select_related("workspace", "submitter").in_bulk(numbers)
    return [rows[number] for number in numbers if number in rows]
