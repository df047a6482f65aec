"""Rules as tests write them, and a desk with many handoffs that they may be asked of."""

from typing import Any

from reviews import rule_drafts, rule_publishing
from reviews.models import Handoff, Revision, RoutingRun, RuleVersion
from reviews.rule_forms import RuleForm, Scope, forms_of
from tests.cast import Cast, make_user
from workspaces import clock
from workspaces.models import Membership, Role, User

LOW: dict[str, Any] = {"fact": "confidence", "op": "lt", "value": 0.6}
PAY: dict[str, Any] = {
    "summary": "An invoice of the usual kind. " * 20,
    "confidence": {"score": 0.5},
    "actions": [{"name": "pay", "args": {"amount": 500, "to": ["a", "b"]}}],
}


def rule(name: str, condition: Any = None, **actions: Any) -> RuleForm:
    actions.setdefault("assign", {"to": [{"role": "reviewer"}]})
    return RuleForm(name=name, condition=condition, actions=actions)


def publish(scope: Scope, *forms: RuleForm) -> RuleVersion:
    """Put ``forms`` in force in front of the scope's Otherwise."""
    draft = rule_drafts.open_draft(scope, by=None)
    otherwise = [form for form in forms_of(draft) if form.is_otherwise]
    rule_drafts.replace(draft, [*forms, *otherwise], seen=draft.edition, by=None)
    return rule_publishing.publish(draft, seen=draft.edition, by=None)


def member(cast: Cast, name: str, role: Role = Role.REVIEWER) -> User:
    user = make_user(f"{name.lower()}@example.com", name=name)
    Membership.objects.create(user=user, workspace=cast.workspace, role=role)
    return user


def run_of(handoff: Handoff) -> RoutingRun:
    return handoff.routing_runs.order_by("-pk").select_related("rule")[0]


def people(handoff: Handoff) -> set[int]:
    return set(run_of(handoff).reviewers.values_list("pk", flat=True))


def to(*users: User) -> dict[str, Any]:
    return {"to": [{"user": user.pk} for user in users]}


def many(count: int) -> list[RuleForm]:
    return [
        rule(
            f"Rule {n}",
            {
                "and": [
                    {"fact": "confidence", "op": "lt", "value": 0.9},
                    {"or": [
                        {"fact": "argument", "pointer": "/amount", "op": "eq", "value": -n},
                        {"fact": "text", "op": "contains", "value": f"unheard{n}"},
                        {"fact": "files", "op": "match", "value": [f"nowhere{n}/**"]},
                    ]},
                    {"fact": "file_bytes", "op": "ge", "value": 0},
                ]
            },
        )
        for n in range(1, count + 1)
    ]  # fmt: skip


def fill(cast: Cast, count: int) -> None:
    """Copies of one handoff, as intake would have made them."""
    first = cast.submit("Pay", **PAY)
    revision, run, at = first.current, run_of(first), clock.now()
    handoffs = []
    for n in range(count - 1):
        copy = Handoff(**{**_columns(first), "public_id": f"ho_{n:026}", "created_at": at})
        handoffs.append(copy)
    made = Handoff.objects.bulk_create(handoffs, batch_size=500)
    rounds = [Revision(**{**_columns(revision), "handoff_id": handoff.pk}) for handoff in made]
    kept = Revision.objects.bulk_create(rounds, batch_size=500)
    RoutingRun.objects.bulk_create(
        [
            RoutingRun(
                handoff_id=each.handoff_id,
                revision_id=each.pk,
                rule_id=run.rule_id,
                rule_text=run.rule_text,
                created_at=at,
            )
            for each in kept
        ],
        batch_size=500,
    )


def _columns(row: Any) -> dict[str, Any]:
    generated = {"id", "due_key", "trigger_rank"}
    fields = [field.attname for field in row._meta.concrete_fields]
    return {name: getattr(row, name) for name in fields if name not in generated}


def fifty() -> list[Any]:
    return [
        rule(
            f"Rule {n}",
            {
                "and": [
                    LOW,
                    {"fact": "argument", "pointer": "/amount", "op": "gt", "value": 1000 - n},
                    {"or": [
                        {"fact": "text", "op": "contains", "value": f"unheard{n}"},
                        {"fact": "files", "op": "match", "value": [f"nowhere{n}/**"]},
                    ]},
                ]
            },
        )
        for n in range(49)
    ]  # fmt: skip
