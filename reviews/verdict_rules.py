"""What is wrong with a verdict: every fault at once, as sentences for the page and the API."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from reviews.given import Given, Verdict
from reviews.schema import arguments, words
from reviews.schema.document import DECISIONS, Action, HandoffDocument
from workspaces import jsonplaces
from workspaces.errors import Problem

LONGEST_MESSAGE = 20_000
LONGEST_COMMENT = 4_000
MOST_COMMENTS = 500


def allowed(document: HandoffDocument) -> tuple[str, ...]:
    """What may be answered for the handoff as a whole, in the protocol's order."""
    if not document.actions:
        return tuple(each for each in DECISIONS if each in document.allowed_decisions)
    common = [set(action.allowed_decisions) for action in document.actions]
    everywhere = set.intersection(*common)
    if "request_changes" in document.allowed_decisions:
        everywhere.add("request_changes")
    return tuple(each for each in DECISIONS if each in everywhere)


def faults(document: HandoffDocument, given: Given) -> list[Problem]:
    """Everything wrong; the verdicts themselves are judged only when the request is whole."""
    return [*_faults_of_request(document, given)] or [*_faults_of_verdicts(document, given)]


def _faults_of_request(document: HandoffDocument, given: Given) -> Iterator[Problem]:
    if not given.verdicts:
        yield Problem("/verdicts", _("A verdict is missing."))
        return
    whole = [each for each in given.verdicts if each.action_id is None]
    if whole and len(given.verdicts) > 1:
        yield Problem(
            "/verdicts", _("Give one verdict for the handoff or one per action, not both.")
        )
        return
    for index, each in enumerate(given.verdicts):
        if each.type not in DECISIONS:
            yield Problem(
                f"/verdicts/{index}/type",
                _("“%(word)s” is no decision.") % {"word": each.type[:40]},
            )
        if len(each.message) > LONGEST_MESSAGE:
            yield Problem(f"/verdicts/{index}/message", _too_long(LONGEST_MESSAGE))
        if not _is_text(each.message):
            yield Problem(
                f"/verdicts/{index}/message", _("The words hold a character that is no text.")
            )
    if len(given.note) > LONGEST_MESSAGE:
        yield Problem("/note", _too_long(LONGEST_MESSAGE))
    if not _is_text(given.note):
        yield Problem("/note", _no_text())
    if not whole:
        yield from _faults_of_coverage(document, given.verdicts)
    yield from _faults_of_comments(document, given)
    yield from _faults_of_files(document, given)


def _no_text() -> str:
    return _("The words hold a character that is no text.")


def _is_text(words: str) -> bool:
    """What strict JSON can hold: no NUL, no half of a character."""
    return "\x00" not in words and not any("\ud800" <= each <= "\udfff" for each in words)


def _faults_of_coverage(
    document: HandoffDocument, verdicts: Sequence[Verdict]
) -> Iterator[Problem]:
    ids = [each.action_id for each in verdicts]
    for index, each in enumerate(ids):
        if each is not None and document.action(each) is None:
            yield Problem(
                f"/verdicts/{index}", _("There is no action “%(id)s”.") % {"id": each[:100]}
            )
        elif each in ids[:index]:
            yield Problem(
                f"/verdicts/{index}",
                _("%(name)s has two verdicts.") % {"name": _name(document, each)},
            )
    missing = [action.name for action in document.actions if action.id not in ids]
    if missing:
        yield Problem(
            "/verdicts", _("A verdict is missing for %(names)s.") % {"names": ", ".join(missing)}
        )


def _faults_of_comments(document: HandoffDocument, given: Given) -> Iterator[Problem]:
    if given.comments and given.verdicts[0].type != "request_changes":
        yield Problem("/comments", _("Comments on lines go only with a request for changes."))
    if len(given.comments) > MOST_COMMENTS:
        yield Problem(
            "/comments",
            _("At most %(count)d comments go with one request.") % {"count": MOST_COMMENTS},
        )
    paths = {file.path for file in (*document.files, *document.logs)}
    for index, each in enumerate(given.comments):
        if not each.body.strip():
            yield Problem(f"/comments/{index}/body", _("A comment has no words."))
        elif len(each.body) > LONGEST_COMMENT:
            yield Problem(f"/comments/{index}/body", _too_long(LONGEST_COMMENT))
        if each.path is not None and each.path not in paths:
            yield Problem(
                f"/comments/{index}/path",
                _("The handoff names no file “%(path)s”.") % {"path": each.path[:100]},
            )
        if each.line is not None and (each.line < 1 or each.path is None):
            yield Problem(f"/comments/{index}/line", _("A line counts from 1 and needs its file."))


