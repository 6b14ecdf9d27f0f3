"""History is added to, never changed: the model and QuerySet refuse everywhere, PostgreSQL's triggers below them."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import ProtectedError

from feedback.models import ConcernUpdate, PurgeRecord, ReadLog
from feedback.models.update import AppendOnly

pytestmark = pytest.mark.django_db


@pytest.fixture
def concern(make_concern, walsall):
    return make_concern(walsall)


@pytest.fixture
def line(concern):
    """The first line of a concern's history."""
    return concern.updates.get()


@pytest.fixture
def reading(concern, walsall_officer):
    return ReadLog.objects.create(person=walsall_officer, what="concern", concern=concern, door="casework:concern")


def raw(sql, *values):
    """Run SQL below every model; returns how many rows it touched."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


@pytest.mark.parametrize("thing", ["line", "reading"])
def test_model_refuses_change_and_removal(thing, request):
    row = request.getfixturevalue(thing)
    with pytest.raises(AppendOnly):
        row.save()
    with pytest.raises(AppendOnly):
        row.delete()
    assert type(row).objects.filter(pk=row.pk).count() == 1


@pytest.mark.parametrize("thing", ["line", "reading"])
def test_queryset_refuses_change_and_removal(thing, request):
    row = request.getfixturevalue(thing)
    rows, field = type(row).objects.all(), "text" if thing == "line" else "why"
    for act in (
        lambda: rows.update(**{field: "changed"}),
        lambda: rows.filter(pk=row.pk).delete(),
        lambda: rows.bulk_update([row], [field]),
        lambda: rows.bulk_create([row], update_conflicts=True, update_fields=[field], unique_fields=["pk"]),
        lambda: rows.update_or_create(pk=row.pk, defaults={field: "changed"}),
    ):
        with pytest.raises(AppendOnly):
            act()
    row.refresh_from_db()
    assert getattr(row, field) == ""


def test_removing_a_concern_does_not_take_its_history(concern):
    with pytest.raises(ProtectedError):
        concern.delete()
    assert concern.updates.count() == 1


@pytest.mark.parametrize(
    ("made", "why"),
    [("feedback_concernupdate", "text"), ("feedback_readlog", "why")],
)
@pytest.mark.postgres
def test_raw_sql_is_refused(made, why, line, reading):
    for sql in (f"UPDATE {made} SET {why} = 'changed'", f"DELETE FROM {made}"):
        with pytest.raises(IntegrityError, match=f"{made} is append-only"):
            raw(sql)
    assert (ConcernUpdate.objects.filter(text="").count(), ReadLog.objects.filter(why="").count()) == (1, 1)


@pytest.mark.postgres
def test_retention_passes_and_is_written_down(line):
    with transaction.atomic():
        raw("SET LOCAL portal.purge = 'retention'")
        raw("UPDATE feedback_concernupdate SET text = '' WHERE id = %s", line.pk)
    assert list(PurgeRecord.objects.values_list("purpose", "table", "row", "act")) == [
        ("retention", "feedback_concernupdate", line.pk, "UPDATE")
    ]


@pytest.mark.postgres
def test_erasure_passes_and_is_written_down(reading):
    with transaction.atomic():
        raw("SET LOCAL portal.purge = 'erase'")
        raw("DELETE FROM feedback_readlog WHERE id = %s", reading.pk)
    assert list(PurgeRecord.objects.values_list("purpose", "table", "row", "act")) == [
        ("erase", "feedback_readlog", reading.pk, "DELETE")
    ]


@pytest.mark.postgres
def test_other_purposes_do_not_pass(line):
    for purpose in ("", "tidy", "Retention", "retention,erase"):
        with pytest.raises(IntegrityError), transaction.atomic():
            raw("SELECT set_config('portal.purge', %s, true)", purpose)
            raw("DELETE FROM feedback_concernupdate WHERE id = %s", line.pk)
    assert PurgeRecord.objects.count() == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_purge_door_closes_with_its_transaction(make_concern, walsall):
    line = make_concern(walsall).updates.get()
    with transaction.atomic():
        raw("SET LOCAL portal.purge = 'retention'")
    with pytest.raises(IntegrityError):
        raw("DELETE FROM feedback_concernupdate WHERE id = %s", line.pk)


@pytest.mark.postgres
def test_what_was_purged_stays_written_down(line):
    with transaction.atomic():
        raw("SET LOCAL portal.purge = 'retention'")
        raw("UPDATE feedback_concernupdate SET text = '' WHERE id = %s", line.pk)
        for sql in ("DELETE FROM feedback_purgerecord", "UPDATE feedback_purgerecord SET purpose = 'erase'"):
            with pytest.raises(IntegrityError, match="feedback_purgerecord is append-only"):
                raw(sql)


@pytest.mark.postgres
def test_triggers_after_all_migrations():
    """A later rebuild of a table must not lose them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid) ~ 'BEFORE DELETE OR UPDATE'"
            " FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
        )
        found = cursor.fetchall()
    assert found == [
        (table, f"{table}_append_only", "O", True)
        for table in (
            "feedback_closedmonth",
            "feedback_concernupdate",
            "feedback_figure",
            "feedback_purgerecord",
            "feedback_readlog",
        )
    ]


