"""All rows of a file into the database: one transaction, few statements, each change with its history."""

from dataclasses import dataclass
from itertools import islice

from django.db import connection
from django.db.models import AutoField, ManyToManyField
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery
from django.utils import timezone

from accounts.stamp import Stamp

from .columns import planned
from .known import AT_ONCE
from .relations import through_of
from .tables import CHANGED, NEW, Table


class Moved(Exception):
    """A row is no longer as it was read."""


def portions(things, size=AT_ONCE):
    """`things` in lists of at most `size`."""
    things = iter(things)
    while some := list(islice(things, size)):
        yield some


def refuse_moved(table: Table, lines) -> None:
    """Lock the rows that `lines` are about, and raise `Moved` where one is no longer as `table` read it."""
    model = table._meta.model
    names = [one.attname for one in model._meta.concrete_fields]
    keys = sorted({line.instance.pk for line in lines if line.version})
    for some in portions(keys):
        rows = model._base_manager.select_for_update().filter(pk__in=some).order_by("pk")
        beside = [table.beside(name, some) for name in table.many]
        now = {
            row[0]: (*row[1:], *(there.get(row[0], frozenset()) for there in beside))
            for row in rows.values_list("pk", *names)
        }
        if any(now.get(pk) != table.stood[pk] for pk in some):
            raise Moved


@dataclass
class Plan:
    """What is to be written, made ready while nobody waits: the rows, and statements with their values."""

    changed: list
    new: list
    upserts: list
    inserts: list


def plan(table: Table, lines) -> Plan | None:
    """Make ready what `lines` of one file change; None for a table that saves row by row."""
    if hasattr(table, "write"):
        return None
    changed = table.in_order([line.instance for line in lines if line.kind == CHANGED])
    new = [line.instance for line in lines if line.kind == NEW]
    return Plan(changed, new, _statements(table, changed, known=True), _statements(table, new))


def _statements(table: Table, rows: list, *, known=False) -> list:
    """Pairs of SQL and values that write `rows`; new ones answer with their keys, in the same order.

    Those that are `known` as an upsert, because one UPDATE for many rows is a hundred times slower.
    """
    meta = table._meta.model._meta
    fields = [field for field in meta.concrete_fields if known or not isinstance(field, AutoField)]
    made = []
    for some in portions(rows, connection.ops.bulk_batch_size(fields, rows) if rows else 1):
        query = InsertQuery(table._meta.model)
        if known:
            updated = [meta.get_field(name) for name in table.own_fields()]
            on = {"on_conflict": OnConflict.UPDATE, "update_fields": updated, "unique_fields": [meta.pk]}
            query = InsertQuery(table._meta.model, **on)
        query.insert_values(fields, some)
        compiler = query.get_compiler(connection=connection)
        compiler.returning_fields = () if known else [meta.pk]
        made += [(*statement, some) for statement in compiler.as_sql()]
    return made


def write(table: Table, lines, *, by, reason: str, ready: Plan | None = None) -> None:
    """Write what `lines` of one file change, as `by`. In a transaction of the caller's; raises what the rows' rules raise.

    `ready`: the plan, where it was made before the transaction.
    """
    ready = ready or plan(table, lines)
    if ready is None:
        table.write(lines, by=by, reason=reason)  # type: ignore[attr-defined]
    else:
        _write_at_once(table, ready, by=by, reason=reason)
    Stamp.bump()


def _write_at_once(table: Table, ready: Plan, *, by, reason: str) -> None:
    model = table._meta.model
    with model._default_manager.all().bulk([*ready.changed, *ready.new], table.own_fields()):
        for sql, values, _rows in ready.upserts:
            _do(sql, values)
        for sql, values, rows in ready.inserts:
            for row, (key,) in zip(rows, _do(sql, values, answers=True), strict=True):
                row.pk, row._state.adding = key, False
    for at, name in enumerate(table.many, start=-len(table.many)):
        stood = {one.pk: table.stood[one.pk][at] for one in ready.changed}
        _write_beside(model._meta.get_field(name), [*ready.changed, *ready.new], stood)
    for rows, act in ((ready.changed, "~"), (ready.new, "+")):
        write_history(model, rows, table.many, act=act, by=by, reason=reason)


def _write_beside(relation: ManyToManyField, instances, stood: dict) -> None:
    """Let what is planned for the relation stand in the database. `stood`: key of a row -> keys of what stands there now."""
    through, here, there = through_of(relation)
    quote, meta = connection.ops.quote_name, through._meta
    meant = {one.pk: planned(one)[relation.name] for one in instances if relation.name in planned(one)}
    meant = {pk: others for pk, others in meant.items() if {one.pk for one in others} != stood.get(pk, frozenset())}
    for some in portions(stood.keys() & meant.keys()):
        through._base_manager.filter(**{f"{here}__in": some})._raw_delete(connection.alias)
    columns = ", ".join(quote(meta.get_field(name).column) for name in (here, there))
    for some in portions((pk, other.pk) for pk, others in meant.items() for other in others):
        places = ", ".join(["(%s, %s)"] * len(some))
        _do(f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES {places}", [key for pair in some for key in pair])  # noqa: S608


def write_history(model, rows, many, *, act: str, by, reason: str) -> None:
    """A line of history for each row, with what stands beside it in the relations `many`. `act`: +, ~ or, before it goes, -.

    The database copies its own rows: made one by one in Python they would take most of the time in which nobody can write.
    """
    if not rows or not hasattr(model, "history"):
        return
    kept, quote = model.history.model, connection.ops.quote_name
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    who = {
        "history_date": now,
        "history_change_reason": reason,
        "history_type": act,
        "history_user_id": by.pk,
    }
    same = [quote(one.column) for one in kept.tracked_fields]
    into = ", ".join([*same, *map(quote, who)])
    values = ", ".join([*same, *["%s"] * len(who)])
    for some in portions(one.pk for one in rows):
        places = ", ".join(["%s"] * len(some))
        _do(
            f"INSERT INTO {quote(kept._meta.db_table)} ({into}) SELECT {values} FROM {quote(model._meta.db_table)} "  # noqa: S608
            f"WHERE {quote(model._meta.pk.column)} IN ({places})",
            [*who.values(), *some],
        )
        for name in many:
            _keep_beside(model, name, now, some, places)


def _keep_beside(model, name: str, now, keys, places: str) -> None:
    """What stands beside the rows `keys` in the relation `name`, for the lines of history written at `now`."""
    quote, kept = connection.ops.quote_name, model.history.model
    through, here, _there = through_of(model._meta.get_field(name))
    beside = getattr(kept, name).model
    columns = [quote(one.column) for one in through._meta.concrete_fields]
    _do(
        f"INSERT INTO {quote(beside._meta.db_table)} ({', '.join(columns)}, history_id) "  # noqa: S608
        f"SELECT {', '.join(f't.{one}' for one in columns)}, h.history_id FROM {quote(through._meta.db_table)} t "
        f"JOIN {quote(kept._meta.db_table)} h ON h.{quote(model._meta.pk.column)} = t.{quote(here)} AND h.history_date = %s "
        f"WHERE t.{quote(here)} IN ({places})",
        [now, *keys],
    )


def _do(sql: str, values, *, answers=False) -> list:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if answers else []
