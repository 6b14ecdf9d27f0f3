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
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation

from areas.models import Area, Force, Language
from feedback import clock, leaving
from feedback.access import capacities, reach_of
from feedback.following.doors import confirm_url, unfollow_url
from feedback.insight.brief import Brief
from feedback.models.codes import partner_code
from feedback.models.mailtext import MailText
from feedback.stopping import stop_url

ACTION, ENDED = "action", "ended"
GIVEN = "given"  # the mail of the day on what somebody was given
NEWS = {ACTION, ENDED}  # the kinds that tell of a priority, which people can stop

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
    """Who gets the letter: `role`, such as commander or reporter, chooses the words; `address` is for mail."""

    role: str
    address: str
    language: str = settings.LANGUAGE_CODE


def addressee(note, force) -> Addressee | None:
    """Who is told today; None where nobody is to be. `note`: a `Notification`.

    Mail on a concern about a person never goes to that person, nor to somebody who lost it before the mail went out; an
    area without a commander has the force's inbox.
    """
    if note.subscription_id:
        return _follower(note)
    if note.meeting_id:
        return _team(note.meeting.area, force)
    if note.morning_id:
        return _early(note.person)
    outside = {"reporter": _reporter, "duty": _duty, "partner": _partner}
    return outside.get(note.recipient, _colleague)(note, force)


def _colleague(note, force) -> Addressee | None:
    """Who in the force is told of a concern."""
    concern = note.concern
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


def _duty(note, force) -> Addressee:
    open_now = clock.desk_is_open(force, timezone.now())
    return Addressee("duty", force.desk_email if open_now else force.duty_email)


def _reporter(note, force) -> Addressee | None:
    contact = getattr(note.concern, "contact", None)
    if contact is None or not contact.safe_to_contact or note.kind in NEWS and contact.stopped_news:
        return None
    email = contact.unsealed().get("email")
    return Addressee("reporter", email, note.concern.language) if email else None


def _follower(note) -> Addressee | None:
    """Who asked to follow and has not answered yet, or who follows."""
    follows = note.subscription
    wanted = follows.together.exists() if note.kind == "confirm" else follows.active
    return Addressee("follower", follows.email, follows.language) if wanted else None


def _early(person) -> Addressee | None:
    """Who gets the mails of the morning, while they work in an area."""
    return Addressee("person", person.email) if reach_of(person).areas else None


def _team(area, force) -> Addressee:
    """Who reads the questions for a meeting: the area's own mailbox, else its commander, else the force's inbox."""
    commander = area.commander
    return Addressee("team", area.email or (commander.email if commander else force.inbox_email))


def _partner(note, force) -> Addressee | None:
    """The partner, as long as the link that the letter carries is still to be answered."""
    referral = note.update.referral
    alive = referral.answered_at is None and referral.expires > timezone.now()
    return Addressee("partner", referral.partner.email) if alive and referral.partner.email else None


