"""What the protocol asks of a handoff beyond the shape of its JSON."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from reviews.schema import arguments, dates, words
from reviews.schema.build import inline_content
from reviews.schema.shape import Fault, Path
from workspaces import strictjson

LARGEST_STATE = 256 * 1024
LARGEST_CONTENT = 1024 * 1024
MOST_SUBSCHEMAS = 2000  # over all args_schema of one handoff

_OBJECTS: tuple[Path, ...] = ((), ("context",), ("callback",), ("target",), ("checkpoint",))
_LISTS = ("actions", "files", "logs", "links")


def faults(
    value: Mapping[str, Any], now: datetime | None, known: Collection[Fault] = ()
) -> Iterator[Fault]:
    """Faults beyond ``known``, those of the shape; ``now`` None leaves ``expires_at`` unjudged.

    What has a fault already is left out, so everything looked at here has its right type.
    """
    taken = _without({each.path for each in known}, value, ())
    expires_at = dates.parse(taken.get("expires_at", ""))
    if now is not None and expires_at is not None and expires_at <= now:
        yield Fault(("expires_at",), "is in the past")
    yield from _of_actions(taken.get("actions", {}))
    context = taken.get("context", {})
    for member in ("files", "logs"):
        yield from _of_files(context.get(member, {}), ("context", member))
    for index, link in context.get("links", {}).items():
        if "url" in link:
            yield from _of_url(link["url"], ("context", "links", index, "url"))
    for member, name in (("callback", "url"), ("target", "agent_card_url")):
        if name in taken.get(member, {}):
            yield from _of_url(taken[member][name], (member, name))
    state = taken.get("checkpoint", {}).get("state")
    if len(strictjson.dumps(state).encode()) > LARGEST_STATE:
        yield Fault(
            ("checkpoint", "state"), f"may have {LARGEST_STATE // 1024} KiB of JSON at most"
        )


def _without(faulty: set[Path], value: Any, at: Path) -> Any:
    """The value down to three levels, lists as ``{index: entry}``, faulty parts left out."""
    if isinstance(value, list) and at and at[-1] in _LISTS:
        members: Iterable[tuple[str | int, Any]] = enumerate(value)
    elif isinstance(value, dict) and at in _OBJECTS:
        members = value.items()
    else:
        return value
    return {
        name: _without(faulty, inner, (*at, name))
        for name, inner in members
        if not any(each[: len(at) + 1] == (*at, name) for each in faulty)
        or ((*at, name) in _OBJECTS and isinstance(inner, dict))
        or (name in _LISTS and isinstance(inner, list) and (*at, name) not in faulty)
    }


def _of_actions(actions: Mapping[int, dict[str, Any]]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    total = 0
    for index, action in actions.items():
        name = action.get("id", str(index))
        if name in seen:
            where = "id" if "id" in action else ""
            at: Path = ("actions", index, where) if where else ("actions", index)
            yield Fault(at, f'has the id "{name[:100]}", as actions[{seen[name]}] has')
        seen.setdefault(name, index)
        if "args_schema" in action:
            total += arguments.size(action["args_schema"])
            here: Path = ("actions", index, "args_schema")
            if total > MOST_SUBSCHEMAS:
                yield Fault(here, f"is too much: {MOST_SUBSCHEMAS} objects in all at most")
                return
            for inner, said in arguments.faults_of_schema(action["args_schema"]):
                yield Fault((*here, *inner), said)


def _of_files(files: Mapping[int, str | dict[str, Any]], at: Path) -> Iterator[Fault]:
    contents: dict[str, bytes | None] = {}
    for index, file in files.items():
        path = file if isinstance(file, str) else file["path"]
        content: bytes | None = None
        if isinstance(file, dict):
            try:
                content = inline_content(file)
            except ValueError:
                yield Fault((*at, index, "content_base64"), "is not base64")
                continue
        if content is not None and len(content) > LARGEST_CONTENT:
            yield Fault((*at, index), f"may carry {LARGEST_CONTENT:,} bytes at most")
        if path in contents and contents[path] != content:
            yield Fault((*at, index), f'names "{path[:100]}" again with another content')
        contents.setdefault(path, content)


def _of_url(url: str, at: Path) -> Iterator[Fault]:
    """The form alone; names are resolved only when the address is used."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, has_host = None, False
    if parts is None or parts.scheme not in ("http", "https") or not has_host:
        yield Fault(at, words.PATTERNS["^https?://"] + " and names a host")
    elif not url.isascii() or any(sign <= " " or sign in '<>"\\^`{|}\x7f' for sign in url):
        yield Fault(at, "must be a web address without spaces or bare special characters")
    elif parts.username is not None or parts.password is not None:
        yield Fault(at, "must not carry a user name or a password")
