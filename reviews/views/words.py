"""What a reviewer typed, kept over a refusal so that nothing has to be typed twice."""

from dataclasses import dataclass, field

from django.http import QueryDict

from workspaces.errors import Problem


@dataclass
class Words:
    """The verdict for all, by action id the verdicts and notes, and the arguments as typed."""

    verdict: str = ""
    note: str = ""
    confirmations: dict[str, str] = field(default_factory=dict)  # by action id
    is_listed: bool = False  # were the actions listed that one press approves?
    change: str = ""  # "<action's place>|<what>:<where>": a button inside the edit form
    focus: str = ""  # "<action's place>|<where>": what that button leads to
    verdicts: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    args: dict[str, str] = field(default_factory=dict)  # "<action's place>-<field>": text
    files: dict[str, str] = field(default_factory=dict)  # "<file's place>": its text
    is_taken_back: bool = False  # are the edits those of a verdict that was undone?
    problem: str = ""  # about the whole, shown beside the note
    is_about_note: bool = False
    problems: dict[int, list[Problem]] = field(default_factory=dict)  # by the action's place

    @classmethod
    def posted(cls, form: QueryDict) -> "Words":
        said = [_storable(form.get(name, "").strip()) for name in ("reason", "note")]
        return cls(
            verdict=_storable(form.get("verdict", "")),
            note="\n".join(each for each in said if each),
            confirmations=_members(form, "confirm-"),
            is_listed=bool(form.get("listed")),
            change=_storable(form.get("change", "")),
            verdicts=_members(form, "verdict-"),
            notes=_members(form, "note-"),
            args=_members(form, "arg-", strip=False),
            files=_members(form, "file-", strip=False),
        )

    @property
    def is_editing(self) -> bool:
        """Does the page show the form for edits?"""
        return self.verdict == "edit" or self.is_edit or bool(self.change)

    @property
    def is_edit(self) -> bool:
        """Is an edit to be sent, or to be looked at before?"""
        return self.verdict in ("edited", "review")

    def set_args_of(self, index: int, typed: dict[str, str]) -> None:
        start = f"{index}-"
        others = {name: each for name, each in self.args.items() if not name.startswith(start)}
        self.args = {**others, **{start + name: each for name, each in typed.items()}}

    @property
    def has_any(self) -> bool:
        """Is there something that a new page would lose?"""
        return any((self.note, self.verdicts, self.notes, self.args, self.files))

    def args_of(self, index: int) -> dict[str, str]:
        """What was typed for the arguments of the action at this place, by their fields."""
        start = f"{index}-"
        return {
            name.removeprefix(start): text
            for name, text in self.args.items()
            if name.startswith(start)
        }

    def fields(self) -> list[tuple[str, str]]:
        """The same words as form fields, for a page that asks one more question."""
        return [("verdict", self.verdict), ("note", self.note), *self.edits()]

    def edits(self) -> list[tuple[str, str]]:
        """What was chosen and typed for each action and file, as form fields."""
        found: list[tuple[str, str]] = []
        for prefix, members in (
            ("verdict-", self.verdicts),
            ("note-", self.notes),
            ("arg-", self.args),
            ("file-", self.files),
        ):
            found += [(prefix + name, value) for name, value in members.items()]
        return found


def _storable(text: str) -> str:
    """Neither PostgreSQL nor the protocol's JSON takes the character NUL: it stays visible as
    the replacement character, and the words around it are kept."""
    return text.replace("\x00", "\ufffd")


def _members(form: QueryDict, prefix: str, *, strip: bool = True) -> dict[str, str]:
    """The form's members of that prefix; an argument may be emptied, a note or verdict not."""
    found = {
        _storable(name.removeprefix(prefix)): _storable(str(value))
        for name, value in form.items()
        if name.startswith(prefix)
    }
    if not strip:
        return found
    return {name: value.strip() for name, value in found.items() if value.strip()}
