import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from handoff_site import backups
from handoff_site.backups.objects import Copies


class Command(BaseCommand):
    help = (
        "Backs the desk up into a folder while it serves: database, store and keys. A folder "
        "with an earlier backup is brought up to date. Agents' own folders are not in it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest, copies = backups.make(options["folder"], progress(self))
        except (backups.BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Backed up to {options['folder']}: database {manifest.database.size:,} bytes, "
            f"{copies.count:,} objects ({copies.size:,} bytes; {copies.fresh:,} new), "
            f"{len(manifest.keys)} keys."
        )
        if copies.damaged:
            names = "\n".join(copies.damaged[:20])
            raise CommandError(
                f"{len(copies.damaged)} objects of the store are damaged and not in the "
                f"backup; everything else is:\n{names}"
            )


def progress(command: BaseCommand) -> Any:
    """Says every five seconds how many objects are copied."""
    said = time.monotonic()

    def tell(copies: Copies) -> None:
        nonlocal said
        if time.monotonic() - said >= 5:
            said = time.monotonic()
            command.stdout.write(f"{copies.count:,} objects …")
            command.stdout.flush()

    return tell
