"""The answer of a round: one signed decision/v1 document, the same by every way back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from reviews import answers_document, dialects, edited_files, signing
from reviews.models import Answer, Artifact, Decision, Handoff, Outcome, Revision, Rule, Status
from workspaces import strictjson
from workspaces.actors import SYSTEM, Actor
from workspaces.models import Agent, User


@cache
def signing_key() -> signing.SigningKey:
    return signing.load_or_create(Path(settings.HANDOFF_SIGNING_KEY))


def of_decision(decision: Decision, *, at: datetime) -> Answer:
    """The unsaved answer that releases ``decision``; puts edited files into the workspace."""
    status = (
        Status.CHANGES_REQUESTED
        if decision.outcome == Outcome.CHANGES_REQUESTED
        else Status.DECIDED
    )
    entries = decision.read_entries()
    others = list(
        Decision.objects.filter(revision=decision.revision_id, undone_at=None, gives_verdict=False)
        .select_related("reviewer")
        .order_by("slot")
    )
    edited = [file for entry in entries for file in entry.get("edited_files", [])]
    if edited:
        written = edited_files.place(decision.revision, edited)
        entries = answers_document.with_written_paths(entries, written)
    return _build(
        decision.handoff,
        decision.revision,
        status=status,
        outcome=Outcome(decision.outcome),
        entries=entries,
        decided_by=_person(decision.reviewer),
        decided_at=decision.decided_at,
        comment=_comment(decision, others),
        reason_codes=decision.reason_codes,
        decision=decision,
        votes=[_vote(each) for each in [*others, decision]] if others else [],
        at=at,
    )


def _comment(decision: Decision, others: list[Decision]) -> str:
    """The reviewer's note; of several, each under its name."""
    said = [each for each in [*others, decision] if each.comment]
    if len(said) < 2:
        return said[0].comment if said else ""
    return "\n\n".join(f"{each.reviewer}: {each.comment}" for each in said)


def _vote(decision: Decision) -> dict[str, Any]:
    kind = decision.read_entries()[0]["type"]
    return {**_person(decision.reviewer), "type": kind, "at": decision.decided_at}


def of_rule(revision: Revision, rule: Actor, *, at: datetime) -> Answer:
    """The unsaved answer of a round that a rule approved in place of people."""
    ids: list[str | None] = [action.id for action in revision.parsed.actions]
    return _build(
        revision.handoff,
        revision,
        status=Status.DECIDED,
        outcome=Outcome.APPROVED,
        entries=[{"action_id": each, "type": "approve"} for each in ids or [None]],
        decided_by=_whoever(rule),
        decided_at=at,
        comment="",
        reason_codes=[],
        decision=None,
        at=at,
    )


def of_end(
    handoff: Handoff,
    revision: Revision,
    *,
    status: Status,
    outcome: Outcome,
    actor: Actor,
    at: datetime,
) -> Answer:
    """The unsaved answer of an expired or withdrawn handoff; never said to be a person's."""
    return _build(
        handoff,
        revision,
        status=status,
        outcome=outcome,
        entries=[],
        decided_by=_whoever(actor),
        decided_at=at,
        comment="",
        reason_codes=[],
        decision=None,
        at=at,
    )


def _build(
    handoff: Handoff,
    revision: Revision,
    *,
    status: Status,
    outcome: Outcome,
    entries: list[Any],
    decided_by: dict[str, str],
    decided_at: datetime,
    comment: str,
    reason_codes: list[str],
    decision: Decision | None,
    at: datetime,
    votes: Sequence[Mapping[str, Any]] = (),
) -> Answer:
    document = revision.parsed
    body = answers_document.build(
        document,
        handoff=handoff.public_id,
        status=status.value,
        outcome=outcome.value,
        entries=entries,
        revision=revision.number,
        revision_sha256=revision.package_sha256,
        files=[
            {"path": path, "size": size, "sha256": sha256}
            for path, size, sha256 in bound_files(revision)
        ],
        decided_by=decided_by,
        decided_at=decided_at,
        comment=comment,
        reason_codes=reason_codes,
        votes=votes,
        native=_native(revision, entries, outcome),
    )
    return Answer(
        handoff=handoff,
        revision=revision,
        decision=decision,
        status=status,
        outcome=outcome,
        document=strictjson.dumps(signing.sign(body, signing_key())),
        created_at=at,
    )


def _native(revision: Revision, entries: list[Any], outcome: Outcome) -> dict[str, Any] | None:
    """What the framework resumes with, where the round came in a framework's own body."""
    if not revision.dialect:
        return None
    original = strictjson.reread(revision.native)
    return dialects.native(revision.dialect, original, entries, outcome.value)


def bound_files(revision: Revision) -> list[tuple[str, int | None, str | None]]:
    """(path, size, sha256) of what was shown and decided, by path, each once."""
    rows = revision.artifacts.filter(kind=Artifact.Kind.FILE).order_by("path", "position")
    seen: dict[str, tuple[str, int | None, str | None]] = {}
    for path, size, sha256 in rows.values_list("path", "size", "sha256"):
        seen.setdefault(path, (path, size, sha256))
    return list(seen.values())


def _person(user: User) -> dict[str, str]:
    return {"kind": "human", "id": str(user.pk), "name": str(user)}


def _whoever(actor: Actor) -> dict[str, str]:
    if actor == SYSTEM:
        return {"kind": "system"}
    if actor.kind == "agent":
        agent = Agent.objects.get(pk=actor.id)
        return {"kind": "agent", "id": actor.id, "name": agent.name}
    if actor.kind == "rule":
        return {"kind": "rule", "id": actor.id, "name": Rule.objects.get(pk=actor.id).name}
    return {"kind": actor.kind, "id": actor.id}
