"""The index of words: one row a handoff, searched by FTS5 or by PostgreSQL's GIN.

Both databases are given the words that Python found, and compare them as they are.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from reviews.models import Handoff, SearchText
from reviews.searching import texts, tokens

MOST_WORDS = 20
NEWEST = 100
_FTS = "reviews_searchtext_fts MATCH %s"
_GIN = "array_to_tsvector(string_to_array(words, ' ')) @@ %s::tsquery"


def keep(handoff: Handoff, found: str) -> None:
    """In the transaction of a new round: its words (``texts.words``) replace the last one's."""
    words = texts.with_names(found, handoff.pk, handoff.submitter.name)
    SearchText.objects.update_or_create(handoff=handoff, defaults={"words": words})


def containing(text: str, *, whole: bool = False) -> Q:
    """Handoffs with every word of ``text``: its beginning, or ``whole``."""
    return _matching(tokens.words(text)[:MOST_WORDS], "" if whole else "*")


def tagged(tag: str) -> Q:
    return _matching([tokens.tag(tag)], "")


def newest(rows: QuerySet[Handoff], text: str, most: int) -> list[int]:
    """The newest ``most`` of ``rows`` with a beginning of every word of ``text``: their keys."""
    try:
        return _newest(rows, text, most)
    except EmptyResultSet:  # nobody's rows: Django has no SQL for them
        return []


def _newest(rows: QuerySet[Handoff], text: str, most: int) -> list[int]:
    table, key, fits, asked = _question(tokens.words(text)[:MOST_WORDS], "*")
    this = RawSQL(f"{table}.{key}", [])
    among, given = rows.filter(pk=this).values("pk").query.sql_with_params()
    end = f"EXISTS ({among}) ORDER BY {key} DESC LIMIT {int(most)}"
    if connection.vendor != "postgresql":
        # Read from its end, row by row, until enough are found: a word that all have costs no
        # more than one that few have.
        return _keys(f"SELECT {key} FROM {table} WHERE {fits} AND {end}", [asked, *given])
    # GIN gives no order: what many have is found among the newest, without it.
    last, named = rows.order_by("-pk").values("pk")[:NEWEST].query.sql_with_params()
    found = _keys(
        f"SELECT {key} FROM {table} WHERE {key} IN ({last}) AND {fits}"
        f" ORDER BY {key} DESC LIMIT {int(most)}",
        [*named, asked],
    )
    if len(found) == most:
        return found
    by_gin = f"WITH {table} AS MATERIALIZED (SELECT {key} FROM {table} WHERE {fits})"
    with transaction.atomic(), connection.cursor() as cursor:
        # The planner counts neither the words of a row nor those that begin so: it would read all.
        cursor.execute("SET LOCAL enable_seqscan = off")
        found = _keys(f"{by_gin} SELECT {key} FROM {table} WHERE {end}", [asked, *given])
        cursor.execute("SET LOCAL enable_seqscan = on")
    return found


def _keys(sql: str, parameters: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [key for (key,) in cursor.fetchall()]


def _matching(words: Iterable[str], star: str) -> Q:
    table, key, fits, asked = _question(words, star)
    return Q(pk__in=RawSQL(f"SELECT {key} FROM {table} WHERE {fits}", [asked]))


def _question(words: Iterable[str], star: str) -> tuple[str, str, str, str]:
    """Table, its key, what fits, and its one parameter.

    Words hold letters and figures only, so that no quotation mark can be among them.
    """
    if connection.vendor == "postgresql":
        asked = " & ".join(f"'{word}'" + (":*" if star else "") for word in words)
        return "reviews_searchtext", "handoff_id", _GIN, asked
    asked = " AND ".join(f'"{word}"{star}' for word in words)
    return "reviews_searchtext_fts", "rowid", _FTS, asked
