"""What a reviewer sends: the input of a verdict, before it is judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """One person's word on one action, or (``action_id`` None) on the handoff as a whole."""

    type: str
    action_id: str | None = None
    message: str = ""
    edited_args: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class EditedFile:
    """A text file of the handoff as the reviewer left it; its bytes are in the store already."""

    path: str
    sha256: str


@dataclass(frozen=True)
class LineComment:
    body: str
    path: str | None = None
    line: int | None = None  # from 1
    old_line: int | None = None  # of what the file was compared with: a line that is gone
    key: str = ""  # its id for the agent, given when it is sent
    point: int | None = None  # the draft it was, if it was one


@dataclass(frozen=True)
class Given:
    """Everything a reviewer sent: one verdict for the whole handoff, or one per action.

    ``note`` is about the handoff where each action has its own verdict.
    """

    verdicts: tuple[Verdict, ...]
    edited_files: tuple[EditedFile, ...] = ()
    comments: tuple[LineComment, ...] = ()
    note: str = ""

    @property
    def comment(self) -> str:
        """The decision's ``comment``: the note, and what was said with approvals and edits."""
        said = [self.note.strip()]
        for verdict in self.verdicts:
            if verdict.type in ("approve", "edit") and verdict.message.strip():
                about = f"{verdict.action_id}: " if len(self.verdicts) > 1 else ""
                said.append(about + verdict.message.strip())
        return "\n\n".join(part for part in said if part)
