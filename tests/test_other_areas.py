"""A team editor and rows of another area: no page of the admin opens them, no action and no hand-made form reaches them."""

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.stamp import days_ago
from accounts.versions import version_of
from areas.admin_kept import AreaKeptAdmin
from areas.models import CommandCover, Editorship, Meeting, Notice, Priority
from feedback.models import Problem
from hubs.models import Absence, Establishment, Move

pytestmark = pytest.mark.django_db


@pytest.fixture
def theirs(dudley, dudley_officer, dudley_commander, person, staff_admin):
    """A row of everything in Dudley that a team editor of there would keep or look at."""
    posting = dudley_officer.postings.get()
    times = {"starts": "2030-01-01T18:00Z", "ends": "2030-01-01T19:00Z"}
    shown = {"shown_from": "2026-01-01T00:00Z", "shown_until": "2030-01-01T00:00Z"}
    acting = {"person": person("acting"), "from_date": "2026-01-01", "until": "2030-01-01"}
    rows = [
        dudley, dudley.wards.first(), posting.team.hub, posting.team, posting,
        Absence.objects.create(person=dudley_officer, from_date="2026-01-01"),
        Establishment.objects.create(team=posting.team, posts=4),
        dudley_commander.commands.get(),
        CommandCover.objects.create(command=dudley_commander.commands.get(), **acting),
        Editorship.objects.create(area=dudley, person=person("editor.d"), from_date="2026-01-01"),
        Priority.objects.create(area=dudley, title="Bikes", you_said="Bikes.", published=True),
        Meeting.objects.create(area=dudley, place="Hall", **times),
        Notice.objects.create(area=dudley, text="Closed.", **shown),
        Notice.objects.create(text="For all.", **shown),
        Problem.objects.create(area=dudley, title="Bikes"),
        Move.leave(dudley_officer, from_date=days_ago(-9), reason="Leaves.", by=staff_admin),
    ]  # fmt: skip
    for row in rows:
        if not isinstance(row, Move):
            row.save()  # so that there is a line of history
    return rows


def pages(row):
    label = row._meta.label_lower.replace(".", "_")
    yield from (reverse(f"admin:{label}_{page}", args=[row.pk]) for page in ("change", "delete"))
    if hasattr(row, "history"):
        yield reverse(f"admin:{label}_history", args=[row.pk])
        yield reverse(f"admin:{label}_simple_history", args=[row.pk, row.history.first().pk])


def test_every_list_of_areas_is_among_them(theirs):
    kept = {model for model, keeper in admin.site._registry.items() if isinstance(keeper, AreaKeptAdmin)}
    assert {type(row) for row in theirs} == kept | {Move}


def test_no_page_of_a_row_elsewhere_opens(signed_in, walsall_editor, theirs):
    client = signed_in(walsall_editor)
    opened = {url: client.get(url).status_code for row in theirs for url in pages(row)}
    assert {url: status for url, status in opened.items() if status not in (302, 403, 404)} == {}
    sent = {url: client.post(url, {"post": "yes", "_seen": "", "reason": "x"}).status_code for url in opened}
    assert {url: status for url, status in sent.items() if status not in (302, 403, 404)} == {}


def test_no_list_shows_or_finds_them(signed_in, walsall_editor, theirs):
    client = signed_in(walsall_editor)
    for row in theirs:
        url = reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_changelist")
        for asked in ({}, {"q": "dudley"}, {"all": ""}):
            assert row not in client.get(url, asked).context["cl"].queryset, row


def versions(rows):
    return [version_of(type(row).objects.get(pk=row.pk)) for row in rows]


def test_no_action_reaches_them(signed_in, walsall_editor, theirs):
    client = signed_in(walsall_editor)
    stood = versions(theirs)
    for row in theirs:
        keeper = admin.site._registry[type(row)]
        url = reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_changelist")
        for action in {"delete_selected", *(keeper.actions or ())}:
            chosen = {"action": action, "_selected_action": [row.pk], "post": "yes", "_seen": f"{row.pk}=x"}
            answer = client.post(url, chosen | {"select_across": "1"})
            assert answer.status_code in (200, 302, 403), (url, action)
            assert "/moves/" not in answer.get("Location", "")
    assert versions(theirs) == stood