def _faults_of_files(document: HandoffDocument, given: Given) -> Iterator[Problem]:
    editable = {file.path for file in document.files if file.change != "deleted"}
    if given.edited_files and not any(each.type == "edit" for each in given.verdicts):
        yield Problem("/edited_files", _("Edited files go only with the decision edit."))
    seen: set[str] = set()
    for index, file in enumerate(given.edited_files):
        if file.path not in editable:
            yield Problem(
                f"/edited_files/{index}",
                _("The handoff has no file “%(path)s” to edit.") % {"path": file.path[:100]},
            )
        elif file.path in seen:
            yield Problem(
                f"/edited_files/{index}", _("%(path)s is edited twice.") % {"path": file.path[:100]}
            )
        seen.add(file.path)


def _faults_of_verdicts(document: HandoffDocument, given: Given) -> Iterator[Problem]:
    carries_files = bool(given.edited_files)
    for index, verdict in enumerate(given.verdicts):
        here = f"/verdicts/{index}"
        if verdict.type == "request_changes":
            yield from _faults_of_request_for_changes(document, given, verdict, here)
            continue
        if verdict.type == "respond" and not verdict.message.strip():
            yield Problem(f"{here}/message", _("An answer needs its words."))
        if verdict.edited_args is not None and verdict.type != "edit":
            yield Problem(
                f"{here}/edited_args", _("Edited arguments go only with the decision edit.")
            )
        for action in actions_of(document, verdict):
            kind = kind_for(verdict, action, carries_files)
            if kind not in action.allowed_decisions:
                yield Problem(f"{here}/type", _not_allowed(kind, action.allowed_decisions, action))
        if not document.actions and verdict.type not in document.allowed_decisions:
            yield Problem(f"{here}/type", _not_allowed(verdict.type, document.allowed_decisions))
        if verdict.type == "edit":
            yield from _faults_of_edit(document, verdict, carries_files, here)
            carries_files = False  # they stand in the first edit; a second needs its own


def _faults_of_request_for_changes(
    document: HandoffDocument, given: Given, verdict: Verdict, here: str
) -> Iterator[Problem]:
    if verdict.action_id is not None:
        yield Problem(
            f"{here}/type",
            _("Changes are requested for the whole handoff, not for one action."),
        )
    elif "request_changes" not in document.allowed_decisions:
        yield Problem(f"{here}/type", _not_allowed(verdict.type, allowed(document)))
    if not verdict.message.strip() and not given.comments:
        yield Problem(
            f"{here}/message", _("Say what should change: a note or a comment on a line.")
        )


def _faults_of_edit(
    document: HandoffDocument, verdict: Verdict, carries_files: bool, here: str
) -> Iterator[Problem]:
    if verdict.edited_args is None:
        if not carries_files:
            yield Problem(here, _("Nothing was edited: send arguments or files, or approve."))
        return
    actions = list(actions_of(document, verdict))
    if len(actions) != 1:
        said = (
            _("Say which action these arguments belong to.")
            if actions
            else _("This handoff has no action whose arguments could be edited.")
        )
        yield Problem(f"{here}/edited_args", said)
        return
    schema = actions[0].args_schema
    if schema is not None:
        for at, said in arguments.faults_of_args(verdict.edited_args, schema):
            place = words.path(at) or _("The arguments")
            yield Problem(f"{here}/edited_args{jsonplaces.pointer(at)}", f"{place}: {said}.")


def actions_of(document: HandoffDocument, verdict: Verdict) -> Sequence[Action]:
    if verdict.action_id is None:
        return document.actions
    return [action for action in document.actions if action.id == verdict.action_id]


def kind_for(verdict: Verdict, action: Action, carries_files: bool) -> str:
    """An edit of files for the handoff as a whole edits the first action and approves the rest."""
    is_rest = verdict.action_id is None and action.index > 0
    return "approve" if verdict.type == "edit" and is_rest and carries_files else verdict.type


def _name(document: HandoffDocument, action_id: str | None) -> str:
    action = document.action(action_id or "")
    return action.name if action else str(action_id)


def _not_allowed(kind: str, choices: Sequence[str], action: Action | None = None) -> str:
    said = _("“%(kind)s” is not allowed here; allowed: %(choices)s.") % {
        "kind": kind,
        "choices": ", ".join(choices) or _("nothing"),
    }
    return f"{action.name}: {said}" if action else said


def _too_long(limit: int) -> str:
    return _("This may have %(count)d characters at most.") % {"count": limit}
