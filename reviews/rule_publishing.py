"""Putting rules in force, and putting older ones back.

Publishing moves no open handoff: a handoff meets the new rules with its next round. ``by`` is the
person, whose rights are checked; None is the operator at the command line.
"""

from django.db.models import Max
from django.utils.translation import gettext as _

from reviews import event_kinds, problems
from reviews.models import Problem, RuleVersion
from reviews.rule_drafts import claimed
from reviews.rule_forms import Scope, check_all, copy, demand, forms_of
from workspaces import clock, events
from workspaces.actors import SYSTEM, Actor
from workspaces.errors import Invalid
from workspaces.models import User
from workspaces.transactions import write

LONGEST_NOTE = 500


def publish(draft: RuleVersion, *, seen: int, by: User | None, note: str = "") -> RuleVersion:
    """Put a draft in force; the version before it is retired. Open handoffs stay where they are.

    Raises EditedMeanwhile, Invalid (a rule that is not valid, or names what is gone), Forbidden.
    """
    demand(by, draft.workspace)
    with claimed(draft, seen):
        return _publish(draft, by=by, note=note)


def roll_back(version: RuleVersion, *, by: User | None, note: str = "") -> RuleVersion:
    """Publish a copy of an older version; a draft under way is left as it is. Raises Forbidden,
    Invalid (it names what is gone)."""
    demand(by, version.workspace)
    if version.number is None:
        raise Invalid(_("This version was never published."))
    with write():
        forms = forms_of(version)
        check_all(forms, version.workspace)
        return _put_in_force(
            copy(
                forms,
                version.workspace,
                based_on=version,
                by=by,
                status=RuleVersion.Status.RETIRED,
            ),
            by=by,
            note=note,
            rolled_back_to=version,
        )


def _publish(draft: RuleVersion, *, by: User | None, note: str) -> RuleVersion:
    check_all(forms_of(draft), draft.workspace)
    return _put_in_force(draft, by=by, note=note)


def _put_in_force(
    version: RuleVersion,
    *,
    by: User | None,
    note: str,
    rolled_back_to: RuleVersion | None = None,
) -> RuleVersion:
    now = clock.now()
    scope = version.workspace
    versions = RuleVersion.objects.filter(workspace=scope)
    before = versions.filter(status=RuleVersion.Status.PUBLISHED).select_for_update().first()
    versions.filter(status=RuleVersion.Status.PUBLISHED).update(
        status=RuleVersion.Status.RETIRED, retired_at=now
    )
    newest = versions.aggregate(newest=Max("number"))["newest"] or 0
    version.number = newest + 1
    version.status = RuleVersion.Status.PUBLISHED
    version.note = note[:LONGEST_NOTE]
    version.published_by, version.published_at = by, now
    version.is_rollback = rolled_back_to is not None
    version.save(
        update_fields=["number", "status", "note", "published_by", "published_at", "is_rollback"]
    )
    _settle_problems(scope)
    payload = {
        "workspace": scope.slug if scope else None,
        "number": version.number,
        "version": version.key,
        "replaces": before.number if before else None,
        "rules": version.rules.count(),
        "rolled_back_to": rolled_back_to.number if rolled_back_to else None,
    }
    actor = Actor.user(by) if by else SYSTEM
    subject = ("rules", str(version.pk))
    if scope is None:
        events.record_on_desk(
            event_kinds.RULES_PUBLISHED, subject=subject, actor=actor, payload=payload
        )
    else:
        events.record(
            scope.pk, event_kinds.RULES_PUBLISHED, subject=subject, actor=actor, payload=payload
        )
    return version


def _settle_problems(scope: Scope) -> None:
    """What was said of the rules before is no longer so; what still is opens again by itself."""
    found = Problem.objects.filter(kind=Problem.Kind.NOBODY, resolved_at=None)
    if scope is not None:
        found = found.filter(workspace=scope)
    for problem in found.select_related("workspace").order_by("workspace_id"):
        problems.resolve(problem.workspace, problem.path, kinds=[Problem.Kind.NOBODY])
