from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reviews.invariants import CHECKS


class Command(BaseCommand):
    help = "Check what must always hold of this installation; exit code 1 where it does not."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for name, check in CHECKS.items():
            found = list(check())
            broken += bool(found)
            self.stdout.write(f"{'BROKEN' if found else 'holds '}  {name}")
            for line in found[:20]:
                self.stdout.write(f"        {line}")
        if broken:
            raise CommandError(f"{broken} of {len(CHECKS)} do not hold.")
