"""Points of a request for changes: drafts, private to their author, until a verdict carries them.

The protocol's ``comments`` name lines of the round's own file. A point about a line that is gone
goes with ``old_line`` and says so in its words, so that an agent that knows only the protocol
reads it too.
"""

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews import event_kinds, lifecycle
from reviews.given import Given, LineComment
from reviews.models import ChangePoint, Decision, Handoff, Revision
from reviews.permissions import may_decide
from reviews.verdict_rules import LONGEST_COMMENT, MOST_COMMENTS
from workspaces import clock, events
from workspaces.actors import Actor
from workspaces.errors import Conflict, Forbidden, Invalid, Problem
from workspaces.models import User
from workspaces.permissions import can
from workspaces.transactions import write

_IN_WORDS = 60  # characters kept free for "On line 12, which is removed: "


def drafts(handoff: Handoff, user: User) -> QuerySet[ChangePoint]:
    """What this person wrote and has not sent, or took back; in the order of files and lines."""
    unsent = Q(decision=None) | Q(decision__undone_at__isnull=False)
    rows = ChangePoint.objects.filter(unsent, handoff=handoff, author=user)
    return rows.order_by("path", Coalesce("line", "old_line", 0), "pk")


def add(
    *,
    handoff: Handoff,
    revision: Revision,
    user: User,
    body: str,
    path: str = "",
    line: int | None = None,
    old_line: int | None = None,
) -> ChangePoint:
    """Keep a draft. Raises Forbidden, Invalid, Conflict (the handoff is no longer open)."""
    _require_reviewer(handoff, user)
    text = _checked(body)
    if path and path not in _paths(revision):
        raise _invalid("/path", _("This round has no such file."))
    if (line is not None or old_line is not None) and not path:
        raise _invalid("/line", _("A line needs its file."))
    if any(each is not None and not 1 <= each < 2**31 for each in (line, old_line)):
        raise _invalid("/line", _("Lines count from 1."))
    with write():
        if not Handoff.objects.open().filter(pk=handoff.pk).exists():
            raise Conflict(_("This handoff is no longer open, so nothing can be asked of it."))
        if drafts(handoff, user).count() >= MOST_COMMENTS:
            detail = ngettext(
                "A request holds %(n)d point at most.",
                "A request holds %(n)d points at most.",
                MOST_COMMENTS,
            ) % {"n": MOST_COMMENTS}
            raise _invalid("", detail)
        return ChangePoint.objects.create(
            handoff=handoff,
            revision=revision,
            author=user,
            path=path,
            line=line,
            old_line=old_line,
            body=text,
            created_at=clock.now(),
        )


def edit(*, handoff: Handoff, user: User, pk: int, body: str) -> bool:
    """Change the words of one's own draft; False where there is no such draft."""
    _require_reviewer(handoff, user)
    text = _checked(body)
    with write():
        return bool(drafts(handoff, user).filter(pk=pk).order_by().update(body=text))


def remove(*, handoff: Handoff, user: User, pk: int) -> bool:
    """Throw one's own draft away; False where there is no such draft."""
    _require_reviewer(handoff, user)
    with write():
        count, _by_model = drafts(handoff, user).filter(pk=pk).order_by().delete()
    return bool(count)


def numbered(given: Given, revision: Revision) -> Given:
    """The same with an id for each comment, "r<round>-<place>", which the agent's next round
    answers to, and with words that say which line is meant where it is gone."""
    if not given.comments:
        return given
    comments = tuple(
        replace(each, key=f"r{revision.number}-{place}", body=_with_place(each))
        for place, each in enumerate(given.comments, 1)
    )
    return replace(given, comments=comments)


def sent(decision: Decision, comments: Sequence[LineComment]) -> None:
    """In the verdict's own transaction: its comments become points that can be ticked off."""
    kept = {each.point: each for each in comments if each.point is not None}
    mine = drafts(decision.handoff, decision.reviewer).filter(pk__in=kept)
    for row in mine:
        row.decision, row.key = decision, kept.pop(row.pk).key
        row.revision, row.mark, row.marked_by = decision.revision, ChangePoint.Mark.NONE, None
        row.save(update_fields=["decision", "key", "revision", "mark", "marked_by"])
    others = [each for each in comments if each.point is None or each.point in kept]
    ChangePoint.objects.bulk_create(
        ChangePoint(
            handoff=decision.handoff,
            revision=decision.revision,
            author=decision.reviewer,
            path=each.path or "",
            line=each.line,
            old_line=each.old_line,
            body=each.body,
            created_at=decision.decided_at,
            decision=decision,
            key=each.key,
        )
        for each in others
    )


