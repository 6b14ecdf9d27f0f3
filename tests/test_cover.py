"""The page on which cover is set: absences to come, for which days somebody is suggested, and who may be chosen from many."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.stamp import today_in_london
from accounts.versions import version_of
from hubs.models import Absence, Posting
from policing_portal.staffing import forms

pytestmark = pytest.mark.django_db

START = date(2026, 1, 1)


def in_days(number):
    return date.fromordinal(today_in_london().toordinal() + number)


@pytest.fixture
def pat(person, team_of, walsall):
    return Posting.objects.create(person=person("pat"), team=team_of(walsall), from_date=START).person


@pytest.fixture
def lee(person, team_of, walsall):
    return Posting.objects.create(person=person("lee"), team=team_of(walsall), from_date=START).person


@pytest.fixture
def page(signed_in, walsall_commander, pat):
    """The page of Pat's cover: `page(absence=3, from_date=...)`."""
    browser = signed_in(walsall_commander)
    return lambda **asked: browser.get(reverse("people:cover"), {"person": pat.pk, **asked})


def away(who, since, until=None, **fields):
    return Absence.objects.create(
        person=who, from_date=in_days(since), until=in_days(until) if until is not None else None, **fields
    )


def suggested(answer):
    groups = dict(answer.context["form"].fields["cover"].choices)
    return [words.partition(" (")[0] for _pk, words in groups.get("Suggested", ())]


def test_an_absence_to_come_is_changed_on_its_own_form(page, client, pat, lee):
    now, later = away(pat, -2, 2), away(pat, 20, 30)
    answer = page()
    assert (answer.context["absence"], answer.context["others"]) == (now, [later])
    link = f'href="?person={pat.pk}&amp;absence={later.pk}"'
    assert link in answer.content.decode()
    answer = page(absence=later.pk)
    text = answer.content.decode()
    assert (answer.context["absence"], answer.context["others"]) == (later, [now])
    assert "They will be away from" in text and f'name="absence" value="{later.pk}"' in text
    form = answer.context["form"]
    sent = {
        "person": pat.pk,
        "absence": later.pk,
        form.version_name: form.version,
        "why": "Asked for.",
        "kind": "leave",
        "cover": lee.pk,
    }
    sent |= {"from_date": in_days(21).isoformat(), "until": in_days(31).isoformat()}
    assert client.post(reverse("people:cover"), sent).status_code == 302
    later.refresh_from_db()
    assert (later.from_date, later.until, later.cover) == (in_days(21), in_days(31), lee)
    assert Absence.objects.count() == 2
    # What was changed meanwhile is not run over.
    assert "while you were writing" in str(client.post(reverse("people:cover"), sent).context["form"].errors)


def test_whoever_is_away_may_be_away_again_later(page, client, pat):
    away(pat, -2, 2)
    answer = page(absence="new")
    assert (answer.context["absence"].pk, answer.context["form"].version) == (None, "none")
    sent = {
        "person": pat.pk,
        "absence": "new",
        "_version": "none",
        "why": "Asked for.",
        "kind": "leave",
        "from_date": in_days(9).isoformat(),
    }
    assert client.post(reverse("people:cover"), sent).status_code == 302
    assert list(Absence.objects.order_by("from_date").values_list("from_date", flat=True)) == [in_days(-2), in_days(9)]


def test_absences_of_others_and_those_that_are_over_are_no_pages(page, dudley_officer, pat, lee):
    for absence in (away(dudley_officer, 1), away(lee, 1), away(pat, -20, -10)):
        assert page(absence=absence.pk).status_code == 404
    assert page(absence="zz").status_code == 404


def test_an_absence_that_was_ended_meanwhile_is_begun_anew_only_when_asked_again(page, client, pat):
    later = away(pat, 20)
    form = page(absence=later.pk).context["form"]
    sent = {"person": pat.pk, "absence": later.pk, "_version": form.version, "why": "Asked for.", "kind": "leave"}
    sent |= {"from_date": in_days(20).isoformat()}
    later.delete()
    answer = client.post(reverse("people:cover"), sent)
    assert "was ended while you were writing" in str(answer.context["form"].errors)
    assert client.post(reverse("people:cover"), sent | {"_version": answer.context["form"].version}).status_code == 302


