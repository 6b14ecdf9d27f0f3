"""What the admin says the public sees of a hub is what the public sees, before and after it is saved."""

from datetime import date, datetime

import pytest
from django.urls import reverse

from accounts.stamp import LONDON, Stamp
from hubs import opening
from hubs.models import BankHoliday, HoursException, Hub
from tests.test_two_editors import fields_of

pytestmark = pytest.mark.django_db

WEDNESDAY = datetime(2026, 12, 23, 12, tzinfo=LONDON)


@pytest.fixture
def hub(walsall, time_machine):
    """A counter with hours from Monday to Friday, in the week of Christmas."""
    time_machine.move_to(WEDNESDAY, tick=False)
    hub = walsall.hubs.filter(front_counter=True).first()
    hub.always_open = False
    hub.save()
    hub.opening_hours.all().delete()
    hub.hours_exceptions.all().delete()
    for day in range(5):
        hub.opening_hours.create(weekday=day, opens="08:00", closes="17:00")
    hub.hours_exceptions.create(date="2026-12-24", opens="08:00", closes="12:00", reason="Christmas Eve")
    return hub


def page(name, hub):
    return reverse(f"admin:hubs_hub_{name}", args=[hub.pk])


def week(text):
    """The rows of the table of the coming week, without tags."""
    return [row.words for row in text.context["coming"]]


def test_coming_week_names_exceptions_and_bank_holidays(hub):
    fresh = Hub.objects.get(pk=hub.pk)
    assert opening.coming_week(fresh, date(2026, 12, 23), BankHoliday.names_from(date(2026, 12, 23))) == [
        opening.Day(date(2026, 12, 23), "8am to 5pm"),
        opening.Day(date(2026, 12, 24), "8am to midday", "Christmas Eve"),
        opening.Day(date(2026, 12, 25), "Closed", "Christmas Day"),
        opening.Day(date(2026, 12, 26), "Closed"),
        opening.Day(date(2026, 12, 27), "Closed"),
        opening.Day(date(2026, 12, 28), "Closed", "Boxing Day"),
        opening.Day(date(2026, 12, 29), "8am to 5pm"),
    ]


def test_coming_week_of_a_counter_that_never_closes_keeps_no_bank_holiday(hub):
    hub.always_open = True
    days = opening.coming_week(hub, date(2026, 12, 25), BankHoliday.names_from(date(2026, 12, 25)))
    assert (days[0].words, days[0].note) == ("Open all day and night", "")


def test_form_of_a_hub_shows_the_week_that_the_public_page_is_made_of(signed_in, walsall_editor, client, hub):
    shown = signed_in(walsall_editor).get(page("change", hub))
    text = shown.content.decode()
    assert week(shown)[:3] == ["8am to 5pm", "8am to midday", "Closed"]
    assert "<td>8am to midday</td><td>Christmas Eve</td>" in text
    public = client.get(hub.get_absolute_url()).context
    assert {day.date: day for day in public["other_days"]}.items() >= {
        day.date: day for day in shown.context["coming"] if day.note
    }.items()


def test_preview_has_the_public_pages_own_part(signed_in, walsall_editor, client, hub, rf):
    part = client.get(hub.get_absolute_url()).content.decode()
    part = part[part.index('<p class="portal-hub__open">') : part.index("Teams based here")]
    part = part[: part.rindex("</table>")]
    assert part in signed_in(walsall_editor).get(page("preview", hub)).content.decode()


def test_preview_of_a_form_shows_what_is_not_saved_and_saves_nothing(signed_in, walsall_editor, hub):
    client = signed_in(walsall_editor)
    form = fields_of(client.get(page("change", hub))) | {"opening_hours-2-closes": "20:00"}
    before, lines = Stamp.current(), hub.history.count()
    shown = client.post(page("preview", hub), form)
    assert (shown.status_code, week(shown)[0]) == (200, "8am to 8pm")
    assert "Open now, until 8pm" in shown.content.decode()
    assert "Nothing is saved yet." in shown.content.decode()
    assert (Stamp.current(), hub.history.count()) == (before, lines)
    assert str(hub.opening_hours.get(weekday=2)) == "Wednesday 08:00-17:00"
    # What was looked at is what then comes.
    assert client.post(page("change", hub), form).status_code == 302
    assert "Open now, until 8pm" in client.get(hub.get_absolute_url()).content.decode()


