"""``manage.py demo``: load the demo data; again to add what is missing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from reviews import demo
from workspaces.errors import HandoffError


class Command(BaseCommand):
    help = "Loads the demo: three workspaces with real agents' work, three people, one token."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            notes = demo.load(settings.DATA_DIR)
        except HandoffError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"The demo is loaded; its notes are in {settings.DATA_DIR / demo.NOTES}")
        for login in notes["logins"]:
            self.stdout.write(f"  {login['email']}  {login['password']}  ({login['role']})")
