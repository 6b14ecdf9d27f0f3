"""In a real browser: photos that give nothing away, whom to call at once, people pointed out, a voice added."""

import io

import pytest
from PIL import Image

from areas.models import Priority
from feedback.models import Concern, Problem, SafetyReview, Voice
from tests.test_photos import SECRET, WORD, pixel_bomb, planted

from .test_line import open_own_page, sign_in

pytestmark = pytest.mark.django_db(transaction=True)

DANGER = "Mr Demo Smith from number 14 showed a knife. Call me on 07700 900123."


@pytest.fixture(autouse=True)
def people_have_time(settings):
    settings.SPAM_SECONDS = 0


def answer_until_details(one, ward, text):
    one.go(f"/report/?ward={ward.code}")
    one.choose("sort", "concern")
    one.press("Continue")
    one.choose("category", "asb-vehicle")
    one.press("Continue")
    if one.page.url.endswith("/known/"):
        return
    one.press("Continue")
    one.page.fill('[name="text"]', text)
    one.press("Continue")


def choose_photos(one, *files):
    one.page.set_input_files('[name="photos"]', [
        {"name": name, "mimeType": "image/jpeg", "buffer": content} for name, content in files
    ])  # fmt: skip


def fetched(one, number):
    """What the own page hands out for that number, as bytes."""
    answer = one.context.request.get(f"{one.base}/track/photos/{number}/")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    return answer.body()


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_photos_danger_and_people(visitor, javascript, bloxwich_west, walsall_commander, desk):
    person = visitor(java_script_enabled=javascript)
    answer_until_details(person, bloxwich_west, DANGER)
    person.look("photos")
    choose_photos(person, ("camera.jpg", planted("JPEG")), ("screen.png", planted("PNG")), ("huge.png", pixel_bomb()))
    person.press("Continue")
    assert "huge.png: It has more than 40 million pixels." in person.text()
    person.page.locator(".portal-photos img").nth(1).scroll_into_view_if_needed()
    person.look("photos-refused")
    person.press("Continue")
    person.choose("reach", "no")
    person.press("Continue")
    assert "2 photos" in person.text()
    person.choose("finding-0", "officers")
    person.choose("finding-2", "remove")
    person.look("check-people")
    person.press("Send it")

    assert person.page.url.endswith("/report/next/")
    assert person.page.title().startswith("Thank you")
    assert person.page.get_by_role("link", name="999").first.is_visible()
    person.look("whom-to-call")
    person.page.get_by_role("button", name="Go on to your reference and code").click()
    assert "One photo was not taken." in person.text()
    person.look("sent-photo-refused")
    reference, code = person.page.locator(".portal-code").all_inner_texts()

    open_own_page(person, reference, code)
    person.follow("See your 2 photos, or add one")
    person.look("follow-photos")
    for number in (1, 2):
        content = fetched(person, number)
        assert (SECRET in content, b"Exif" in content, b"ICC_PROFILE" in content) == (False, False, False)
        assert Image.open(io.BytesIO(content)).format == "JPEG"
    assert WORD not in person.page.content()

    reviewer = visitor(java_script_enabled=javascript)
    sign_in(reviewer, desk)
    reviewer.go(f"/dashboard/concerns/{reference}/")
    reviewer.page.locator(".portal-photos img").first.scroll_into_view_if_needed()
    reviewer.look("casework-safety")
    assert "These words were found: knife" in reviewer.text()
    assert reviewer.page.locator("mark").all_inner_texts()[0].startswith("Mr Demo Smith")
    assert "07700" not in reviewer.text()
    assert SafetyReview.objects.get().opened_by == desk
    form = reviewer.page.locator('form[action$="/safety/"]')
    if not form.is_visible():
        reviewer.page.locator("details", has=form).locator("summary").click()
    form.locator('[value="advised_999"]').check()
    form.locator('[name="text"]').fill("Spoke with the person, who called 999.")
    form.get_by_role("button").click()
    reviewer.page.wait_for_load_state()
    assert (SafetyReview.objects.get().decision, Concern.objects.get().safety) == ("advised_999", False)


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_voice_is_added_without_typing(visitor, javascript, make_concern, walsall, bloxwich_west):
    priority = Priority.objects.create(
        area=walsall, ward=bloxwich_west, title="Bikes on the green", you_said="Bikes race here.", published=True
    )
    problem = Problem.objects.create(area=walsall, title="Bikes", priority=priority)
    for number in range(5):
        contact = {"name": "", "email": f"demo{number}@example.org", "phone": "", "safe_to_contact": True}
        make_concern(walsall, ward=bloxwich_west, contact=contact, text=f"Bikes {number} " * 3)
    Concern.objects.update(problem=problem)
    person = visitor(java_script_enabled=javascript)
    answer_until_details(person, bloxwich_west, "")
    person.look("known")
    person.press("Add my voice")
    person.look("voice-added")
    assert Voice.objects.filter(ward=bloxwich_west).count() == 1
