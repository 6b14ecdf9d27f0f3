"""Mails in the force's own words: what staff may say, what they may not, and that no wording ever stops a mail."""

import logging
import re

import pytest
from django.template.loader import get_template
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from areas.models import Area, Force
from feedback import post, proof, wording
from feedback.models import MailText, Notification
from feedback.models.notification import drain
from tests.seen import seen_on, version
from tests.test_two_editors import errors, fields_of

pytestmark = pytest.mark.django_db

SUBJECT, TEXT = (
    "Thank you for writing",
    "We have it.\nYou hear from us by {{ due }}.\nCall {{ non_emergency_phone }} to ask.",
)
CONTACT = {"name": "Sam", "email": "sam@example.com", "safe_to_contact": True}


@pytest.fixture
def worded():
    """Words a mail as if by hand in the database, past all checks."""

    def make(name="receipt_reporter", subject=SUBJECT, text=TEXT):
        return MailText.objects.create(name=name, subject=subject, text=text)

    return make


@pytest.fixture
def mailed(make_concern, walsall, walsall_commander, mailoutbox):
    """The mail to the reporter of a new concern, and that to the commander."""

    def make(**answers):
        make_concern(walsall, contact=CONTACT, text="Zebra words.", **answers)
        drain()
        mails = {mail.to[0]: mail for mail in mailoutbox}
        return mails["sam@example.com"], mails["commander.walsall@example.org"]

    return make


def url(name, *args):
    return reverse(f"admin:feedback_mailtext_{name}", args=args)


# ---- what goes out ----------------------------------------------------------------------------------------------------
def test_mail_goes_out_in_the_words_of_staff_and_keeps_its_frame(worded, mailed):
    worded()
    mail, other = mailed()
    assert mail.subject == SUBJECT
    lines = mail.body.splitlines()
    assert lines[0] == "We have it."
    assert lines[1].startswith("You hear from us by ") and "{{" not in mail.body
    for kept in ("/track/#", "Your reference:", "nobody reads the answers", "call 999"):
        assert kept in mail.body
    assert "Thank you for telling us" not in mail.body
    assert other.subject.startswith("A new concern needs your reply by ")
    assert "Zebra" not in mail.body + other.body


def test_mail_of_a_commander_names_place_and_kind_in_its_news(worded, mailed):
    worded(
        "received_commander",
        "New: {{ reference }}",
        "In {{ area }}: {{ category }}.\nWard: {{ ward }}.\nPlease answer.",
    )
    _mail, other = mailed()
    concern = Notification.objects.first().concern
    assert other.subject == f"New: {concern.reference}"
    # The ward is not known, so its line is left out.
    assert other.body.startswith(f"In Walsall: {concern.category.name}.\nPlease answer.\n\nReference:")


def test_subject_with_a_placeholder_that_has_nothing_to_say_gives_way_to_the_shipped_one():
    words = {"reference": "X", "due": ""}
    said = wording.filled("received_commander", "Reply by {{ due }}", "News.", words)
    assert said == wording.Worded(subject="", news="News.")
    row = MailText(name="received_commander", subject="Reply by {{ due }}", text="News.")
    assert proof.letter("received_commander", row, due=False)[0] == "A new concern for your area"


def test_what_is_filled_in_is_never_filled_in_again():
    words = {"reference": "{{ due }}{% load %}", "due": "x"}
    assert wording.filled("received_commander", "{{ reference }}", "", words).subject == "{{ due }}{% load %}"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Hello", "By {{ nothing_known }}."), ("Hello", "{% include 'casework/concern.html' %}"), ("{{ due }}", "Hello."),
        ("Hello", "{{ force.desk_email }}"), ("Hello", "{{ due|safe }}"), ("Hello", "{{ concern }}"), ("Hello", "{{ due"),
    ],
)  # fmt: skip
def test_broken_wording_never_stops_a_mail_and_is_told_in_the_admin(
    worded, mailed, signed_in, staff_admin, caplog, subject, text
):
    row = worded(subject=subject, text=text)
    logging.getLogger("portal").propagate = True
    mail, _other = mailed()
    assert (mail.subject, mail.body.splitlines()[0][:23]) == ("We have your message", "Thank you for telling u")
    assert set(Notification.objects.values_list("state", flat=True)) == {"sent"}
    client = signed_in(staff_admin)
    assert "Not used, the shipped words go out" in client.get(url("changelist")).content.decode()
    assert "These words are not used" in client.get(url("change", row.pk)).content.decode()
    assert "Its own words are not used" in client.get(url("preview", row.pk)).content.decode()


