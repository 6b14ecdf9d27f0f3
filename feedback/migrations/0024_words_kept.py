"""The words of a concern, as PostgreSQL searches them, are kept beside it: to take them from the text for each row that a search
looks at was most of what a search for a common word cost."""

from django.db import migrations

ADD = """
ALTER TABLE feedback_concern ADD COLUMN said tsvector
GENERATED ALWAYS AS (to_tsvector('english'::regconfig, COALESCE(text, '') || ' ' || COALESCE(place, ''))) STORED
"""
OLD = """
CREATE INDEX concern_words ON feedback_concern
USING gin (to_tsvector('english'::regconfig, COALESCE(text, '') || ' ' || COALESCE(place, ''))) WITH (fastupdate = on)
"""


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX concern_words")
        schema_editor.execute(ADD)
        schema_editor.execute("CREATE INDEX concern_words ON feedback_concern USING gin (said) WITH (fastupdate = on)")
        schema_editor.execute("ANALYZE feedback_concern (said)")  # without it every word counts as rare


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE feedback_concern DROP COLUMN said")
        schema_editor.execute(OLD)


class Migration(migrations.Migration):
    dependencies = [("feedback", "0023_mailtext")]

    operations = [migrations.RunPython(add, remove)]
