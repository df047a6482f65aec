"""The operations, with every status that each may answer."""

from typing import Any

from reviews.openapi.components import errors, json_body, ref

Part = dict[str, Any]

_SUBMITTED = {
    "id": "ho_01JD3K2S4T5V6W7X8Y9Z0A1B2C",
    "status": "pending",
    "revision": 1,
    "url": "http://127.0.0.1:8000/api/v1/handoffs/ho_01JD3K2S4T5V6W7X8Y9Z0A1B2C",
    "web_url": "http://127.0.0.1:8000/h/HO-1/",
    "warnings": [],
}
_EXAMPLES = {
    "smallest": {"value": {"title": "Nightly report is ready"}},
    "critical action": {
        "value": {
            "title": "Deploy billing 2.4.1 to production",
            "actions": [
                {
                    "id": "call_7",
                    "name": "deploy",
                    "args": {"service": "billing", "version": "2.4.1"},
                    "risk": "high",
                }
            ],
        }
    },
}
_NATIVE_BODIES = {
    "LangChain HITLRequest": {
        "value": {
            "action_requests": [
                {
                    "name": "send_email",
                    "args": {"to": "a@example.com", "subject": "Hi"},
                    "description": "Tool execution requires approval",
                }
            ],
            "review_configs": [
                {"action_name": "send_email", "allowed_decisions": ["approve", "edit", "reject"]}
            ],
        }
    },
    "LangGraph HumanInterrupt": {
        "value": [
            {
                "action_request": {"action": "run_command", "args": {"command": "ls"}},
                "config": {
                    "allow_ignore": True,
                    "allow_respond": True,
                    "allow_edit": False,
                    "allow_accept": True,
                },
                "description": "Please review the command",
            }
        ]
    },
    "Pydantic AI DeferredToolRequests": {
        "value": {
            "calls": [],
            "approvals": [
                {
                    "tool_name": "delete_file",
                    "args": {"path": "report.csv"},
                    "tool_call_id": "call_1",
                    "part_kind": "tool-call",
                }
            ],
            "metadata": {},
        }
    },
    "OpenAI Agents interruptions": {
        "value": {
            "interruptions": [
                {
                    "type": "tool_approval_item",
                    "agent": {"name": "Treasurer"},
                    "raw_item": {
                        "type": "function_call",
                        "call_id": "call_1",
                        "name": "wire",
                        "arguments": '{"to": "Ann", "amount": 1.50}',
                    },
                }
            ]
        }
    },
}
_TAKEN = (400, 401, 403, 409, 413, 415, 422, 429, 503, 507)


def paths() -> Part:
    one = [ref("parameters", "id")]
    return {
        "/handoffs": {"post": _submit(), "get": _list()},
        "/handoffs/{id}": {"parameters": one, "get": _get()},
        "/handoffs/{id}/revisions": {"parameters": one, "post": _revise()},
        "/handoffs/{id}/messages": {"parameters": one, "post": _say()},
        "/handoffs/{id}/withdraw": {"parameters": one, "post": _withdraw()},
        "/handoffs/{id}/ack": {"parameters": one, "post": _ack()},
        "/handoffs/{id}/files/{sha256}": {
            "parameters": [*one, ref("parameters", "sha256")],
            "get": _file(),
        },
        "/keys": {"get": _keys()},
        "/schemas/{name}": {"parameters": [ref("parameters", "schemaName")], "get": _schema()},
        "/openapi.json": {"get": _openapi()},
    }


def _operation(
    name: str, summary: str, responses: Part, *, tag: str = "handoffs", **more: Any
) -> Part:
    return {
        "operationId": name, "summary": summary, "tags": [tag], **more,
        "responses": {**responses, **errors(405)},
    }  # fmt: skip


def _ok(description: str, schema: Part, *, headers: Part | None = None, **more: Any) -> Part:
    found: Part = {"description": description, "content": json_body(schema, **more)}
    return {**found, "headers": headers} if headers else found


def _taken(created: str) -> Part:
    submitted = ref("schemas", "Submitted")
    replayed = {"Idempotent-Replayed": ref("headers", "Replayed")}
    return {
        "201": _ok(
            created, submitted, headers={"Location": ref("headers", "Location")}, example=_SUBMITTED
        ),
        "200": _ok("Taken before; the same answer again.", submitted, headers=replayed),
    }


def _document() -> Part:
    native: Part = {
        "title": "Native body",
        "description": "An agent framework's own request for approval, as it is.",
        "type": ["object", "array"],
    }
    return {
        "required": True,
        "content": json_body(
            {"anyOf": [ref("schemas", "Handoff"), native]},
            examples={**_EXAMPLES, **_NATIVE_BODIES},
        ),
    }