def test_preview_leaves_nothing_in_the_store_of_kept_facts(signed_in, walsall_editor, client, hub):
    """The stamp that the preview counted up to is the next that a real change has."""
    browser = signed_in(walsall_editor)
    form = fields_of(browser.get(page("change", hub)))
    browser.post(page("preview", hub), form | {"name": "Only Looked At"})
    browser.logout()
    Hub.objects.filter(pk=hub.pk).update(directions="By bus.")
    text = client.get(hub.get_absolute_url()).content.decode()
    assert ("Only Looked At" in text, "By bus." in text) == (False, True)


def test_preview_of_what_cannot_be_saved_says_why(signed_in, walsall_editor, hub):
    client = signed_in(walsall_editor)
    form = fields_of(client.get(page("change", hub)))
    wrong = client.post(page("preview", hub), form | {"name": ""}).content.decode()
    assert ("It can't be saved like this" in wrong, "This field is required." in wrong) == (True, True)
    hub.address = "1 Demo Street"
    hub.save()
    stale = client.post(page("preview", hub), form).content.decode()
    assert "saved this while you were writing" in stale


def test_preview_of_a_hub_elsewhere_is_not_found(signed_in, walsall_editor, dudley):
    client = signed_in(walsall_editor)
    other = dudley.hubs.first()
    assert [client.get(page("preview", other)).status_code, client.post(page("preview", other)).status_code] == [
        404,
        404,
    ]


def test_preview_says_nothing_of_a_save(signed_in, walsall_editor, hub):
    client = signed_in(walsall_editor)
    client.post(page("preview", hub), fields_of(client.get(page("change", hub))))
    assert list(client.get(page("change", hub)).context["messages"]) == []


def test_hub_without_a_counter_shows_no_times(signed_in, staff_admin, walsall):
    base = walsall.hubs.filter(front_counter=False).first() or Hub.objects.filter(front_counter=False).first()
    assert "the public sees no times" in signed_in(staff_admin).get(page("change", base)).content.decode()


# ---- many of them ------------------------------------------------------------------------------------------------------
def test_a_hub_with_many_exceptions_is_saved_and_those_that_are_over_are_left_alone(hub, signed_in, walsall_editor):
    """Four hundred are over and forty to come: the form shows forty, and is taken."""
    for back in range(400):
        HoursException.objects.create(hub=hub, date=date.fromordinal(date(2026, 12, 22).toordinal() - back))
    for ahead in range(40):
        HoursException.objects.create(hub=hub, date=date(2027, 1 + ahead // 20, 1 + ahead % 20))
    client, url = signed_in(walsall_editor), page("change", hub)
    sent = fields_of(client.get(url))
    assert sent["hours_exceptions-TOTAL_FORMS"] == 41
    assert client.post(url, sent | {"hours_exceptions-40-reason": "Stocktaking"}).status_code == 302
    assert (hub.hours_exceptions.count(), hub.hours_exceptions.filter(reason="Stocktaking").count()) == (441, 1)


def test_too_much_at_once_is_refused_in_words(hub, signed_in, walsall_editor):
    answer = signed_in(walsall_editor).post(page("change", hub), {f"field-{n}": "x" for n in range(1001)})
    assert (answer.status_code, "That was too many at once." in answer.content.decode()) == (400, True)


def test_a_new_hub_is_looked_at_before_it_is_saved(signed_in, walsall_editor, auditor, walsall, hub):
    client, url = signed_in(walsall_editor), reverse("admin:hubs_hub_preview", args=["add"])
    assert "See it before it is saved" in client.get(reverse("admin:hubs_hub_add")).content.decode()
    form = {
        "name": "New Hall",
        "slug": "new-hall",
        "area": walsall.pk,
        "address": "1 Demo Street",
        "front_counter": "on",
    }
    form |= {"opening_hours-TOTAL_FORMS": 1, "opening_hours-INITIAL_FORMS": 0, "hours_exceptions-TOTAL_FORMS": 0}
    form |= {"hours_exceptions-INITIAL_FORMS": 0, "opening_hours-0-weekday": 2}
    form |= {"opening_hours-0-opens": "09:00", "opening_hours-0-closes": "16:00"}
    shown = client.post(url, form)
    assert (shown.status_code, week(shown)[0]) == (200, "9am to 4pm")
    assert "It can't be saved like this" in client.post(url, form | {"name": ""}).content.decode()
    assert client.get(url).status_code == 404
    assert signed_in(auditor).post(url, form).status_code == 403
    assert not Hub.objects.filter(slug="new-hall").exists()
