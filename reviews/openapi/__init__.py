"""The API's own description: OpenAPI 3.1, served at ``/api/v1/openapi.json``."""

from typing import Any

from reviews.openapi.components import components
from reviews.openapi.paths import paths

DESCRIPTION = """\
An agent hands off, a person decides, the agent goes on. The smallest useful body is \
`{"title": "Nightly report is ready"}`; everything else is optional.

Every error is `application/problem+json` (RFC 9457). Numbers in documents keep the form they \
were written in. Rate limits are per token.
"""


def document(base_url: str) -> dict[str, Any]:
    """The whole description; ``base_url`` is the desk's address without a trailing slash."""
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Handoff",
            "version": "1",
            "summary": "The review desk for AI agents",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": f"{base_url.rstrip('/')}/api/v1"}],
        "security": [{"agentToken": []}],
        "tags": [
            {"name": "handoffs", "description": "Hand off, wait for the answer, go on."},
            {"name": "meta", "description": "Keys, schemas and this description; no token needed."},
        ],
        "paths": paths(),
        "components": components(),
    }
