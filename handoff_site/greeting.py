"""What the desk prints when it listens: where it is, who may sign in, and a first handoff."""

import json
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

EXAMPLE = {
    "title": "Deploy the shop, version 1.4?",
    "summary": "All tests pass.",
    "actions": [{"id": "deploy", "name": "deploy", "args": {"version": "1.4"}}],
}


def text() -> str:
    """Plain text, several lines; the demo part only where the ``demo`` command left its notes."""
    lines = [_("The desk is at %(url)s (Ctrl-C stops it).") % {"url": settings.SITE_URL}]
    notes = settings.DATA_DIR / "demo.json"
    if notes.exists() and not settings.PRODUCTION:
        lines += _demo(json.loads(notes.read_text("utf-8")))
    return "\n".join(lines)


def _demo(notes: dict[str, Any]) -> list[str]:
    logins = [
        f"  {login['email']}  {login['password']}  ({login['role']})" for login in notes["logins"]
    ]
    command = (
        f"curl -sS {settings.SITE_URL}/api/v1/handoffs"
        f" -H 'Authorization: Bearer {notes['token']}'"
        " -H 'Content-Type: application/json'"
        f" -d '{json.dumps({'workspace': notes['workspace'], **EXAMPLE})}'"
    )
    lines = ["", _("Sign in as:"), *logins]
    lines += ["", _("Hand something off, from another terminal:"), "", command]
    if folder := notes.get("folder"):
        lines += ["", _("Or drop a handoff.json into %(folder)s") % {"folder": folder}]
    return [*lines, ""]
