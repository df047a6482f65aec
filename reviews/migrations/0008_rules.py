import django.db.models.deletion
import reviews.models.routing
from django.conf import settings
from django.db import migrations, models


def make_first_versions(apps, schema_editor):
    """The rules that there are, "Otherwise" of each workspace, become its version 1."""
    Rule = apps.get_model("reviews", "Rule")
    RuleVersion = apps.get_model("reviews", "RuleVersion")
    versions = {}
    for rule in Rule.objects.order_by("workspace_id", "is_otherwise", "position", "id"):
        if rule.workspace_id not in versions:
            versions[rule.workspace_id] = RuleVersion.objects.create(
                key=reviews.models.routing.new_key(),
                workspace_id=rule.workspace_id,
                number=1,
                status="published",
                created_at=rule.created_at,
                published_at=rule.created_at,
            )
        rule.version = versions[rule.workspace_id]
        rule.key = reviews.models.routing.new_key()
        role = rule.actions.get("assign", {}).get("role")
        if role:
            rule.actions["assign"] = {"to": [{"role": role}], "pick": "all"}
        rule.save()
    # PostgreSQL alters no table while rows written in this transaction wait for their checks.
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0007_timing'),
        ('workspaces', '0004_teams_and_absences'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Rotation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule_key', models.CharField(max_length=26, unique=True)),
                ('last', models.BigIntegerField(default=0)),
                ('turns', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='RuleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(default=reviews.models.routing.new_key, max_length=26, unique=True)),
                ('number', models.PositiveIntegerField(null=True)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('published', 'Published'), ('retired', 'Retired')], default='draft', max_length=9)),
                ('edition', models.PositiveIntegerField(default=0)),
                ('edits', models.JSONField(default=list)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('is_rollback', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('edited_at', models.DateTimeField(null=True)),
                ('published_at', models.DateTimeField(null=True)),
                ('retired_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Simulation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('edition', models.PositiveIntegerField()),
                ('days', models.PositiveSmallIntegerField()),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('cancelled', 'Cancelled'), ('failed', 'Failed')], default='waiting', max_length=9)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('total', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('moved', models.PositiveIntegerField(default=0)),
                ('counts', models.JSONField(default=list)),
                ('moves', models.JSONField(default=list)),
                ('error', models.TextField(blank=True)),
            ],
        ),
        migrations.AlterModelOptions(
            name='rule',
            options={'ordering': ['version', 'is_otherwise', 'position', 'id']},
        ),
        migrations.RemoveConstraint(
            model_name='rule',
            name='rule_one_otherwise',
        ),
        migrations.AddField(
            model_name='rule',
            name='key',
            field=models.CharField(default=reviews.models.routing.new_key, max_length=26),
        ),
        migrations.AlterField(
            model_name='problem',
            name='kind',
            field=models.CharField(choices=[('invalid', 'Invalid'), ('conflict', 'Conflict'), ('unreadable', 'Unreadable'), ('foreign_file', 'Foreign File'), ('tampered', 'Tampered'), ('nobody', 'Nobody')], max_length=12),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='based_on',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reviews.ruleversion'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='edited_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='published_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='workspace',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rule_versions', to='workspaces.workspace'),
        ),
        migrations.AddField(
            model_name='rule',
            name='version',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='reviews.ruleversion'),
        ),
        migrations.RunPython(make_first_versions, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='rule',
            name='workspace',
        ),
        migrations.AlterField(
            model_name='rule',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='reviews.ruleversion'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.UniqueConstraint(condition=models.Q(('is_otherwise', True)), fields=('version',), name='rule_one_otherwise'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.UniqueConstraint(fields=('version', 'key'), name='rule_key_unique'),
        ),
        migrations.AddField(
            model_name='simulation',
            name='asked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='simulation',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='simulations', to='reviews.ruleversion'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['draft', 'published'])), fields=('workspace', 'status'), name='rule_version_one_in_force'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['draft', 'published']), ('workspace', None)), fields=('status',), name='rule_version_one_desk_wide'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.UniqueConstraint(fields=('workspace', 'number'), name='rule_version_number_unique'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.UniqueConstraint(condition=models.Q(('workspace', None)), fields=('number',), name='rule_version_desk_number_unique'),
        ),
        migrations.AddConstraint(
            model_name='simulation',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['waiting', 'running'])), fields=('version',), name='simulation_one_at_a_time'),
        ),
    ]
