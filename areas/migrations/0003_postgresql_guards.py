"""PostgreSQL itself keeps commands and their covers from overlapping. In `Meta` this would break SQLite."""

from django.db import migrations

CONSTRAINTS = [
    ("areas_command", "command_never_overlaps", "area_id WITH ="),
    ("areas_commandcover", "command_cover_never_overlaps", "command_id WITH ="),
]


def add(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    # Trusted since PostgreSQL 13: the owner of the database may add it.
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for table, name, same in CONSTRAINTS:
        schema_editor.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} "
            f"EXCLUDE USING gist ({same}, daterange(from_date, until, '[]') WITH &&)"
        )


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, name, _same in CONSTRAINTS:
            schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


class Migration(migrations.Migration):
    dependencies = [("areas", "0002_postcodespan_force")]

    operations = [migrations.RunPython(add, remove)]
