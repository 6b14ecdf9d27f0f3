"""Rows of what comes in, written with statements that are made once: to build an INSERT takes the ORM longer than to run it."""

import functools

from django.db import connections

# As the database driver takes them, in whatever field of the models that come in here: what is JSON in them is no plain value.
PLAIN = {str, bool, int, float, type(None)}


@functools.lru_cache(maxsize=64)
def _insert(model, number: int) -> tuple:
    """(the INSERT of so many rows of `model`, which returns their keys; the fields it writes, in order)"""
    meta, quote = model._meta, connections["default"].ops.quote_name
    fields = [field for field in meta.concrete_fields if field is not meta.auto_field]
    columns = ", ".join(quote(field.column) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    rows = ", ".join([row] * number)
    into = f"INSERT INTO {quote(meta.db_table)} ({columns})"
    return f"{into} VALUES {rows} RETURNING {quote(meta.pk.column)}", fields  # noqa: S608 - names of our own tables


def put_in(*rows) -> None:
    """Write new rows of one model in one statement and give them their keys: `save(force_insert=True)`, but no signals,
    and no field fills itself in.
    """
    connection = connections["default"]
    sql, fields = _insert(type(rows[0]), len(rows))  # type: ignore[arg-type]
    values = [
        value if type(value := getattr(row, field.attname)) in PLAIN else field.get_db_prep_save(value, connection)
        for row in rows
        for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        keys = cursor.fetchall()
    for row, (key,) in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias
