import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from workspaces import provisioning
from workspaces.actors import SYSTEM
from workspaces.errors import HandoffError
from workspaces.models import Role, User, Workspace


class Command(BaseCommand):
    help = "Make a person, or give a known one a role; the password is asked for."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument("--role", choices=Role.values, default=None)
        parser.add_argument("--workspace", metavar="SLUG")
        parser.add_argument("--site-admin", action="store_true")
        parser.add_argument("--password-stdin", action="store_true", help="first line of stdin")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["role"]) != bool(options["workspace"]):
            raise CommandError("Give --role and --workspace together.")
        workspace = None
        if options["workspace"]:
            workspace = Workspace.objects.active().filter(slug=options["workspace"]).first()
            if workspace is None:
                raise CommandError(f"There is no workspace “{options['workspace']}”.")
        try:
            user = User.objects.filter(email__iexact=options["email"]).first()
            if user is None:
                user = self._create(options)
            elif options["site_admin"]:
                provisioning.change_user(user, actor=SYSTEM, is_site_admin=True)
            if workspace is not None:
                provisioning.set_role(user, workspace, Role(options["role"]), actor=SYSTEM)
        except HandoffError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(f"{user.email}")

    def _create(self, options: dict[str, Any]) -> User:
        if options["password_stdin"]:
            password = sys.stdin.readline().rstrip("\n")
        else:
            password = getpass.getpass("Password: ")
            if password != getpass.getpass("Password again: "):
                raise CommandError("The two passwords differ.")
        try:
            validate_password(password, User(email=options["email"], name=options["name"]))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        return provisioning.create_user(
            options["email"],
            name=options["name"],
            password=password,
            is_site_admin=options["site_admin"],
            actor=SYSTEM,
        )
