"""What people take to a meeting, and pictures, in a real browser: one page of paper, no name over another, none cut off."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from areas.models import Meeting, Priority, PriorityAction
from feedback.insight.figures import freeze
from feedback.insight.tallies import count_areas
from feedback.models import Category, Concern
from hubs.models import Establishment

from .test_line import sign_in

pytestmark = pytest.mark.django_db(transaction=True)

PAPER = {"top": "12mm", "bottom": "12mm", "left": "12mm", "right": "12mm"}
LONG = "Bikes race across the green behind the shops every evening, and the lamp has been dark for weeks. "
# Each picture's names and numbers: whether one lies over another, or outside of the picture; a pixel is forgiven.
CLASHES = """() => [...document.querySelectorAll('.portal-chart svg')].flatMap(picture => {
  const edge = picture.getBoundingClientRect(), found = [];
  const texts = [...picture.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
  texts.forEach(([words, box], place) => {
    if (box.left < edge.left - 1 || box.right > edge.right + 1 || box.top < edge.top - 3 || box.bottom > edge.bottom + 3)
      found.push(`${words} leaves ${picture.querySelector('title').textContent}`);
    for (const [other, its] of texts.slice(place + 1))
      if (box.left < its.right - 1 && its.left < box.right - 1 && box.top < its.bottom - 5 && its.top < box.bottom - 5)
        found.push(`${words} over ${other} in ${picture.querySelector('title').textContent}`);
  });
  return found;
})"""


@pytest.fixture
def busy(make_concern, walsall, bloxwich_west, walsall_commander, walsall_officer):
    """A ward with a concern of every category, some answered, long names of places, and as many priorities as can be open."""
    Establishment.objects.create(team=walsall_officer.postings.get().team, posts=5, from_date="2025-01-01")
    now = timezone.now()
    for number, category in enumerate(Category.objects.all()):
        for again in range(3):
            place = f"Behind the shops opposite the roundabout by the canal bridge number {number}"
            told = make_concern(walsall, ward=bloxwich_west, category=category, place=place, times="Friday evening")
            received = now - timedelta(days=9 * number + again, hours=number)
            Concern.objects.filter(pk=told.pk).update(
                received_at=received,
                due_at=received + timedelta(hours=72),
                lat=52.6 + number / 400,
                lon=-2.02 + number * again / 300,
                answered_at=received + timedelta(hours=20 + 17 * again) if number % 3 else None,
            )
    for number in range(6):
        one = Priority.objects.create(
            area=walsall, ward=bloxwich_west if number % 2 else None, title=f"{LONG[:110]} {number}",
            you_said=LONG * 12, published=True,
        )  # fmt: skip
        for _again in range(4):
            action = PriorityAction(priority=one, text=LONG * 8)
            action.show(True)
            action.save()
    Meeting.objects.create(
        area=walsall, kind="surgery", starts=now + timedelta(days=3), ends=now + timedelta(days=3, hours=1),
        place="The community centre behind the library in Bloxwich",
    )  # fmt: skip
    count_areas()


def test_a_wards_brief_is_one_sheet_however_much_there_is_to_say(visitor, busy, walsall_commander, bloxwich_west):
    one = visitor()
    sign_in(one, walsall_commander)
    one.go(f"/dashboard/insight/wards/{bloxwich_west.code}/", "ward-brief")
    sheet = one.page.pdf(path=one.folder / "ward-brief.pdf", format="A4", margin=PAPER)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    shown = one.page.locator(".portal-ward-brief__priority")
    assert (shown.count(), shown.locator("li").count()) == (6, 12)
    assert "Next meeting: Beat surgery at The community centre" in one.text()


@pytest.mark.parametrize("asked", ["", "?by=category", "?by=ward"])
def test_no_name_of_a_picture_lies_over_another_or_is_cut_off(visitor, busy, walsall_commander, asked):
    one = visitor()
    sign_in(one, walsall_commander)
    one.go(f"/dashboard/insight/{asked}")
    for width in (360, 1280):
        one.page.set_viewport_size({"width": width, "height": 900})
        assert one.page.locator(".portal-chart svg").count() > 8
        assert one.page.evaluate(CLASHES) == [], width
    one.page.emulate_media(media="print")
    one.page.set_viewport_size({"width": 700, "height": 990})  # A4 between its margins
    cut = "() => [...document.querySelectorAll('.portal-scroll')].filter(one => one.scrollWidth > one.clientWidth + 1).length"
    assert one.page.evaluate(cut) == 0


@pytest.mark.parametrize("language", ["", "/ur"])
def test_no_name_of_a_public_picture_is_cut_off(visitor, busy, walsall, language):
    """Percents and longer words too, and where the page runs from right to left."""
    assert freeze() > 2
    one = visitor()
    for page in ("/how-we-are-doing/", "/how-we-are-doing/walsall/"):
        one.go(f"{language}{page}")
        for width in (360, 1280):
            one.page.set_viewport_size({"width": width, "height": 900})
            assert one.page.locator(".portal-chart svg").count() > 3
            assert one.page.evaluate(CLASHES) == [], (page, width)
