"""Every public page as a strict visitor meets it: three widths, with and without JavaScript, and what keeps it waiting."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.stamp import days_ago
from areas.models import Meeting, Priority, PriorityAction
from feedback.following.doors import confirm_url, unfollow_url
from feedback.models import Subscription
from hubs.models import Posting
from tests import told
from tests.browser.test_places import country  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "Donaudampfschifffahrtsgesellschaftskapitaen " * 3


@pytest.fixture
def place(country, walsall_commander, person, team_of):  # noqa: F811
    """A ward with all that a page can show, some of it too long."""
    area, now = country.area, timezone.now()
    posting = Posting.objects.create(person=person("pat", rank="PC", public_name=True), team=team_of(area))
    posting.named_wards.add(country)
    for title in ("Off-road bikes", LONG[:110]):
        priority = Priority.objects.create(area=area, ward=country, title=title, you_said=LONG * 2, published=True)
        for text in ("We took two bikes.", LONG, "We wrote to the council.", "We measured."):
            action = PriorityAction(priority=priority, text=text)
            action.show(True)
            action.save()
    Priority.objects.filter(title="Off-road bikes").update(touched_on=days_ago(120))
    times = {"starts": now + timedelta(days=3), "ends": now + timedelta(days=3, hours=1)}
    meeting = Meeting.objects.create(area=area, place=LONG[:100], about=LONG, online="https://meet.example/x", **times)
    meeting.questions.create(text=LONG, answer=LONG, published=True)
    over = {"starts": now - timedelta(days=3), "ends": now - timedelta(days=3) + timedelta(hours=1)}
    Meeting.objects.create(area=area, place="Library", summary=LONG, **over)
    Subscription.ask(email="sam@example.org", pace="weekly", language="en", ward=country)
    country.meeting = meeting
    return country


@pytest.fixture
def counted(place, tmp_path):
    """Thirteen closed months of figures and three of stop and search, so that no page of figures is seen empty."""
    Posting.objects.update(from_date=days_ago(300))
    Priority.objects.update(shown_at=timezone.now() - timedelta(days=200))
    assert told.tell_a_year(place.area, place) >= 13
    told.searched(tmp_path)
    return place


CHARTS = {"doing": 8, "doing-area": 7, "scrutiny": 4}  # at least so many pictures


def pages(ward):
    follows = Subscription.objects.get()
    meeting = f"/meetings/{ward.meeting.pk}/"
    return {
        "home": "/", "choice": "/?q=Willenhall", "nothing": "/?q=Atlantis", "areas": "/areas/", "area": "/areas/walsall/",
        "ward": ward.get_absolute_url(), "hubs": "/hubs/", "hub": "/hubs/bloxwich/",
        "nearest": f"/hubs/nearest/?ward={ward.code}", "priorities": "/priorities/",
        "ended": "/priorities/?area=walsall&show=ended", "meetings": "/meetings/", "past": "/meetings/?show=past",
        "meeting": meeting, "doing": "/how-we-are-doing/", "doing-area": "/how-we-are-doing/walsall/",
        "scrutiny": "/scrutiny/", "service": "/feedback/", "privacy": "/privacy/", "accessibility": "/accessibility/",
        "follow": "/follow/", "follow-ward": f"/follow/?ward={ward.code}", "follow-asked": "/follow/asked/",
        "follow-confirm": "/follow" + confirm_url(follows.uid).partition("/follow")[2],
        "follow-stop": "/follow" + unfollow_url(follows.uid).partition("/follow")[2],
    }  # fmt: skip


@pytest.mark.parametrize("scripts", [True, False], ids=["javascript", "plain"])
def test_every_public_page_is_clean_at_every_width(visitor, counted, scripts):
    """axe itself is a script, so the plain page is one whose scripts never arrive."""
    one = visitor()
    one.folder = one.folder.with_name("every" if scripts else "every-plain")
    one.folder.mkdir(parents=True, exist_ok=True)
    if not scripts:
        one.context.route("**/*.js", lambda route: route.abort())
    for name, path in pages(counted).items():
        one.go(path, name)
        assert one.page.locator(".portal-chart").count() >= CHARTS.get(name, 0), name
        if name in ("doing", "doing-area", "scrutiny"):
            one.page.set_viewport_size({"width": 360, "height": 900})
            wide = one.page.locator(".portal-scroll").evaluate_all(
                "all => all.map(one => one.scrollWidth - one.clientWidth)"
            )
            assert max(wide) <= 0, (name, wide)
        one.page.set_viewport_size({"width": 768, "height": 900})
        assert one.violations() == [], f"{name} at 768"
        assert one.cookies() == set(), name
    if not scripts:
        one.said[:] = [words for words in one.said if "ERR_FAILED" not in words]  # what the test held back


# As wide as WCAG 2.2, 1.4.12, lets people set any text, on a screen as narrow as 1.4.10 goes.
SPACED = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }"


@pytest.mark.parametrize("language", ["", "/pl", "/ro"])
def test_letters_set_wide_push_no_page_sideways(visitor, counted, language):
    one = visitor(viewport={"width": 320, "height": 640}, bypass_csp=True)
    for path in ("/", "/areas/walsall/", counted.get_absolute_url(), "/hubs/bloxwich/", "/how-we-are-doing/walsall/"):
        one.go(language + path)
        one.page.add_style_tag(content=SPACED)
        wide = one.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (language + path, wide)


@pytest.mark.parametrize("path", ["/", "/areas/walsall/"])
def test_nothing_but_the_style_keeps_the_first_words_waiting(visitor, place, path):
    one = visitor()
    one.go(path)
    one.page.wait_for_load_state("networkidle")
    blocking = one.page.evaluate(
        "performance.getEntriesByType('resource').filter(one => one.renderBlockingStatus === 'blocking').map(one => one.name)"
    )
    assert [name.rpartition("/")[2].partition("?")[0] for name in blocking] in (
        ["portal.css", "leaflet.css"], ["portal.css"],
    )  # fmt: skip


def test_printed_page_of_a_ward_has_its_facts_and_no_buttons(visitor, place):
    one = visitor()
    one.go(place.get_absolute_url())
    one.page.emulate_media(media="print")
    one.page.screenshot(path=one.folder / "ward-print.png", full_page=True)
    assert one.page.get_by_text("PC Demo Pat").first.is_visible()
    assert not one.page.locator(".portal-band__nav").is_visible()
    after = "one => getComputedStyle(one, '::after').content"
    assert one.page.locator(".portal-priority__place a").first.evaluate(after) == "none"


@pytest.mark.parametrize("language", ["", "/ur", "/pa", "/pl", "/bn", "/ro", "/ar", "/gu"])
def test_poster_prints_on_one_sheet_in_every_language(visitor, place, language):
    one = visitor()
    one.go(f"{language}{place.get_absolute_url()}poster/")
    margins = dict.fromkeys(("top", "bottom", "left", "right"), "12mm")
    sheet = one.page.pdf(path=one.folder / f"poster{language.replace('/', '-')}.pdf", format="A4", margin=margins)
    assert len(re.findall(rb"/Type\s*/Page[^s]", sheet)) == 1


def test_a_year_of_stop_and_search_fits_each_screen(visitor, db, tmp_path):
    told.searched(tmp_path, months=13)
    one = visitor()
    one.go("/scrutiny/", "scrutiny-year")
    for width in (360, 768, 1280):
        one.page.set_viewport_size({"width": width, "height": 900})
        wide = one.page.locator(".portal-scroll").evaluate_all(
            "all => all.map(one => one.scrollWidth - one.clientWidth)"
        )
        assert (len(wide), max(wide) <= 0) == (3, True), (width, wide)


def test_names_of_tables_begin_where_the_page_reads_from(visitor, db, tmp_path):
    told.searched(tmp_path, months=1)
    one = visitor()
    one.go("/ar/scrutiny/")
    begins = one.page.locator(".govuk-table__caption").evaluate_all(
        "all => all.map(one => getComputedStyle(one).textAlign)"
    )
    assert set(begins) == {"start"}


def test_table_of_cookies_stays_short_on_a_phone(visitor, db):
    one = visitor()
    one.page.set_viewport_size({"width": 360, "height": 900})
    one.go("/privacy/")
    # Stacked, not in columns of three words; in lines, because every machine has a font of its own.
    table = one.page.get_by_role("table")
    lines = "row => row.clientHeight / parseFloat(getComputedStyle(row.lastElementChild).lineHeight)"
    assert max(row.evaluate(lines) for row in table.get_by_role("row").all()) < 10
    widths = [cell.bounding_box()["width"] for cell in table.get_by_role("cell").all()]
    assert min(widths) > 0.9 * table.bounding_box()["width"]
    assert one.page.get_by_role("rowheader").count() == 6 and one.page.get_by_role("cell").count() == 12
