"""The reader's list of changes to ask for: their drafts, and what is open of the last request."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews import checklist, line_comments
from reviews.given import Given, LineComment
from reviews.models import ChangePoint
from reviews.rendering.text import plain, visible
from reviews.views.place import Place

FIELD, SHOWN = "point", "changes-shown"
STATES = {
    "done": ("check", "ok", gettext_lazy("done")),
    "declined": ("x", "bad", gettext_lazy("declined")),
    "question": ("circle-question-mark", "info", gettext_lazy("asks back")),
}


@dataclass(frozen=True)
class Entry:
    """One line of the list; `id` is "d12" for a draft, "p7" for a point that is still open."""

    id: str
    pk: int
    body: SafeString
    raw: str
    where: str
    url: str
    file: int
    anchor: str
    is_draft: bool
    since: str
    ticked: bool
    comment: LineComment


@dataclass(frozen=True)
class Row:
    """One point of the last request beside the agent's answer and the desk's look."""

    pk: int
    body: SafeString
    where: str
    url: str
    icon: str
    css: str
    said: str
    note: SafeString | str
    fact: str
    is_settled: bool
    marked_by: str


class ChangeList:
    """For the round's page; empty where the reader may not decide."""

    def __init__(self, place: Place, *, may_write: bool, posted: QueryDict | None = None) -> None:
        self.place = place
        self.may_write = may_write
        self.ticks = set(posted.getlist(FIELD)) if posted and SHOWN in posted else None
        self.numbers = {file.path: n for n, file in reversed([*enumerate(place.files, 1)])}
        self._points = line_comments.known(place.handoff)
        self.checklist = checklist.of(place.revision, self._points)
        self.entries = list(self._entries()) if may_write else []

    def __len__(self) -> int:
        return len(self.entries)

    def rows(self) -> list[Row]:
        return [self._row(item) for item in self.checklist.items] if self.checklist else []

    def _entries(self) -> Iterator[Entry]:
        drafts = line_comments.drafts_among(self._points, self.place.user)
        known = {(each.path, each.body) for each in drafts}
        for point in drafts:
            comment = line_comments.as_comment(point, self.place.revision)
            is_old = point.revision_id != self.place.revision.pk
            since = _("written on round %(n)d") % {"n": point.revision.number} if is_old else ""
            yield self._entry(f"d{point.pk}", point, comment, since=since)
        if self.checklist is None:
            return
        since = _("from round %(n)d") % {"n": self.checklist.request.revision.number}
        for item in self.checklist.open:
            point = item.point
            if (point.path, point.body) not in known:
                comment = line_comments.carried(point, self.place.revision, item.line)
                yield self._entry(f"p{point.pk}", point, comment, since=since)

    def _entry(self, id_: str, point: ChangePoint, comment: LineComment, *, since: str) -> Entry:
        path, line, old_line = comment.path or "", comment.line, comment.old_line
        number = self.numbers.get(path, 0)
        anchor = _anchor(number, line, old_line)
        return Entry(
            id=id_,
            pk=point.pk,
            body=visible(point.body, multiline=True),
            raw=point.body,
            where=_where(path, line, old_line),
            url=self._url(number, anchor),
            file=number,
            anchor=anchor,
            is_draft=id_.startswith("d"),
            since=since,
            ticked=self.ticks is None or id_ in self.ticks,
            comment=comment,
        )

    def _row(self, item: checklist.Item) -> Row:
        point, answer = item.point, item.answer
        icon, css, said = STATES[answer.status] if answer else ("circle", "", _("not answered"))
        number = self.numbers.get(point.path, 0)
        facts = {
            "changed": _("line changed") if point.line else _("file changed"),
            "unchanged": _("line unchanged") if point.line else _("file unchanged"),
            "gone": _("file is gone"),
        }
        marked = ""
        if point.mark and point.marked_by:
            word = _("Ticked off") if item.is_settled else _("Reopened")
            marked = _("%(what)s by %(who)s") % {"what": word, "who": point.marked_by}
        return Row(
            pk=point.pk,
            body=visible(point.body, multiline=True),
            where=_where(point.path, point.line, point.old_line),
            url=self._url(number, _anchor(number, item.line, None)),
            icon=icon,
            css=css,
            said=str(said),
            note=visible(answer.note, multiline=True) if answer else "",
            fact=facts.get(item.fact, ""),
            is_settled=item.is_settled,
            marked_by=marked,
        )

    def _url(self, number: int, anchor: str) -> str:
        if not number:
            return ""
        return f"{self.place.url(tab='files', file=number)}#{anchor or 'evidence'}"


def attach(given: Given, changes: Callable[[], ChangeList]) -> Given:
    """A request for changes with what the page showed ticked; other verdicts as they are."""
    if given.verdicts[0].type != "request_changes":
        return given
    found = changes()
    if found.ticks is None:
        return given
    chosen = tuple(entry.comment for entry in found.entries if entry.ticked)
    return replace(given, comments=(*given.comments, *chosen))


def _anchor(number: int, line: int | None, old_line: int | None) -> str:
    if not number:
        return ""
    if line:
        return f"file-{number}-L{line}"
    return f"file-{number}-O{old_line}" if old_line else ""


def _where(path: str, line: int | None, old_line: int | None) -> str:
    if not path:
        return _("whole handoff")
    if line:
        return f"{plain(path)}:{line}"
    if old_line:
        return _("%(path)s, removed line %(n)d") % {"path": plain(path), "n": old_line}
    return plain(path)
