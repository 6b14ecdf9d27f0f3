"""A lost code: a letter with a new one, to an address that we know belongs to the person, and the same page for every other."""

from django.conf import settings
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts import throttle
from feedback.models import CodeRequest
from feedback.models.sealing import match_key

from .forms import LostForm
from .views import private, refused

ADDRESS_RATE = "3/day"  # letters that anybody may ask for to one address


@private
@require_http_methods(["GET", "HEAD", "POST"])
def lost(request):
    """Ask for the address; whatever it is, the answer and the work for it are the same."""
    form = LostForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "tracking/lost.html", {"form": form}, status=422 if form.is_bound else 200)
    email_key = match_key("email", form.cleaned_data["email"])
    try:
        throttle.count("lost", throttle.caller_of(request), settings.TRACK_RATE)
        throttle.count("lost-address", email_key, ADDRESS_RATE)
    except throttle.TooMany as refusal:
        return refused(request, "tracking/lost.html", form, refusal)
    CodeRequest.take(email_key)
    return render(request, "tracking/lost.html", {"asked": True})
