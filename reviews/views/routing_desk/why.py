""" "Why me?": where the rule that sent a handoff to its people can be read."""

from django.urls import reverse

from reviews import rule_forms
from reviews.models import RoutingRun
from reviews.views.routing_desk import scopes
from workspaces.models import User


def version_url(run: RoutingRun, user: User) -> str:
    """The version that the rule was part of, for who may see it; "" for everybody else."""
    version = run.rule.version
    if version.number is None or not rule_forms.may_edit(user, version.workspace):
        return ""
    place = scopes.place_of(version.workspace)
    url = reverse("routing-version", args=[place.name, version.number])
    return f"{url}#fixed-rule-{run.rule.key}"
