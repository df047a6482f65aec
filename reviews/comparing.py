"""What a round is compared with, and what differs between two documents.

Three bases: the round before; the reader's last look (the newest earlier round they have a
``handoff.seen`` of); and the last approved version of each file: the same path in the newest
handoff, of the last ``LOOKED_AT`` that the same agent touched in the same workspace, that ended
approved or edited. After an edit the approved bytes are those the reviewer left.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from reviews import event_kinds
from reviews.models import Artifact, Decision, Handoff, Outcome, Revision, Status
from reviews.schema.document import HandoffDocument
from workspaces import strictjson
from workspaces.models import Event, User

LOOKED_AT = 200
APPROVED_KEPT = 20
MOST_CHANGES = 200
APPROVED = "approved"


@dataclass(frozen=True)
class Base:
    """``key`` is the address's: "r2" or "approved"; ``number`` the round's, 0 for approved."""

    key: str
    label: str
    number: int = 0


@dataclass(frozen=True)
class Change:
    """One difference of two JSON values: ``kind`` is "added", "removed" or "changed"."""

    path: tuple[str | int, ...]
    kind: str
    old: Any = None
    new: Any = None


class Comparison:
    """The bases there are for one reader of one round, and the one in use."""

    def __init__(self, handoff: Handoff, revision: Revision, user: User, asked: str) -> None:
        self.handoff, self.revision, self.user = handoff, revision, user
        self.asked = asked

    @cached_property
    def last_look(self) -> int:
        """The newest round before this one that the reader has seen; 0 for none."""
        if self.revision.number < 2:
            return 0
        payloads = Event.objects.filter(
            subject_type="handoff",
            subject_id=self.handoff.public_id,
            kind=event_kinds.SEEN,
            actor_kind="human",
            actor_id=str(self.user.pk),
        ).values_list("payload", flat=True)
        seen = [(payload or {}).get("revision", 0) for payload in payloads]
        return max((n for n in seen if n < self.revision.number), default=0)

    @cached_property
    def bases(self) -> list[Base]:
        """My last look first, then the round before, then what was approved last."""
        number = self.revision.number
        found = []
        if self.last_look:
            label = _("Round %(n)d, your last look") % {"n": self.last_look}
            found.append(Base(f"r{self.last_look}", label, self.last_look))
        if number > 1 and self.last_look != number - 1:
            label = _("Round %(n)d, the one before") % {"n": number - 1}
            found.append(Base(f"r{number - 1}", label, number - 1))
        is_asked = self.asked == APPROVED
        if (number == 1 or is_asked) and not self._approved_handoffs:
            if is_asked:
                found.append(Base(APPROVED, _("Nothing was approved yet")))
        else:  # looked for when it is asked for
            found.append(Base(APPROVED, _("Last approved version")))
        return found

    @cached_property
    def base(self) -> Base | None:
        """The one asked for, else the first; without an earlier round only what is asked for."""
        asked = next((base for base in self.bases if base.key == self.asked), None)
        if asked is None and self.asked[:1] == "r" and self.asked[1:].isdecimal():
            number = int(self.asked[1:6])
            if 0 < number < self.revision.number:
                return Base(self.asked, _("Round %(n)d") % {"n": number}, number)
        return asked or next((base for base in self.bases if base.number), None)

    @cached_property
    def round(self) -> Revision | None:
        """The round compared with, where it is one."""
        if self.base is None or not self.base.number:
            return None
        return self.handoff.revisions.filter(number=self.base.number).first()

    @cached_property
    def files(self) -> dict[str, Artifact]:
        """{path: the file compared with}"""
        if self.base is None:
            return {}
        if self.base.key == APPROVED:
            return self._approved_files()
        rows = Artifact.objects.filter(
            revision__handoff=self.handoff,
            revision__number=self.base.number,
            kind=Artifact.Kind.FILE,
        )
        return {row.path: row for row in rows.order_by("-position")}

    def before(self, artifact: Artifact) -> Artifact | None:
        """The other version of a file, under its earlier name where it was renamed."""
        found = self.files.get(artifact.path)
        if found is None and artifact.previous_path:
            found = self.files.get(artifact.previous_path)
        return found

    @cached_property
    def _approved_handoffs(self) -> list[int]:
        """Newest first; bounded by walking the agent's own index."""
        recent = (
            Handoff.objects.filter(submitter=self.handoff.submitter_id)
            .order_by("-updated_at", "-pk")
            .values_list("pk", "workspace_id", "status", "outcome")[:LOOKED_AT]
        )
        good = (Outcome.APPROVED, Outcome.EDITED)
        return [
            pk
            for pk, workspace, status, outcome in recent
            if workspace == self.handoff.workspace_id
            and status == Status.DECIDED
            and outcome in good
            and pk != self.handoff.pk
        ][:APPROVED_KEPT]

    def _approved_files(self) -> dict[str, Artifact]:
        rows = Artifact.objects.filter(
            revision__handoff__in=self._approved_handoffs,
            revision__number=F("revision__handoff__revision"),
            kind=Artifact.Kind.FILE,
        ).select_related("revision")
        place = {pk: at for at, pk in enumerate(self._approved_handoffs)}
        edited = self._edited()
        found: dict[str, Artifact] = {}
        for row in sorted(rows, key=lambda row: place[row.revision.handoff_id], reverse=True):
            sha256 = edited.get((row.revision.handoff_id, row.path))
            if sha256 is not None:
                row.sha256, row.size, row.is_stored = sha256, None, True
            found[row.path] = row
        return found

    def _edited(self) -> dict[tuple[int, str], str]:
        rows = Decision.objects.filter(
            handoff__in=self._approved_handoffs,
            outcome=Outcome.EDITED,
            undone_at=None,
            gives_verdict=True,
        )
        return {
            (row.handoff_id, file["path"]): file["sha256"]
            for row in rows
            for entry in row.read_entries()
            for file in entry.get("edited_files", [])
        }


