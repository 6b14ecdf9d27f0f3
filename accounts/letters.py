"""Letters with a link for setting a password: written and sent by the worker, so that asking for one says nothing."""

import smtplib

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django_tasks import task

from .models import User

AUTOMATIC = {"Auto-Submitted": "auto-generated"}
NOBODY = 0
UNSENT = (smtplib.SMTPException, OSError)


@task()
def mail_password_link(person_id: int, kind: str) -> bool:
    """Mail the person a link for setting a password, `kind` "invitation" or "reset"; says whether a mail went out.

    The link is good once, until it is used, another address is set or PASSWORD_RESET_TIMEOUT is over.
    """
    person = User.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        return False
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    path = reverse("account_reset_password_from_key", args=key.split("-", 1))
    words = {
        "person": person,
        "site": settings.BASE_URL,
        "link": settings.BASE_URL + path,
        "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
    }
    return _sent(person, kind, words)


@task()
def mail_news(person_id: int, kind: str) -> bool:
    """Mail the person what somebody did to their sign-in, `kind` "second_step"; says whether a mail went out."""
    person = User.objects.filter(pk=person_id, is_active=True).first()
    return person is not None and _sent(person, kind, {"person": person, "site": settings.BASE_URL})


@task()
def mail_old_address(person_id: int) -> bool:
    """Tell the address that was the person's before that it is no longer: nobody is moved to another one unheard.

    It stands in the history alone, so the task carries no address. Says whether a mail went out.
    """
    person = User.objects.filter(pk=person_id, is_active=True).first()
    before = person and person.history.exclude(email=person.email).first()
    return bool(before) and _sent(person, "address", {"person": person, "site": settings.BASE_URL}, to=before.email)


def _sent(person: User, kind: str, words: dict, to: str = "") -> bool:
    subject, _blank, body = render_to_string(f"account/letters/{kind}.txt", words).strip().partition("\n\n")
    return bool(
        EmailMessage(subject=subject, body=f"{body.strip()}\n", to=[to or person.email], headers=AUTOMATIC).send()
    )
