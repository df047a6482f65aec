"""What conditions are asked of: one round of a handoff, read once."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Proposed:
    """One action that the agent wants to do."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """``at`` is when the round was routed; ``risk`` the highest of the actions, 0 when unstated;
    ``file_bytes`` the sizes as far as they are known; ``words`` case-folded."""

    trigger: str
    agent: int
    workspace: int
    at: datetime
    round: int = 1
    queue: str = ""
    tags: tuple[str, ...] = ()
    confidence: float | None = None
    risk: int = 0
    actions: tuple[Proposed, ...] = ()
    files: tuple[str, ...] = ()
    file_bytes: int = 0
    error_type: str = ""
    words: frozenset[str] = frozenset()


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """The words that "text contains" finds: letters, digits and underscores, case-folded."""
    return frozenset(word for text in texts for word in _WORD.findall(text.casefold()))
