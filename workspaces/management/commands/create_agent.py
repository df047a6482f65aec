from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workspaces import provisioning
from workspaces.actors import SYSTEM
from workspaces.errors import HandoffError
from workspaces.models import Agent, User, Workspace


class Command(BaseCommand):
    help = (
        "Make an agent that may submit to a workspace; prints its token and webhook secret, once. "
        "A known name gets the workspace and one more token."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--workspace", required=True, metavar="SLUG")
        parser.add_argument("--owner", metavar="EMAIL", help="who answers for it")
        parser.add_argument(
            "--callback-host",
            action="append",
            default=[],
            metavar="HOST",
            help="a host, or host:port, it may name for callbacks; may be given several times",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._make(options)
        except HandoffError as error:
            raise CommandError(error.detail) from None

    def _make(self, options: dict[str, Any]) -> None:
        workspace = Workspace.objects.active().filter(slug=options["workspace"]).first()
        if workspace is None:
            raise CommandError(f"There is no workspace “{options['workspace']}”.")
        owner = self._owner(options["owner"])
        agent = Agent.objects.filter(name=options["name"]).first()
        is_new = agent is None
        if agent is None:
            agent = provisioning.create_agent(
                options["name"],
                owner=owner,
                callback_hosts=options["callback_host"],
                actor=SYSTEM,
            )
        else:
            changes: dict[str, object] = {"owner": owner} if owner else {}
            if options["callback_host"]:
                hosts = {*agent.callback_hosts, *options["callback_host"]}
                changes["callback_hosts"] = sorted(hosts)
            provisioning.change_agent(agent, actor=SYSTEM, **changes)
        provisioning.grant(agent, workspace, actor=SYSTEM)
        _, text = provisioning.issue_token(agent, actor=SYSTEM)
        self.stdout.write(f"token: {text}")
        if is_new:
            self.stdout.write(f"webhook secret: {agent.webhook_secret}")

    def _owner(self, email: str | None) -> User | None:
        if not email:
            return None
        owner = User.objects.filter(email__iexact=email, is_active=True).first()
        if owner is None:
            raise CommandError(f"Nobody active has the e-mail address {email}.")
        return owner
