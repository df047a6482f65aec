"""Several counts in one query: a page that shows a dozen must not ask a dozen times."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def together(found: Sequence[QuerySet[Any]]) -> list[int]:
    """How many rows each has; they name their columns (``values``), a slice bounds the work."""
    if not found:
        return []
    parts: list[str] = []
    parameters: list[Any] = []
    for rows in found:
        try:
            sql, given = rows.query.sql_with_params()
        except EmptyResultSet:  # Django knows already that nothing can match
            parts.append("0")
            continue
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) AS found)")
        parameters += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", parameters)
        return list(cursor.fetchone())
