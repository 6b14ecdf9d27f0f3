"""PostgreSQL itself keeps postings from overlapping. In `Meta` this would break SQLite.

A full-time posting fills the whole line of numbers and so meets every other posting of its days; a part-time one takes
only its own number, and so meets none but a full-time one. That shares sum to at most 100 % is checked in `save()`.
"""

from django.db import migrations

CONSTRAINTS = [
    ("posting_never_overlaps", "team_id WITH =, role WITH ="),
    (
        "posting_full_time_stands_alone",
        "(CASE WHEN share = 100 THEN int8range(NULL, NULL) ELSE int8range(id, id, '[]') END) WITH &&",
    ),
]


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, same in CONSTRAINTS:
            schema_editor.execute(
                f"ALTER TABLE hubs_posting ADD CONSTRAINT {name} "
                f"EXCLUDE USING gist (person_id WITH =, {same}, daterange(from_date, until, '[]') WITH &&)"
            )


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, _same in CONSTRAINTS:
            schema_editor.execute(f"ALTER TABLE hubs_posting DROP CONSTRAINT {name}")


class Migration(migrations.Migration):
    # The first room's guards bring the extension.
    dependencies = [("hubs", "0001_initial"), ("areas", "0003_postgresql_guards")]

    operations = [migrations.RunPython(add, remove)]
