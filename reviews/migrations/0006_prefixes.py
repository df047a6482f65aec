# The index of words keeps the beginnings of words too: one letter typed into the palette would
# otherwise read the rows of every word that begins with it.

from django.db import migrations

FTS = """
CREATE VIRTUAL TABLE reviews_searchtext_fts USING fts5(
    words, content='reviews_searchtext', content_rowid='handoff_id',
    tokenize='ascii', detail='none', columnsize=0{more}
)
"""
PREFIXES = ", prefix='1 2 3 4'"


def remake(schema_editor, more):
    """The triggers name the table, not its definition: they stay."""
    if schema_editor.connection.vendor == 'postgresql':
        return  # a GIN index finds beginnings as it is
    schema_editor.execute('DROP TABLE reviews_searchtext_fts')
    schema_editor.execute(FTS.format(more=more))
    schema_editor.execute(
        "INSERT INTO reviews_searchtext_fts(reviews_searchtext_fts) VALUES ('rebuild')"
    )


def forwards(apps, schema_editor):
    remake(schema_editor, PREFIXES)


def backwards(apps, schema_editor):
    remake(schema_editor, '')


class Migration(migrations.Migration):
    dependencies = [('reviews', '0005_secrets')]

    operations = [migrations.RunPython(forwards, backwards)]
