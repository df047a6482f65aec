"""Putting off and bulk decisions: who snoozed, what wakes next, and the digest a row is bound to."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def copy_digests(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    Handoff, Revision = apps.get_model("reviews", "Handoff"), apps.get_model("reviews", "Revision")
    current = Revision.objects.filter(
        handoff=models.OuterRef("pk"), number=models.OuterRef("revision")
    )
    digest = models.Subquery(current.values("package_sha256")[:1])
    Handoff.objects.filter(revisions__isnull=False).update(package_sha256=digest)


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0002_filtering"),
        ("workspaces", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="handoff",
            name="package_sha256",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="handoff",
            name="snoozed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="handoff",
            index=models.Index(
                condition=models.Q(("snoozed_until__isnull", False)),
                fields=["snoozed_until"],
                name="handoff_snoozed",
            ),
        ),
        migrations.RunPython(copy_digests, migrations.RunPython.noop),
    ]
