import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reviews import (
    routing,
    rule_book,
    rule_documents,
    rule_drafts,
    rule_forms,
    rule_publishing,
)
from reviews.models import RuleVersion
from reviews.rule_forms import Scope
from workspaces.errors import HandoffError
from workspaces.models import Workspace


class Command(BaseCommand):
    help = "Print, export or import the rules that say who gets a handoff."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["print", "export", "import"])
        parser.add_argument("scope", help="a workspace's short name, or “desk” for the whole desk")
        parser.add_argument("file", nargs="?", default="-", help="for import; “-” is stdin")
        parser.add_argument("--draft", action="store_true", help="the draft, not what is in force")
        parser.add_argument("--number", type=int, help="an older version")
        parser.add_argument("--publish", action="store_true", help="put what is imported in force")
        parser.add_argument("--note", default="", help="what the published version is for")

    def handle(self, *args: Any, **options: Any) -> None:
        scope = self._scope(options["scope"])
        if options["what"] == "import":
            self._import(scope, options)
            return
        version = self._version(scope, options)
        if options["what"] == "export":
            document = rule_documents.document_of(version)
            self.stdout.write(json.dumps(document, indent=2, ensure_ascii=False))
        else:
            self._print(scope, version)

    def _scope(self, slug: str) -> Scope:
        if slug == "desk":
            return None
        scope = Workspace.objects.active().filter(slug=slug).first()
        if scope is None:
            raise CommandError(f"There is no workspace “{slug}”.")
        routing.ensure_otherwise(scope)
        return scope

    def _version(self, scope: Scope, options: dict[str, Any]) -> RuleVersion | None:
        if options["draft"]:
            found = rule_forms.draft_of(scope)
        elif options["number"] is not None:
            found = rule_forms.history(scope).filter(number=options["number"]).first()
        else:
            found = rule_forms.published(scope)
            if found is None:
                return None  # the desk before its first rules
        if found is None:
            raise CommandError("There is no such version.")
        return found

    def _print(self, scope: Scope, version: RuleVersion | None) -> None:
        if version is None:
            self.stdout.write("No rules of the whole desk yet.")
            return
        state = version.get_status_display().lower()
        told = f"Version {version.number}, {state}" if version.number else "Draft"
        self.stdout.write(f"{told}{': ' + version.note if version.note else ''}")
        place = str(scope) if scope else "each workspace"
        rows = list(version.rules.all())
        lines = {line.id: line for line in rule_book.compiled(rows, with_inactive=True).lines}
        for number, row in enumerate(rows, start=1):
            off = "" if row.is_active else " (off)"
            words = lines[row.pk].text(place) if row.pk in lines else f"{row.name}: not valid"
            self.stdout.write(f"{number}. {words}{off}")

    def _import(self, scope: Scope, options: dict[str, Any]) -> None:
        data = (
            sys.stdin.buffer.read()
            if options["file"] == "-"
            else Path(options["file"]).read_bytes()
        )
        try:
            forms = rule_documents.read(data)
            draft = rule_drafts.open_draft(scope, by=None)
            if scope is not None and not any(form.is_otherwise for form in forms):
                forms += [form for form in rule_forms.forms_of(draft) if form.is_otherwise]
            rule_drafts.replace(draft, forms, seen=draft.edition, by=None)
            if options["publish"]:
                rule_publishing.publish(draft, seen=draft.edition, by=None, note=options["note"])
        except HandoffError as error:
            faults = [f"  {fault.pointer or '/'}: {fault.detail}" for fault in error.errors]
            raise CommandError("\n".join([error.detail, *faults])) from None
        told = f"published as version {draft.number}" if options["publish"] else "kept as a draft"
        self.stdout.write(f"{len(forms)} rules {told}")
