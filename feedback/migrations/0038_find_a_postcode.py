"""The postcode of a concern stands among its words, as it is shown and in one piece, so that one search finds all of them.

The column is made anew rather than another index added: each would cost every concern that comes in.
"""

from django.db import migrations

WORDS = "COALESCE(text, '') || ' ' || COALESCE(place, '')"
ADD = """
ALTER TABLE feedback_concern ADD COLUMN said tsvector
GENERATED ALWAYS AS (to_tsvector('english'::regconfig, {words})) STORED
"""


def made_anew(words):
    def make(apps, schema_editor):
        if schema_editor.connection.vendor != "postgresql":
            return
        schema_editor.execute("ALTER TABLE feedback_concern DROP COLUMN said")  # and its index with it
        schema_editor.execute(ADD.format(words=words))
        schema_editor.execute("CREATE INDEX concern_words ON feedback_concern USING gin (said) WITH (fastupdate = on)")
        schema_editor.execute("ANALYZE feedback_concern (said)")  # without it every word counts as rare

    return make


class Migration(migrations.Migration):
    dependencies = [("feedback", "0037_mail_of_the_day")]

    operations = [
        migrations.RunPython(
            made_anew(f"{WORDS} || ' ' || postcode || ' ' || replace(postcode, ' ', '')"), made_anew(WORDS)
        )
    ]
