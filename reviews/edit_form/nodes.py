"""One value of an action's arguments as a part of the form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from reviews.edit_form import explaining, formats, places
from reviews.edit_form.shapes import ABSENT, Kind
from workspaces import strictjson

State = Literal["in", "null", "out"]
Role = Literal["root", "member", "added", "row"]  # "added": a member that the reviewer added
MOST_RADIOS = 4
LONGEST_RADIO = 24


@dataclass
class Node:
    """``path`` names its field, ``at`` is where its value stands in the edited arguments.

    ``original`` is the agent's value (``ABSENT``: there was none) and ``initial`` what its field
    says as long as nobody types; ``text`` is what it says now.
    """

    path: str
    at: tuple[str | int, ...]
    kind: Kind
    role: Role
    name: str
    schema: Mapping[str, Any]
    original: Any
    state: State
    initial: str = ""
    text: str = ""
    is_required: bool = False
    is_stated: bool = False  # does a schema say what may be left out?
    is_nullable: bool = False
    is_fresh: bool = False  # inside something that the reviewer added
    choices: tuple[tuple[str, str], ...] = ()  # (sent, shown)
    members: list["Node"] = field(default_factory=list)
    can_add: bool = False  # a row, or a member that the schema does not name
    problem: str = ""
    has_focus: bool = False

    @property
    def is_given(self) -> bool:
        return self.original is not ABSENT

    @property
    def is_composite(self) -> bool:
        return self.kind in ("array", "object")

    @property
    def is_in(self) -> bool:
        return self.state == "in"

    @property
    def is_null(self) -> bool:
        return self.state == "null"

    @property
    def is_radio(self) -> bool:
        return self.kind in ("choice", "boolean", "const") and (
            len(self.choices) <= MOST_RADIOS
            and all(len(shown) <= LONGEST_RADIO for _sent, shown in self.choices)
        )

    @property
    def is_date(self) -> bool:
        """Browsers' date fields take nothing but a date: only where one stands, or nothing."""
        return self.schema.get("format") == "date" and (
            not self.text or formats.is_of("date", self.text)
        )

    @property
    def keyboard(self) -> str:
        if self.kind == "number":
            return "numeric" if self.schema.get("type") == "integer" else "decimal"
        return formats.KEYBOARDS.get(str(self.schema.get("format")), "")

    @property
    def can_be_left_out(self) -> bool:
        """An optional member that the agent gave; what is not there yet has a blank field."""
        return self.role == "member" and not self.is_required and self.is_given

    @property
    def rows(self) -> str:
        """The places of an array's rows, or of the members that the reviewer added."""
        added = [each for each in self.members if each.role in ("row", "added")]
        return ",".join(places.split(each.path)[1] for each in added)

    @property
    def description(self) -> str:
        return explaining.description(self.schema)

    @property
    def rule(self) -> str:
        return explaining.rule(self.schema, self.kind)

    @property
    def element_id(self) -> str:
        return places.element_id(self.path)

    def walk(self) -> Iterator["Node"]:
        yield self
        for each in self.members:
            yield from each.walk()

    def find(self, path: str) -> "Node | None":
        return next((each for each in self.walk() if each.path == path), None)


def written(value: Any, kind: Kind) -> str:
    """What the field of a value says as long as nobody types."""
    if value is ABSENT:
        return ""
    if kind in ("text", "long_text"):
        return "" if value is None else str(value)
    if kind == "json":
        return strictjson.pretty(value)
    if kind in ("number",) and value is None:
        return ""
    return strictjson.dumps(value)


def newlines(text: str) -> str:
    """Browsers send every line end as CR LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
