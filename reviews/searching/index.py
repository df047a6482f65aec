"""The index of words: one row a handoff, searched by FTS5 or by PostgreSQL's GIN.

Both databases are given the words that Python found, and compare them as they are.
"""

from collections.abc import Iterable

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from reviews.models import Handoff, SearchText
from reviews.searching import texts, tokens

MOST_WORDS = 20
_FTS = "SELECT rowid FROM reviews_searchtext_fts WHERE reviews_searchtext_fts MATCH %s"
_GIN = (
    "SELECT handoff_id FROM reviews_searchtext"
    " WHERE array_to_tsvector(string_to_array(words, ' ')) @@ %s::tsquery"
)


def keep(handoff: Handoff, found: str) -> None:
    """In the transaction of a new round: its words (``texts.words``) replace the last one's."""
    words = texts.with_names(found, handoff.pk, handoff.submitter.name)
    SearchText.objects.update_or_create(handoff=handoff, defaults={"words": words})


def containing(text: str, *, whole: bool = False) -> Q:
    """Handoffs with every word of ``text``: its beginning, or ``whole``."""
    return _matching(tokens.words(text)[:MOST_WORDS], "" if whole else "*")


def tagged(tag: str) -> Q:
    return _matching([tokens.tag(tag)], "")


def _matching(words: Iterable[str], star: str) -> Q:
    """Words hold letters and figures only, so that no quotation mark can be among them."""
    if connection.vendor == "postgresql":
        asked = " & ".join(f"'{word}'" + (":*" if star else "") for word in words)
        return Q(pk__in=RawSQL(_GIN, [asked]))
    asked = " AND ".join(f'"{word}"{star}' for word in words)
    return Q(pk__in=RawSQL(_FTS, [asked]))
