"""The product's own copies of the protocol's JSON Schemas, served under ``/api/v1/schemas/``."""

import json
from functools import cache
from pathlib import Path
from typing import Any

NAMES = ("handoff-v1", "decision-v1", "checkpoint-v1")
_FOLDER = Path(__file__).resolve().parent.parent / "schemas"


@cache
def text(name: str) -> bytes:
    """The schema file's bytes; ``name`` is one of ``NAMES``, with ``.json`` or without it.

    Raises ``KeyError`` for any other name (no path is ever made from it).
    """
    stem = name.removesuffix(".json").removesuffix(".schema")
    if stem not in NAMES:
        raise KeyError(name)
    return (_FOLDER / f"{stem}.schema.json").read_bytes()


@cache
def load(name: str) -> dict[str, Any]:
    """The schema as a value; shared, so not to be changed."""
    found: dict[str, Any] = json.loads(text(name))
    return found
