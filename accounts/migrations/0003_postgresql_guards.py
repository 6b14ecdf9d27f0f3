"""On PostgreSQL the counters of callers cost no flush to disk: they may be lost in a crash."""

from django.db import migrations


def unlogged(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE accounts_ratecount SET UNLOGGED")


def logged(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE accounts_ratecount SET LOGGED")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_shared_cache")]

    operations = [migrations.RunPython(unlogged, logged)]