def _workspace() -> Part:
    return {
        "name": "workspace",
        "in": "query",
        "description": (
            "The workspace's slug, for native bodies by an agent that may submit to several; "
            "a handoff/v1 document has a member for it."
        ),
        "schema": {"type": "string"},
    }


def _submit() -> Part:
    return _operation(
        "submitHandoff",
        "Hand off",
        {**_taken("Taken and committed."), **errors(*_TAKEN)},
        description=(
            "The same document with the same `id` is answered again; another one opens the next "
            "round. Without `id` and `Idempotency-Key` every POST is a new handoff.\n\n"
            "Bodies of agent frameworks are taken as they are: LangChain's `HITLRequest`, "
            "LangGraph's `HumanInterrupt` (one or a list), Pydantic AI's `DeferredToolRequests` "
            "and interruptions of the OpenAI Agents SDK. A person may then answer only what the "
            "framework understands, and the decision's `native` is what it resumes with, in the "
            "order of the requests. A body with a `title` is always handoff/v1."
        ),
        parameters=[ref("parameters", "idempotencyKey"), _workspace()],
        requestBody=_document(),
    )


def _list() -> Part:
    names = ("status", "updatedSince", "cursor", "limit")
    return _operation(
        "listHandoffs",
        "This agent's handoffs",
        {
            "200": _ok("A page, by the time of the last change.", ref("schemas", "HandoffPage")),
            **errors(401, 403, 422, 429, 503),
        },
        parameters=[ref("parameters", name) for name in names],
    )


def _get() -> Part:
    tag = {"ETag": ref("headers", "ETag")}
    return _operation(
        "getHandoff",
        "One handoff, or wait for its answer",
        {
            "200": _ok("How it stands.", ref("schemas", "HandoffState"), headers=tag),
            "304": {"description": "Still as the `ETag` says.", "headers": tag},
            **errors(401, 403, 404, 422, 429, 503),
        },
        description=(
            "Waits at most 60 seconds: until status, decision or messages differ from "
            "`If-None-Match`; without it until the status leaves pending and claimed or a "
            "reviewer writes."
        ),
        parameters=[ref("parameters", name) for name in ("wait", "prefer", "ifNoneMatch")],
    )


def _revise() -> Part:
    return _operation(
        "submitRevision",
        "Send the next round",
        {**_taken("The next round, back in the queue."), **errors(*sorted((*_TAKEN, 404)))},
        parameters=[ref("parameters", "idempotencyKey")],
        requestBody=_document(),
    )


def _say() -> Part:
    text: Part = {
        "type": "object",
        "required": ["text"],
        "properties": {"text": {"type": "string"}},
    }
    said: Part = {
        "type": "object",
        "required": ["text", "at"],
        "properties": {"text": {"type": "string"}, "at": {"type": "string", "format": "date-time"}},
    }
    return _operation(
        "sendMessage",
        "Write to the reviewer",
        {
            "201": _ok("Shown on the handoff's page.", said),
            **errors(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
        },
        requestBody={
            "required": True,
            "content": json_body(text, example={"text": "The staging run is green now."}),
        },
    )


def _withdraw() -> Part:
    return _operation(
        "withdrawHandoff",
        "Take a handoff back",
        {
            "200": _ok("Withdrawn, now or before.", ref("schemas", "HandoffState")),
            **errors(401, 403, 404, 409, 429, 503),
        },
    )


def _ack() -> Part:
    return _operation(
        "acknowledgeDecision",
        "Say that the decision was applied, or could not be",
        {
            "200": _ok("Kept, once.", ref("schemas", "Ack")),
            **errors(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
        },
        requestBody={
            "required": True,
            "content": json_body(
                ref("schemas", "Ack"), example={"applied": True, "result": {"build": 812}}
            ),
        },
    )


def _file() -> Part:
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return _operation(
        "getFile",
        "A file as it was shown, or as a reviewer edited it",
        {
            "200": {"description": "Its bytes, as an attachment.", "content": content},
            **errors(401, 403, 404, 429, 503),
        },
    )


def _keys() -> Part:
    return _open("listKeys", "The keys that decisions are signed with", ref("schemas", "Keys"))


def _schema() -> Part:
    content = {"application/schema+json": {"schema": {"type": "object"}}}
    return _operation(
        "getSchema",
        "A protocol document's JSON Schema",
        {"200": {"description": "The schema.", "content": content}, **errors(404)},
        tag="meta",
        security=[],
    )


def _openapi() -> Part:
    return _open("getOpenapi", "This description", {"type": "object"})


def _open(name: str, summary: str, schema: Part) -> Part:
    return _operation(name, summary, {"200": _ok(summary, schema)}, tag="meta", security=[])
