"""A condition as it is edited: groups that hold when all, any or none of their parts do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, Union

from reviews.conditions.vocabulary import TERMS

Mode = Literal["all", "any", "none"]
MODES: tuple[Mode, ...] = ("all", "any", "none")
Option = tuple[str, str, bool]  # value, label, chosen?
# How a value is typed: lists are typed one a line; "exists" is a yes or no.
AS_TEXT, AS_NUMBER, AS_JSON = "text", "number", "json"


@dataclass
class Row:
    """One comparison with its words as they were typed."""

    fact: str
    op: str
    values: list[str] = field(default_factory=list)
    pointer: str = ""
    action: str = ""
    typed_as: str = AS_TEXT  # of an argument: nothing else says what type it is compared as
    begins: str = ""
    ends: str = ""
    zone: str = "UTC"
    days: list[str] = field(default_factory=list)
    was: str = ""  # the fact that its value was typed for
    path: str = ""
    problems: list[str] = field(default_factory=list)
    # For drawing:
    facts: list[Option] = field(default_factory=list)
    ops: list[Option] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    is_first: bool = False
    is_last: bool = False

    @property
    def widget(self) -> str:
        """How its value is asked for: yesno, one, many, picks, line, lines or hours."""
        term = TERMS.get(self.fact)
        if term is None:
            return "line"
        if self.op == "exists":
            return "yesno"
        if term.kind == "hours":
            return "hours"
        if term.choices:
            return "many" if self.op == "in" else "one"
        if term.kind == "id":
            return "picks" if self.op == "in" else "one"
        return "lines" if self.op in ("in", "match", "match_all") else "line"

    @property
    def text(self) -> str:
        return self.values[0] if self.values else ""

    @property
    def lines(self) -> str:
        return "\n".join(self.values)

    @property
    def height(self) -> int:
        return min(8, max(2, len(self.values)))

    @property
    def is_group(self) -> bool:
        return False


@dataclass
class Group:
    mode: Mode = "all"
    parts: list[Union["Group", Row]] = field(default_factory=list)
    path: str = "0"
    problems: list[str] = field(default_factory=list)
    is_first: bool = False
    is_last: bool = False

    @property
    def is_group(self) -> bool:
        return True

    @property
    def is_root(self) -> bool:
        return self.path == "0"

    def walk(self) -> Iterator[Union["Group", Row]]:
        yield self
        for part in self.parts:
            if isinstance(part, Group):
                yield from part.walk()
            else:
                yield part


def numbered(root: Group, path: str = "0") -> Group:
    """Give every part its path, and say which is the first and the last of its group."""
    root.path = path
    for index, part in enumerate(root.parts):
        part.is_first, part.is_last = index == 0, index == len(root.parts) - 1
        if isinstance(part, Group):
            numbered(part, f"{path}.{index}")
        else:
            part.path = f"{path}.{index}"
    return root


def new_row() -> Row:
    return Row("trigger", "eq", ["error"])
