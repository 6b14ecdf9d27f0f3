"""Plain SQL for the questions that are asked most: for the ORM to build them takes longer than to answer them."""

from django.db import DatabaseError, InterfaceError, connections


def one_row(sql: str, params=()) -> tuple | None:
    """The first row of the answer to a question that does no harm when it is asked twice.

    Where it is the first of a request on a kept connection, it is the check of that connection as well: where the
    server has gone away meanwhile, it connects and asks once more. So no question needs to go before it.
    """
    connection = connections["default"]
    kept = connection.connection is not None and connection.health_check_enabled
    if not kept or connection.health_check_done or connection.in_atomic_block:
        return _ask(connection, sql, params)
    connection.health_check_done = True
    try:
        return _ask(connection, sql, params)
    except (InterfaceError, DatabaseError):  # a server that went away tells so in several ways
        if connection.is_usable():
            raise
        connection.close()
        return _ask(connection, sql, params)


def _ask(connection, sql, params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()
