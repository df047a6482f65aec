"""What will happen if you approve: server facts about actions, files and who is told."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reviews import reveals, routing, secrets
from reviews.models import (
    Artifact,
    Decision,
    Handoff,
    Outcome,
    Revision,
    RoutingRun,
    Source,
    Status,
)
from reviews.rendering import json_view, markdown
from reviews.rendering.text import plain, visible
from reviews.schema import Action, HandoffDocument
from reviews.views.masks import Masks, drawn
from reviews.views.place import Place
from reviews.views.words import Words
from workspaces.errors import Problem
from workspaces.models import User

CHOICES = {
    "approve": (gettext_lazy("Approve"), "yes"),
    "edit": (gettext_lazy("Edit"), "yes"),
    "reject": (gettext_lazy("Reject"), "no"),
    "respond": (gettext_lazy("Respond"), ""),
}
EXPIRY = {
    "expire": gettext_lazy("then it ends without an answer"),
    "reject": gettext_lazy("then it ends as rejected by the desk"),
    "approve": gettext_lazy("then it ends without an answer"),
    "escalate": gettext_lazy("then it stays open, overdue"),
}
_SAID = {
    "approve": (gettext_lazy("Approved"), "ok"),
    "edit": (gettext_lazy("Edited and approved"), "ok"),
    "reject": (gettext_lazy("Rejected"), "bad"),
    "respond": (gettext_lazy("Answered"), "info"),
}


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    css: str


@dataclass
class ActionView:
    """One action: what was asked, what was chosen or decided, what was typed."""

    id: str
    name: SafeString
    args: SafeString | str
    description: SafeString | str
    risk: str
    is_critical: bool
    reversible: bool | None
    choices: list[Choice]
    chosen: str = ""
    note: str = ""
    said: str = ""
    outcome: str = ""
    outcome_css: str = ""
    edited: SafeString | str = ""
    can_edit: bool = False
    problems: list[Problem] = field(default_factory=list)
    masks: Masks = field(default_factory=Masks)

    @property
    def shown(self) -> SafeString | str:
        """The arguments that approving sends, edited or not."""
        return self.edited or self.args

    @property
    def problem(self) -> str:
        return " ".join(problem.detail for problem in self.problems)


def actions(
    document: HandoffDocument, decision: Decision | None, words: Words, place: Place
) -> list[ActionView]:
    """Secrets in them are masked until they are revealed, and then cannot be edited either."""
    entries = _entries(decision)
    found = []
    for action in document.actions:
        draw = partial(_action, action, entries.get(action.id, {}), words)
        view, view_masks = drawn(place, reveals.of_action(action), draw)
        view.masks = view_masks
        found.append(view)
    return found


def _action(action: Action, entry: dict[str, Any], words: Words) -> ActionView:
    problems = words.problems.get(action.index, [])
    label, css = _SAID.get(entry.get("type", ""), ("", ""))
    edited = (entry.get("edited_action") or {}).get("args")
    return ActionView(
        id=action.id,
        name=visible(action.name),
        args=json_view.pretty(action.args) if action.has_args else "",
        description=markdown.render(action.description) if action.description else "",
        risk=action.risk or "",
        is_critical=action.risk == "critical",
        reversible=action.reversible,
        choices=[Choice(v, str(CHOICES[v][0]), CHOICES[v][1]) for v in _radio(action)],
        chosen=words.verdicts.get(action.id, ""),
        note=words.notes.get(action.id, ""),
        said=plain(entry.get("message") or ""),
        outcome=str(label),
        outcome_css=css,
        edited=json_view.pretty(edited) if edited is not None else "",
        can_edit=action.has_args and "edit" in action.allowed_decisions,
        problems=problems,
    )


def _radio(action: Action) -> list[str]:
    """An edit is not a radio: it has its own form."""
    return [v for v in ("approve", "reject", "respond") if v in action.allowed_decisions]


def _entries(decision: Decision | None) -> dict[str, dict[str, Any]]:
    if decision is None:
        return {}
    return {str(entry.get("action_id")): entry for entry in decision.read_entries()}


def ask(handoff: Handoff, document: HandoffDocument) -> str:
    """What the agent wants, in one sentence of the desk's."""
    facts = {
        "agent": plain(handoff.submitter.name),
        "workspace": str(handoff.workspace),
        "n": len(document.actions),
        "action": plain(document.actions[0].name) if document.actions else "",
    }
    if len(document.actions) == 1:
        return _("%(agent)s asks to run %(action)s in %(workspace)s.") % facts
    if document.actions:
        return _("%(agent)s asks to run %(n)d actions in %(workspace)s.") % facts
    if document.trigger == "question":
        return _("%(agent)s asks you something in %(workspace)s.") % facts
    return _("%(agent)s waits for your answer in %(workspace)s.") % facts


