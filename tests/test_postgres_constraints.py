"""The rules that PostgreSQL itself keeps, below every model and form."""

import pytest
from django.db import connection

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]


def test_driver_is_psycopg2():
    """psycopg 3 in the environment would be taken silently."""
    assert connection.Database.__name__ == "psycopg2"
