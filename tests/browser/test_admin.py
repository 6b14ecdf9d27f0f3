"""Every list of the admin with a row in it, a form of each and each page of an import: clean, and no wider than a telephone."""

import pytest
from django.urls import reverse

from accounts.models import User
from policing_portal.exchange.books import TABLES
from tests.test_admin import crowd
from tests.test_admin_lists import models_kept, more, page

from .test_people import PASSWORD, signed  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rows(walsall, walsall_officer, walsall_commander, team_of, person, make_concern):
    """One row at least of everything: model -> its key."""
    crowd(walsall, team_of, person, 0)
    more(walsall, 0, walsall_officer, make_concern)
    return {model: model._default_manager.order_by("pk").first().pk for model in models_kept()}


def every(rows):
    """(name, address) of each list, each form of one row, and each page where a file is sent in."""
    for model, key in rows.items():
        name = model._meta.label_lower.replace(".", "-")
        yield f"{name}-list", page(model, "changelist")
        yield f"{name}-form", page(model, "change", key)
    for table in TABLES:
        yield f"{table.replace('.', '-')}-import", reverse("admin:import", args=table.split("."))


def test_every_list_form_and_import_is_clean_with_a_row_in_it(visitor, signed, rows):  # noqa: F811
    boss = User.objects.create_superuser("boss@example.org", PASSWORD, name="Demo Boss")
    one, found = signed(boss), []
    for name, path in every(rows):
        answer = one.page.goto(one.base + path)
        if answer.status != 200:
            found.append(f"{name}: {answer.status}")
        for width in (1280, 360):
            one.page.set_viewport_size({"width": width, "height": 900})
            wide = one.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            found += [f"{name}: {wide} px too wide at {width}"] if wide > 0 else []
        found += [f"{name}: {fault}" for fault in one.violations()]
    assert not found, "\n".join(found)
