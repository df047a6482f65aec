"""The parts that several operations share: schemas, parameters, headers, errors."""

import copy
from typing import Any

from reviews.schema import sources

Part = dict[str, Any]

STATUSES = ("pending", "claimed", "changes_requested", "decided", "expired", "withdrawn")
PROBLEM = "application/problem+json"
SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
MOMENT = {"type": "string", "format": "date-time"}

# status -> (title as in the answer, what it means)
ERRORS = {
    400: ("Not valid JSON", "The body is no JSON, or JSON that two readers could read twice: "
          "repeated members, NaN, lone surrogates, more than 64 levels."),
    401: ("Not signed in", "The token is missing, wrong, expired or revoked."),
    403: ("Not allowed", "The token lacks the scope, or the agent the workspace."),
    404: ("Not found", "There is no such thing, or not for this caller."),
    405: ("Method not allowed", "`Allow` names the methods that are."),
    409: ("Conflict", "The handoff has ended, or an answer is on its way: then `Retry-After` "
          "says when to look again."),
    413: ("Too large", "The body is larger than 2 MiB."),
    415: ("Unsupported media type", "The body is not application/json."),
    422: ("Not valid", "The document does not fit its schema, `errors` lists every problem; or "
          "the idempotency key was used with another body."),
    429: ("Too many requests", "This token's rate is used up; `Retry-After` is in seconds."),
    503: ("Temporarily unavailable", "Nothing was changed; send the same again."),
    507: ("Out of space", "The desk is low on disk space and takes nothing new."),
}  # fmt: skip


def ref(kind: str, name: str) -> Part:
    return {"$ref": f"#/components/{kind}/{name}"}


def json_body(schema: Part, **more: Any) -> Part:
    return {"application/json": {"schema": schema, **more}}


def errors(*statuses: int) -> Part:
    """The error responses of an operation; 405 and 500 are every path's."""
    return {str(status): ref("responses", f"Error{status}") for status in statuses}


def components() -> Part:
    return {
        "securitySchemes": {
            "agentToken": {
                "type": "http",
                "scheme": "bearer",
                "description": "`Authorization: Bearer hdk_…`, shown once when it is issued.",
            }
        },
        "schemas": {
            **_protocol("handoff-v1", "Handoff"),
            **_protocol("decision-v1", "Decision"),
            **_own_schemas(),
        },
        "parameters": _parameters(),
        "headers": {
            "ETag": _header("Changes with the status, the decision and the messages."),
            "Location": _header("The new handoff's address.", format="uri"),
            "RetryAfter": _header("Seconds.", kind="integer"),
            "Replayed": _header("`true` where this document was taken before."),
            "Allow": _header("The methods this address takes."),
        },
        "responses": {f"Error{status}": _error(status) for status in ERRORS},
    }


def _header(description: str, *, kind: str = "string", **more: str) -> Part:
    return {"description": description, "schema": {"type": kind, **more}}


def _error(status: int) -> Part:
    title, description = ERRORS[status]
    code = title.lower().replace(" ", "-")
    found: Part = {
        "description": description,
        "content": {
            PROBLEM: {
                "schema": ref("schemas", "Problem"),
                "example": {
                    "type": f"about:blank#{code}",
                    "title": title,
                    "status": status,
                    "detail": description,
                    "instance": "/api/v1/handoffs",
                    "errors": [],
                },
            }
        },
    }
    if status in (409, 429, 503):
        found["headers"] = {"Retry-After": ref("headers", "RetryAfter")}
    if status == 405:
        found["headers"] = {"Allow": ref("headers", "Allow")}
    return found


def _protocol(source: str, name: str) -> Part:
    """A protocol schema as components: its ``$defs`` become siblings named after it."""
    schema = copy.deepcopy(sources.load(source))
    inner = schema.pop("$defs", {})
    schema.pop("$id"), schema.pop("$schema")
    found = {name: schema, **{f"{name}_{each}": part for each, part in inner.items()}}
    for part in found.values():
        _point_to_siblings(part, name)
    return found


def _point_to_siblings(part: Any, name: str) -> None:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            part["$ref"] = part["$ref"].replace("#/$defs/", f"#/components/schemas/{name}_")
        for each in part.values():
            _point_to_siblings(each, name)
    elif isinstance(part, list):
        for each in part:
            _point_to_siblings(each, name)


