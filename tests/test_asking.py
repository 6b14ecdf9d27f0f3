"""The first question of a request is the check of its kept connection: a restart of the database is seen by nobody."""

import pytest
from django.db import InterfaceError, OperationalError, connection, connections, transaction

from accounts.asking import one_row
from accounts.stamp import Stamp

from .postgres import SETTINGS, Cluster

ONE = "SELECT value FROM accounts_stamp WHERE id = 1"


@pytest.fixture
def kept_connection(transactional_db):
    """A connection as a request finds it that comes some time after another."""
    connection.ensure_connection()
    connection.health_check_enabled = True
    connection.health_check_done = False
    yield connection
    connection.close()


def end_connection():
    """What a restart does to the connection in use."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()
    connection.health_check_done = False


@pytest.mark.postgres
def test_question_on_a_dead_connection_is_asked_once_more(kept_connection):
    before = one_row(ONE)
    end_connection()
    assert one_row(ONE) == before


@pytest.mark.postgres
def test_page_after_the_connection_died_is_there(kept_connection, client):
    client.get("/privacy/")
    end_connection()
    assert client.get("/privacy/").status_code == 200


@pytest.mark.postgres
def test_first_question_needs_no_other_before_it(kept_connection, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(type(connections["default"]), "is_usable", None)
    with django_assert_num_queries(1):
        Stamp.current()
    assert connection.health_check_done


@pytest.mark.postgres
def test_question_inside_a_transaction_is_never_asked_twice(kept_connection):
    with pytest.raises((InterfaceError, OperationalError)), transaction.atomic():
        end_connection()
        one_row(ONE)


def test_wrong_question_is_told_as_it_is(kept_connection):
    with pytest.raises(Exception, match="nothing_here"):
        one_row("SELECT nothing_here FROM accounts_stamp")


@pytest.mark.slow
@pytest.mark.postgres
def test_restart_of_the_server_is_seen_by_none_of_thirty(monkeypatch, transactional_db):
    cluster = Cluster(SETTINGS)
    own = connections.create_connection("default")
    own.settings_dict = {**own.settings_dict, "NAME": "postgres", "HOST": str(cluster.folder), "USER": "postgres"}
    own.settings_dict |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    monkeypatch.setattr("accounts.asking.connections", {"default": own})
    answers = []
    try:
        for number in range(30):
            if number % 10 == 5:
                cluster.run("pg_ctl", "-D", cluster.folder / "data", "-m", "immediate", "-w", "restart")
            own.close_if_unusable_or_obsolete()
            answers.append(one_row("SELECT %s", [number]))
    finally:
        own.close()
        cluster.stop()
    assert answers == [(number,) for number in range(30)]