def test_somebody_is_suggested_for_the_days_of_the_absence(page, client, pat, lee, person, team_of, walsall):
    """Lee is on leave in the second week; Sam's posting ends in the first."""
    sam = person("sam")
    Posting.objects.create(person=sam, team=team_of(walsall), from_date=START, until=in_days(5))
    away(lee, 7, 13)
    assert suggested(page()) == ["Demo Sam"]  # until further notice, and Lee is not there all that time
    assert suggested(page(until=in_days(3).isoformat())) == ["Demo Lee", "Demo Sam"]
    days = {"from_date": in_days(7).isoformat(), "until": in_days(9).isoformat()}
    answer = page(**days)
    assert suggested(answer) == []
    assert [answer.context["form"][name].value() for name in days] == [in_days(7), in_days(9)]
    assert suggested(page(from_date=in_days(20).isoformat())) == ["Demo Lee"]
    # And for those that were written in a form that is shown again.
    answer = client.post(reverse("people:cover"), {"person": pat.pk, "kind": "", **days})
    assert (answer.status_code, suggested(answer)) == (200, [])
    assert page(from_date="zz", until="zz").status_code == 200


def test_days_stand_once_on_the_page_and_asking_for_suggestions_saves_nothing(page, client, pat, lee):
    """There were two pairs: whoever wrote the days into the upper one and saved wrote down an absence from today on."""
    away(lee, 7, 13)
    text = page().content.decode()
    assert (text.count('name="from_date"'), text.count('name="until"')) == (1, 1)
    days = {"from_date": in_days(8).isoformat(), "until": in_days(9).isoformat()}
    typed = {"person": pat.pk, "cover": lee.pk, "kind": "leave", "why": "Asked for.", **days}
    answer = client.post(reverse("people:cover"), typed | {"why": "", "suggest": "yes"})
    form = answer.context["form"]
    assert (suggested(answer), form.errors, Absence.objects.filter(person=pat).count()) == ([], {}, 0)
    assert {name: form[name].value() for name in days} == days
    answer = client.post(reverse("people:cover"), typed | {"until": "zz", "suggest": "yes"})
    assert list(answer.context["form"].errors) == ["until"]
    answer = client.post(reverse("people:cover"), typed | {"why": ""})
    assert answer.context["form"].errors == {"why": ["“Why?” needs an answer."]}
    client.post(reverse("people:cover"), typed | {"cover": ""})
    assert [day.isoformat() for day in Absence.objects.values_list("from_date", "until").get(person=pat)] == [
        *days.values()
    ]


def test_of_many_the_first_are_shown_and_the_others_found(page, client, pat, person, team_of, walsall, monkeypatch):
    monkeypatch.setattr(forms, "MOST", 3)
    monkeypatch.setattr("policing_portal.staffing.cover.MOST", 3)
    for handle in ("ann", "bob", "cy", "dan", "eve"):
        Posting.objects.create(person=person(handle), team=team_of(walsall), from_date=START)
    who = client.get(reverse("people:cover"), {"area": "walsall"})
    assert [one.name for one in who.context["people"]] == ["Demo Ann", "Demo Bob", "Demo Cy"]
    who = client.get(reverse("people:cover"), {"area": "walsall", "q": "eve"})
    assert [one.name for one in who.context["people"]] == ["Demo Eve"]
    text = page(q="pat").content.decode()
    assert 'name="q"' in text
    move = client.get(reverse("people:move", args=["people"]), {"q": "dan", "posting": pat.postings.get().pk})
    assert [words.partition(",")[0] for _pk, words in move.context["form"].fields["postings"].choices] == [
        "Demo Pat", "Demo Dan",
    ]  # fmt: skip
    # What is not shown is taken all the same: the page may have been searched anew in between.
    form = move.context["form"].fields["postings"]
    assert [posting.person.name for posting in form.clean([Posting.objects.get(person__name="Demo Eve").pk])] == [
        "Demo Eve"
    ]


def test_who_is_back_is_so_as_the_page_showed_them(client, page, pat):
    absence = away(pat, -3, 3)
    back = reverse("people:back", args=[absence.pk])
    seen = version_of(absence)
    absence.until = in_days(9)
    absence.save()
    page()
    client.post(back, {"_version": seen})
    absence.refresh_from_db()
    assert absence.until == in_days(9)
    client.post(back, {"_version": version_of(absence), "why": "Well again."})
    absence.refresh_from_db()
    assert absence.until == in_days(-1)
