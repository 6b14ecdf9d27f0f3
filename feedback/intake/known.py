"""Already known? Asked only where the public may know it; a voice is added without typing anything."""

from django.conf import settings
from django.shortcuts import render
from django.urls import reverse

from accounts import throttle
from areas.models import Ward
from feedback.models import Category, Voice

from . import forms
from .views import ask, go_on, journey_page, see


def _what(journey):
    """The ward and category of this journey; (None, None) where nothing is known that may be told."""
    told = journey.answers
    if not told.get("known"):
        return None, None
    return Ward.objects.select_related("area").get(code=told["routed"]["ward"]), Category.objects.get(
        code=told["category"]
    )


@journey_page
def known(request, journey):
    """Several people told us: add a voice, or go on and tell us more."""
    ward, category = _what(journey)
    if ward is None:
        return see(reverse("intake:start"))
    form = forms.SendForm(journey.data)
    if not journey.takes(form):
        priority = Voice.objects.priority_of(ward, category)
        return ask(request, journey, "known", form, ward=ward, category=category, priority=priority)
    if "voice" not in journey.data:
        return go_on(journey, known="told")
    try:
        throttle.count("voice", caller := throttle.caller_of(request), settings.SUBMIT_RATE)
    except throttle.TooMany as error:
        form.add_error(None, str(error))
        return ask(request, journey, "known", form, status=429, ward=ward, category=category)
    Voice.add(ward, category, caller=caller, contact=journey.answers.get("contact"))
    return go_on(journey, "intake:voice", known="voice")


@journey_page
def voice(request, journey):
    """The voice is counted; more can be told, and need not be."""
    ward, category = _what(journey)
    if journey.answers.get("known") != "voice":
        return see(reverse("intake:start"))
    return render(request, "intake/voice.html", {"journey": journey, "ward": ward, "category": category})
