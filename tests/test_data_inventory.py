"""docs/data-inventory.md names each column of ours, once, with its purpose, basis, retention and readers."""

import re
from pathlib import Path

import pytest
from django.db import connection

PAGE = Path(__file__).resolve().parent.parent / "docs" / "data-inventory.md"
OURS = re.compile(r"(accounts|areas|hubs|feedback)_")

pytestmark = pytest.mark.django_db


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def inventory(text):
    """(table -> its columns as listed, tables of libraries, rows with an empty cell)"""
    tables, libraries, empty, table = {}, [], [], None
    for line in text.splitlines():
        if line.startswith("#"):
            table = line.removeprefix("### ") if line.startswith("### ") else None
        elif line.startswith("| `"):
            names, *rest = cells(line)
            names = re.findall(r"`(\w+)`", names)
            (tables.setdefault(table, []) if table else libraries).extend(names)
            if len(rest) != (4 if table else 2) or not all(rest):
                empty.append(line)
    return tables, libraries, empty


def columns():
    with connection.cursor() as cursor:
        look = connection.introspection
        return {
            table: sorted(column.name for column in look.get_table_description(cursor, table))
            for table in look.table_names(cursor)
        }


@pytest.mark.slow  # it counts the tables that only migrations make
def test_inventory_is_what_the_database_holds():
    tables, libraries, empty = inventory(PAGE.read_text())
    found = columns()
    if connection.vendor != "postgresql":
        tables["feedback_concern"].remove("said")
    assert {table: sorted(names) for table, names in tables.items()} == {
        table: names for table, names in found.items() if OURS.match(table)
    }
    # The table of migrations is there in life, but not where a run of tests makes its tables without them.
    others = {table for table in found if not OURS.match(table)} | {"django_migrations"}
    assert sorted(libraries) == sorted(others)
    assert empty == []


@pytest.mark.parametrize(
    "spoil", [lambda text: text.replace("`sealed`, ", ""), lambda text: text.replace("### hubs_team\n", "### hubs\n")]
)
def test_inventory_notices_what_is_missing(spoil):
    text = PAGE.read_text()
    assert inventory(spoil(text))[0] != inventory(text)[0]
