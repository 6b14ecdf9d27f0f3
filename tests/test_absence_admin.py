"""What keeps somebody away from the work of another area is for that area, in the admin's list as on the page of cover."""

from datetime import date

import pytest
from django.urls import reverse

from hubs.models import Absence, Posting

pytestmark = pytest.mark.django_db


def test_an_editor_reads_no_absence_from_the_work_of_another_area(
    signed_in, walsall_editor, walsall_officer, team_of, dudley
):
    """Half of the week here, half there; before that, there alone."""
    here = walsall_officer.postings.get()
    Posting.objects.filter(pk=here.pk).update(share=50, from_date="2026-06-01")
    there = Posting.objects.create(person=walsall_officer, team=team_of(dudley), share=50, from_date="2025-01-01")
    days = {
        "from there": {"posting": there, "from_date": "2026-08-01", "until": "2026-08-02"},
        "before": {"from_date": "2025-03-01", "until": "2025-03-09"},
        "from here": {"posting": here, "from_date": "2026-09-01", "until": "2026-09-02"},
        "from all": {"from_date": "2026-10-01", "until": "2026-10-02"},
        "from now on": {"from_date": "2026-11-01"},
    }
    rows = {name: Absence.objects.create(person=walsall_officer, reason=name, **when) for name, when in days.items()}
    client = signed_in(walsall_editor)
    listed = client.get(reverse("admin:hubs_absence_changelist")).context["cl"].queryset
    assert {row.reason for row in listed} == {"from here", "from all", "from now on"}
    opened = {
        name
        for name, row in rows.items()
        for page in ("change", "history", "delete")
        if client.get(reverse(f"admin:hubs_absence_{page}", args=[row.pk])).status_code == 200
    }
    assert opened == {"from here", "from all", "from now on"}


def test_an_auditor_reads_who_was_away_and_not_why(signed_in, auditor, walsall_editor, staff_admin, walsall_officer):
    """Reasons are for the area's commander and for staff who keep it, in lists, forms, old versions and what changed."""
    row = Absence.objects.create(person=walsall_officer, kind="training", reason="QUOKKA", from_date="2026-03-01")
    row.kind, row.reason, row.until = "long_term", "WOMBAT", date(2027, 3, 1)
    row.save()
    listed = reverse("admin:hubs_absence_changelist")
    pages = [
        listed,
        reverse("admin:hubs_absence_change", args=[row.pk]),
        reverse("admin:hubs_absence_history", args=[row.pk]),
        *(reverse("admin:hubs_absence_simple_history", args=[row.pk, line.pk]) for line in row.history.all()),
    ]
    words = ("QUOKKA", "WOMBAT", "Training", row.get_kind_display())

    def read(who):
        texts = [client.get(page) for client in [signed_in(who)] for page in pages]
        assert {page.status_code for page in texts} == {200}
        assert all(str(walsall_officer) in page.content.decode() for page in texts[:3])
        return {word for word in words for page in texts if word in page.content.decode()}

    assert (read(auditor), read(staff_admin), read(walsall_editor)) == (set(), set(words), set(words))
    for column, value in (("kind", "training"), ("reason", "QUOKKA"), ("reason__startswith", "W")):
        answer = signed_in(auditor).get(listed, {column: value})
        assert answer.status_code in {302, 400}
