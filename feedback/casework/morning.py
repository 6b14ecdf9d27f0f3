"""What comes to somebody by mail: what they are given at once or once a day, and the morning brief."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse

from feedback.access import reach_of
from feedback.models import MorningMail

from .acts import SeeOther
from .doors import staff_page
from .page import frame


class MorningForm(forms.Form):
    """The wishes of one person."""

    given = forms.ChoiceField(
        label="When you are given a concern",
        choices=[("at_once", "Tell me at once"), ("daily", "Tell me in one mail a day, at 7 in the morning")],
        widget=forms.RadioSelect,
        help_text="What can’t wait comes at once all the same: a safety review, a crime to record, a reply due before the"
        " next mail, a time that is missed, somebody who asks the commander’s office.",
        error_messages={"required": "Choose how you want to be told", "invalid_choice": "Choose how you want to be told"},
    )  # fmt: skip
    brief = forms.BooleanField(
        label="Send me the morning brief, at 7 in the morning",
        required=False,
        help_text="It says how many concerns need a decision and why. It never quotes what anybody wrote, and names nobody.",
    )


@staff_page
def morning(request):
    """Read and change it: for those who work in an area, who alone are given concerns and have a brief."""
    if not reach_of(request.user).areas:
        raise Http404
    wish = MorningMail.objects.filter(person=request.user).first()
    initial = {"given": "daily" if wish and wish.daily else "at_once", "brief": bool(wish and wish.brief)}
    form = MorningForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        said = form.cleaned_data
        MorningMail.choose(request.user, brief=said["brief"], daily=said["given"] == "daily")
        messages.success(request, "Kept. It counts from the next mail on.")
        return SeeOther(reverse("casework:morning"))
    return render(
        request, "casework/morning.html", {**frame(request), "form": form}, status=422 if form.is_bound else 200
    )
