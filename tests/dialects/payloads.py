"""Bodies as the libraries wrote them (langchain 1.4, langgraph 1.2, pydantic-ai 2.68 and
openai-agents 0.24, a run of each paused at these calls), and the calls they ask about."""

import copy
from typing import Any

LANGCHAIN: dict[str, Any] = {
    "action_requests": [
        {
            "name": "send_email",
            "args": {"to": "a@example.com", "subject": "Hi"},
            "description": "Tool execution requires approval\n\nTool: send_email\n"
            "Args: {'to': 'a@example.com', 'subject': 'Hi'}",
        },
        {"name": "delete_file", "args": {"path": "report.csv"}, "description": "Delete it"},
        {"name": "ask_user", "args": {"question": "Which colour?"}, "description": "A question"},
        {"name": "drop_table", "args": {"name": "t"}},
    ],
    "review_configs": [
        {
            "action_name": "send_email",
            "allowed_decisions": ["approve", "edit", "reject", "respond"],
        },
        {"action_name": "delete_file", "allowed_decisions": ["approve", "reject"]},
        {"action_name": "ask_user", "allowed_decisions": ["respond"]},
        {
            "action_name": "drop_table",
            "allowed_decisions": ["approve", "edit"],
            "args_schema": {
                "type": "object",
                "properties": {"name": {"type": "string"}},
                "required": ["name"],
            },
        },
    ],
}


def human_interrupt(action: str, **switches: bool) -> dict[str, Any]:
    config = dict.fromkeys(("allow_ignore", "allow_respond", "allow_edit", "allow_accept"), True)
    return {
        "action_request": {"action": action, "args": {"command": action}},
        "config": {**config, **switches},
        "description": "Please review the command before execution",
    }


LANGGRAPH: list[dict[str, Any]] = [
    human_interrupt("ls"),
    human_interrupt("rm"),
    human_interrupt("cp", allow_edit=False),
    human_interrupt("mv", allow_ignore=False),
]


def tool_call(name: str, args: Any, call_id: str) -> dict[str, Any]:
    return {
        "tool_name": name,
        "args": args,
        "tool_call_id": call_id,
        "tool_kind": None,
        "id": None,
        "provider_name": None,
        "provider_details": None,
        "part_kind": "tool-call",
    }


PYDANTIC_AI: dict[str, Any] = {
    "calls": [tool_call("ask", {"q": "?"}, "p4"), tool_call("ask", None, "p5")],
    "approvals": [
        tool_call("delete", '{"path": "a", "share": 1.50}', "p1"),
        tool_call("delete", {"path": "b"}, "p2"),
        tool_call("delete", {"path": "c"}, "p3"),
    ],
    "metadata": {"p1": {"reason": "protected"}},
}


def function_call(call_id: str, arguments: str = '{"to": "x", "amount": 1.50}') -> dict[str, Any]:
    return {
        "arguments": arguments,
        "call_id": call_id,
        "name": "wire",
        "type": "function_call",
        "id": f"fc_{call_id}",
        "status": "completed",
    }


def approval_item(call_id: str) -> dict[str, Any]:
    return {
        "type": "tool_approval_item",
        "raw_item": function_call(call_id),
        "agent": {"name": "Treasurer"},
        "tool_name": "wire",
        "tool_origin": {"type": "function"},
        "tool_lookup_key": {"kind": "bare", "name": "wire"},
    }


OPENAI_AGENTS: dict[str, Any] = {
    "interruptions": [approval_item("call_0"), approval_item("call_1")]
}

BODIES: dict[str, Any] = {
    "langchain": LANGCHAIN,
    "langgraph": LANGGRAPH,
    "pydantic-ai": PYDANTIC_AI,
    "openai-agents": OPENAI_AGENTS,
}


def changed(body: Any, *path: str | int, to: Any) -> Any:
    """A copy of a body with the value at ``path`` replaced, or added."""
    found = copy.deepcopy(body)
    place = found
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = to
    return found


def without(body: Any, *path: str | int) -> Any:
    found = copy.deepcopy(body)
    place = found
    for part in path[:-1]:
        place = place[part]
    del place[path[-1]]
    return found