def _own_schemas() -> Part:
    text = {"type": "string"}
    return {
        "Problem": _object(
            ("type", "title", "status", "detail", "instance", "errors"),
            type=text,
            title=text,
            status={"type": "integer"},
            detail={**text, "description": "What is wrong, and the way out."},
            instance=text,
            errors={"type": "array", "items": ref("schemas", "ProblemPart")},
        ),
        "ProblemPart": _object(
            ("pointer", "detail"),
            pointer={**text, "description": "JSON pointer (RFC 6901); empty: the whole."},
            detail=text,
            line={"type": "integer", "minimum": 1},
            column={"type": "integer", "minimum": 1},
        ),
        "Submitted": _object(
            ("id", "status", "revision", "url", "web_url", "warnings"),
            id={**text, "examples": ["ho_01JD3K2S4T5V6W7X8Y9Z0A1B2C"]},
            status={"enum": list(STATUSES)},
            revision={"type": "integer", "minimum": 1},
            url={**text, "format": "uri"},
            web_url={**text, "format": "uri"},
            warnings={"type": "array", "items": ref("schemas", "ProblemPart")},
        ),
        "HandoffState": {
            "description": "A handoff as its agent sees it.",
            "allOf": [
                ref("schemas", "HandoffItem"),
                _object(
                    ("decision", "messages"),
                    expires_at={"anyOf": [MOMENT, {"type": "null"}]},
                    decision={"anyOf": [ref("schemas", "Decision"), {"type": "null"}]},
                    messages={"type": "array", "items": ref("schemas", "Message")},
                ),
            ],
        },
        "HandoffItem": _object(
            ("id", "status", "revision", "url", "web_url"),
            id=text,
            number={"type": "integer", "description": "HO-n, its number for people."},
            external_id={"type": ["string", "null"], "description": "The document's `id`."},
            workspace=text,
            title=text,
            trigger=text,
            status={"enum": list(STATUSES)},
            outcome=text,
            revision={"type": "integer", "minimum": 1},
            created_at=MOMENT,
            updated_at=MOMENT,
            url={**text, "format": "uri"},
            web_url={**text, "format": "uri"},
        ),
        "HandoffPage": _object(
            ("items", "next_cursor"),
            items={"type": "array", "items": ref("schemas", "HandoffItem")},
            next_cursor={"type": ["string", "null"]},
        ),
        "Message": _object(
            ("from", "text", "at"),
            **{"from": {"enum": ["human", "agent"]}},
            name=text,
            text=text,
            revision={"type": "integer", "minimum": 1},
            at=MOMENT,
        ),
        "Ack": _object(
            ("applied",),
            applied={"type": "boolean"},
            result={"description": "Anything worth keeping beside the decision."},
        ),
        "Keys": _object(
            ("keys",),
            keys={
                "type": "array",
                "items": _object(
                    ("key_id", "alg", "public_key", "kty", "crv", "kid", "x"),
                    key_id=text,
                    alg={"const": "ed25519"},
                    public_key={**text, "description": "32 bytes in base64."},
                    kty={"const": "OKP"},
                    crv={"const": "Ed25519"},
                    use={"const": "sig"},
                    kid=text,
                    x={**text, "description": "32 bytes in base64url (RFC 8037)."},
                ),
            },
        ),
    }


def _object(required: tuple[str, ...], **properties: Part) -> Part:
    return {"type": "object", "required": list(required), "properties": properties}


def _parameters() -> Part:
    def query(name: str, description: str, schema: Part) -> Part:
        return {"name": name, "in": "query", "description": description, "schema": schema}

    def header(name: str, description: str) -> Part:
        return {
            "name": name, "in": "header", "description": description, "schema": {"type": "string"},
        }  # fmt: skip

    def path(name: str, description: str, schema: Part) -> Part:
        return {
            "name": name, "in": "path", "required": True, "description": description,
            "schema": schema,
        }  # fmt: skip

    return {
        "id": path("id", "The public id, `ho_…`.", {"type": "string"}),
        "sha256": path("sha256", "The digest the package lists.", SHA256),
        "schemaName": path("name", "The schema.", {"enum": list(sources.NAMES)}),
        "wait": query(
            "wait",
            "Hold the request for so many seconds until there is news.",
            {"type": "integer", "minimum": 0, "maximum": 60},
        ),
        "status": query("status", "Only these.", {"enum": list(STATUSES)}),
        "updatedSince": query("updated_since", "Only what changed at or after.", MOMENT),
        "cursor": query("cursor", "`next_cursor` of the page before.", {"type": "string"}),
        "limit": query(
            "limit",
            "Entries on a page.",
            {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
        ),
        "prefer": header("Prefer", "`wait=30`, the same as `?wait=30` (RFC 7240)."),
        "ifNoneMatch": header("If-None-Match", "An `ETag`: answer 304 until something differs."),
        "idempotencyKey": header(
            "Idempotency-Key", "The same key and body within 24 hours give the same answer."
        ),
    }
