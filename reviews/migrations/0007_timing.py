
from itertools import islice

import django.db.models.deletion
from django.db import migrations, models


def plan_endings(apps, schema_editor):
    """Handoffs that are open get the timer that ends them; those that come later have it."""
    Handoff = apps.get_model("reviews", "Handoff")
    Timer = apps.get_model("reviews", "Timer")
    ending = Handoff.objects.filter(status="pending", expires_at__isnull=False)
    facts = ending.values_list("pk", "revision", "expires_at").order_by("pk")
    rows = (
        Timer(handoff_id=pk, revision=number, kind="expire", at=at)
        for pk, number, at in facts.iterator(chunk_size=2000)
    )
    while batch := list(islice(rows, 500)):
        Timer.objects.bulk_create(batch)


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0006_prefixes'),
        ('workspaces', '0004_teams_and_absences'),
    ]

    operations = [
        migrations.AddField(
            model_name='handoff',
            name='is_due_in_business_time',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='routingrun',
            name='effects',
            field=models.JSONField(default=dict),
        ),
        migrations.CreateModel(
            name='WorkHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('zone', models.CharField(default='UTC', max_length=64)),
                ('hours', models.JSONField(default=list)),
                ('holidays', models.JSONField(default=dict)),
                ('version', models.PositiveIntegerField(default=1)),
                ('workspace', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='work_hours', to='workspaces.workspace')),
            ],
        ),
        migrations.CreateModel(
            name='Timer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveIntegerField()),
                ('kind', models.CharField(choices=[('warn', 'Warn'), ('escalate', 'Escalate'), ('expire', 'Expire')], max_length=8)),
                ('step', models.PositiveSmallIntegerField(default=0)),
                ('at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
                ('skipped', models.CharField(blank=True, max_length=16)),
                ('handoff', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='timers', to='reviews.handoff')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['at', 'id'], name='timer_due'), models.Index(condition=models.Q(('done_at', None)), fields=['handoff'], name='timer_of_handoff')],
                'constraints': [models.UniqueConstraint(fields=('handoff', 'revision', 'kind', 'step'), name='timer_once_a_round')],
            },
        ),
        migrations.RunPython(plan_endings, migrations.RunPython.noop),
    ]
