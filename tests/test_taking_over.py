"""Another person takes over in the middle of an absence: who answered, and who had access, until then stays true."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.stamp import today_in_london
from areas.models import Area, CommandCover
from hubs.models import Absence, Posting

pytestmark = pytest.mark.django_db

START = date(2026, 1, 1)


def in_days(number):
    return date.fromordinal(today_in_london().toordinal() + number)


@pytest.fixture
def crew(person, team_of, walsall):
    """Pat, Lee and Sam of Walsall, by their first names."""
    made = {name: person(name) for name in ("pat", "lee", "sam")}
    for one in made.values():
        Posting.objects.create(person=one, team=team_of(walsall), from_date=START)
    return made


@pytest.fixture
def absence(crew):
    """Pat is away from ten days ago until in ten days, and Lee answers."""
    return Absence.objects.create(
        person=crew["pat"], from_date=in_days(-10), until=in_days(10), cover=crew["lee"], reason="Course"
    )


def acted():
    """Who answered when, the earliest first."""
    rows = Absence.objects.order_by("from_date")
    return [(row.cover and row.cover.name, row.from_date, row.until) for row in rows]


def told(answer):
    return [str(one) for one in answer.context["messages"]]


def by_page(client, absence, **fields):
    """Change `absence` on the page of cover."""
    url, asked = reverse("admin:cover"), {"person": absence.person_id, "absence": absence.pk}
    form = client.get(url, asked).context["form"]
    sent = asked | {
        form.version_name: form.version,
        "why": "Asked for.",
        "kind": absence.kind,
        "cover": absence.cover_id,
    }
    sent |= {"from_date": absence.from_date.isoformat(), "until": absence.until.isoformat(), **fields}
    return client.post(url, sent, follow=True)


def by_form(client, absence, **fields):
    """Change `absence` on its form in the admin."""
    url = reverse("admin:hubs_absence_change", args=[absence.pk])
    form = client.get(url).context["adminform"].form
    sent = {"_version": form.version, "person": absence.person_id, "kind": absence.kind, "cover": absence.cover_id}
    sent |= {"from_date": absence.from_date.isoformat(), "until": absence.until.isoformat(), "reason": absence.reason}
    return client.post(url, sent | fields, follow=True)


@pytest.mark.parametrize("door", [by_page, by_form])
def test_whoever_takes_over_answers_from_today_on(door, signed_in, staff_admin, absence, crew):
    said = told(door(signed_in(staff_admin), absence, cover=crew["sam"].pk, kind="training"))
    assert acted() == [("Demo Lee", in_days(-10), in_days(-1)), ("Demo Sam", in_days(0), in_days(10))]
    assert [row.kind for row in Absence.objects.order_by("from_date")] == ["leave", "training"]
    absence.refresh_from_db()
    assert (absence.cover, Absence.objects.exclude(pk=absence.pk).get().reason) == (crew["sam"], "Course")
    assert any("stays on record as a row of its own" in words and "it was Demo Lee" in words for words in said)
    assert [line.history_type for line in Absence.history.order_by("history_id")] == ["+", "~", "+"]
    # A second thought on the same day changes today alone.
    door(signed_in(staff_admin), absence, cover="")
    assert acted() == [("Demo Lee", in_days(-10), in_days(-1)), (None, in_days(0), in_days(10))]


def test_a_first_day_to_come_is_that_of_whoever_takes_over(signed_in, staff_admin, absence, crew):
    by_page(signed_in(staff_admin), absence, cover=crew["sam"].pk, from_date=in_days(3).isoformat())
    assert acted() == [("Demo Lee", in_days(-10), in_days(2)), ("Demo Sam", in_days(3), in_days(10))]


def test_a_first_day_that_is_put_right_at_once_is_that_of_who_acted_before(absence, crew):
    absence.cover, absence.from_date = crew["sam"], in_days(-8).isoformat()
    absence.save()
    assert acted() == [("Demo Lee", in_days(-8), in_days(-1)), ("Demo Sam", in_days(0), in_days(10))]


def test_one_field_alone_is_saved_with_the_day_on_which_it_begins(absence, crew):
    absence.cover = None
    absence.save(update_fields=["cover"])
    assert acted() == [("Demo Lee", in_days(-10), in_days(-1)), (None, in_days(0), in_days(10))]


def test_what_has_not_begun_and_what_else_is_changed_stays_one_row(absence, crew):
    absence.until, absence.kind = in_days(4), "training"
    absence.save()
    ahead = Absence.objects.create(person=crew["lee"], from_date=in_days(1), cover=crew["pat"])
    ahead.cover = crew["sam"]
    ahead.save()
    assert acted() == [("Demo Lee", in_days(-10), in_days(4)), ("Demo Sam", in_days(1), None)]
    assert (absence.taken_over, ahead.taken_over) == ("", "")


@pytest.mark.parametrize("last", [-1, -9])
def test_who_answered_on_days_that_are_over_is_not_rewritten(last, signed_in, staff_admin, absence, crew):
    answer = by_form(signed_in(staff_admin), absence, cover=crew["sam"].pk, until=in_days(last).isoformat())
    assert "Who answered on days that are over stays as it was" in str(answer.context["errors"])
    Absence.objects.filter(pk=absence.pk).update(until=in_days(last))
    absence.refresh_from_db()
    absence.cover, absence.until = crew["sam"], in_days(9)
    with pytest.raises(ValidationError, match="days that are over"):
        absence.save()
    assert acted() == [("Demo Lee", in_days(-10), in_days(last))]


# ---- those who act for a commander ----------------------------------------------------------------------------------------


def commands():
    rows = CommandCover.objects.order_by("from_date")
    return [(row.person.name, row.from_date, row.until) for row in rows]


@pytest.fixture
def led(walsall_commander, crew):
    """Walsall's commander is away from ten days ago until in ten days; Lee acts."""
    row = Absence.objects.create(
        person=walsall_commander, from_date=in_days(-10), until=in_days(10), cover=crew["lee"], reason=""
    )
    walsall_commander.commands.get().covers.create(person=crew["lee"], from_date=in_days(-10), until=in_days(10))
    return row


