"""The switch for the morning brief by mail."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse

from feedback.access import reach_of
from feedback.models import MorningMail

from .acts import SeeOther
from .doors import staff_page
from .page import frame


@staff_page
def morning(request):
    """Begin it, or stop it: for those who have a brief."""
    if not reach_of(request.user).areas:
        raise Http404
    if request.method == "POST":
        MorningMail.want(request.user, request.POST.get("wanted") == "yes")
        return SeeOther(reverse("casework:morning"))
    wanted = MorningMail.objects.filter(person=request.user).exists()
    return render(request, "casework/morning.html", {**frame(request), "wanted": wanted})