@pytest.fixture
def acting_as(line):
    """Makes the roles, grants them what deploy/grants.sql grants, and acts as one of them."""
    raw("CREATE ROLE portal_app; CREATE ROLE portal_keeper")
    with open("deploy/grants.sql") as script, connection.cursor() as cursor:
        cursor.execute(script.read())

    def act(role, sql, *, purpose=""):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {role}")
            cursor.execute("SELECT set_config('portal.purge', %s, true)", [purpose])
            try:
                cursor.execute(sql)
            finally:
                if connection.is_usable():
                    cursor.execute("RESET ROLE")

    return act


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["feedback_concernupdate", "feedback_readlog", "feedback_purgerecord"])
@pytest.mark.parametrize("purpose", ["", "retention"])
def test_app_role_cannot_change_history(acting_as, table, purpose):
    for sql in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            acting_as("portal_app", sql, purpose=purpose)
    with pytest.raises(ProgrammingError, match="must be owner"):
        acting_as("portal_app", f"ALTER TABLE {table} DISABLE TRIGGER ALL", purpose=purpose)


@pytest.mark.postgres
def test_app_role_can_do_its_work(acting_as, concern):
    acting_as("portal_app", "UPDATE feedback_concern SET version = version + 1")
    acting_as(
        "portal_app",
        "INSERT INTO feedback_concernupdate (concern_id, at, kind, side, public, by_label, text, from_status,"
        " to_status, outcome, how, said_by, decision, pause, rung, detail)"
        " SELECT id, now(), 'note', 'force', false, '', 'by SQL', '', '', '', '', '', '', '', '', ''"
        " FROM feedback_concern",
    )
    assert concern.updates.count() == 2


@pytest.mark.postgres
@pytest.mark.parametrize("role", ["portal_app", "portal_keeper"])
def test_no_role_may_truncate_anything(acting_as, role):
    for table in connection.introspection.table_names():
        with pytest.raises(ProgrammingError, match="permission denied"):
            acting_as(role, f"TRUNCATE {table} CASCADE", purpose="retention")


@pytest.mark.postgres
def test_keeper_says_why_or_is_refused(acting_as, line):
    with pytest.raises(IntegrityError, match="append-only"):
        acting_as("portal_keeper", "UPDATE feedback_concernupdate SET text = ''")
    acting_as("portal_keeper", "UPDATE feedback_concernupdate SET text = ''", purpose="erase")
    assert list(PurgeRecord.objects.values_list("purpose", "row")) == [("erase", line.pk)]