def test_facts_that_a_mail_lacks_leave_the_shipped_words(worded):
    """As after an upgrade that gives a mail other facts than before."""
    worded("question_team", "Asked", "On {{ when }}.")
    assert MailText.objects.wording_of("question_team", {"force": Force.objects.get()}) is None
    worded("receipt_reporter")
    assert MailText.objects.wording_of("receipt_reporter", {"due": "x", "force": None}) is None


def test_wording_of_a_mail_that_is_gone_is_told_and_asked_for_by_nobody(worded):
    assert worded("gone_reporter").broken == "There is no such mail any more."


@pytest.mark.parametrize("kind", ["idea", "thanks"])
def test_letters_about_ideas_and_thanks_keep_the_shipped_words(worded, kind):
    worded()
    assert (
        MailText.objects.wording_of("receipt_reporter", {"kind": kind, "due": "", "force": Force.objects.get()}) is None
    )


def test_letters_in_another_language_keep_the_shipped_words(worded, make_concern, walsall, mailoutbox):
    worded()
    concern = make_concern(walsall, contact=CONTACT)
    type(concern).objects.filter(pk=concern.pk).update(language="pl")
    drain()
    (mail,) = [mail for mail in mailoutbox if mail.to == ["sam@example.com"]]
    assert mail.subject not in (SUBJECT, "We have your message")


# ---- what may be said -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mail", wording.MAILS)
def test_shipped_words_of_each_mail_are_words_that_staff_may_keep(mail):
    """What they begin from passes, and filled in it is what goes out anyway."""
    subject, text = proof.shipped(mail)
    assert wording.faults(mail, subject, text) == {}
    row = MailText(name=mail, subject=subject, text=text)
    assert proof.letter(mail, row) == proof.letter(mail, None)


def test_a_crime_says_by_when_it_is_recorded_in_the_preview_and_in_words_of_staff():
    for mail in ("unrecorded_commander", "unrecorded_desk", "unrecorded_person"):
        subject, text = proof.shipped(mail)
        assert ("by {{ record_by }}:" in subject, "by {{ record_by }}," in text) == (True, True)


@pytest.mark.parametrize("mail", wording.MAILS)
def test_no_shipped_word_of_a_mail_is_missing_in_its_preview(mail):
    """What a preview does not know leaves a gap, such as “by : please look”."""
    subject, text = proof.shipped(mail)
    gap = re.compile(r"[ \t][,.:;!?](?:\s|$)|\S[ \t]{2,}\S")
    assert gap.findall(f"{subject}\n{text}") == []


def test_the_list_says_of_each_shipped_mail_who_reads_it_and_its_subject(signed_in, staff_admin):
    text = signed_in(staff_admin).get(url("changelist")).content.decode()
    assert (text.count("To the commander</h3>"), ">We have your message</span>" in text) == (1, True)
    assert {wording.reader(mail) for mail in wording.MAILS} == set(wording.READERS.values())


@pytest.mark.parametrize("mail", wording.MAILS)
def test_each_mail_keeps_its_link_and_that_nobody_reads_answers(mail):
    row = MailText(name=mail, subject="New subject", text="New words.")
    subject, body = proof.letter(mail, row)
    assert (subject, "New words." in body) == ("New subject", True)
    assert "http://" in body
    assert "obody reads the answers" in body


def test_every_mail_that_the_post_knows_can_be_worded():
    for mail in wording.MAILS:
        assert "{% if worded.subject %}" in source(mail) and "{% if worded.news %}" in source(mail)


