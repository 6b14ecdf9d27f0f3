"""The public journey: sort, what, where, details, contact, check, sent. One question a page, no JavaScript needed."""

import logging
from functools import wraps

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import throttle
from areas.models import Area, Force
from areas.routing import NotRouted, Outcome, route
from feedback.models import Concern, Signpost

from . import forms, others, places
from .journey import SENT, Journey
from .steps import next_step, step_before

logger = logging.getLogger("portal.intake")


def journey_page(view):
    """A page of the journey: protected by its own form key (see journey.py), kept out of caches and referrers."""

    @csrf_exempt
    @sensitive_post_parameters()
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def page(request, **kwargs):
        try:
            journey = Journey(request)
            response = view(request, journey, **kwargs)
        except DatabaseError as error:
            if request.method != "POST":
                raise
            response = _broken(request, error)
        else:
            if journey.stale_cookie:
                journey.forget(response)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return page


def _broken(request, error):
    """503: the database failed. What was typed is shown again, and one button sends the same form once more."""
    # The error's own words may quote the row, so only its kind is written down.
    logger.error("An answer could not be kept: %s", type(error).__name__)
    posted = [(name, value.replace("\0", "")) for name, values in request.POST.lists() for value in values]
    typed = [value for name, value in posted if name in forms.TYPED and value]
    context = {"action": request.get_full_path(), "posted": posted, "typed": typed, "force": _force_if_readable()}
    response = HttpResponse(render_to_string("intake/broken.html", context), status=503)
    response["Retry-After"] = "60"
    return response


def _force_if_readable():
    try:
        return Force.objects.first()
    except DatabaseError:
        return None


def ask(request, journey, name, form, *, status=200, **context):
    """Show question `name` with `form`: for the first time, or again with its reasons."""
    if journey.data is not None and journey.trouble:
        status = journey.trouble.status
    shared = {
        "form": form,
        "journey": journey,
        "action": request.get_full_path(),
        "back": reverse(step_before(name, journey.answers)) if name != "start" else "",
        "afresh": journey.data is not None and journey.trouble is SENT,
    }
    return render(request, f"intake/{name}.html", shared | context, status=status)


def go_on(journey, to=None, **answers):
    """Keep `answers` and go on: to route name `to`, or to the first question without an answer."""
    journey.keep(**others.asked_again(journey.answers | answers, answers), **answers)
    return journey.carry(see(reverse(to or next_step(journey.answers))))


def see(url):
    """A 303: after a POST the browser fetches `url` with GET."""
    return HttpResponseRedirect(url, status=303)


# ---- sort ------------------------------------------------------------------------------------------------------------


@journey_page
def start(request, journey):
    """What do you want to tell us? Most answers lead to a better place; three go on."""
    place = _place_given(request)
    unsent = {} if journey.sent else journey.answers
    form = forms.SortForm(journey.data, initial={"sort": unsent.get("kind")})
    if not journey.takes(form, first=True):
        resume = reverse(next_step(unsent)) if unsent.get("kind") else ""
        return ask(request, journey, "start", form, place=place, resume=resume)
    sort = form.cleaned_data["sort"]
    if sort not in Concern.Kind.values:
        return see(_better_place(sort) + _query(place))
    answers = {"kind": sort} | ({"routed": places.kept(place), "question": {}} if place else {})
    return go_on(journey, **answers, **_seen_before(journey.data.get("after", "")))


def _better_place(sort):
    if code := forms.SIGNPOSTED.get(sort):
        return reverse("intake:signpost", args=[get_object_or_404(Signpost, code=code).pk])
    return reverse("intake:safe" if sort == "harm" else "intake:elsewhere")


def _seen_before(code):
    """What to remember of the signpost with `code`, from which the person came back."""
    post = Signpost.objects.filter(code=code).first() if code else None
    if post is None:
        return {}
    return {
        "complaint_offered": post.mode == Signpost.Mode.OFFER_AND_LOG,
        "exit_page": post.exit_page,
        "signpost": code,
    }


def _place_given(request):
    """The `Route` of ?ward= or ?area=, with which the public pages lead here; None without or where unknown."""
    for name in ("ward", "area"):
        if value := request.GET.get(name, "")[:60]:
            try:
                return route(**{name: value})
            except NotRouted:
                return None
    return None


