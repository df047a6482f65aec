from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reviews import schema
from reviews.schema import HandoffDocument
from workspaces import strictjson

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
EXAMPLES: dict[str, dict[str, Any]] = strictjson.loads(  # type: ignore[assignment]
    (Path(__file__).parent / "examples.json").read_bytes()
)


def handoff(**members: Any) -> HandoffDocument:
    """The document of a handoff with these members."""
    return schema.parse({"title": "Deploy", **members}, now=NOW, origin="api")


def problems(value: Any, source: bytes | None = None) -> dict[str, str]:
    """Pointer -> sentence for everything that is wrong with a document."""
    with pytest.raises(schema.InvalidDocument) as refused:
        schema.parse(value, now=NOW, origin="api", source=source)
    return {each.pointer: each.detail for each in refused.value.errors}
