"""A partner's page: what the police passed to them, and one answer, without an account."""

from django import forms
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts import throttle
from feedback.lifecycle import LinkOver
from feedback.models import Referral

from .actform import words
from .typed import typed_into

RATE = "60/hour"  # of one caller, so that no code can be guessed


class AnswerForm(forms.Form):
    """The answer."""

    text = words(
        _("Your answer to the police"),
        _("What you do about it, and by when. Leave out names of people who live there."),
        rows=6,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request, code):
    """What was passed on, and room for one answer; a link that is used up, has run out or never was says the same."""
    status, page = _answered(request, code)
    response = render(request, "casework/partner.html", page, status=status)
    patch_cache_control(response, no_store=True, private=True)
    return response


def _answered(request, code):
    try:
        throttle.count("partner", throttle.caller_of(request), RATE)
    except throttle.TooMany as refusal:
        return 429, {"refusal": refusal}
    referral = Referral.objects.open_with(code)
    if referral is None:
        return 404, over(request, LinkOver())
    form = AnswerForm(request.POST or None)
    if not form.is_valid():
        return 422 if form.is_bound else 200, {"referral": referral, "form": form}
    try:
        referral.answer(form.cleaned_data["text"])
    except LinkOver as refusal:
        return 404, over(request, refusal)
    return 200, {"done": True}


def over(request, refusal) -> dict:
    """What the page of a link shows that does not open; what was typed into it meanwhile is given back."""
    return {"refusal": refusal, "typed": typed_into(AnswerForm.base_fields, request.POST)}