def known(handoff: Handoff) -> list[ChangePoint]:
    """Every point of a handoff, drafts of all and what was sent, in one query."""
    rows = ChangePoint.objects.filter(handoff=handoff)
    return list(rows.select_related("revision", "decision__revision", "marked_by").order_by("pk"))


def drafts_among(points: Sequence[ChangePoint], user: User) -> list[ChangePoint]:
    """What ``drafts`` gives, of points that are known already."""
    rows = [each for each in points if each.author_id == user.pk and not _is_sent(each)]
    return sorted(rows, key=lambda row: (row.path, row.line or row.old_line or 0, row.pk))


def last_request(
    points: Sequence[ChangePoint], before: Revision
) -> tuple[Decision, list[ChangePoint]] | None:
    """The newest request for changes on a round before this one that stands and has points, and
    these in the order in which the agent got them."""
    asked: dict[int, list[ChangePoint]] = {}
    for point in points:
        if point.decision is not None and _is_sent(point):
            asked.setdefault(point.decision.pk, []).append(point)
    earlier = {
        pk: found[0].decision
        for pk, found in asked.items()
        if found[0].decision and found[0].decision.revision.number < before.number
    }
    if not earlier:
        return None
    last = max(earlier.values(), key=lambda each: (each.revision.number, each.pk))
    return last, sorted(asked[last.pk], key=lambda row: int(row.key.rpartition("-")[2] or 0))


def _is_sent(point: ChangePoint) -> bool:
    """With a verdict: the points of a vote that was only counted never reached the agent."""
    decision = point.decision
    return decision is not None and decision.undone_at is None and decision.gives_verdict


def mark(*, handoff: Handoff, user: User, pk: int, as_: str) -> ChangePoint:
    """Tick off ("settled") or reopen ("reopened") a point that was sent; an Event says who.

    Raises Forbidden, Invalid, Conflict (there is no such point, or it is marked so already).
    """
    allowed = may_decide(user, handoff)
    if not allowed:
        raise Forbidden(allowed.reason)
    if as_ not in (ChangePoint.Mark.SETTLED, ChangePoint.Mark.REOPENED):
        raise _invalid("/mark", _("A point is ticked off or reopened."))
    with write():
        rows = ChangePoint.objects.filter(
            pk=pk, handoff=handoff, decision__isnull=False, decision__undone_at=None
        ).exclude(mark=as_)
        if not rows.update(mark=as_, marked_by=user):
            raise Conflict(_("This point is marked so already, or is gone."))
        events.record(
            handoff.workspace_id,
            event_kinds.POINT_MARKED,
            subject=lifecycle.subject(handoff),
            actor=Actor.user(user),
            payload={"revision": handoff.revision, "point": pk, "mark": as_},
        )
    return ChangePoint.objects.get(pk=pk)


def as_comment(point: ChangePoint, shown: Revision) -> LineComment:
    """A point as it is sent with a verdict on the round ``shown``. Lines of another round and
    files that this one does not have are named in its words."""
    if point.path and point.path not in _paths(shown):
        return LineComment(body=f"{point.path}: {point.body}", point=point.pk)
    if point.line and point.revision_id != shown.pk:
        place = _("On line %(n)d of round %(round)d: ")
        named = place % {"n": point.line, "round": point.revision.number}
        return LineComment(body=named + point.body, path=point.path, point=point.pk)
    return LineComment(
        body=point.body,
        path=point.path or None,
        line=point.line,
        old_line=point.old_line,
        point=point.pk,
    )


def carried(point: ChangePoint, shown: Revision, line: int | None) -> LineComment:
    """A point of an earlier request, asked for once more; ``line`` is where it is now."""
    if point.path and point.path not in _paths(shown):
        return LineComment(body=f"{point.path}: {point.body}")
    return LineComment(body=point.body, path=point.path or None, line=line if point.path else None)


def _with_place(comment: LineComment) -> str:
    if comment.old_line is None or comment.line is not None:
        return comment.body
    place = _("On line %(n)d, which is removed: ") % {"n": comment.old_line}
    return comment.body if comment.body.startswith(place) else place + comment.body


def _paths(revision: Revision) -> set[str]:
    document = revision.parsed
    return {file.path for file in (*document.files, *document.logs)}


def _checked(body: str) -> str:
    text = body.strip().replace("\x00", "\ufffd").replace("\r\n", "\n")
    most = LONGEST_COMMENT - _IN_WORDS
    if not text or len(text) > most or any("\ud800" <= each <= "\udfff" for each in text):
        raise _invalid("/body", _("A comment has 1 to %(n)d characters.") % {"n": most})
    return text


def _invalid(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[Problem(pointer, detail)])


def _require_reviewer(handoff: Handoff, user: User) -> None:
    allowed = can(user, "review", handoff.workspace_id)
    if not allowed:
        raise Forbidden(allowed.reason)
