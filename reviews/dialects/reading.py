"""What the dialects share: a reader that notes every fault at its place in the body as sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reviews.schema.shape import MOST_FAULTS, Fault, Path
from workspaces import strictjson
from workspaces.strictjson import JsonObject, JsonValue

Entry = Mapping[str, Any]  # one of decision/v1's ``decisions``
MOST_REQUESTS = 50  # handoff/v1's limit of actions


@dataclass(frozen=True)
class Request:
    """One call that a framework asks about.

    ``allowed`` are decision/v1's words. ``places`` says where a member of the action (name,
    args, description, id, args_schema) stands in the body; ``at`` is the call's own place.
    """

    name: str
    args: JsonObject
    allowed: tuple[str, ...]
    at: Path
    places: Mapping[str, Path] = field(default_factory=dict)
    id: str | None = None
    description: str = ""
    args_schema: JsonObject | None = None


@dataclass(frozen=True)
class Asked:
    """A native body as read: its requests in their order, ``at`` the place of their list."""

    requests: Sequence[Request]
    at: Path = ()
    agent: str = ""
    agent_at: Path = ()
    metadata: JsonObject | None = None


class Reader:
    """Takes values of a wanted type out of a body; whatever else is there becomes a fault.

    After a fault it hands out an empty value, so that one reading finds every problem.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def refuse(self, at: Path, said: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(at, said))

    def an_object(self, value: object, at: Path) -> JsonObject:
        if isinstance(value, dict):
            return value
        self.refuse(at, "must be an object")
        return {}

    def object_of(
        self, holder: JsonObject, name: str, at: Path, *, required: bool = True
    ) -> JsonObject:
        if self._is_absent(holder, name, at, required):
            return {}
        return self.an_object(holder[name], (*at, name))

    def list_of(
        self,
        holder: JsonObject,
        name: str,
        at: Path,
        *,
        required: bool = True,
        most: int = MOST_REQUESTS,
    ) -> list[Any]:
        if self._is_absent(holder, name, at, required):
            return []
        return self._a_list(holder[name], (*at, name), most)

    def objects_of(
        self,
        holder: JsonObject,
        name: str,
        at: Path,
        *,
        required: bool = True,
        most: int = MOST_REQUESTS,
    ) -> list[tuple[Path, JsonObject]]:
        """The objects of a list, each with its place."""
        items = self.list_of(holder, name, at, required=required, most=most)
        return self._objects(items, (*at, name))

    def items_of(self, body: JsonValue) -> list[tuple[Path, JsonObject]]:
        """The objects of a body that is one or a list of them, each with its place."""
        if not isinstance(body, list):
            return [((), self.an_object(body, ()))]
        return self._objects(self._a_list(body, (), MOST_REQUESTS), ())

    def text_of(self, holder: JsonObject, name: str, at: Path, *, required: bool = True) -> str:
        if self._is_absent(holder, name, at, required):
            return ""
        value = holder[name]
        if isinstance(value, str):
            return value
        self.refuse((*at, name), "must be a string")
        return ""

    def flag_of(self, holder: JsonObject, name: str, at: Path) -> bool:
        """A switch; one that is left out is off."""
        value = holder.get(name, False)
        if isinstance(value, bool):
            return value
        self.refuse((*at, name), "must be true or false")
        return False

    def args_of(self, holder: JsonObject, name: str, at: Path) -> JsonObject:
        """Arguments as an object, or as models write them: a JSON string that holds one.

        Nothing and the empty string are no arguments. Numbers keep the text they came with.
        """
        value = holder.get(name)
        here = (*at, name)
        if value is None or value == "":
            return {}
        if isinstance(value, str):
            try:
                value = strictjson.loads(value.encode())
            except strictjson.MalformedJson as error:
                self.refuse(here, f"must hold a JSON object: {error.errors[0].detail}")
                return {}
            if not isinstance(value, dict):
                self.refuse(here, "must hold a JSON object")
                return {}
            return value
        if isinstance(value, dict):
            return value
        self.refuse(here, "must be an object, or a string that holds one as JSON")
        return {}

    def _a_list(self, value: object, at: Path, most: int) -> list[Any]:
        if not isinstance(value, list):
            self.refuse(at, "must be a list")
            return []
        if len(value) > most:
            self.refuse(at, f"must be a list of at most {most} entries")
            return []
        return value

    def _objects(self, items: Sequence[object], at: Path) -> list[tuple[Path, JsonObject]]:
        found: list[tuple[Path, JsonObject]] = []
        for index, item in enumerate(items):
            here = (*at, index)
            if isinstance(item, dict):
                found.append((here, item))
            else:
                self.refuse(here, "must be an object")
        return found

    def _is_absent(self, holder: JsonObject, name: str, at: Path, required: bool) -> bool:
        """Optional members may be null, as libraries write what was not given."""
        if name in holder and (required or holder[name] is not None):
            return False
        if required:
            self.refuse((*at, name), "is required")
        return True


def refuse_repeated_ids(reader: Reader, requests: Sequence[Request]) -> None:
    """Answers go back by id, so two calls may not share one."""
    seen: set[str] = set()
    for request in requests:
        if request.id is not None and request.id in seen:
            reader.refuse(request.places["id"], f'repeats "{request.id[:100]}"')
        elif request.id is not None:
            seen.add(request.id)
