"""Why somebody was posted, and what keeps them away, is for the area it is about: each pair of areas, both ways."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.stamp import today_in_london
from accounts.versions import version_of
from areas.models import Area, Editorship
from hubs.models import Absence, Posting

pytestmark = pytest.mark.django_db


def in_days(number):
    return date.fromordinal(today_in_london().toordinal() + number)


@pytest.fixture
def keeper_of(commander_of, person):
    """The commander or a staff editor of an area, by the space of their pages."""

    def make(space, area):
        if space == "people":
            return commander_of(area)
        editor = person(f"editor.{area.slug}", is_staff=True)
        Editorship.objects.create(person=editor, area=area, from_date="2025-01-01")
        return editor

    return make


@pytest.mark.parametrize("space", ["people", "admin"])
@pytest.mark.parametrize(("old", "new"), [("dudley", "walsall"), ("walsall", "dudley")])
def test_an_officer_who_left_is_no_page_of_the_area_they_left(old, new, space, keeper_of, person, team_of, client):
    left, here = (Area.objects.get(slug=slug) for slug in (old, new))
    pat = person("pat")
    before = Posting.objects.create(
        person=pat, team=team_of(left), from_date="2025-01-01", until=in_days(-100), reason="OLDREASON"
    )
    Posting.objects.create(person=pat, team=team_of(here), from_date=in_days(-99), reason="NEWREASON")
    Absence.objects.create(
        person=pat, posting=before, from_date=in_days(-200), until=in_days(-190), kind="training", reason="OLDNOTE"
    )
    Absence.objects.create(person=pat, from_date=in_days(-2), kind="long_term", reason="NEWNOTE")
    url = reverse(f"{space}:person", args=[pat.pk])
    client.force_login(keeper_of(space, left))
    assert client.get(url).status_code == 404
    client.force_login(keeper_of(space, here))
    text = client.get(url).content.decode()
    assert [word in text for word in ("NEWREASON", "NEWNOTE", "Long-term", "OLDREASON", "OLDNOTE", "Training")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("space", ["people", "admin"])
def test_each_of_two_areas_reads_its_own_reasons(space, keeper_of, person, team_of, walsall, dudley, client):
    """Somebody works in both: each area reads why in its own, and the absence from everything is both areas' affair."""
    pat = person("pat")
    made = {}
    for area in (walsall, dudley):
        posting = Posting.objects.create(
            person=pat, team=team_of(area), from_date="2026-01-01", share=50, reason=f"REASON-{area.slug}"
        )
        made[area.slug] = Absence.objects.create(
            person=pat, posting=posting, from_date=in_days(5), until=in_days(6), reason=f"NOTE-{area.slug}"
        )
    Absence.objects.create(person=pat, from_date=in_days(20), reason="NOTE-both")
    for area, other in ((walsall, dudley), (dudley, walsall)):
        client.force_login(keeper_of(space, area))
        pages = [client.get(reverse(f"{space}:person", args=[pat.pk])).content.decode()]
        assert [f"REASON-{one.slug}" in pages[0] for one in (area, other)] == [True, False]
        if space == "people":
            pages.append(client.get(reverse("people:home")).content.decode())
        for text in pages:
            assert [word in text for word in (f"NOTE-{area.slug}", f"NOTE-{other.slug}", "NOTE-both")] == [
                True, False, True,
            ]  # fmt: skip
        theirs = made[other.slug]
        cover = client.get(reverse(f"{space}:cover"), {"person": pat.pk, "absence": theirs.pk})
        assert cover.status_code == 404
        back = client.post(reverse(f"{space}:back", args=[theirs.pk]), {"_version": version_of(theirs)})
        assert (back.status_code, Absence.objects.filter(pk=theirs.pk).exists()) == (404, True)


def test_whoever_keeps_the_whole_force_reads_of_those_who_left(client, staff_admin, person, team_of, walsall):
    pat = person("pat", is_active=False)
    Posting.objects.create(person=pat, team=team_of(walsall), from_date="2025-01-01", until=in_days(-9), reason="WHY")
    client.force_login(staff_admin)
    assert "WHY" in client.get(reverse("admin:person", args=[pat.pk])).content.decode()
