"""Where a round holds secrets: places and kinds, never the secrets themselves."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from reviews import secret_names, secret_patterns, secrets
from reviews.models.handoffs import Artifact
from reviews.rendering import columns
from reviews.schema import HandoffDocument
from workspaces import jsonplaces, strictjson
from workspaces.errors import HandoffError
from workspaces.store import Store

# Of each file, and of all of a round's: beyond them a secret is masked on the page all the same.
READ_BYTES = 256 * 1024
READ_IN_ALL = 4 * 1024 * 1024
MOST_FINDINGS = 200
LONGEST_PLACE = 300
# Bytes of files, which are looked at as files.
_BYTES = {"content", "content_base64"}

Finding = dict[str, Any]


def of_value(value: object) -> Iterator[tuple[str, str]]:
    """(JSON pointer, kind) of every secret in a JSON value: by its looks or its member's name."""
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), value)]
    while waiting:
        at, here = waiting.pop()
        if isinstance(here, dict):
            for name, member in here.items():
                place = (*at, str(name))
                for span in secrets.find(str(name)):
                    yield jsonplaces.pointer(place), span.kind
                kind = secret_names.kind_of_member(str(name), member)
                if kind:
                    yield jsonplaces.pointer(place), kind
                elif not (str(name) in _BYTES and at[:1] == ("context",)):
                    waiting.append((place, member))
        elif isinstance(here, (list, tuple)):
            waiting.extend(((*at, index), member) for index, member in enumerate(here))
        elif isinstance(here, str):
            for span in secrets.find(here):
                if span.length:
                    yield jsonplaces.pointer(at), span.kind


def of_round(document: HandoffDocument, artifacts: list[Artifact], store: Store) -> list[Finding]:
    """``[{"at": "/actions/0/args/key", "kind": "github", "count": 1}, …]`` of a round.

    ``at`` is a pointer into the document, or ``file:`` and a path. Reads the store: call it
    outside a transaction.
    """
    counts: Counter[tuple[str, str]] = Counter()
    if _is_suspicious(document.canonical):
        counts.update(of_value(strictjson.reread(document.canonical)))
    left = READ_IN_ALL
    for artifact in artifacts:
        data = _bytes(artifact, store, min(READ_BYTES, left))
        left -= len(data)
        text = data.decode("utf-8-sig", "replace")
        cells = columns.finder(artifact.path)
        found = secrets.apart([*(cells(text) if cells else []), *secrets.find(text)])
        counts.update((f"file:{artifact.path}", each.kind) for each in found if each.length)
    return [
        {"at": secrets.masked(at)[:LONGEST_PLACE], "kind": kind, "count": count}
        for (at, kind), count in sorted(counts.items())[:MOST_FINDINGS]
    ]


def _is_suspicious(canonical: str) -> bool:
    """Is it worth walking? Most documents are not: no telling word, and nothing found."""
    small = canonical.lower()
    names = (*secret_patterns.PASSWORD_NAMES, *secret_patterns.STEMS, "key", "cvv", "cvc", "card")
    return any(name in small for name in names) or bool(secrets.find(canonical))


def _bytes(artifact: Artifact, store: Store, most: int) -> bytes:
    if artifact.sha256 is None or not artifact.is_stored or most <= 0:
        return b""
    try:
        with store.open(artifact.sha256) as file:
            return file.read(most)
    except (HandoffError, OSError):
        return b""
