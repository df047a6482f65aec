"""``manage.py desk``: the whole desk in one process."""

import fcntl
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

from handoff_site import checks, greeting, static_files
from handoff_site.server import PortTaken, check_port
from workspaces.models import Lease


class Command(BaseCommand):
    requires_system_checks = []  # the one that may refuse says so in a sentence
    help = "Runs the whole desk: web server, worker, beat and folder watcher, in one process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument(
            "--demo", action="store_true", help="load the demo data if the desk is empty"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        checks.insist()
        host, port = options["host"], options["port"]
        with only_one(settings.DATA_DIR):
            try:
                check_port(host, port)
                prepare(demo=options["demo"])
                # Loaded only now: whitenoise lists the static files when it is loaded.
                run = import_string("handoff_site.embedded.run")
                run(host=host, port=port, on_listening=self._announce)
            except PortTaken as error:
                raise CommandError(str(error)) from error

    def _announce(self) -> None:
        self.stdout.write(greeting.text())
        self.stdout.flush()


def only_one(data: Path) -> IO[str]:
    """Two desks on one data folder would do everything twice. The lock goes with the process."""
    data.mkdir(parents=True, exist_ok=True)
    lock = (data / "desk.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CommandError(f"A desk already runs on the data folder {data}.") from None
    return lock


def prepare(*, demo: bool) -> None:
    """Migrate, gather the static files, and load the demo data into an empty desk.

    Each in a process of its own, so that the desk does not keep its memory.
    """
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    if has_pending_migrations():
        manage("migrate", "--verbosity", "0")
    if not static_files.are_fresh():
        manage("collectstatic", "--no-input", "--verbosity", "0")
    if demo and not settings.PRODUCTION and not get_user_model()._default_manager.exists():
        manage("demo")
    # This process alone serves the data folder, so a lease of an earlier one on it is dead.
    if connection.vendor == "sqlite":
        Lease.objects.all().delete()
    connections.close_all()


def has_pending_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def manage(*arguments: str) -> None:
    program = settings.BASE_DIR / "manage.py"
    done = subprocess.run([sys.executable, str(program), *arguments], stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        raise CommandError(f"manage.py {arguments[0]} failed; the desk was not started.")
