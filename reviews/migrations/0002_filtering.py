# Columns and indexes for the orders of the queue, the index of words, saved views.

import datetime
import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models


FTS = """
CREATE VIRTUAL TABLE reviews_searchtext_fts USING fts5(
    words, content='reviews_searchtext', content_rowid='handoff_id',
    tokenize='ascii', detail='none', columnsize=0
);
CREATE TRIGGER reviews_searchtext_added AFTER INSERT ON reviews_searchtext BEGIN
    INSERT INTO reviews_searchtext_fts(rowid, words) VALUES (new.handoff_id, new.words);
END;
CREATE TRIGGER reviews_searchtext_removed AFTER DELETE ON reviews_searchtext BEGIN
    INSERT INTO reviews_searchtext_fts(reviews_searchtext_fts, rowid, words)
    VALUES ('delete', old.handoff_id, old.words);
END;
CREATE TRIGGER reviews_searchtext_changed AFTER UPDATE ON reviews_searchtext BEGIN
    INSERT INTO reviews_searchtext_fts(reviews_searchtext_fts, rowid, words)
    VALUES ('delete', old.handoff_id, old.words);
    INSERT INTO reviews_searchtext_fts(rowid, words) VALUES (new.handoff_id, new.words);
END;
"""
# The words come ready from Python: no parser of PostgreSQL's parts or stems them.
GIN = """
CREATE INDEX reviews_searchtext_gin ON reviews_searchtext
USING gin (array_to_tsvector(string_to_array(words, ' ')))
"""


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute(GIN)
        return
    with schema_editor.connection.cursor() as cursor:
        for statement in statements():
            cursor.execute(statement)


def statements():
    """One by one: a trigger holds semicolons of its own."""
    return [f'CREATE{part}' for part in FTS.strip().removeprefix('CREATE').split('\nCREATE')]


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor != 'postgresql':
        schema_editor.execute('DROP TABLE reviews_searchtext_fts')


def fill_index(apps, schema_editor):
    """The handoffs that are there already."""
    # Here, so that the migration can be read without the app's models.
    from reviews import binding, schema
    from reviews.searching import texts

    Handoff = apps.get_model('reviews', 'Handoff')
    Revision = apps.get_model('reviews', 'Revision')
    SearchText = apps.get_model('reviews', 'SearchText')
    rows = Handoff.objects.values_list('pk', 'revision', 'submitter__name').order_by('pk')
    for pk, number, agent in rows.iterator(chunk_size=500):
        revision = Revision.objects.filter(handoff_id=pk, number=number).first()
        if revision is None:
            continue
        found = texts.words(
            schema.load(revision.document), revision.artifacts.order_by('pk'), binding.head
        )
        SearchText.objects.create(handoff_id=pk, words=texts.with_names(found, pk, agent))


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0001_initial'),
        ('workspaces', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('query', models.CharField(max_length=500)),
                ('sharing', models.CharField(choices=[('own', 'Only me'), ('team', 'A team'), ('desk', 'Everyone on this desk')], default='own', max_length=4)),
                ('position', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='SearchText',
            fields=[
                ('handoff', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search_text', serialize=False, to='reviews.handoff')),
                ('words', models.TextField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name='handoff',
            name='handoff_open_queue',
        ),
        migrations.RemoveIndex(
            model_name='handoff',
            name='handoff_open_all',
        ),
        migrations.AddField(
            model_name='handoff',
            name='due_key',
            field=models.GeneratedField(db_persist=True, expression=django.db.models.functions.comparison.Coalesce('due_at', 'expires_at', models.Value(datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.timezone.utc))), output_field=models.DateTimeField()),
        ),
        migrations.AddField(
            model_name='handoff',
            name='trigger_rank',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(then=models.Value(0), trigger='critical_action'), models.When(then=models.Value(1), trigger='error'), models.When(then=models.Value(2), trigger='low_confidence'), models.When(then=models.Value(3), trigger='question'), models.When(then=models.Value(4), trigger='completion'), default=models.Value(5)), output_field=models.PositiveSmallIntegerField()),
        ),
        migrations.AddIndex(
            model_name='handoff',
            index=models.Index(models.OrderBy(models.F('priority'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('status', 'pending')), name='handoff_by_priority'),
        ),
        migrations.AddIndex(
            model_name='handoff',
            index=models.Index(models.F('workspace'), models.OrderBy(models.F('priority'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('status', 'pending')), name='handoff_by_workspace'),
        ),
        migrations.AddIndex(
            model_name='handoff',
            index=models.Index(models.F('trigger_rank'), models.OrderBy(models.F('priority'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('status', 'pending')), name='handoff_by_trigger'),
        ),
        migrations.AddIndex(
            model_name='handoff',
            index=models.Index(models.F('submitter'), models.OrderBy(models.F('priority'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('status', 'pending')), name='handoff_by_agent'),
        ),
        migrations.AddIndex(
            model_name='handoff',
            index=models.Index(models.OrderBy(models.F('risk'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('status', 'pending')), name='handoff_by_risk'),
        ),
        migrations.AddIndex(
            model_name='handoff',
            index=models.Index(models.F('due_key'), models.F('id'), condition=models.Q(('status', 'pending')), name='handoff_by_due'),
        ),
        migrations.AddIndex(
            model_name='handoff',
            index=models.Index(models.F('queued_at'), models.F('id'), condition=models.Q(('status', 'pending')), name='handoff_by_age'),
        ),
        migrations.AddIndex(
            model_name='handoff',
            index=models.Index(condition=models.Q(('status', 'pending'), ('verdict', '')), fields=['workspace', 'snoozed_until'], name='handoff_open'),
        ),
        migrations.AddIndex(
            model_name='handoff',
            index=models.Index(condition=models.Q(('status', 'changes_requested')), fields=['-updated_at', '-id'], name='handoff_waiting'),
        ),
        migrations.AddField(
            model_name='savedview',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='savedview',
            name='team',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to='workspaces.team'),
        ),
        migrations.AddIndex(
            model_name='savedview',
            index=models.Index(fields=['sharing'], name='saved_view_sharing'),
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sharing', 'team'), ('team__isnull', False)), models.Q(models.Q(('sharing', 'team'), _negated=True), ('team__isnull', True)), _connector='OR'), name='saved_view_team_when_shared_with_one'),
        ),
        migrations.RunPython(make_index, drop_index),
        migrations.RunPython(fill_index, migrations.RunPython.noop),
    ]