def source(mail):
    """A mail's template with the frame it extends."""
    text = get_template(f"emails/{mail}.txt").template.source
    frames = [frame for frame in ("_force", "_reporter") if f"emails/{frame}.txt" in text.partition("\n")[0]]
    return text + "".join(get_template(f"emails/{frame}.txt").template.source for frame in frames)


@pytest.mark.parametrize(
    ("mail", "subject", "text", "field"),
    [
        ("receipt_reporter", "About {{ due }}", "Hello.", "subject"),  # a reporter's subject says nothing
        ("receipt_reporter", "Your report to the police", "Hello.", "subject"),
        ("receipt_reporter", "News from Walsall", "Hello.", "subject"),
        ("receipt_reporter", "Anti-social behaviour", "Hello.", "subject"),
        ("receipt_reporter", "Hello", "It is about {{ category }}.", "text"),
        ("receipt_reporter", "Hello", "Your reference {{ reference }}", "text"),
        ("receipt_reporter", "Hello", "Open https://evil.example.net/track/.", "text"),
        ("receipt_reporter", "Hello", "Open https://localhost@evil.example.net/.", "text"),
        ("receipt_reporter", "Hello", "Open http://[1/x", "text"),
        ("receipt_reporter", "Hello", "Open www.example.net now", "text"),
        ("receipt_reporter", "Hello", "Open javascript://localhost/%0aalert", "text"),
        ("receipt_reporter", "Hello", "Write to desk@example.org.", "text"),
        ("receipt_reporter", "Hello", "Please reply to this e-mail.", "text"),
        ("receipt_reporter", "Hello", "{% now 'Y' %}", "text"),
        ("receipt_reporter", "Hello", "{# hidden #}", "text"),
        ("receipt_reporter", "Hello\nBcc: all", "Hello.", "subject"),
        ("received_commander", "{{ area }}", "Hello.", "subject"),
        ("received_commander", "Hello", "{{ text }}", "text"),
        ("referral_partner", "Hello", "{{ area }}", "text"),
        ("confirm_follower", "Hello", "{{ email }}", "text"),
    ],
)
def test_what_would_leak_mislead_or_run_is_refused(signed_in, staff_admin, mail, subject, text, field):
    assert wording.faults(mail, subject, text).keys() == {field}
    answer = signed_in(staff_admin).post(url("add"), {"name": mail, "subject": subject, "text": text})
    assert MailText.objects.count() == 0
    # A text field of one line can't carry a line break: the form makes one line of it, which is refused or harmless.
    assert answer.status_code == 200 and answer.context["adminform"].form.errors.keys() == {field}


def test_no_placeholder_gives_words_of_a_concern_or_a_person():
    names = {name for mail in wording.MAILS for names in wording.may_say(mail) for name in names}
    assert names <= wording.VALUES.keys()
    assert names & {"text", "place_words", "name", "email", "phone", "contact", "code", "postcode"} == set()


def test_links_to_the_portal_and_the_force_are_fine(settings):
    Force.objects.update(website="https://police.example.org")
    text = f"Look at https://police.example.org/help and {settings.BASE_URL}/privacy/."
    assert wording.faults("receipt_reporter", "Hello", text) == {}


def test_names_of_areas_are_no_words_for_a_subject_in_any_spelling():
    name = Area.objects.first().name
    assert "subject" in wording.faults("receipt_reporter", f"news, {name.upper()}", "")


# ---- in the admin -----------------------------------------------------------------------------------------------------
def test_staff_begin_from_the_shipped_words(signed_in, staff_admin):
    client = signed_in(staff_admin)
    listed = client.get(url("changelist")).content.decode()
    assert f"{url('add')}?name=receipt_reporter" in listed
    form = client.get(f"{url('add')}?name=receipt_reporter").context["adminform"].form
    assert (form["subject"].value(), form["text"].value()) == proof.shipped("receipt_reporter")
    assert client.get(f"{url('add')}?name=made_up").status_code == 200


