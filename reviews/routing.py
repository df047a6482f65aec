"""Who gets a handoff: the first rule that fits. For now every workspace has one, "Otherwise"."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from reviews import timers
from reviews.models import Handoff, Revision, RoutingRun, Rule
from reviews.permissions import reviewers_of
from workspaces.models import Workspace


def ensure_otherwise(workspace: Workspace) -> Rule:
    """The last rule of a workspace, made when it is first needed."""
    rule = Rule.objects.filter(workspace=workspace, is_otherwise=True).first()
    if rule is not None:
        return rule
    try:
        with transaction.atomic():
            return Rule.objects.create(
                workspace=workspace,
                is_otherwise=True,
                name="Otherwise",
                actions={"assign": {"role": "reviewer"}},
            )
    except IntegrityError:
        return Rule.objects.get(workspace=workspace, is_otherwise=True)


def sentence(rule: Rule) -> str:
    return _("%(name)s → the reviewers of %(workspace)s") % {
        "name": rule.name,
        "workspace": rule.workspace or _("the workspace"),
    }


def route(handoff: Handoff, revision: Revision, *, at: datetime) -> RoutingRun:
    """Pick the rule for this round and keep its words and whom it reached."""
    rule = ensure_otherwise(handoff.workspace)
    run = RoutingRun.objects.create(
        handoff=handoff,
        revision=revision,
        rule=rule,
        rule_text=sentence(rule),
        reason=_("No other rule fits."),
        created_at=at,
    )
    people = reviewers_of(handoff.workspace).values_list("pk", flat=True)
    through = RoutingRun.reviewers.through
    through.objects.bulk_create(
        [through(routingrun_id=run.pk, user_id=person) for person in people]
    )
    timers.plan(handoff, run, at)
    return run