def title(decision: Decision | None, handoff: Handoff, revision: Revision, user: User) -> str:
    if decision is not None:
        approved = decision.outcome in {Outcome.APPROVED, Outcome.EDITED}
        if decision.reviewer_id == user.pk:
            return _("What you approved") if approved else _("What you decided on")
        return _("What was approved") if approved else _("What was decided on")
    if handoff.status != Status.PENDING:
        return _("What was asked")
    if revision.number != handoff.revision:
        return _("What round %(n)d asked") % {"n": revision.number}
    return _("What will happen if you approve")


def seal(artifact: Artifact) -> dict[str, Any]:
    if artifact.sha256 is None:
        state = _("deleted") if artifact.change == "deleted" else _("not there")
    else:
        state = f"{artifact.sha256[:8]}…{artifact.sha256[-4:]}"
    return {"name": visible(artifact.path), "sha256": artifact.sha256, "seal": state}


def told(handoff: Handoff, document: HandoffDocument) -> str:
    agent = plain(handoff.submitter.name)
    ways = []
    if document.callback:
        host = plain(urlsplit(document.callback.url).hostname or "")
        ways.append(_("by callback to %(host)s") % {"host": host})
    if handoff.source == Source.FILE:
        stem = handoff.source_path.removesuffix(".json").removesuffix(".handoff")
        ways.append(_("by the file %(path)s") % {"path": plain(f"{stem}.decision.json")})
    if not ways:
        ways.append(_("when it asks the API"))
    return _("%(agent)s, %(ways)s") % {"agent": agent, "ways": _(" and ").join(ways)}


def when_told(
    handoff: Handoff, run: RoutingRun | None, document: HandoffDocument, reader: User
) -> str:
    seconds = routing.window_under(run, handoff.workspace, reader)
    window = ngettext(
        "%(n)d second after you decide; until then you can undo",
        "%(n)d seconds after you decide; until then you can undo",
        seconds,
    ) % {"n": seconds}
    if document.is_critical:
        return _("at once when you approve, after you confirm; there is no undo")
    return window if seconds else _("at once; undo is off")


def checks(revision: Revision, artifacts: list[Artifact]) -> list[tuple[bool, str, bool]]:
    """(good, sentence, whether the files tab shows more): what the desk itself looked at."""
    kept = sum(artifact.is_stored for artifact in artifacts)
    found: list[tuple[bool, str, bool]] = [
        (True, _("The digest is the desk’s own, of the bytes it keeps"), False)
    ]
    if artifacts:
        text = ngettext(
            "%(kept)d of %(n)d file is kept as it was digested",
            "%(kept)d of %(n)d files are kept as they were digested",
            len(artifacts),
        ) % {"kept": kept, "n": len(artifacts)}
        found.append((kept == len(artifacts), text, kept != len(artifacts)))
    if count := sum(each["count"] for each in revision.secrets):
        kinds = sorted({secrets.label(each["kind"]) for each in revision.secrets})
        text = ngettext(
            "%(n)d secret was found and is masked: %(kinds)s",
            "%(n)d secrets were found and are masked: %(kinds)s",
            count,
        ) % {"n": count, "kinds": ", ".join(kinds)}
        found.append((False, text, False))
    found += [
        (False, plain(str(warning.get("detail", ""))), False) for warning in revision.warnings
    ]
    return found