def letter(note) -> EmailMessage | None:
    """The mail for `note` (a `Notification`), or None where nobody is to be told. Raises one of UNWRITABLE.

    A kind without words of its own gets the general ones: no message is lost for want of a template.
    """
    force = Force.objects.get()
    to = addressee(note, force)
    if to is None:
        return None
    with translation.override(_spoken_to(to)):
        template = select_template([f"emails/{note.kind}_{to.role}.txt", f"emails/general_{to.role}.txt"])
        words = _words(note, to, force)
        if words is None:
            return None
        mail = template.template.name.removeprefix("emails/").removesuffix(".txt")
        subject, body = composed(template, words | {"worded": MailText.objects.wording_of(mail, words)})
    headers = {
        "Message-ID": f"<{note.message_id}@{urlsplit(settings.BASE_URL).hostname}>",
        "Auto-Submitted": "auto-generated",
    }
    if words.get("stop_url"):
        headers |= {
            "List-Unsubscribe": f"<{words['one_click']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return EmailMessage(subject=subject, body=body, to=[to.address], headers=headers)


def _spoken_to(to) -> str:
    """The language of a letter: theirs, as long as the public is offered it, because its links lead to pages in it."""
    offered = to.language == settings.LANGUAGE_CODE or Language.objects.offered().filter(code=to.language).exists()
    return to.language if offered and translation.check_for_language(to.language) else settings.LANGUAGE_CODE


def _stops(address) -> dict:
    """Where news are stopped, as `address` (a function) says: a page to read, and for mail programs one without a language,
    which works even when the language is offered no longer.
    """
    return {"stop_url": address(), "one_click": leaving.addresses(settings.LANGUAGE_CODE, address)}


def composed(template, words) -> tuple[str, str]:
    """The subject and the body of a mail from its template."""
    subject, _blank, body = template.render(words).strip().partition("\n\n")
    return " ".join(subject.split()), re.sub(r"\n{3,}", "\n\n", body.strip()) + "\n"


def _words(note, to, force) -> dict | None:
    """What the templates may say: nothing of what the public wrote, nor how to reach them. None: nothing to say any more."""
    if note.subscription_id:
        return _news_words(note, force)
    if note.meeting_id:
        return _question_words(note, force)
    if note.morning_id:
        return _given_words(note, force) if note.kind == GIVEN else _morning_words(note.person, force)
    return _concern_words(note, to, force)


def _news_words(note, force) -> dict | None:
    """The words of a letter to somebody who follows, or asked to."""
    follows = note.subscription
    common = {"force": force, "base": settings.BASE_URL, "follows": follows}
    if note.kind == "confirm":
        return common | {
            "confirm_url": confirm_url(follows.uid),
            "asked": follows.together,
            "days": follows.CONFIRM_DAYS,
        }
    items = follows.news(note.news_since, note.created)
    # In the order in which the house tells things, the newest first in each.
    sections = {
        section: [i for i in items if i.section == section] for section in dict.fromkeys(i.section for i in items)
    }
    return common | {"sections": sections, **_stops(lambda: unfollow_url(follows.uid))} if items else None


def _question_words(note, force) -> dict:
    """The words of a letter on questions for a meeting; the questions themselves stand in the admin alone."""
    link = settings.BASE_URL + reverse("admin:areas_meeting_change", args=[note.meeting_id])
    return {"force": force, "meeting": note.meeting, "area": note.meeting.area, "link": link}


def _morning_words(person, force) -> dict:
    """The words of the morning brief: how many of what in each area, and nothing of any one concern."""
    briefs = [Brief(person, area) for area in Area.objects.filter(pk__in=reach_of(person).areas)]
    areas = [
        (brief.area, [(line.in_mail, line.mailed_href(brief.area)) for line in brief.lines], " ".join(brief.calm))
        for brief in briefs
    ]
    return {
        "force": force,
        "base": settings.BASE_URL,
        "areas": areas,
        "day": _today(),
    }


def _given_words(note, force) -> dict | None:
    """The words of the mail of the day: which concerns somebody was given and has now, and by when a reply is due."""
    given = [
        {
            "reference": concern.reference,
            "area": str(concern.area or ""),
            "due": _due(concern),
            "link": settings.BASE_URL + concern.get_absolute_url(),
        }
        for concern in note.given
    ]
    return {"force": force, "base": settings.BASE_URL, "given": given, "day": _today()} if given else None


def _today() -> str:
    return clock.in_words(timezone.now()).partition(",")[0]


def _due(concern) -> str:
    return clock.in_words(concern.due_at) if concern.due_at and not concern.answered_at else ""


def _concern_words(note, to, force) -> dict:
    """What the templates may say: nothing of what the person wrote, nor how to reach them."""
    concern = note.concern
    words = {
        "force": force,
        "reference": concern.reference,
        "kind": concern.kind,
        "area": concern.area,
        "due": _due(concern),
        "track_url": settings.BASE_URL + reverse("tracking:start"),
    }
    if to.role == "reporter":
        # Without a place there is nothing that the link could ask for, so such a letter names the page alone.
        placed = concern.postcode or concern.ward_id or concern.area_id
        words |= _stops(lambda: stop_url(note.message_id)) if note.kind in NEWS else {}
        words["code"] = concern.follow_links.issue(note.message_id) if placed else ""
        return words
    if to.role == "partner":
        words["partner_url"] = settings.BASE_URL + reverse("partner", args=[partner_code(note.message_id)])
        words["expires"] = clock.in_words(note.update.referral.expires)
        return words
    words["record_by"] = clock.in_words(clock.add_hours(concern.received_at, force.crime_recording_hours))
    words["ward"] = concern.ward
    words["category"] = "" if concern.category.sensitive else concern.category.name
    words["link"] = settings.BASE_URL + concern.get_absolute_url()
    words["choose_url"] = settings.BASE_URL + reverse("casework:morning")
    return words
