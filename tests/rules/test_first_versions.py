"""The rules that a desk has before this release are its version 1 afterwards."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from reviews.models import RuleVersion

BEFORE = [("reviews", "0005_secrets"), ("workspaces", "0003_preset_reasons")]


@pytest.mark.slow
@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_the_rules_there_were_become_version_one() -> None:
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    executor.migrate(BEFORE)
    try:
        old = executor.loader.project_state(BEFORE).apps
        workspaces = [
            old.get_model("workspaces", "Workspace").objects.create(
                slug=slug, created_at=timezone.now()
            )
            for slug in ("acme", "site")
        ]
        for workspace in workspaces:
            old.get_model("reviews", "Rule").objects.create(
                workspace=workspace,
                is_otherwise=True,
                name="Otherwise",
                actions={"assign": {"role": "reviewer"}},
            )
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(newest)
    for workspace in workspaces:
        version = RuleVersion.objects.get(workspace=workspace.pk)
        assert (version.number, version.status) == (1, "published")
        rule = version.rules.get()
        assert rule.is_otherwise
        assert rule.actions == {"assign": {"to": [{"role": "reviewer"}], "pick": "all"}}
    assert (
        len({rule.key for version in RuleVersion.objects.all() for rule in version.rules.all()})
        == 2
    )
