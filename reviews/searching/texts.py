"""What of a handoff plain words find: what its page and the lists show, bounded a handoff.

All text goes through ``shown``: what must not be found (a masked secret) is left out there.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from reviews import secret_names, secrets, veils
from reviews.rendering import columns
from reviews.rendering.decoding import decode
from reviews.schema import HandoffDocument
from reviews.searching import tokens
from workspaces.errors import HandoffError

MOST_CHARACTERS = 64 * 1024  # a handoff
OF_A_FILE = 16 * 1024  # bytes at its beginning
MOST_FILES = 50
_LARGEST_FILE = 1024 * 1024  # a larger one is data, not reading matter


class BoundFile(Protocol):
    """An Artifact, also as a migration sees it."""

    @property
    def path(self) -> str: ...
    @property
    def size(self) -> int | None: ...
    @property
    def sha256(self) -> str | None: ...
    @property
    def is_stored(self) -> bool: ...


def shown(text: str, most: int = MOST_CHARACTERS) -> str:
    """What may be found of the first ``most`` characters: the one door of everything indexed."""
    return secrets.masked_beginning(text, most)


def words(
    document: HandoffDocument, files: Iterable[BoundFile], read: Callable[[str, int], bytes]
) -> str:
    """The words of one round, each once, parted by single spaces.

    ``read(sha256, limit)`` gives the beginning of a stored file. Talks to the disk: call it
    outside a transaction.
    """
    found: dict[str, None] = dict.fromkeys(tokens.tag(shown(tag)) for tag in document.routing.tags)
    left = MOST_CHARACTERS
    for text in _texts(document, files, read):
        if left <= 0:
            break
        part = shown(text, left)
        left -= len(part)
        found.update(dict.fromkeys(tokens.words(part)))
    return " ".join(found)


def with_names(found: str, number: int, agent: str) -> str:
    """``words`` and those that are known only when it is kept."""
    names = [str(number), f"ho{number}", *tokens.words(agent)]
    return " ".join(dict.fromkeys([*names, *found.split()]))


def _texts(
    document: HandoffDocument, files: Iterable[BoundFile], read: Callable[[str, int], bytes]
) -> Iterator[str]:
    bound = list(files)
    yield document.title
    yield document.summary
    if document.agent:
        yield f"{document.agent.name} {document.agent.task}"
    yield " ".join(document.routing.tags)
    for file in bound:
        yield file.path
    for action in document.actions:
        yield f"{action.name} {action.description}"
        yield from _leaves(action.args)
    if document.error:
        yield f"{document.error.type} {document.error.message}"
    for file in [file for file in bound if _is_readable(file)][:MOST_FILES]:
        yield _beginning(file, read)


def _leaves(value: Any) -> Iterator[str]:
    """The strings and numbers of an action's arguments, however deep."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting.extend(
                member
                for name, member in reversed(each.items())
                if secret_names.kind_of_member(name, member) is None
            )
        elif isinstance(each, list | tuple):
            waiting.extend(reversed(each))
        elif each is not None and not isinstance(each, bool):
            yield str(each)


def _is_readable(file: BoundFile) -> bool:
    return bool(file.is_stored and file.sha256 and file.size and file.size <= _LARGEST_FILE)


def _beginning(file: BoundFile, read: Callable[[str, int], bytes]) -> str:
    assert file.sha256 is not None
    try:
        data = read(file.sha256, OF_A_FILE + veils.AROUND)
    except (OSError, HandoffError):
        return ""
    beginning, after = data[:OF_A_FILE], data[OF_A_FILE:]
    also = columns.finder(file.path)
    return decode(beginning, is_cut=bool(after), after=after, also=also).text or ""
