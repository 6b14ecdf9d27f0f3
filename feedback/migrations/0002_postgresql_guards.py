"""On PostgreSQL history and the read log are append-only below every model: triggers refuse change and removal.

Retention and erasure pass after `SET LOCAL portal.purge = 'retention'` (or `'erase'`), and each row that they touch is
written down in feedback_purgerecord, which nobody may change. TRUNCATE fires no such trigger: deploy/grants.sql denies it.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION feedback_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    purpose text := current_setting('portal.purge', true);
BEGIN
    IF TG_TABLE_NAME = 'feedback_purgerecord' OR purpose IS NULL OR purpose NOT IN ('retention', 'erase') THEN
        RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO feedback_purgerecord (at, purpose, "table", "row", act)
    VALUES (clock_timestamp(), purpose, TG_TABLE_NAME, OLD.id, TG_OP);
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$
"""
TABLES = ["feedback_concernupdate", "feedback_readlog", "feedback_purgerecord"]


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(GUARD, params=None)
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION feedback_append_only()"
            )


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        schema_editor.execute("DROP FUNCTION feedback_append_only()")


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_initial")]

    operations = [migrations.RunPython(add, remove)]
