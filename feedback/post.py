"""The post: from a row of the outbox to a letter, with the address as it is today.

No letter quotes a concern, names its place exactly or carries the code that the reporter was shown.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.core.mail import EmailMessage
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import select_template
from django.urls import NoReverseMatch
from django.utils import timezone, translation

from areas.models import Force
from feedback import clock
from feedback.access import capacities
from feedback.stopping import stop_url

NEWS = "action"  # the kind that tells of an action on a priority, which people can stop

# What a row that can never be written or addressed raises: trying it again would not help. BadHeaderError and encoding
# errors are ValueErrors.
UNWRITABLE = (
    AttributeError,
    InvalidToken,
    LookupError,
    NoReverseMatch,
    ObjectDoesNotExist,
    TemplateDoesNotExist,
    TemplateSyntaxError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class Addressee:
    """Who gets the letter: `role` (commander, desk, reporter, person) chooses the words, `address` is for mail."""

    role: str
    address: str


def addressee(note, force) -> Addressee | None:
    """Who is told today; None where nobody is to be. `note`: a `Notification`.

    Mail on a concern about a person never goes to that person, nor to somebody who lost it before the mail went out; an
    area without a commander has the force's inbox.
    """
    concern = note.concern
    if note.recipient == "reporter":
        return _reporter(concern, news=note.kind == NEWS)
    if note.recipient == "duty":
        open_now = clock.desk_is_open(force, timezone.now())
        return Addressee("duty", force.desk_email if open_now else force.duty_email)
    person = note.person
    if note.recipient == "commander" and not concern.at_desk and concern.area:
        person = concern.area.commander
    elif note.recipient != "person":
        return Addressee("desk", force.desk_email)
    if person and person.pk == concern.about_person_id:
        return Addressee("desk", force.desk_email)
    if person is None or not person.is_active:
        return Addressee("commander", force.inbox_email)
    if note.recipient == "person" and not capacities(person, concern):
        return None
    return Addressee(note.recipient, person.email)


def _reporter(concern, *, news) -> Addressee | None:
    contact = getattr(concern, "contact", None)
    if contact is None or not contact.safe_to_contact or news and contact.stopped_news:
        return None
    email = contact.unsealed().get("email")
    return Addressee("reporter", email) if email else None


def letter(note) -> EmailMessage | None:
    """The mail for `note` (a `Notification`), or None where nobody is to be told. Raises one of UNWRITABLE.

    A kind without words of its own gets the general ones: no message is lost for want of a template.
    """
    force = Force.objects.get()
    to = addressee(note, force)
    if to is None:
        return None
    language = note.concern.language if to.role == "reporter" else settings.LANGUAGE_CODE
    with translation.override(language if translation.check_for_language(language) else settings.LANGUAGE_CODE):
        template = select_template([f"emails/{note.kind}_{to.role}.txt", f"emails/general_{to.role}.txt"])
        subject, _blank, body = template.render(_words(note, to, force)).strip().partition("\n\n")
    body = re.sub(r"\n{3,}", "\n\n", body.strip()) + "\n"
    headers = {
        "Message-ID": f"<{note.message_id}@{urlsplit(settings.BASE_URL).hostname}>",
        "Auto-Submitted": "auto-generated",
    }
    if note.kind == NEWS and to.role == "reporter":
        headers |= {"List-Unsubscribe": f"<{stop_url(note.message_id)}>"}
        headers |= {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return EmailMessage(subject=subject.strip(), body=body, to=[to.address], headers=headers)


def _words(note, to, force) -> dict:
    """What the templates may say: nothing of what the person wrote, nor how to reach them."""
    concern = note.concern
    words = {
        "force": force,
        "reference": concern.reference,
        "kind": concern.kind,
        "area": concern.area,
        "due": clock.in_words(concern.due_at) if concern.due_at and not concern.answered_at else "",
        "track_url": f"{settings.BASE_URL}/track/",
    }
    if to.role == "reporter":
        # Without a place there is nothing that the link could ask for, so such a letter names the page alone.
        placed = concern.postcode or concern.ward_id or concern.area_id
        words["stop_url"] = stop_url(note.message_id) if note.kind == NEWS else ""
        words["code"] = concern.follow_links.issue(note.message_id) if placed else ""
        return words
    words["ward"] = concern.ward
    words["category"] = "" if concern.category.sensitive else concern.category.name
    words["link"] = settings.BASE_URL + concern.get_absolute_url()
    return words
