"""The bare twins: a form with one INSERT, a static template, lists of 25 rows."""

from django.forms import modelform_factory
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import ListView

from feedback.models import Concern

from .models import Told

ToldForm = modelform_factory(Told, fields=["category", "text", "postcode", "place", "name", "email", "phone"])
ROWS = Concern.objects.select_related("category", "ward", "officer", "team").order_by(
    "-pk"
)  # the fastest order there is


@csrf_exempt
def insert(request):
    """Validate a ModelForm, INSERT one row, redirect."""
    form = ToldForm(request.POST)
    if form.is_valid():
        form.save()
        return HttpResponseRedirect("/thanks/")
    return render(request, "bare/refused.html", {"form": form}, status=422)


def static(request):
    """A template without a variable."""
    return render(request, "bare/static.html")


class Page(ListView):
    """Django's own paged list, as its documentation shows it."""

    queryset = ROWS
    paginate_by = 25
    template_name = "bare/list.html"


def uncounted(request):
    """The same 25 rows, without the count of all that a paged list makes."""
    return render(request, "bare/list.html", {"object_list": ROWS[:25]})


urlpatterns = [
    path("insert/", insert),
    path("static/", static),
    path("list/", Page.as_view()),
    path("uncounted/", uncounted),
]
