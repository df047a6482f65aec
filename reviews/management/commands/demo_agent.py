"""An agent to play with, beside the running desk: it asks before it deploys, you decide.

The agent is ``clients/python/examples/deploy_agent.py``, run as its own process: it has the
client and a token, as any agent does, and no way to the database.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

CLIENT = settings.BASE_DIR / "clients" / "python"


class Command(BaseCommand):
    help = "Play the agent's side: hand off, wait for your decision in the browser, act on it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", metavar="SLUG", help="default: the demo's")
        parser.add_argument("--url", help="default: the desk that the demo was loaded into")
        parser.add_argument("--token", help="default: the demo's, else $HANDOFF_TOKEN")
        parser.add_argument(
            "--file-door", action="store_true", help="hand off by a file in the demo's folder"
        )
        parser.add_argument("--folder", type=Path, help="with --file-door: another workspace's")

    def handle(self, *args: Any, **options: Any) -> None:
        notes = demo_notes()
        command = [sys.executable, str(CLIENT / "examples" / "deploy_agent.py")]
        command += ["--work", str(settings.DATA_DIR / "demo-agent")]
        if options["file_door"]:
            command += ["--folder", str(folder(options, notes))]
        elif workspace := options["workspace"] or (None if options["token"] else _of(notes)):
            command += ["--workspace", workspace]
        try:
            code = subprocess.run(command, env=environment(options, notes), check=False).returncode
        except KeyboardInterrupt:  # the agent got it too, and has said how to go on
            code = 130
        if code:
            sys.exit(code)


def demo_notes() -> dict[str, Any]:
    """What ``manage.py demo`` left for us: url, token, workspace, folder. Empty without a demo."""
    path = settings.DATA_DIR / "demo.json"
    found = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found if isinstance(found, dict) else {}


def _of(notes: dict[str, Any]) -> str | None:
    workspace = notes.get("workspace")
    return str(workspace) if workspace else None


def folder(options: dict[str, Any], notes: dict[str, Any]) -> Path:
    """The workspace's folder to drop into. Raises CommandError."""
    found = options["folder"] or notes.get("folder")
    if not found:
        raise CommandError("Load the demo first (manage.py demo), or name a --folder.")
    if not Path(found).is_dir():
        raise CommandError(f"There is no folder {found}.")
    return Path(found)


def environment(options: dict[str, Any], notes: dict[str, Any]) -> dict[str, str]:
    """The agent's environment; the token goes by it and never by the command line of a process."""
    found = dict(os.environ)
    found["PYTHONPATH"] = str(CLIENT)
    found["HANDOFF_URL"] = options["url"] or notes.get("url") or settings.SITE_URL
    token = options["token"] or notes.get("token") or found.get("HANDOFF_TOKEN")
    if not token and not options["file_door"]:
        raise CommandError("Load the demo first (manage.py demo), or give a --token.")
    found["HANDOFF_TOKEN"] = token or ""
    return found