def test_an_acting_commander_takes_over_from_today_on(signed_in, staff_admin, led, crew, walsall):
    by_page(signed_in(staff_admin), led, cover=crew["sam"].pk)
    both = [("Demo Lee", in_days(-10), in_days(-1)), ("Demo Sam", in_days(0), in_days(10))]
    assert (acted(), commands()) == (both, both)
    assert (walsall.commander, list(Area.objects.led_by(crew["lee"]))) == (crew["sam"], [])
    led.refresh_from_db()
    by_page(signed_in(staff_admin), led, cover="")
    assert commands() == both[:1]
    assert acted() == [both[0], (None, in_days(0), in_days(10))]


def test_nobody_acts_any_more_from_today_on(signed_in, staff_admin, led, crew):
    by_page(signed_in(staff_admin), led, cover="")
    assert commands() == [("Demo Lee", in_days(-10), in_days(-1))]


def test_an_acting_commander_of_a_command_that_began_later_is_changed_with_the_absence(
    signed_in, staff_admin, led, crew, walsall_commander
):
    walsall_commander.commands.update(from_date=in_days(-5))
    CommandCover.objects.update(from_date=in_days(-5))
    by_page(signed_in(staff_admin), led, cover=crew["sam"].pk)
    assert commands() == [("Demo Lee", in_days(-5), in_days(-1)), ("Demo Sam", in_days(0), in_days(10))]


def test_the_list_of_acting_commands_keeps_who_had_access(signed_in, staff_admin, led, crew):
    acting = CommandCover.objects.get()
    client, url = signed_in(staff_admin), reverse("admin:areas_commandcover_change", args=[acting.pk])
    version = client.get(url).context["adminform"].form.version
    sent = {"_version": version, "command": acting.command_id, "person": crew["sam"].pk}
    sent |= {"from_date": acting.from_date.isoformat(), "until": acting.until.isoformat()}
    said = told(client.post(url, sent, follow=True))
    assert commands() == [("Demo Lee", in_days(-10), in_days(-1)), ("Demo Sam", in_days(0), in_days(10))]
    assert any("it was Demo Lee" in words for words in said)
