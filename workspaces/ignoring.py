"""``.handoffignore``: gitignore syntax in the root of a workspace, read as the hostile input it is.

Patterns become regular expressions, so their number and wildcards are bounded: an agent must not
be able to hold up the scan for everybody with one line of asterisks.
"""

import re
from dataclasses import dataclass

from pathspec import GitIgnoreSpec

from workspaces.paths import printable
from workspaces.storage import FileMissing, Root, StorageError

IGNORE_NAME = ".handoffignore"
MAX_BYTES = 64 * 1024
MAX_PATTERNS = 500
MAX_WILDCARDS = 3

_ONE_STAR = re.compile(r"(?<!\*)\*(?!\*)")


@dataclass(frozen=True, slots=True)
class Ignored:
    """What .handoffignore names; ``problems`` are sentences about lines not understood."""

    spec: GitIgnoreSpec | None = None
    problems: tuple[str, ...] = ()

    def has_file(self, path: str) -> bool:
        return self.spec is not None and self.spec.match_file(path)

    def has_folder(self, path: str) -> bool:
        return self.spec is not None and self.spec.match_file(path + "/")


def load(root: Root) -> Ignored:
    """The root's .handoffignore; nothing is ignored when it is absent or cannot be read."""
    try:
        data, _ = root.read(IGNORE_NAME, MAX_BYTES)
    except FileMissing:
        return Ignored()
    except StorageError as error:
        return Ignored(problems=(error.detail,))
    return parse(data.decode(errors="replace"))


def parse(text: str) -> Ignored:
    """Lines of gitignore syntax; lines not taken are left out and told in ``problems``."""
    lines: list[str] = []
    problems: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if len(lines) == MAX_PATTERNS:
            problems.append(f"Only the first {MAX_PATTERNS} patterns count (line {number}).")
            break
        if reason := _refusal(line):
            problems.append(f"Line {number}, “{printable(line[:80])}”: {reason}")
        else:
            lines.append(line)
    return Ignored(GitIgnoreSpec.from_lines(lines) if lines else None, tuple(problems))


def _refusal(line: str) -> str | None:
    stars = max(len(_ONE_STAR.findall(part)) for part in line.split("/"))
    if stars > MAX_WILDCARDS or line.count("**") > MAX_WILDCARDS:
        return f"more than {MAX_WILDCARDS} wildcards; use fewer."
    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return "not a gitignore pattern."
    return None
