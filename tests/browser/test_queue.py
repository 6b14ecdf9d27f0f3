"""A commander's morning in a real browser: the brief, the queue by keyboard, several at once, a problem, a file, a call."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.stamp import LONDON, days_ago
from areas.models import Priority
from feedback.insight.brief import LINES, Brief
from feedback.lifecycle import Repeat
from feedback.models import Category, Concern, Partner, Problem, SavedList
from hubs.models import Posting

from .test_line import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def morning(make_concern, walsall, bloxwich_west, walsall_commander, walsall_officer, team_of):
    """Five concerns of Walsall, one of them missed, and a problem."""
    team_of(walsall)
    made = [
        make_concern(walsall, ward=bloxwich_west, text=f"Number {number}: bikes on the green.") for number in range(5)
    ]
    late = timezone.now() - timedelta(hours=80)
    Concern.objects.filter(pk=made[0].pk).update(received_at=late, due_at=late + timedelta(hours=72))
    made[4].review_safety(True, "Look at this.", by=walsall_commander)
    problem = Problem.objects.create(area=walsall, title="Bikes on the green", objective="No bikes by June.")
    made[3].link_to(problem, by=walsall_commander)
    return made


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_commander_decides_what_the_morning_asks(visitor, javascript, morning, walsall_commander):
    one = visitor(java_script_enabled=javascript)
    sign_in(one, walsall_commander)
    one.look("brief")
    one.follow("reply is missed")
    assert one.page.locator(".portal-queue__row").count() == 1
    one.look("queue-missed")
    one.go("/dashboard/queue/?status=&view=map", "queue-map")
    one.go("/dashboard/queue/")
    for box in one.page.locator(".portal-queue__pick").all()[:3]:
        box.check()
    one.page.select_option("#together", "acknowledge")
    one.press("Look at it first")
    one.look("together-before")
    one.choose("decision", "concern")
    one.page.fill('[name="reason"]', "Read at the briefing.")
    one.press("I have read these")
    one.look("together-after")
    assert Concern.objects.filter(status="acknowledged").count() >= 3
    one.go("/dashboard/problems/", "problems")
    one.follow("Bikes on the green")
    one.look("problem")
    one.go("/dashboard/export/?due=missed", "export")
    one.go("/dashboard/insight/", "insight")
    one.go("/dashboard/morning-mail/", "morning-mail")


@pytest.fixture
def full(make_concern, walsall, dudley, walsall_commander, officer_of, time_machine):
    """A morning on which the brief has every line that it can have, and five concerns with long words."""
    time_machine.move_to(datetime(2026, 3, 12, 9, tzinfo=LONDON), tick=True)
    now, by, wards = timezone.now(), walsall_commander, list(walsall.wards.active()[:3])
    long = "Off-road bikes race across the green behind the shops every evening, and the lamp has been dark for weeks."
    officers = [officer_of(walsall, f"pc.{name}") for name in ("one", "two", "three", "four", "five")]
    kinds = Category.objects.in_bulk(["asb-vehicle", "asb-noise", "asb-drugs"], field_name="code").values()

    def told(hours, category=None, ward=None, **more):
        more = {"text": f"{long} {uuid4()}", **more}
        concern = make_concern(walsall, ward=ward, **{"category": category} if category else {}, **more)
        received = now - timedelta(hours=hours)
        Concern.objects.filter(pk=concern.pk).update(received_at=received, due_at=received + timedelta(hours=72))
        concern.refresh_from_db()
        return concern

    told(24 * 60).resolve("solved", "Done.", by=by)
    for category, ward in zip(kinds, wards, strict=True):
        for hours in range(30, 100, 10):
            told(hours, category, ward)
    for officer in officers[:2] * 6:
        told(65).assign(officer=officer, by=by)
    held = told(80)
    held.team = Posting.objects.get(person=officers[0]).team
    held.save()
    told(90).assign(officer=by, by=by)
    told(90, text="Short.").refer(
        Partner.objects.filter(area=walsall).first(), "The council looks at it.", told="By phone.", told_at=now, by=by
    )
    told(95).take_recourse("Nobody answered.")
    told(95).mark_repeat("asked")
    told(2).doubt("An advert.", by=officers[0])
    told(3).review_safety(True, "Look at this.", by=by)
    late = told(3)
    late.take_message("He has a knife and says he will kill me.")
    late.safety_reviews.update(due_at=now - timedelta(hours=1))
    told(30).disclose_crime("", "He broke the fence.", by=by)
    told(2).disclose_crime("", "He broke the fence.", by=by)
    told(4).mark_repeat(Repeat.ASKED)
    told(20).reply("We were there.", by=by)
    told(20).resolve("solved", "We were there.", by=by)
    for _each in range(5):
        told(4).move_to_area(dudley, "It is there.", by=by)
    for ward in wards:
        quiet = Priority.objects.create(
            area=walsall, ward=ward, title=f"Bikes and noise in {ward}", you_said="It is loud."
        )
        Priority.objects.filter(pk=quiet.pk).update(published=True, touched_on=days_ago(85))


def test_brief_prints_on_one_sheet_however_full(visitor, full, walsall_commander):
    one = visitor()
    sign_in(one, walsall_commander)
    brief = Brief(walsall_commander, walsall_commander.commands.get().area)
    wanted = {make.__name__ for make in LINES}
    assert ({line.name for line in brief.lines}, len(brief.moved), len(brief.news)) == (wanted, 5, 5)
    one.look("brief-full")
    margins = dict.fromkeys(("top", "bottom", "left", "right"), "10mm")
    sheet = one.page.pdf(path=one.folder / "brief-full.pdf", format="A4", margin=margins)
    one.page.emulate_media(media="print")
    one.page.set_viewport_size({"width": 718, "height": 1047})
    one.page.screenshot(path=one.folder / "brief-full-print.png", full_page=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", sheet)) == 1
    printed = one.page.inner_text("main")
    assert ("(/dashboard/" in printed, "Bikes and noise in" in printed) == (False, True)


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_officer_writes_a_call_down(visitor, javascript, walsall_officer):
    one = visitor(java_script_enabled=javascript)
    sign_in(one, walsall_officer)
    one.go("/dashboard/concerns/new/", "record")
    one.press("Keep it and show the receipt")
    one.look("record-refused")
    one.said.clear()  # Chromium reports the wanted 422 as an error
    one.choose("channel", "phone")
    one.page.select_option('[name="category"]', "asb-vehicle")
    one.page.fill('[name="text"]', "Bikes on the green every evening.")
    one.choose("agreed", "no")
    one.press("Keep it and show the receipt")
    one.look("recorded")
    reference = one.page.locator(".portal-receipt .portal-code").first.inner_text()
    assert Concern.objects.get().reference == reference


def test_queue_is_worked_by_keys(visitor, morning, walsall_commander):
    one = visitor()
    sign_in(one, walsall_commander)
    one.go("/dashboard/queue/")
    links = one.page.locator(".portal-queue__words")
    links.first.focus()
    one.page.keyboard.press("j")
    one.page.keyboard.press("x")
    assert one.page.evaluate("document.activeElement.textContent") == links.nth(1).inner_text()
    assert [box.is_checked() for box in one.page.locator(".portal-queue__pick").all()] == [
        False,
        True,
        False,
        False,
        False,
    ]
    one.page.keyboard.press("k")
    with one.page.expect_navigation():
        one.page.keyboard.press("Enter")
    assert "/dashboard/concerns/" in one.page.url


def test_a_morning_is_worked_by_the_keyboard_alone(visitor, morning, walsall_commander):
    one = visitor()
    sign_in(one, walsall_commander)
    one.go("/dashboard/queue/")
    keys = one.page.keyboard

    def here(selector):
        return one.page.evaluate("selector => document.activeElement.matches(selector)", selector)

    def tab_to(selector):
        for _press in range(60):
            if here(selector):
                return
            keys.press("Tab")
        raise AssertionError(f"the tab key never reaches {selector}")

    def enter():
        with one.page.expect_navigation():
            keys.press("Enter")

    tab_to(".portal-queue__words")
    for key in "ajx":  # all, the next, not that one
        keys.press(key)
    assert [box.is_checked() for box in one.page.locator(".portal-queue__pick").all()] == [
        True,
        False,
        True,
        True,
        True,
    ]
    keys.press("w")
    assert here("#together")
    keys.type("Say that")
    tab_to("[data-queue] button")
    enter()
    tab_to('[name="decision"]')
    keys.press("Space")
    tab_to('[name="reason"]')
    keys.type("Read at the briefing.")
    tab_to('form button[name="sure"], main form button')
    enter()
    assert Concern.objects.filter(status="received").count() == 1
    one.go("/dashboard/queue/")
    tab_to(".portal-queue__words")
    keys.press("s")
    assert here("#id_search")
    keys.type("number 2")
    enter()
    assert one.page.locator(".portal-queue__row").count() == 1
    tab_to(".portal-queue-more summary")
    keys.press("Enter")
    tab_to("#keep-name")
    keys.type("Bikes of today")
    enter()
    kept = SavedList.objects.get()
    assert (one.page.url, kept.name) == (one.base + kept.get_absolute_url(), "Bikes of today")
    assert one.page.locator(".portal-queue__row").count() == 1
    one.look("queue-kept")
    tab_to(".portal-queue__words")
    enter()
    tab_to("details#note > summary")
    keys.press("Enter")
    tab_to('form[action$="/note/"] textarea')
    keys.type("By keys alone.")
    tab_to('form[action$="/note/"] button')
    enter()
    assert "By keys alone." in one.text()


def test_overview_sees_the_force(visitor, morning, overview):
    one = visitor()
    sign_in(one, overview)
    one.go("/dashboard/force/", "force")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_what_to_do_with_the_chosen_is_at_hand_on_a_phone(visitor, javascript, full, walsall_commander):
    """A page of the list is many screens long: nobody scrolls to its end, and nothing hides behind what stays in sight."""
    one = visitor(java_script_enabled=javascript)
    sign_in(one, walsall_commander)
    one.page.set_viewport_size({"width": 360, "height": 740})
    one.go("/dashboard/queue/")
    button, boxes = one.page.locator(".portal-together button"), one.page.locator(".portal-queue__pick")
    in_sight = one.page.locator(".portal-together").bounding_box
    assert (boxes.count(), in_sight()["y"] > 740) == (25, True)
    boxes.nth(4).check()
    one.page.wait_for_timeout(500)  # until what scrolls has come to rest
    assert (in_sight()["y"] + in_sight()["height"], button.bounding_box()["width"]) == (740, 330)
    one.look("queue-chosen")
    one.page.set_viewport_size({"width": 360, "height": 740})
    boxes.first.focus()
    hidden = 0
    for _each in range(20):
        one.page.keyboard.press("Tab")
        focused = one.page.locator(":focus").bounding_box()
        hidden += focused["y"] + focused["height"] > in_sight()["y"] and focused["y"] < in_sight()["y"]
    assert hidden == 0
