"""The OpenAPI document arranged for a page: one entry a call, references followed."""

import json
import re
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

_CODE = re.compile(r"`([^`]+)`")
METHODS = ("get", "post", "put", "delete")


def arrange(document: dict[str, Any]) -> dict[str, Any]:
    """``{summary, server, calls: [{id, method, path, summary, parameters, example, answers}]}``"""
    calls = [
        _call(document, path, method, item)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]
    return {
        "summary": document["info"]["summary"],
        "server": document["servers"][0]["url"],
        "calls": calls,
    }


def _call(document: dict[str, Any], path: str, method: str, item: dict[str, Any]) -> dict[str, Any]:
    call = item[method]
    parameters = [_follow(document, p) for p in item.get("parameters", [])]
    parameters += [_follow(document, p) for p in call.get("parameters", [])]
    return {
        "id": f"{method}{path}".replace("/", "-").replace("{", "").replace("}", ""),
        "method": method.upper(),
        "path": path,
        "summary": _words(call.get("summary", "")),
        "description": _words(call.get("description", "")),
        "parameters": [
            {"name": p["name"], "place": p["in"], "description": _words(p.get("description", ""))}
            for p in parameters
        ],
        "example": _example(document, call),
        "answers": [
            {
                "status": status,
                "description": _words(_follow(document, answer).get("description", "")),
            }
            for status, answer in call["responses"].items()
        ],
    }


def _words(text: str) -> SafeString:
    """The description's only markup, `code`, as HTML; the text is the desk's own."""
    return mark_safe(_CODE.sub(r"<code>\1</code>", conditional_escape(text)))


def _example(document: dict[str, Any], call: dict[str, Any]) -> str:
    body = _follow(document, call.get("requestBody", {}))
    content = body.get("content", {}).get("application/json", {})
    examples = content.get("examples", {})
    if "example" in content:
        value = content["example"]
    elif examples:
        value = _follow(document, next(iter(examples.values()))).get("value")
    else:
        return ""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _follow(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    reference = value.get("$ref")
    if not reference:
        return value
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return _follow(document, found)
