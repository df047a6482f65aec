"""A handoff as the desk understands it: typed, complete, and still holding what was received."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workspaces.errors import Problem

JsonObject = dict[str, Any]

RISKS = ("low", "medium", "high", "critical")
DECISIONS = ("approve", "edit", "request_changes", "reject", "respond")


@dataclass(frozen=True)
class Action:
    """One thing the agent wants to do. ``index`` counts from 0 in the document's order."""

    index: int
    id: str
    name: str
    args: JsonObject
    has_args: bool
    description: str
    allowed_decisions: tuple[str, ...]  # its own, else the handoff's without request_changes
    args_schema: JsonObject | None
    risk: str | None
    reversible: bool | None
    raw: JsonObject


@dataclass(frozen=True)
class Confidence:
    score: float
    threshold: float | None
    reason: str

    @property
    def is_low(self) -> bool:
        return self.threshold is not None and self.score < self.threshold


@dataclass(frozen=True)
class AgentError:
    type: str
    message: str
    traceback: str
    log: str | None
    retries: int | None
    recoverable: bool | None


@dataclass(frozen=True)
class FileRef:
    """A file named in ``context.files`` or ``context.logs``.

    ``content`` is the decoded inline content, else None (the file is read from the workspace);
    ``size`` and ``sha256`` are what the agent says, unchecked. ``is_text`` goes by the name.
    """

    path: str
    change: str | None = None
    previous_path: str | None = None
    media_type: str | None = None
    size: int | None = None
    sha256: str | None = None
    content: bytes | None = None
    is_text: bool = False
    diff: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Step:
    action: str
    observation: str = ""
    thought: str = ""
    status: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Link:
    url: str
    title: str


@dataclass(frozen=True)
class Routing:
    queue: str | None = None
    tags: tuple[str, ...] = ()
    priority: str = "normal"
    assignees: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    kind: str = "human"
    agent: str | None = None
    agent_card_url: str | None = None
    transfer_ownership: bool = False


@dataclass(frozen=True)
class Checkpoint:
    format: str | None
    file: str | None
    has_state: bool
    state: Any
    ref: JsonObject | None
    step: int | None
    last_completed: str
    next: tuple[str, ...]
    resumable: bool


@dataclass(frozen=True)
class Locks:
    released: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


@dataclass(frozen=True)
class AgentClaim:
    """Who the agent *says* it is; rights hang on the submitter, never on this."""

    name: str
    version: str = ""
    framework: str = ""
    model: str = ""
    run_id: str = ""
    task: str = ""


@dataclass(frozen=True)
class Callback:
    url: str
    events: tuple[str, ...]


@dataclass(frozen=True)
class HandoffDocument:
    title: str
    trigger: str
    summary: str
    external_id: str | None
    actions: tuple[Action, ...]
    allowed_decisions: tuple[str, ...]
    confidence: Confidence | None
    error: AgentError | None
    files: tuple[FileRef, ...]
    logs: tuple[FileRef, ...]
    messages: tuple[JsonObject, ...]
    messages_file: str | None
    steps: tuple[Step, ...]
    links: tuple[Link, ...]
    routing: Routing
    target: Target
    checkpoint: Checkpoint | None
    locks: Locks
    agent: AgentClaim | None
    expires_at: datetime | None
    on_expiry: str
    callback: Callback | None
    metadata: JsonObject | None  # None where the document has no such member
    created_at: datetime | None
    workspace: str | None
    parent: str | None
    unknown: JsonObject  # top-level members the protocol does not know, kept and shown
    raw: JsonObject
    canonical: str
    warnings: tuple[Problem, ...] = ()

    @property
    def highest_risk(self) -> str | None:
        """The highest ``risk`` that an action states."""
        stated = [action.risk for action in self.actions if action.risk]
        return max(stated, key=RISKS.index, default=None)

    @property
    def is_critical(self) -> bool:
        """By its actions alone; an admin rule may add to this, the trigger never does."""
        return self.highest_risk == "critical"

    def action(self, action_id: str) -> Action | None:
        return next((each for each in self.actions if each.id == action_id), None)

    @property
    def sha256(self) -> str:
        """Of the canonical text: equality of documents, their files aside."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()
