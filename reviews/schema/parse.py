"""JSON -> HandoffDocument: every problem at once, each with its place and a sentence."""

from datetime import datetime
from typing import Literal

from reviews.schema import extra, misspellings, shape, sources, words
from reviews.schema.build import build
from reviews.schema.document import HandoffDocument
from workspaces import jsonplaces, strictjson
from workspaces.errors import Invalid, Problem
from workspaces.strictjson import JsonValue


class InvalidDocument(Invalid):
    """The document is JSON, but no handoff; ``errors`` holds every problem found."""

    title = "Not a valid handoff"


def parse(
    value: JsonValue,
    *,
    now: datetime | None,
    origin: Literal["api", "file"],
    source: bytes | None = None,
) -> HandoffDocument:
    """The handoff that an agent wrote, from either door.

    ``now`` (aware) judges ``expires_at``; None leaves it unjudged. ``origin`` "file" ignores
    ``workspace``, for the folder says it. With ``source``, the bytes that ``value`` was read
    from, problems carry lines and columns. Raises ``InvalidDocument`` (422).
    """
    root = sources.load("handoff-v1")
    found = shape.faults(value, root)
    if isinstance(value, dict):
        found += extra.faults(value, now, found)
    warnings = misspellings.warnings(value, root)
    if found or not isinstance(value, dict):
        raise _invalid(found, warnings, source)
    return build(
        value,
        canonical=strictjson.dumps(value),
        warnings=warnings,
        keeps_workspace=origin == "api",
    )


def load(canonical: str) -> HandoffDocument:
    """The document of a stored revision, which was checked when it came in."""
    value = strictjson.reread(canonical)
    if not isinstance(value, dict):
        raise InvalidDocument("The stored document is no object.")
    return build(value, canonical=canonical)


def _invalid(
    found: list[shape.Fault], warnings: list[Problem], source: bytes | None
) -> InvalidDocument:
    hints = {each.pointer: each.detail.partition("; ")[2] for each in warnings}
    problems = [
        Problem(jsonplaces.pointer(fault.path), words.sentence(fault.path, fault.words))
        for fault in found[: shape.MOST_FAULTS]
    ]
    count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
    said = "; ".join(problem.detail for problem in problems[:3])
    more = "; …" if len(problems) > 3 else ""
    # A required member that is missing is often there under a slip of its name.
    slips = "".join(f" ({pointer}: {hint})" for pointer, hint in list(hints.items())[:3])
    return InvalidDocument(
        f"The handoff has {count}: {said}{more}.{slips}",
        errors=jsonplaces.with_places(source, problems),
    )