def _query(place):
    if not place:
        return ""
    ward = place.ward or place.replaced
    return "?" + urlencode({"ward": ward.code} if ward else {"area": place.area.slug})


@journey_page
def elsewhere(request, journey):
    """Every better place there is, by what it is for."""
    signposts = Signpost.objects.all()
    return render(request, "intake/elsewhere.html", {"signposts": signposts, "query": _query(_place_given(request))})


@journey_page
def safe(request, journey):
    """The better places for somebody who is being hurt, under a neutral title."""
    signposts = Signpost.objects.filter(exit_page=True)
    context = {"signposts": signposts, "safe": True, "query": _query(_place_given(request))}
    return render(request, "intake/elsewhere.html", context)


@journey_page
def signpost(request, journey, number):
    """One better place: what to do, whom to call, and the way back in where there is one."""
    post = get_object_or_404(Signpost, pk=number)
    place = _place_given(request)
    area = place.area if place else _area_of(journey)
    context = {"signpost": post, "journey": journey, "links": _links(post, area), "query": _query(place)}
    return render(request, "intake/signpost.html", context)


@journey_page
def leave(request, journey):
    """Throw the journey away, here and in the browser, and lead far away ("Exit this page") or, from the receipt, to our own."""
    response = see(reverse("home")) if request.method == "POST" else redirect(Force.objects.get().exit_url)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return response
    journey.end()
    return journey.forget(response)


def _area_of(journey):
    slug = journey.answers.get("routed", {}).get("area")
    return Area.objects.filter(slug=slug).first() if slug else None


def _links(post, area):
    """The signpost's links; of the councils only the area's own, once the area is known."""
    if area is None:
        return post.links
    others = set(Area.objects.exclude(pk=area.pk).values_list("council_url", flat=True))
    return [link for link in post.links if link["url"] not in others]


# ---- what ------------------------------------------------------------------------------------------------------------


@journey_page
def what(request, journey):
    """What is it about?"""
    form = forms.WhatForm(journey.data, initial=journey.answers)
    if not journey.takes(form):
        return ask(request, journey, "what", form)
    code = form.cleaned_data["category"]
    if code == journey.answers.get("category"):
        return go_on(journey)
    offers = Signpost.objects.filter(categories__code=code).values_list("pk", flat=True)
    return go_on(journey, category=code, also=list(offers))


@journey_page
def also(request, journey):
    """Who else can help with that, before the person goes on."""
    form = forms.SendForm(journey.data)
    posts = list(Signpost.objects.filter(categories__code=journey.answers.get("category", "")))
    if not journey.takes(form):
        area = _area_of(journey)
        return ask(request, journey, "also", form, offers=[(post, _links(post, area)) for post in posts])
    logged = any(post.mode == Signpost.Mode.OFFER_AND_LOG for post in posts)
    return go_on(journey, also=[], **({"complaint_offered": True} if logged else {}))


# ---- where -----------------------------------------------------------------------------------------------------------


@journey_page
def where(request, journey):
    """The postcode of the place; each outcome of routing has its own next page."""
    form = forms.WhereForm(journey.data, initial={"postcode": journey.answers.get("routed", {}).get("postcode", "")})
    if not journey.takes(form):
        return ask(request, journey, "where", form)
    try:
        throttle.count("locate", throttle.caller_of(request), settings.LOCATE_RATE)
        found = route(postcode=form.cleaned_data["postcode"])
    except throttle.TooMany as error:
        form.add_error(None, str(error))
        return too_often(ask(request, journey, "where", form, paused=True), error)
    except NotRouted as no:
        return _not_routed(request, journey, form, no)
    return go_on(journey, routed=places.kept(found), question={})


def _not_routed(request, journey, form, no):
    if no.outcome == Outcome.NOT_A_POSTCODE:
        form.add_error("postcode", no.message)
        return ask(request, journey, "where", form, suggestion=no.suggestion)
    to = "intake:outside" if no.outcome == Outcome.OUTSIDE else "intake:area"
    return go_on(journey, to, question=places.kept_question(no))


