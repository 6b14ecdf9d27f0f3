"""The rules that PostgreSQL itself keeps, below every model and form, also between two transactions at once."""

from datetime import date
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from areas.models import Command, CommandCover
from hubs.models import Absence, Posting

from .racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


def test_driver_is_psycopg2():
    """psycopg 3 in the environment would be taken silently."""
    assert connection.Database.__name__ == "psycopg2"


def test_exclusion_constraints_after_all_migrations():
    with connection.cursor() as cursor:
        cursor.execute("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'x' ORDER BY 1, 2")
        found = cursor.fetchall()
    assert found == [
        ("areas_command", "command_never_overlaps"),
        ("areas_commandcover", "command_cover_never_overlaps"),
        ("hubs_absence", "absence_never_overlaps"),
        ("hubs_posting", "posting_full_time_stands_alone"),
        ("hubs_posting", "posting_never_overlaps"),
    ]


def test_rate_counts_cost_no_flush():
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'accounts_ratecount'")
        assert cursor.fetchone() == ("u",)


def test_commits_wait_for_the_disk():
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


def broken(rows):
    """Put unsaved `rows` in past every door of the models; the name of the constraint that refuses them, or None."""
    try:
        with transaction.atomic():
            QuerySet(type(rows[0])).bulk_create(rows)
    except IntegrityError as error:
        return error.__cause__.diag.constraint_name
    return None


def test_overlapping_commands_are_refused(walsall, dudley, person):
    pat = person("pat")
    make = partial(Command, person=pat)
    assert [
        broken([make(area=walsall, from_date=MARCH, until=APRIL), make(area=walsall, from_date=APRIL, until=MAY)]),
        broken([make(area=walsall, from_date=MARCH, until=APRIL), make(area=dudley, from_date=APRIL, until=MAY)]),
    ] == ["command_never_overlaps", None]


def test_overlapping_covers_are_refused(walsall, person):
    command = Command.objects.create(area=walsall, person=person("pat"), from_date=MARCH)
    make = partial(CommandCover, command=command, person=person("sam"))
    assert (
        broken([make(from_date=MARCH, until=APRIL), make(from_date=APRIL, until=MAY)]) == "command_cover_never_overlaps"
    )


@pytest.mark.parametrize(
    ("shares", "kinds", "constraint"),
    [
        ((50, 50), ("neighbourhood", "neighbourhood"), "posting_never_overlaps"),
        ((50, 50), ("neighbourhood", "response"), None),
        ((100, 50), ("neighbourhood", "response"), "posting_full_time_stands_alone"),
        ((100, 100), ("neighbourhood", "response"), "posting_full_time_stands_alone"),
    ],
)
def test_overlapping_postings_are_refused(shares, kinds, constraint, walsall, person, team_of):
    pat = person("pat")
    rows = [
        Posting(person=pat, team=team_of(walsall, kind=kind), share=share, from_date=MARCH)
        for share, kind in zip(shares, kinds, strict=True)
    ]
    assert broken(rows) == constraint


@pytest.mark.parametrize(
    ("scopes", "constraint"),
    [
        ((None, None), "absence_never_overlaps"),
        (("one", "one"), "absence_never_overlaps"),
        (("one", None), "absence_never_overlaps"),
        (("one", "other"), None),
    ],
)
def test_overlapping_absences_are_refused(scopes, constraint, walsall, person, team_of):
    pat = person("pat")
    postings = {
        name: Posting.objects.create(person=pat, team=team_of(walsall, kind=kind), share=50, from_date=MARCH)
        for name, kind in (("one", "neighbourhood"), ("other", "response"))
    }
    assert broken([Absence(person=pat, posting=postings.get(scope), from_date=MARCH) for scope in scopes]) == constraint


# ---- two at once -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_racing_commands_leave_one(walsall, person):
    people = [person(f"p{number}") for number in range(4)]
    results = race([Command(area=walsall, person=who, from_date=MARCH).save for who in people])
    assert [type(result) for result in results if result] == [ValidationError] * 3
    assert Command.objects.filter(area=walsall).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_racing_postings_never_sum_above_a_whole(walsall, person, team_of):
    pat = person("pat")
    kinds = ["neighbourhood", "response", "local-investigation", "priority-crime"]
    rows = [Posting(person=pat, team=team_of(walsall, kind=kind), share=60, from_date=MARCH) for kind in kinds]
    results = race([row.save for row in rows])
    assert [type(result) for result in results if result] == [ValidationError] * 3
    assert sum(pat.postings.values_list("share", flat=True)) == 60
