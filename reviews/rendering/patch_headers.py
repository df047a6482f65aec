"""The header lines of one file in a patch: its paths, modes and what to be careful about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from reviews.rendering.decoding import join_notes
from reviews.rendering.diff import Hunk

NOWHERE = "/dev/null"
_OCTAL_OR_LETTER = re.compile(r"\\([0-7]{3}|.)", re.DOTALL)
_LETTERS = {"n": 10, "t": 9, "r": 13, "a": 7, "b": 8, "f": 12, "v": 11, '"': 34, "\\": 92}


@dataclass(frozen=True)
class FileDiff:
    """One file of a patch. Paths are as written, unquoted, without the a/ and b/ of git.

    `status` is "added", "deleted", "renamed", "copied" or "modified"; the path of a side that is
    not there is "". `note` holds warnings (paths that leave the tree, torn hunks, modes).
    """

    old_path: str
    new_path: str
    status: str = "modified"
    hunks: list[Hunk] = field(default_factory=list)
    added: int = 0
    removed: int = 0
    is_binary: bool = False
    note: str = ""

    @property
    def path(self) -> str:
        return self.new_path or self.old_path


@dataclass
class Head:
    """What a file's header lines said so far."""

    old: str = ""
    new: str = ""
    status: str = "modified"
    is_binary: bool = False
    in_binary: bool = False
    is_odd: bool = False
    modes: list[str] = field(default_factory=list)

    def take(self, line: str) -> bool:
        """Whether `line` belongs to the header, and then what it said."""
        if self.in_binary:  # the body of "GIT binary patch" is base85 up to the next file
            return not line.startswith("diff --git ")
        if line.startswith("diff --git "):
            if self.old or self.new:
                return False
            self.old, self.new = map(header_path, _two_paths(line.removeprefix("diff --git ")))
            return True
        for prefix, status in (
            ("new file mode ", "added"), ("deleted file mode ", "deleted"),
            ("rename from ", "renamed"), ("copy from ", "copied"),
        ):  # fmt: skip
            if line.startswith(prefix):
                self.status = status
                if status in {"added", "deleted"}:
                    self.modes.append(line.removeprefix(prefix))
                else:
                    self.old = _unquoted(line.removeprefix(prefix))
                return True
        if line.startswith(("rename to ", "copy to ")):
            self.new = _unquoted(line.split(" to ", 1)[1])
            return True
        if line.startswith(("old mode ", "new mode ")):
            self.modes.append(line.split(" mode ", 1)[1])
            return True
        if line.startswith(("Binary files ", "GIT binary patch")):
            self.is_binary = True
            self.in_binary = line.startswith("GIT")
            return True
        return line.startswith(("index ", "similarity index ", "dissimilarity index "))

    def name(self, old: str, new: str) -> None:
        """The "---" and "+++" lines: these are what tools apply, so they win."""
        old, new = header_path(old), header_path(new)
        named = {path for path in (self.old, self.new) if path}
        self.is_odd = bool(named) and not {old, new} - {NOWHERE} <= named
        self.old, self.new = old, new

    def done(self, hunks: list[Hunk], torn: int) -> FileDiff:
        old, new = _real_path(self.old), _real_path(self.new)
        status = self.status
        if status == "modified" and not (old and new):
            status = "deleted" if old else "added"
        rows = [row for hunk in hunks for row in hunk.rows]
        return FileDiff(
            old_path="" if status == "added" else old,
            new_path="" if status == "deleted" else new,
            status=status,
            hunks=hunks,
            added=sum(row.kind == "+" for row in rows),
            removed=sum(row.kind == "-" for row in rows),
            is_binary=self.is_binary,
            note=join_notes(*_warnings({old, new}, self, torn)),
        )


def _warnings(paths: set[str], head: Head, torn: int) -> Iterator[str]:
    if any(path.startswith(("/", "\\")) or path[1:3] == ":\\" for path in paths):
        yield _("Careful: the path is absolute.")
    if any(".." in re.split(r"[/\\]", path) for path in paths):
        yield _("Careful: the path climbs out with “..”.")
    if any(".git" in re.split(r"[/\\]", path.lower()) for path in paths):
        yield _("Careful: the path leads into a .git folder.")
    if head.is_odd:
        yield _("Careful: its header lines name different files.")
    if head.is_binary:
        yield _("Binary: not inspectable.")
    if len(head.modes) == 2:
        yield _("Mode %(old)s becomes %(new)s.") % {
            "old": head.modes[0][:9],
            "new": head.modes[1][:9],
        }
    if any(mode.startswith("120") for mode in head.modes):
        yield _("A symbolic link.")
    if any(mode.startswith("160") for mode in head.modes):
        yield _("A submodule.")
    if head.status == "added" and any(mode.startswith("100755") for mode in head.modes):
        yield _("Executable.")
    if torn:
        yield _("The line counts of a hunk do not match its lines: this part may apply otherwise.")


def _two_paths(written: str) -> tuple[str, str]:
    """Both paths of "diff --git a/x b/x", which git does not quote for blanks in them."""
    middle = len(written) // 2
    if written[:middle][2:] == written[middle + 1 :][2:] and written[middle : middle + 1] == " ":
        return written[:middle], written[middle + 1 :]
    for separator in (' "', " b/", " "):
        old, found, new = written.partition(separator)
        if found:
            return old, separator[1:] + new
    return written, written


def header_path(written: str) -> str:
    """A path of a header line: git's a/ and b/ and a tab with a date are not part of it."""
    path = _unquoted(written) if written.startswith('"') else written.split("\t", 1)[0]
    return path[2:] if path.startswith(("a/", "b/")) else path


def _real_path(path: str) -> str:
    return "" if path == NOWHERE else path


def _unquoted(path: str) -> str:
    """Git's C-style quoting undone: octal escapes are bytes of UTF-8."""
    if len(path) < 2 or not (path.startswith('"') and path.endswith('"')):
        return path

    def byte(found: re.Match[str]) -> bytes:
        escape = found[1]
        if len(escape) == 3:
            return bytes([int(escape, 8) & 255])
        return bytes([_LETTERS[escape]]) if escape in _LETTERS else escape.encode()

    parts: list[bytes] = []
    position = 0
    inner = path[1:-1]
    for found in _OCTAL_OR_LETTER.finditer(inner):
        parts.append(inner[position : found.start()].encode())
        parts.append(byte(found))
        position = found.end()
    parts.append(inner[position:].encode())
    return b"".join(parts).decode("utf-8", "replace")
