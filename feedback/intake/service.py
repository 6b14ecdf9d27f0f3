"""What people think of the portal itself: its own page, its own reader, and no cookie.

The form carries a signed key that is good for one day and for one text. Anybody can fetch such a key, so all that it allows
is to leave a few words; a form that the browser itself declares to come from another site is refused.
"""

import hashlib
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import throttle
from feedback.models import ServiceFeedback

from .forms import Words
from .journey import ELSEWHERE, SECONDS, from_another_site

LIMIT = 2000
RATE = settings.MESSAGE_RATE


def _signer():
    return signing.TimestampSigner(salt="feedback.intake.service")


def new_key() -> str:
    """A signed key for one form."""
    return _signer().sign(uuid4().hex)


class ServiceForm(forms.Form):
    """A few words on the service; how to reach the person is not asked."""

    text = Words(
        limit=LIMIT,
        label=_("What should we know about this website?"),
        help_text=_(
            "What worked, what did not, what you looked for. Please leave out names, phone numbers and addresses."
        ),
        error_messages={"required": _("Write a few words first.")},
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
    )
    key = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_key(self):
        """The key's own part; one that is too old or not ours is replaced, so that the same words can be sent again."""
        try:
            return _signer().unsign(self.cleaned_data["key"], max_age=SECONDS)
        except signing.BadSignature:
            self.renew()
            return ""

    def renew(self):
        """Put a fresh key under what was typed."""
        self.data = {**self.data.dict(), "key": new_key()}
        if not self.errors:
            self.add_error(None, _("This page was open for too long. We kept your words: choose the button once more."))


@csrf_exempt
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request):
    """Ask for a few words on the portal, and say where everything else goes."""
    form, status = ServiceForm(request.POST if request.method == "POST" else None, initial={"key": new_key()}), 200
    if form.is_bound and from_another_site(request):
        form.add_error(None, str(ELSEWHERE.sentence))
        status = ELSEWHERE.status
    elif form.is_valid():
        try:
            keep(form, throttle.caller_of(request))
            return HttpResponseRedirect(f"{reverse('service_feedback')}?sent=yes", status=303)
        except throttle.TooMany as refusal:
            form.add_error("text", f"{refusal} {_('We kept your words below.')}")
            status = 429
    context = {"form": form, "limit": LIMIT, "sent": request.GET.get("sent") == "yes" and not form.is_bound}
    response = render(request, "intake/service.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def keep(form, caller: str) -> None:
    """Keep the words once for each key. Raises `TooMany`; a repeat counts nothing."""
    key_hash = hashlib.sha256(form.cleaned_data["key"].encode()).hexdigest()
    try:
        with transaction.atomic():
            ServiceFeedback.objects.create(text=form.cleaned_data["text"], key_hash=key_hash)
            throttle.count("service", caller, RATE)
    except IntegrityError:
        return
