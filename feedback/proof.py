"""Mails before they are sent: the shipped words as staff may change them, and a mail with made-up facts, to look at or to get."""

from types import SimpleNamespace

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import get_template
from django.utils import timezone
from django_tasks import task

from accounts.models import User
from areas.models import Area, Force
from feedback import clock, post, wording
from feedback.models.category import Category
from feedback.models.mailtext import MailText


class Named(str):
    """A text that also has the attributes of the thing it stands for."""


def _named(text, **attributes) -> Named:
    named = Named(text)
    vars(named).update(attributes)
    return named


def _facts(force) -> dict:
    """Made-up facts for each placeholder, as words."""
    moment = clock.in_words(clock.add_hours(timezone.now(), 72))
    area, category = Area.objects.first(), Category.objects.filter(sensitive=False, in_use=True).first()
    return {
        "reference": f"{force.reference_prefix}-2222-2222",
        "due": moment,
        "record_by": moment,
        "area": area.name if area else "Sample area",
        "ward": "Sample ward",
        "category": category.name if category else "",
        "portal_name": force.portal_name,
        "emergency_phone": force.emergency_phone,
        "non_emergency_phone": force.non_emergency_phone,
        "minutes": str(force.safety_minutes),
        "place": "Sample ward",
        "days": "7",
        "day": moment.partition(",")[0],
        "meeting": "Beat surgery at Sample Hall",
        "when": moment,
        "expires": moment,
    }


def _words(facts, force) -> dict:
    """What a template is given, with `facts` in the places of its placeholders."""
    names = ("portal_name", "emergency_phone", "non_emergency_phone")
    for name in names:
        setattr(force, name, facts[name])
    force.safety_minutes = facts["minutes"]
    base, place = settings.BASE_URL, facts["place"]
    news = SimpleNamespace(
        title="Sample news", where=place, day=facts["day"], text="What is new stands here.", path="/priorities/"
    )
    area = _named(facts["area"], name=facts["area"], slug="sample")
    return {
        "force": force,
        "base": base,
        "reference": facts["reference"],
        "kind": "concern",
        "area": area,
        "ward": _named(facts["ward"], name=facts["ward"]),
        "category": facts["category"],
        "due": facts["due"],
        "record_by": facts["record_by"],
        "link": f"{base}/dashboard/concerns/{facts['reference']}/",
        "choose_url": f"{base}/dashboard/morning-mail/",
        "given": [
            {
                "reference": facts["reference"],
                "area": facts["area"],
                "due": facts["due"],
                "link": f"{base}/dashboard/concerns/{facts['reference']}/",
            }
        ],
        "track_url": f"{base}/track/",
        "code": "AAAA-AAAA-AAAA-AAAA-AAAA",
        "partner_url": f"{base}/partner/sample/",
        "confirm_url": f"{base}/follow/confirm/sample/",
        "stop_url": f"{base}/follow/stop/sample/",
        "expires": facts["expires"],
        "days": facts["days"],
        "day": facts["day"],
        "asked": [_named(place, words=place, get_pace_display="Once a week")],
        "follows": SimpleNamespace(words=place, confirmed_at=timezone.now()),
        "sections": {"Priorities": [news]},
        "meeting": _named(facts["meeting"], when=facts["when"]),
        "areas": [(area, [("3 concerns wait for a reply.", "/dashboard/queue/")], "")],
    }


def shipped(mail: str) -> tuple[str, str]:
    """The shipped subject and news of `mail`, with placeholders where facts come in: what staff begin from."""
    return all_shipped([mail])[mail]


def all_shipped(mails) -> dict[str, tuple[str, str]]:
    """`shipped` of each of `mails`, in as many questions as one takes."""
    force = Force.objects.get()
    facts = _facts(force)
    return {mail: _shipped(mail, facts, force) for mail in mails}


def _shipped(mail, facts, force) -> tuple[str, str]:
    known = {name for names in wording.may_say(mail) for name in names}
    facts = {name: wording.braced(name) if name in known else fact for name, fact in facts.items()}
    template = get_template(f"emails/{mail}.txt")
    subject, body = post.composed(template, _words(facts, force) | {"mark": wording.MARK})
    return subject, body.split(wording.MARK)[1].strip()


def letter(mail: str, row: MailText | None, *, due: bool = True) -> tuple[str, str]:
    """The subject and body of `mail` with made-up facts, in the words of `row` or the shipped ones; with or without a due time.

    Raises `wording.Unusable`.
    """
    force = Force.objects.get()
    facts = _facts(force) | ({} if due else {"due": ""})
    words = _words(facts, force)
    return post.composed(get_template(f"emails/{mail}.txt"), words | {"worded": row and row.filled(words)})


@task()
def send_test(mail: str, person_id: int) -> bool:
    """Mail `mail` with made-up facts to a member of staff, as it would go out now; says whether one went out."""
    person = User.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        return False
    row = MailText.objects.filter(pk=mail).first()
    subject, body = letter(mail, row if row and not row.broken else None)
    headers = {"Auto-Submitted": "auto-generated"}
    return bool(EmailMessage(subject=f"[Test] {subject}", body=body, to=[person.email], headers=headers).send())
