from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reviews import scan
from workspaces.models import Workspace


class Command(BaseCommand):
    help = "Look for new handoff files now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = Workspace.objects.with_folder().order_by("slug")
        if options["slug"]:
            chosen = chosen.filter(slug=options["slug"])
            if not chosen:
                raise CommandError(f"There is no workspace “{options['slug']}” with a folder.")
        for workspace in chosen:
            report = scan.scan_workspace(workspace)
            self.stdout.write(
                f"{workspace.slug}: {report.seen} files, {report.taken} taken, "
                f"{report.invalid} problems, {report.rounds} new rounds by changed files, "
                f"{len(report.young)} still being written"
            )