def test_preview_of_a_form_shows_the_letter_and_saves_nothing(signed_in, staff_admin):
    client = signed_in(staff_admin)
    shown = client.post(url("preview", "receipt_reporter"), {"subject": SUBJECT, "text": TEXT})
    with_due, without = shown.context["letters"]
    assert (with_due["subject"], without["subject"]) == (SUBJECT, SUBJECT)
    assert ("You hear from us by" in with_due["body"], "You hear from us by" in without["body"]) == (True, False)
    wrong = client.post(url("preview", "receipt_reporter"), {"subject": "Crime", "text": TEXT})
    assert (wrong.context["letters"], "Leave out “Crime”" in wrong.content.decode()) == ([], True)
    assert MailText.objects.count() == 0


@pytest.mark.parametrize("mail", wording.MAILS)
def test_every_mail_can_be_looked_at(signed_in, auditor, mail):
    shown = signed_in(auditor).get(url("preview", mail))
    assert (shown.status_code, len(shown.context["letters"]) in (1, 2)) == (200, True)


def test_test_goes_to_whoever_asks_for_it_and_nobody_else(signed_in, staff_admin, worded, mailoutbox):
    worded()
    client = signed_in(staff_admin)
    assert client.post(url("preview", "receipt_reporter"), {"send": "1", "to": "x@example.com"}).status_code == 302
    (task,) = DBTaskResult.objects.all()
    assert task.args_kwargs["args"] == ["receipt_reporter", staff_admin.pk]
    proof.send_test.func(*task.args_kwargs["args"])
    (mail,) = mailoutbox
    assert (mail.to, mail.subject, mail.cc, mail.bcc) == ([staff_admin.email], f"[Test] {SUBJECT}", [], [])
    assert proof.send_test.func("receipt_reporter", 0) is False


def test_test_of_a_broken_wording_comes_in_the_shipped_words(staff_admin, worded, mailoutbox):
    worded(text="{{ nothing }}")
    proof.send_test.func("receipt_reporter", staff_admin.pk)
    assert [mail.subject for mail in mailoutbox] == ["[Test] We have your message"]


def test_auditor_reads_and_sends_nothing(signed_in, auditor):
    client = signed_in(auditor)
    assert client.post(url("preview", "receipt_reporter"), {"send": "1"}).status_code == 403
    assert DBTaskResult.objects.count() == 0


def test_versions_are_kept_restored_and_taken_back(signed_in, staff_admin, mailed):
    client = signed_in(staff_admin)
    assert client.post(url("add"), {"name": "receipt_reporter", "subject": SUBJECT, "text": TEXT}).status_code == 302
    first = MailText.history.get()
    changed, deleted = url("change", "receipt_reporter"), url("delete", "receipt_reporter")
    client.post(changed, {"subject": "Other subject", "text": "Other words."} | version(client, changed))
    assert MailText.objects.get().subject == "Other subject"
    page = client.get(url("simple_history", "receipt_reporter", first.history_id))
    assert client.post(url("simple_history", "receipt_reporter", first.history_id), fields_of(page)).status_code == 302
    assert (MailText.objects.get().subject, MailText.history.first().history_user) == (SUBJECT, staff_admin)
    client.post(deleted, seen_on(client.get(deleted)))
    assert (MailText.objects.count(), MailText.history.first().history_type) == (0, "-")
    assert mailed()[0].subject == "We have your message"


def test_two_who_word_one_mail_lose_nothing(signed_in, staff_admin, worded):
    row, client = worded(), signed_in(staff_admin)
    form = fields_of(client.get(url("change", row.pk)))
    MailText.objects.update(subject="Meanwhile")
    assert "while you were writing" in errors(client.post(url("change", row.pk), form | {"subject": "Mine"}))


def test_hostile_names_of_mails_are_not_found(signed_in, staff_admin):
    client = signed_in(staff_admin)
    for mail in ("made-up", "_force", "settings"):
        assert client.get(f"/admin/feedback/mailtext/{mail}/preview/").status_code == 404


def test_post_composes_what_the_preview_shows(worded, make_concern, walsall, walsall_commander):
    worded()
    make_concern(walsall, contact=CONTACT)
    note = Notification.objects.get(recipient="reporter")
    assert post.letter(note).subject == proof.letter("receipt_reporter", MailText.objects.get())[0] == SUBJECT
