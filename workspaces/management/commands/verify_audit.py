from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workspaces import events
from workspaces.models import Workspace


class Command(BaseCommand):
    help = "Check the hash chain of every workspace's Events; exit code 1 where it is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = Workspace.objects.order_by("slug")
        if options["slugs"]:
            chosen = chosen.filter(slug__in=options["slugs"])
        faults = 0
        for workspace in chosen:
            found = list(events.verify(workspace))
            faults += len(found)
            for fault in found:
                self.stdout.write(f"{fault.workspace} #{fault.seq}: {fault.detail}")
            state = "broken" if found else "whole"
            self.stdout.write(f"{workspace.slug}: {workspace.event_seq} events, chain {state}")
        if faults:
            raise CommandError(f"{faults} faults.")
