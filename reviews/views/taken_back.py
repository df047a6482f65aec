"""Edits that a reviewer took back by Undo: the form begins with them, nothing is typed twice."""

from reviews import edit_form
from reviews.models import Revision
from reviews.views import editing
from reviews.views.words import Words
from workspaces.models import User


def fill(words: Words, revision: Revision, user: User) -> None:
    """Put the edits of this person's newest verdict on the round into ``words``, where it was
    taken back and nothing is typed yet."""
    if words.args or words.files:
        return
    latest = revision.decisions.filter(reviewer=user).order_by("-pk").first()
    if latest is None or latest.undone_at is None:
        return
    places = {action.id: index for index, action in enumerate(revision.parsed.actions)}
    for entry in latest.read_entries():
        args = (entry.get("edited_action") or {}).get("args")
        index = places.get(str(entry.get("action_id")))
        if entry["type"] == "edit" and isinstance(args, dict) and index is not None:
            words.set_args_of(index, edit_form.begun(args))
        words.files |= _texts(revision, entry.get("edited_files", []))
    if words.args or words.files:
        words.note = words.note or latest.comment
        words.is_taken_back = True


def _texts(revision: Revision, files: list[dict[str, str]]) -> dict[str, str]:
    """{place of the file: the text that was sent}"""
    wanted = {file["path"]: file["sha256"] for file in files}
    found = {}
    for artifact in revision.artifacts.all():
        sha256 = wanted.get(artifact.path)
        text = editing.text_of(sha256) if sha256 else None
        if text is not None:
            found[str(artifact.position)] = text
    return found