def of_values(old: Any, new: Any, path: tuple[str | int, ...] = ()) -> Iterator[Change]:
    """What differs between two JSON values, members by name, lists by place."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*old, *(name for name in new if name not in old)]:
            if name not in new:
                yield Change((*path, name), "removed", old=old[name])
            elif name not in old:
                yield Change((*path, name), "added", new=new[name])
            else:
                yield from of_values(old[name], new[name], (*path, name))
    elif isinstance(old, list) and isinstance(new, list):
        for at, (one, other) in enumerate(zip(old, new, strict=False)):
            yield from of_values(one, other, (*path, at))
        for at in range(len(new), len(old)):
            yield Change((*path, at), "removed", old=old[at])
        for at in range(len(old), len(new)):
            yield Change((*path, at), "added", new=new[at])
    elif strictjson.dumps(old) != strictjson.dumps(new):
        yield Change(path, "changed", old=old, new=new)


def of_actions(
    old: HandoffDocument, new: HandoffDocument
) -> Iterator[tuple[str, str, list[Change]]]:
    """(kind, name of the action, changes of its arguments and risk), by the actions' ids."""
    before = {action.id: action for action in old.actions}
    after = {action.id: action for action in new.actions}
    for each in (*old.actions, *(a for a in new.actions if a.id not in before)):
        was, is_ = before.get(each.id), after.get(each.id)
        if was is None or is_ is None:
            yield ("added" if was is None else "removed"), each.name, []
            continue
        changes = list(of_values(_facts(was), _facts(is_)))
        if changes:
            yield "changed", is_.name, changes[:MOST_CHANGES]


def _facts(action: Any) -> Mapping[str, Any]:
    """What approving an action means: its name, arguments and stated risk."""
    return {
        **({"name": action.name}),
        **({"risk": action.risk} if action.risk else {}),
        "args": action.args,
    }


def of(handoff: Handoff, revision: Revision, user: User, asked: str) -> Comparison:
    return Comparison(handoff, revision, user, asked)
