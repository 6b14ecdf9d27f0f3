"""Who may bring an old version back: whoever may change the row as it stands now, and nobody else by a hand-made request."""

import pytest
from django.urls import reverse

from feedback.models import Signpost
from hubs.models import Posting, Team

from .test_two_editors import fields_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(staff_admin, client):
    """Address of an old version of a row, and what its page sends: `version(row, old)`."""
    keeper = type(client)()
    keeper.force_login(staff_admin)

    def make(row, old):
        url = reverse(
            f"admin:{row._meta.app_label}_{row._meta.model_name}_simple_history", args=[row.pk, old.history_id]
        )
        return url, fields_of(keeper.get(url))

    return make


def test_an_auditor_restores_nothing(signed_in, auditor, walsall_officer, version):
    posting = walsall_officer.postings.get()
    old = posting.history.first()
    posting.share = 60
    posting.save()
    url, form = version(posting, old)
    assert signed_in(auditor).get(url).status_code == 200
    assert signed_in(auditor).post(url, form).status_code == 403
    assert Posting.objects.get().share == 60


def test_an_auditor_restores_nothing_that_names_nothing_else(signed_in, auditor, version):
    signpost = Signpost.objects.first()
    signpost.save()
    old, title = signpost.history.first(), signpost.title
    signpost.title = "Newer"
    signpost.save()
    url, form = version(signpost, old)
    assert signed_in(auditor).post(url, form).status_code == 403
    assert (Signpost.objects.get(pk=signpost.pk).title, title == "Newer") == ("Newer", False)


def test_an_editor_fetches_no_posting_back_that_now_is_another_areas(
    signed_in, walsall_editor, walsall_officer, team_of, dudley, version
):
    posting = walsall_officer.postings.get()
    old = posting.history.first()
    Posting.objects.filter(pk=posting.pk).update(team=team_of(dudley))
    url, form = version(posting, old)
    client = signed_in(walsall_editor)
    assert (client.get(url).status_code, client.post(url, form).status_code) == (403, 403)
    assert Posting.objects.get().team == team_of(dudley)


def test_an_editor_fetches_no_team_back_that_now_is_another_areas(
    signed_in, walsall_editor, walsall, dudley, team_of, version
):
    team = team_of(walsall)
    old, there = team.history.first(), dudley.hubs.first()
    Team.objects.filter(pk=team.pk).update(hub=there)
    url, form = version(team, old)
    client = signed_in(walsall_editor)
    assert (client.get(url).status_code, client.post(url, form).status_code) == (403, 403)
    assert Team.objects.get(pk=team.pk).hub == there


def test_nobody_restores_a_person_above_them(signed_in, staff_admin, person, version):
    boss = person("boss", name="Demo Boss")
    old = boss.history.first()
    boss.is_superuser, boss.name = True, "Demo Chief"
    boss.save()
    url, form = version(boss, old)
    assert signed_in(staff_admin).post(url, form).status_code == 403
    assert type(boss).objects.get(pk=boss.pk).name == "Demo Chief"
