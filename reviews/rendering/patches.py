"""Agents' unified diffs and git patches as rows, without applying or believing them.

Where a patch contradicts itself (counts, paths, unreadable lines) the note says so: a reader must
learn that a tool could apply it otherwise than it looks.
"""

import re
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews import veils
from reviews.rendering import lines
from reviews.rendering.decoding import join_notes
from reviews.rendering.diff import Hunk
from reviews.rendering.patch_headers import FileDiff, Head
from reviews.rendering.rows import WORD_STEPS, Row, changed_rows, draw_line, with_no_final_feed
from reviews.rendering.text import encodable, visible

LIMIT_CHARACTERS = 4 * 1024 * 1024
LIMIT_FILES = 1_000
LIMIT_ROWS = 24_000

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(.*)", re.DOTALL)

# Behind a removed line that has no line feed, until it is drawn; no split line can hold one.
_NO_FEED = "\n"


def parse_patch(text: str) -> list[FileDiff]:
    """The files of a unified diff, git's or plain, in order; [] where there is none."""
    body = veils.veil_part(encodable(text), 0, LIMIT_CHARACTERS)
    ends = ""
    if "\r\n" in body and body.count("\r\n") >= body.count("\n") - 1:
        body = body.replace("\r\n", "\n")
        ends = _("Its line ends are CRLF.")
    files = _Reader(body.split("\n")).read()
    cut = _("The patch is cut here: it is too large.") if len(text) > LIMIT_CHARACTERS else ""
    if files and (ends or cut):
        files[0] = replace(files[0], note=join_notes(ends, files[0].note))
        files[-1] = replace(files[-1], note=join_notes(files[-1].note, cut))
    return files


class _Reader:
    """Walks the lines once; `at` is the next line. Git's headers open a file, "---" does too."""

    def __init__(self, found: list[str]) -> None:
        self.lines = found
        self.at = 0
        self.rows = 0
        self.strange = 0
        self.budget = lines.Budget(WORD_STEPS)

    def read(self) -> list[FileDiff]:
        files: list[FileDiff] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.startswith("diff --git ") or self._is_plain_start():
                if len(files) >= LIMIT_FILES or self.rows >= LIMIT_ROWS:
                    more = _("More files follow that are not shown here.")
                    files[-1] = replace(files[-1], note=join_notes(files[-1].note, more))
                    return files
                files.append(self._file())
                continue
            self.at += 1
            if files and line.strip() and not _is_mail_end(line):
                self.strange += 1
        if files and self.strange:
            note = ngettext(
                "%(count)d line of the patch belongs to no file.",
                "%(count)d lines of the patch belong to no file.",
                self.strange,
            ) % {"count": self.strange}
            files[-1] = replace(files[-1], note=join_notes(files[-1].note, note))
        return files

    def _is_plain_start(self) -> bool:
        here = self.lines[self.at : self.at + 2]
        return len(here) == 2 and here[0].startswith("--- ") and here[1].startswith("+++ ")

    def _file(self) -> FileDiff:
        head = Head()
        if not self._is_plain_start():
            head.take(self.lines[self.at])
            self.at += 1
            while self.at < len(self.lines) and not self._is_plain_start():
                if not head.take(self.lines[self.at]):
                    break
                self.at += 1
        if self.at < len(self.lines) and self._is_plain_start():
            head.name(self.lines[self.at][4:], self.lines[self.at + 1][4:])
            self.at += 2
        hunks: list[Hunk] = []
        torn = 0
        while self.at < len(self.lines) and (opening := _HUNK.match(self.lines[self.at])):
            self.at += 1
            hunk, is_whole = self._hunk(opening)
            hunks.append(hunk)
            torn += not is_whole
        return head.done(hunks, torn)

    def _hunk(self, opening: re.Match[str]) -> tuple[Hunk, bool]:
        """The hunk after its "@@" line, and whether it has the lines that this promised."""
        old_left, new_left = (int(opening[group] or 1) for group in (2, 4))
        rows = _Rows(int(opening[1]), int(opening[3]), self.budget)
        while self.at < len(self.lines) and (old_left > 0 or new_left > 0):
            line = self.lines[self.at]
            kind = line[:1] or " "
            # Editors strip the blank of an empty context line; the last "" only ends the text.
            if kind not in "+- \\" or (not line and self.at == len(self.lines) - 1):
                break
            if self.rows + rows.count >= LIMIT_ROWS:
                break
            self.at += 1
            if kind == "\\":
                rows.without_feed()
                continue
            rows.take(kind, line[1:])
            old_left -= kind != "+"
            new_left -= kind != "-"
        if self.at < len(self.lines) and self.lines[self.at].startswith("\\ "):
            rows.without_feed()
            self.at += 1
        self.rows += rows.count
        return Hunk(visible(opening[0][:500]), rows.done()), old_left == new_left == 0


class _Rows:
    """Rows of one hunk: a block of removed and added lines is drawn when it is complete."""

    def __init__(self, old_no: int, new_no: int, budget: lines.Budget) -> None:
        self.old_no = old_no
        self.new_no = new_no
        self.budget = budget
        self.count = 0
        self.rows: list[Row] = []
        self.removed: list[str] = []
        self.added: list[str] = []

    def take(self, kind: str, line: str) -> None:
        self.count += 1
        if kind == "+":
            self.added.append(line)
            return
        if self.added or kind == " ":
            self.done()
        if kind == "-":
            self.removed.append(line)
            return
        self.rows.append(Row(" ", self.old_no, self.new_no, draw_line([("", line)])))
        self.old_no += 1
        self.new_no += 1

    def without_feed(self) -> None:
        """Git's "\\ No newline at end of file" speaks of the line before it."""
        if self.added or not self.removed:
            self.done()
            if self.rows:
                self.rows[-1] = with_no_final_feed(self.rows[-1])
        else:
            self.removed[-1] += _NO_FEED

    def done(self) -> list[Row]:
        # A hunk starts in the middle of a file, perhaps of a string: colours would mislead.
        drawn = changed_rows(
            [[("", line.removesuffix(_NO_FEED))] for line in self.removed],
            [[("", line)] for line in self.added],
            old_no=self.old_no,
            new_no=self.new_no,
            budget=self.budget,
        )
        for at, line in enumerate(self.removed):
            if line.endswith(_NO_FEED):
                drawn[at] = with_no_final_feed(drawn[at])
        self.rows.extend(drawn)
        self.old_no += len(self.removed)
        self.new_no += len(self.added)
        self.removed, self.added = [], []
        return self.rows


def _is_mail_end(line: str) -> bool:
    """The signature of `git format-patch`: "-- " and a version."""
    return line in {"-- ", "--"} or bool(re.fullmatch(r"\d+\.\d+[.\w-]*", line))
