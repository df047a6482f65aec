"""From what was typed to what the domain takes, and from its refusals to where they belong."""

import re
from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from reviews import edit_form, verdicts
from reviews.models import Revision
from reviews.rendering.text import plain
from reviews.schema import Action, HandoffDocument
from reviews.views import editing
from reviews.views.words import Words
from workspaces import strictjson
from workspaces.errors import Problem

WHOLE = ("approve", "request_changes", "reject", "respond")
_OF_VERDICT = re.compile(r"^/verdicts/(\d+)(?:/(?:edited_args|type|message))?")


def given(revision: Revision, words: Words) -> verdicts.Given:
    """The verdicts that were typed, edited files kept in the store.

    Raises verdicts.InvalidVerdict where they make no sense yet; what the handoff allows is
    checked by the decision itself.
    """
    document = revision.parsed
    if words.is_edit:
        return _edited(revision, words)
    if words.verdict == "each":
        _require_all(document, words)
    elif words.verdict not in WHOLE:
        said = _("Choose one of the decisions.")
        raise verdicts.InvalidVerdict(said, errors=[Problem("", said)])
    if not document.actions or words.verdict == "request_changes":
        whole = verdicts.Verdict(words.verdict, None, words.note)
        return verdicts.Given((whole,))
    several = len(document.actions) > 1
    found = tuple(_one(action, words, several) for action in document.actions)
    return verdicts.Given(found, note=words.note if several else "")


def _one(action: Action, words: Words, several: bool) -> verdicts.Verdict:
    """This action's own verdict, else the one for all that are still open."""
    kind = words.verdicts.get(action.id, words.verdict)
    message = words.notes.get(action.id, "")
    if not message and (not several or kind in ("reject", "respond")):
        message = words.note
    return verdicts.Verdict(kind, action.id, message)


def _require_all(document: HandoffDocument, words: Words) -> None:
    missing = [action.name for action in document.actions if action.id not in words.verdicts]
    if missing:
        said = _("Choose a verdict for %(names)s too.") % {"names": ", ".join(missing)}
        raise verdicts.InvalidVerdict(said, errors=[Problem("", said)])


def _edited(revision: Revision, words: Words) -> verdicts.Given:
    """Actions left as they are get the verdict chosen for them, else are approved."""
    document = revision.parsed
    found: list[verdicts.Verdict] = []
    faults: list[Problem] = []
    for action in document.actions:
        try:
            found.append(_edit_of(document, action, words))
        except verdicts.InvalidVerdict as error:
            start = f"/verdicts/{action.index}"
            faults += [replace(each, pointer=start + each.pointer) for each in error.errors]
    changed = []
    try:
        changed = editing.changed(revision, words.files)
    except verdicts.InvalidVerdict as error:
        faults += error.errors
    args_changed = any(each.type == "edit" for each in found)
    if not faults and not args_changed and not changed:
        said = _("You changed nothing: change something, or go back and approve it as it is.")
        faults = [Problem("", said)]
    if faults:
        raise verdicts.InvalidVerdict(faults[0].detail, errors=faults)
    files = tuple(editing.keep(artifact, text) for artifact, text in changed)
    if not args_changed:
        found = _with_files_only(document, found)
    if len(found) <= 1:
        whole = found[0] if found else verdicts.Verdict("edit", None)
        return verdicts.Given((replace(whole, message=words.note),), edited_files=files)
    return verdicts.Given(tuple(found), edited_files=files, note=words.note)


def _edit_of(document: HandoffDocument, action: Action, words: Words) -> verdicts.Verdict:
    """This action's verdict: an edit where its arguments changed, else the one chosen for it."""
    most = edit_form.most_for(len(document.actions))
    args = edit_form.coerce(words.args_of(action.index), action.args, action.args_schema, most=most)
    message = words.notes.get(action.id, "")
    chosen = words.verdicts.get(action.id, "approve")
    if strictjson.dumps(args) == strictjson.dumps(action.args):
        return verdicts.Verdict(chosen, action.id, message)
    if chosen != "approve":
        said = _("%(name)s: you edited it and chose another verdict; undo one of them.") % {
            "name": plain(action.name)[:100]
        }
        raise verdicts.InvalidVerdict(said, errors=[Problem("", said)])
    return verdicts.Verdict("edit", action.id, message, args)


def _with_files_only(
    document: HandoffDocument, found: list[verdicts.Verdict]
) -> list[verdicts.Verdict]:
    """Edited files go with the first action that is approved, its arguments as they are."""
    approved = [at for at, each in enumerate(found) if each.type == "approve"]
    editable = [at for at in approved if "edit" in document.actions[at].allowed_decisions]
    at = next(iter(editable or approved), None)
    if at is None and found:
        said = _("Edited files go only with an approval; nothing here is approved.")
        raise verdicts.InvalidVerdict(said, errors=[Problem("", said)])
    return [replace(each, type="edit") if n == at else each for n, each in enumerate(found)]


def place_faults(
    document: HandoffDocument, words: Words, errors: Sequence[Problem], detail: str
) -> None:
    """Put each fault beside the field or action it is about; the rest goes beside the note."""
    loose = []
    several = len(document.actions) > 1
    for problem in errors:
        found = _OF_VERDICT.match(problem.pointer)
        index = int(found[1]) if found else -1
        if found and 0 <= index < len(document.actions) and (several or words.is_editing):
            here = words.problems.setdefault(index, [])
            here.append(Problem(problem.pointer[found.end() :], problem.detail))
        else:
            loose.append(problem.detail)
            words.is_about_note = words.is_about_note or problem.pointer.endswith("/message")
    words.problem = " ".join(loose)
    if not words.problem:
        is_spread = len(errors) > 1 or bool(words.problems)
        words.problem = _("Nothing was sent: see the marked fields.") if is_spread else detail
