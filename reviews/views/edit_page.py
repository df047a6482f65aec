"""The page on which actions and files are edited, and the step that shows what will be sent."""

from dataclasses import dataclass, field

from django.utils.translation import ngettext

from reviews import edit_form, verdicts
from reviews.models import Revision
from reviews.rendering.text import plain
from reviews.schema import HandoffDocument
from reviews.views import editing, edits, giving, masks, plans
from reviews.views.place import Place
from reviews.views.words import Words
from workspaces.errors import Problem


@dataclass
class ActionForm:
    """One action: its form, and what is wrong beside no field of it."""

    index: int
    view: plans.ActionView
    root: edit_form.Node
    base: str = ""  # the arguments that the fields start from, where not the agent's
    is_too_wide: bool = False  # for fields: it stays one text
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_json(self) -> bool:
        return self.root.kind == "json"


@dataclass
class EditPage:
    actions: list[ActionForm] = field(default_factory=list)
    files: list[editing.FileField] = field(default_factory=list)
    too_large: list[str] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)  # (id of the field, sentence)


def of(place: Place, views: list[plans.ActionView], words: Words) -> EditPage:
    """Everything that may be edited, with what was typed and what is wrong with it.

    What has masked secrets is shown masked, without fields, until they are revealed.
    """
    revision = place.revision
    document = revision.parsed
    page = EditPage(
        actions=[_form(document, view, index, words) for index, view in enumerate(views)]
    )
    if "edit" in document.allowed_decisions:
        fields = editing.fields(revision, words.files)
        page.files = [masks.of_file_field(place, each) for each in fields]
        page.too_large = editing.too_large(revision)
    for form in page.actions:
        if form.view.masks.hides:
            continue
        page.faults += [(f"edit-{form.index}", each.detail) for each in form.problems]
        page.faults += [
            (f"arg-{form.index}-{node.element_id}", node.problem)
            for node in form.root.walk()
            if node.problem
        ]
    return page


def _form(
    document: HandoffDocument, view: plans.ActionView, index: int, words: Words
) -> ActionForm:
    action = document.actions[index]
    most = edit_form.most_for(len(document.actions))
    typed = words.args_of(index)
    root = edit_form.form(action.args, action.args_schema, typed, most=most)
    loose = edit_form.put_problems(root, words.problems.get(index, []))
    where, _bar, path = words.focus.partition("|")
    if words.focus and where == str(index):
        _focus(root, path)
    is_too_wide = root.kind == "json" and ":mode" not in typed
    return ActionForm(index, view, root, typed.get(":base", ""), is_too_wide, loose)


def _focus(root: edit_form.Node, path: str) -> None:
    """The first field at that place, else what holds it."""
    node = root.find(path)
    if node is None:
        return
    fields = [each for each in node.walk() if not each.is_composite]
    (fields or [node])[0].has_focus = True


def press(revision: Revision, words: Words) -> None:
    """A button of the form: its change is made to ``words``. Raises verdicts.InvalidVerdict."""
    where, _bar, change = words.change.partition("|")
    document = revision.parsed
    if not where.isdecimal() or int(where) >= len(document.actions):
        return
    index = int(where)
    action = document.actions[index]
    try:
        typed, focus = edit_form.press(
            change,
            words.args_of(index),
            action.args,
            action.args_schema,
            most=edit_form.most_for(len(document.actions)),
        )
    except verdicts.InvalidVerdict as error:
        found = [Problem(f"/verdicts/{index}{each.pointer}", each.detail) for each in error.errors]
        raise verdicts.InvalidVerdict(error.detail, errors=found) from None
    words.set_args_of(index, typed)
    words.focus = f"{index}|{focus}"


def about_to_be(place: Place, words: Words) -> edits.Edits:
    """What "Edit and approve" will send. Raises verdicts.InvalidVerdict where it may not."""
    revision = place.revision
    given = giving.given(revision, words)
    entries, _outcome = verdicts.check(revision.parsed, given)
    edited = {
        each.action_id: each.edited_args for each in given.verdicts if each.edited_args is not None
    }
    files = editing.changed(revision, words.files)
    rest = _rest(revision.parsed, entries, set(edited))
    return edits.about_to_be(revision, edited, files, rest, seen=place.revealed)


def _rest(
    document: HandoffDocument, entries: list[verdicts.Entry], edited: set[str | None]
) -> list[str]:
    """Sentences on the actions that were not edited, by what happens to them."""
    names: dict[str, list[str]] = {}
    for entry in entries:
        action = document.action(entry.action_id or "")
        if action and entry.action_id not in edited:
            kind = "approve" if entry.type == "edit" else entry.type
            names.setdefault(kind, []).append(plain(action.name))
    if len(document.actions) < 2:
        return []
    return [_sentence(kind, found) for kind, found in names.items()]


def _sentence(kind: str, names: list[str]) -> str:
    count, listed = len(names), ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
    if kind == "approve":
        said = ngettext(
            "%(n)d action is approved as it is: %(names)s.",
            "%(n)d actions are approved as they are: %(names)s.",
            count,
        )
    elif kind == "reject":
        said = ngettext(
            "%(n)d action is rejected: %(names)s.", "%(n)d actions are rejected: %(names)s.", count
        )
    else:
        said = ngettext(
            "%(n)d action gets your answer: %(names)s.",
            "%(n)d actions get your answer: %(names)s.",
            count,
        )
    return said % {"n": count, "names": listed}