@journey_page
def outside(request, journey):
    """The place lies with another force: tell them, or say that it did happen here."""
    question = journey.answers.get("question") or {}
    if question.get("outcome") != Outcome.OUTSIDE:
        return see(reverse("intake:where"))
    return ask(request, journey, "outside", forms.SendForm(), question=question)


@journey_page
def area(request, journey):
    """Which area is it in? Those that the postcode allows, or all; nobody has to know."""
    question = {} if "any" in request.GET else journey.answers.get("question") or {}
    candidates = question.get("candidates")
    areas = Area.objects.filter(slug__in=candidates) if candidates else Area.objects.all()
    form = forms.AreaForm(journey.data, areas=areas, initial=journey.answers.get("routed"))
    if not journey.takes(form):
        return ask(request, journey, "area", form, question=question, narrowed=bool(candidates))
    question = journey.answers.get("question") or {}
    if form.cleaned_data["area"] == forms.UNSURE:
        return go_on(journey, routed=places.unplaced(question), question={})
    return go_on(journey, "intake:ward", question=question | {"area": form.cleaned_data["area"]})


@journey_page
def ward(request, journey):
    """Which ward of the area, chosen or found, is it in? Not to know is an answer."""
    question, routed = journey.answers.get("question") or {}, journey.answers.get("routed") or {}
    asked = question if question.get("area") else routed
    if not asked.get("area"):
        return see(reverse("intake:area"))
    chosen = get_object_or_404(Area, slug=asked["area"])
    old_ward = asked.get("old_ward", "")
    form = forms.WardForm(journey.data, area=chosen, old_ward=old_ward, initial=journey.answers.get("routed"))
    if not journey.takes(form):
        not_in_use = {name: asked.get(name) for name in ("replaced", "coming")}
        not_in_use["begins"] = parse_date(asked.get("begins") or "")
        return ask(request, journey, "ward", form, area=chosen, **not_in_use)
    code = form.cleaned_data["ward"]
    if not code and asked is routed:
        return go_on(journey, routed=routed | {"replaced": ""})
    found = route(ward=code) if code else route(area=chosen.slug)
    return go_on(journey, routed=places.kept(places.answered(found, asked)), question={})


@journey_page
def spot(request, journey):
    """The place as we understood it, and where and when exactly."""
    form = forms.SpotForm(journey.data, initial=journey.answers)
    if not journey.takes(form):
        return ask(request, journey, "spot", form, place=place_words(journey))
    return go_on(journey, spot=True, **form.cleaned_data)


def place_words(journey, stamp=""):
    """The decided place as people say it: "Bloxwich West, Walsall"; empty where nobody could place it."""
    return places.words(journey.answers.get("routed") or {}, stamp)


# ---- details and contact ---------------------------------------------------------------------------------------------


@journey_page
def details(request, journey):
    """What has been happening?"""
    form = forms.DetailsForm(journey.data, initial=journey.answers, kind=journey.answers.get("kind"))
    if not journey.takes(form):
        return ask(request, journey, "details", form, limit=forms.TEXT_LIMIT)
    return go_on(journey, text=form.cleaned_data["text"])


@journey_page
def contact(request, journey):
    """To stay anonymous is as good an answer as any."""
    form = forms.ContactForm(journey.data, initial=journey.answers)
    if not journey.takes(form):
        return ask(request, journey, "contact", form)
    if form.cleaned_data["reach"] == "no":
        journey.answers.pop("contact", None)
        return go_on(journey, reach="no")
    return go_on(journey, "intake:reach", reach="yes")


@journey_page
def reach(request, journey):
    """How can we reach you, and is it safe?"""
    kept = journey.answers.get("contact", {})
    initial = kept | {"safe": {True: "yes", False: "no"}.get(kept.get("safe_to_contact"))}
    form = forms.ReachForm(journey.data, initial=initial)
    if not journey.takes(form):
        return ask(request, journey, "reach", form)
    given = form.cleaned_data
    details = {name: given[name] for name in ("name", "email", "phone")} | {"safe_to_contact": given["safe"] == "yes"}
    return go_on(journey, reach="yes", contact=details)


def too_often(response, error):
    """`response` as the 429 of `error` (`TooMany`): nothing is lost, and the same button tries again."""
    response.status_code = 429
    response["Retry-After"] = str(error.retry_after)
    return response
