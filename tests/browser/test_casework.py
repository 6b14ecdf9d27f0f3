"""An officer's day in the browser: ask, wait, reply from an approved text, a partner's link, merge, split, a stale form."""

import re
import uuid
from datetime import date

import pytest

from accounts.stamp import days_ago
from areas.models import Area
from areas.routing import Route
from feedback.management.commands.sweep import mark_repeats
from feedback.models import Category, Concern, Partner, StandardText
from feedback.models.codes import follow_code
from feedback.models.notification import drain
from hubs.models import Posting

from .test_line import open_own_page, sign_in

pytestmark = pytest.mark.django_db(transaction=True)

KEY = uuid.UUID(int=77)
TEXT = "Off-road bikes race across the green behind the shops. And the lamp in the alley is dark."
FACTS = "The lamp in the alley behind the shops has been dark for a week."


@pytest.fixture
def concern(walsall, bloxwich_west):
    """What the person told us, and somebody else's about the same."""
    route = Route(area=walsall, ward=bloxwich_west, basis="chosen: Bloxwich West", message="", asked="ward:bloxwich")
    made = []
    for key, text in ((KEY, TEXT), (uuid.uuid4(), "Bikes race across the green behind the shops every evening.")):
        answers = {"category": Category.objects.get(code="asb-vehicle"), "text": text}
        answers["contact"] = {"name": "Demo Person", "email": "person@example.org", "safe_to_contact": True}
        made.append(Concern.submit(key=key, answers=answers, route=route)[0])
    return made[0]


def unfold(one, act):
    """The form of `act`, unfolded where it is folded."""
    form = one.page.locator(f'form[action$="/{act}/"]')
    if not form.get_by_role("button").first.is_visible():
        one.page.locator(f"details#{act}").locator("summary").first.click()
    return form


def send(one, act, button, **typed):
    form = unfold(one, act)
    for name, value in typed.items():
        form.locator(f'[name="{name}"]').fill(value)
    form.get_by_role("button", name=button, exact=True).click()
    one.page.wait_for_load_state()


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_an_officer_works_on_one_concern(
    visitor, javascript, concern, walsall, bloxwich_west, walsall_officer, walsall_commander, mailoutbox
):
    StandardText.objects.create(title="Walked through", text="We walked through {ward}.", expires=date(2099, 1, 1))
    Partner.objects.create(code="demo", name="Demo council", area=walsall, email="office@example.org")
    Posting.objects.get(person=walsall_officer).named_wards.add(bloxwich_west)
    path = concern.get_absolute_url()
    officer = visitor(java_script_enabled=javascript)
    sign_in(officer, walsall_officer)
    officer.go(path)
    officer.page.locator(".portal-near summary").click()
    officer.look("one-concern-new")
    assert "similar words" in officer.text()

    send(officer, "take", "I take it")
    send(officer, "ask", "Ask them", text="On which evening was it?")
    officer.look("one-concern-asked")
    assert "Paused: we asked a question" in officer.text()

    person = visitor(java_script_enabled=javascript)
    open_own_page(person, concern.reference, follow_code(KEY))
    person.look("follow-asked")
    assert "On which evening was it?" in person.text()
    person.page.fill('main [name="text"]', "On Friday, at eight.")
    person.page.locator('main form:has([name="text"]) button').first.click()
    person.page.wait_for_load_state()

    stale = visitor(java_script_enabled=javascript)
    sign_in(stale, walsall_commander)
    stale.go(path)
    assert "Paused" not in stale.page.locator(".portal-case__chips").inner_text()

    officer.go(path)
    form = unfold(officer, "reply")
    form.locator('[name="standard"]').select_option(label="Walked through")
    send(officer, "reply", "Fill in the approved text", next="We come again on Friday.")
    form = unfold(officer, "reply")
    assert form.locator('[name="text"]').input_value() == "We walked through Bloxwich West."
    send(officer, "reply", "See how it reads")
    officer.look("one-concern-preview")
    assert "What happens next: We come again on Friday." in officer.text()
    send(
        officer,
        "reply",
        "Send this reply",
        who="PC Demo",
        when=f"{days_ago(-7)}",
        text="Officers were tasked to liaise in relation to the premises.",
    )
    officer.look("one-concern-hard-words")
    assert "This may be hard to read" in officer.text()
    send(officer, "reply", "Send this reply", text="We walked through and spoke to two riders.")
    assert concern.updates.get(kind="reply").text.startswith("We walked through and spoke to two riders.")

    send(stale, "note", "Keep this note", text="I rang the shop.")
    stale.look("one-concern-conflict")
    assert "I rang the shop." in stale.page.locator('form [name="text"]').input_value()
    assert "spoke to two riders" in stale.text()
    stale.said.clear()  # Chromium reports the wanted 409 as an error

    stale.go(path)
    unfold(stale, "note").locator('[name="text"]').fill("I rang the shop again.")
    Concern.objects.filter(pk=concern.pk).update(area=Area.objects.get(slug="dudley"))
    send(stale, "note", "Keep this note")
    stale.look("one-concern-elsewhere")
    assert stale.page.get_by_label("Note").input_value() == "I rang the shop again."
    stale.said.clear()  # and the wanted 404
    Concern.objects.filter(pk=concern.pk).update(area=walsall)

    form = unfold(officer, "refer")
    form.locator('[name="partner"]').select_option(label="Demo council")
    form.locator('[name="consent"][value="nothing"]').check()
    send(officer, "refer", "Refer it", text="The council looks at the lamp.", facts=FACTS)
    drain()
    mail = next(mail for mail in mailoutbox if mail.to == ["office@example.org"])
    assert not any(word in mail.subject + mail.body for word in ("lamp", "bikes", "Demo Person"))
    partner = visitor(java_script_enabled=javascript)
    partner.go(re.search(r"http://[^/]+(/partner/\w+/)", mail.body).group(1), "partner-asked")
    assert FACTS in partner.text()
    partner.page.fill('main [name="text"]', "We mend it on Monday.")
    partner.press("Send the answer")
    partner.look("partner-answered")
    officer.go(path)
    assert "We mend it on Monday." in officer.text()

    send(officer, "problem", "Link it", new="Bikes on the green")
    form = unfold(officer, "split")
    form.locator('[name="category"]').select_option(label="Graffiti, fly-tipping and abandoned vehicles")
    send(officer, "split", "Make it two", text="And the lamp in the alley is dark.")
    officer.look("one-concern-second")
    assert "And the lamp in the alley is dark." in officer.text()
    assert concern.problem_id is None  # read before; the row has it
    concern.refresh_from_db()
    assert (concern.problem.title, Concern.objects.count()) == ("Bikes on the green", 3)


