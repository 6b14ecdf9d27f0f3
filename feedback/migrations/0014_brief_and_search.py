"""What the morning brief and the search ask by. None of it costs a concern that comes in more than its words in the search."""

from django.conf import settings
from django.db import migrations, models

# The same expression as feedback.models.scope.WORDS. What comes in goes to the index's waiting list first, a page of its own.
WORDS = """
CREATE INDEX concern_words ON feedback_concern
USING gin (to_tsvector('english'::regconfig, COALESCE(text, '') || ' ' || COALESCE(place, ''))) WITH (fastupdate = on)
"""


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(WORDS)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX concern_words")


class Migration(migrations.Migration):
    dependencies = [
        ("areas", "0006_priorities_meetings"),
        ("feedback", "0013_follow"),
        ("hubs", "0004_absence_and_getting_in"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="concern",
            index=models.Index(
                condition=models.Q(("answered_at__isnull", False)),
                fields=["area", "-answered_at"],
                name="concern_area_answered",
            ),
        ),
        migrations.AddIndex(
            model_name="concern",
            index=models.Index(
                condition=models.Q(("status", "resolved")), fields=["area", "-resolved_at"], name="concern_area_closed"
            ),
        ),
        migrations.AddIndex(
            model_name="concernupdate",
            index=models.Index(condition=models.Q(("kind", "message")), fields=["-at"], name="update_messages"),
        ),
        migrations.RunPython(add, remove),
    ]
