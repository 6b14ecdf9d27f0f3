from django.core.management import call_command
from django.db import migrations


def make_cache_table(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    """The cache that all processes share is a table, so that no other service is needed."""

    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(make_cache_table, migrations.RunPython.noop)]
