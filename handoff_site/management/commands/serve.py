"""``manage.py serve``: the web process of a desk on several processes or machines."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from handoff_site import checks
from handoff_site.asgi import serve
from handoff_site.server import PortTaken


class Command(BaseCommand):
    requires_system_checks = []  # the one that may refuse says so in a sentence
    help = "Serves pages, API, sockets and long-polls. Worker, beat and watcher run beside it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        checks.insist()
        host, port = options["host"], options["port"]
        try:
            serve(host=host, port=port, on_listening=lambda: self._announce(host, port))
        except PortTaken as error:
            raise CommandError(str(error)) from error

    def _announce(self, host: str, port: int) -> None:
        self.stdout.write(f"Listening on {host} port {port}.")
        self.stdout.flush()
