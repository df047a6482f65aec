from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workspaces import provisioning
from workspaces.actors import SYSTEM
from workspaces.errors import HandoffError


class Command(BaseCommand):
    help = "Make a workspace, its folder and the agent for files dropped into it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="short name: lower-case letters, digits, hyphens")
        parser.add_argument("--name", default="", help="name for people")
        parser.add_argument("--path", default="", help="an existing folder; default: a new one")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            workspace = provisioning.create_workspace(
                options["slug"], name=options["name"], path=options["path"], actor=SYSTEM
            )
        except HandoffError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(f"{workspace.slug}: {workspace.root}")