def test_the_commander_is_told_whom_to_give_it_to(visitor, concern, bloxwich_west, walsall_officer, walsall_commander):
    Posting.objects.get(person=walsall_officer).named_wards.add(bloxwich_west)
    concern.disclose_crime("", "At the door.", by=walsall_officer)
    commander = visitor()
    sign_in(commander, walsall_commander)
    commander.go(concern.get_absolute_url())
    unfold(commander, "assign")
    commander.look("one-concern-suggestion")
    assert "named contact of Bloxwich West" in commander.text()
    form = unfold(commander, "sheet")
    form.get_by_role("button").click()
    commander.page.wait_for_load_state()
    commander.look("crime-sheet")
    assert TEXT in commander.text()


def test_an_officer_answers_in_the_language_that_the_person_reads(visitor, concern, walsall_officer):
    Concern.objects.filter(pk=concern.pk).update(language="ur")
    words = {"en-gb": "We walked through {ward}.", "ur": "ہم {ward} سے گزرے اور لوگوں سے بات کی۔"}
    for code, text in words.items():
        StandardText.objects.create(title="Walked through", language=code, text=text, expires=date(2099, 1, 1))
    officer = visitor()
    sign_in(officer, walsall_officer)
    officer.go(concern.get_absolute_url())
    form = unfold(officer, "reply")
    assert "The person reads Urdu. Approved texts in Urdu come first." in form.locator("..").inner_text()
    urdu = form.locator('optgroup[label="Urdu"] option', has_text="Walked through").get_attribute("value")
    form.locator('[name="standard"]').select_option(urdu)
    send(officer, "reply", "Fill in the approved text", next="We come again on Friday.")
    officer.look("one-concern-in-urdu")
    box = unfold(officer, "reply").locator('[name="text"]')
    assert (box.input_value(), box.get_attribute("lang"), box.get_attribute("dir")) == (
        "ہم Bloxwich West سے گزرے اور لوگوں سے بات کی۔", "ur", "rtl",
    )  # fmt: skip
    assert "We walked through Bloxwich West." in officer.text()
    send(officer, "reply", "Send this reply", who="PC Demo", when=f"{days_ago(-7)}")
    assert concern.updates.get(kind="reply").text.startswith("ہم Bloxwich West سے گزرے")


def test_an_officer_decides_whether_somebody_is_a_repeat_victim(visitor, concern, walsall, walsall_officer):
    for number in (1, 2):
        answers = {"category": concern.category, "text": f"They race past my house again, as {number} weeks ago."}
        answers["contact"] = {"name": "Demo Person", "email": "person@example.org"}
        route = Route(area=walsall, ward=concern.ward, basis="chosen: Walsall", message="", asked="area:walsall")
        last = Concern.submit(key=uuid.uuid4(), answers=answers, route=route)[0]
    assert mark_repeats() == 1
    officer = visitor()
    sign_in(officer, walsall_officer)
    officer.go("/dashboard/", "brief-repeat-victims")
    officer.page.get_by_role("link", name="may be a repeat victim").first.click()
    officer.page.wait_for_load_state()
    officer.look("queue-repeat-victims")
    assert officer.page.get_by_text("Repeat victim?", exact=True).count() == 1
    officer.go(last.get_absolute_url())
    form = unfold(officer, "repeat")
    officer.look("one-concern-repeat-victim")
    form.get_by_label("Yes, a repeat victim").check()
    send(officer, "repeat", "Keep this decision", text="The same riders, three times in a month.")
    officer.look("one-concern-repeat-victim-decided")
    last.refresh_from_db()
    assert (last.repeat, "The same riders, three times in a month." in officer.text()) == ("yes", True)
