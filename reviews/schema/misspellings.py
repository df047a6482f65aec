"""Members that look like a misspelt one: kept, but named in ``warnings``."""

import difflib
from collections.abc import Iterator
from functools import lru_cache

from reviews.schema import shape, words
from workspaces import jsonplaces
from workspaces.errors import Problem

MOST_WARNINGS = 50
MOST_LOOKED_AT = 2000  # unknown members; a document may have very many
LONGEST_NAME = 40
NEAR = 0.75


def warnings(value: object, root: shape.Schema) -> list[Problem]:
    """One warning for each unknown member that is nearly a known one at the same level.

    The same slip at the same kind of place (in each of 2,000 steps, say) is told once.
    """
    found: dict[tuple[int, str], Problem] = {}
    for looked_at, (at, name, schema) in enumerate(_unknown(value, root, root, ())):
        if len(found) == MOST_WARNINGS or looked_at == MOST_LOOKED_AT:
            break
        meant = _nearest(name, tuple(schema["properties"]))
        if meant and (id(schema), name) not in found:
            found[id(schema), name] = Problem(
                jsonplaces.pointer((*at, name)),
                words.sentence((*at, name), f'is not a known member; did you mean "{meant}"?'),
            )
    return list(found.values())


def _unknown(
    value: object, schema: shape.Schema, root: shape.Schema, at: shape.Path
) -> Iterator[tuple[shape.Path, str, shape.Schema]]:
    schema = shape.branch(value, schema, root)
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        for name, inner in value.items():
            if name in known:
                yield from _unknown(inner, known[name], root, (*at, name))
            else:
                yield at, name, schema
    elif isinstance(value, list) and "items" in schema and len(value) <= schema.get("maxItems", 0):
        inner_schema = shape.resolved(schema["items"], root)
        if "properties" in inner_schema or "anyOf" in inner_schema:
            for index, inner in enumerate(value):
                yield from _unknown(inner, inner_schema, root, (*at, index))


@lru_cache(maxsize=1000)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    if len(name) > LONGEST_NAME:
        return None
    plain = {_plain(each): each for each in known}
    near = difflib.get_close_matches(_plain(name), plain, n=1, cutoff=NEAR)
    return plain[near[0]] if near else None


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")
