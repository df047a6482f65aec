import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from handoff_site import backups
from handoff_site.management.commands.backup import progress
from handoff_site.management.commands.desk import only_one


class Command(BaseCommand):
    requires_system_checks = []  # the data folder is still empty
    help = "Makes this desk from a backup: into an empty data folder and an empty database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        with only_one(settings.DATA_DIR):
            try:
                manifest, notes = backups.restore(options["folder"], progress(self))
            except (backups.BackupError, OSError) as error:
                raise CommandError(str(error)) from error
            self.stdout.write(
                f"Restored the desk of {manifest.made_at}: {manifest.objects:,} objects, "
                f"{len(manifest.keys)} keys. Checking it …"
            )
            for note in notes:
                self.stderr.write(note)
            self.stdout.flush()
            # In processes of their own: this one was started with the keys of an empty desk.
            for name in ("migrate", "invariants", "verify_audit"):
                self._manage(name)

    def _manage(self, name: str) -> None:
        quiet = ["--verbosity", "0"] if name == "migrate" else []
        done = subprocess.run([sys.executable, sys.argv[0], name, *quiet])
        if done.returncode:
            raise CommandError(f"manage.py {name} found fault with the restored desk.")
