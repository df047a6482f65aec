"""What an agent says, read strictly: JSON -> HandoffDocument. Pure: no models, no settings."""

from reviews.schema.build import default_decisions
from reviews.schema.document import (
    DECISIONS,
    RISKS,
    Action,
    AgentClaim,
    AgentError,
    Callback,
    Checkpoint,
    Confidence,
    FileRef,
    HandoffDocument,
    Link,
    Locks,
    Routing,
    Step,
    Target,
)
from reviews.schema.parse import InvalidDocument, load, parse

__all__ = [
    "DECISIONS",
    "RISKS",
    "Action",
    "AgentClaim",
    "AgentError",
    "Callback",
    "Checkpoint",
    "Confidence",
    "FileRef",
    "HandoffDocument",
    "InvalidDocument",
    "Link",
    "Locks",
    "Routing",
    "Step",
    "Target",
    "default_decisions",
    "load",
    "parse",
]
