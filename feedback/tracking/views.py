"""The reporter's own pages: open with reference and code, read how it stands, write again, leave."""

from functools import partial, wraps

from django.conf import settings
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import throttle
from areas.models import Force
from feedback import clock, personal
from feedback.lifecycle import Pause
from feedback.models import Concern, ConcernUpdate, SafetyReview

from . import door, page
from .forms import LinksForm, ListForm, MessageForm, OpenForm, PlaceForm, mark_of


def to(address):
    """A 303: after a POST the browser fetches the page with GET."""
    return HttpResponseRedirect(address if "/" in address else reverse(f"tracking:{address}"), status=303)


def private(view):
    """Kept by no cache, listed by no search engine, and named to nobody."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    return sensitive_post_parameters()(answer)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def start(request):
    """Ask for reference and code; a wrong, unknown or impossible one gets the same answer."""
    form = OpenForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return render(request, "tracking/start.html", {"form": form})
    try:
        throttle.count("track", throttle.caller_of(request), settings.TRACK_RATE)
    except throttle.TooMany as refusal:
        return refused(request, "tracking/start.html", form, refusal)
    opened = door.find(*form.typed())
    if opened is None:
        form.refuse()
        return render(request, "tracking/start.html", {"form": form})
    if not isinstance(opened, Concern):
        return door.open_for(to("place"), opened, asked=True)
    return door.open_for(_opened(request, opened, form.cleaned_data.get("text", "")), opened)


def _opened(request, concern, text):
    """The page just opened; words that were written before it had closed stand in its form again."""
    if not text:
        return to("concern")
    return show(request, concern, bound=MessageForm(concern=concern, initial={"text": text}), kept=True)


def refused(request, template, form, refusal, **more):
    """Show the form again with the reason why it waits, and with all that was typed."""
    form.full_clean()
    form.errors.clear()
    form.add_error(None, str(refusal))
    response = render(request, template, {"form": form, **more}, status=429)
    response["Retry-After"] = str(refusal.retry_after)
    return response


@private
@require_http_methods(["GET", "HEAD", "POST"])
def place(request):
    """Ask who came by a mailed link for the place that was given."""
    link = door.asked_link(request)
    if link is None:
        return to("start")
    form = PlaceForm(request.POST if request.method == "POST" else None)
    try:
        if form.is_valid() and door.knows_place(link, form.cleaned_data["place"]):
            door.confirm(link)
            return door.open_for(to("concern"), link)
    except throttle.TooMany as refusal:
        return refused(request, "tracking/place.html", form, refusal)
    if form.is_bound and form.is_valid():
        form.add_error("place", _("That is not the place we have. Write it as you gave it to us."))
    return render(request, "tracking/place.html", {"form": form})


@private
@require_http_methods(["GET", "HEAD", "POST"])
def concern(request):
    """The concern that is open: the clock, the next step, the thread, and room for a further message."""
    concern = door.opened_concern(request)
    if concern is None:
        return closed(request)
    form = MessageForm(request.POST if request.method == "POST" else None, concern=concern)
    if form.of_another:
        return of_another(request)
    status = 200
    if form.is_valid():
        limit = partial(throttle.count, "message", str(concern.pk), settings.MESSAGE_RATE)
        try:
            update = concern.take_message(form.cleaned_data["text"], key=form.cleaned_data["key"], limit=limit)
            if update and SafetyReview.help_for(concern, update):
                return to("next")
            return to(f"{reverse('tracking:concern')}?sent=yes#sent")
        except throttle.TooMany as refusal:
            form.add_error("text", f"{refusal} {_('We kept your words below.')}")
            status = 429
    return show(request, concern, bound=form, status=status)


def show(request, concern, *, bound, status=200, **more):
    """The page of `concern` with the form `bound`, shown again where it could not be taken; the others are fresh.

    Where it offers the complaints route, that is logged once somebody sees it.
    """
    context = _page(concern, bound, request.GET.get("done"), request.GET.get("sent")) | more
    if context["complaints_url"] and request.method != "HEAD":
        concern.log_complaints_route("complaints_shown")
    return render(request, "tracking/concern.html", context, status=status)


def _page(concern, bound, done, sent) -> dict:
    force = Force.objects.get()
    forms = {form.act: form(concern=concern) for form in page.forms_of(concern)} | {bound.act: bound}
    recourse = concern.recourses.select_related("reply").first()
    photos = concern.photos.numbered()
    # Whoever finds the page open must not see at once what a sensitive matter is.
    in_thread = () if concern.category.sensitive else photos
    return {
        "concern": concern,
        "form": bound,
        "forms": forms,
        "own_words": _own_words(concern),
        "headline": page.headline(concern),
        "next_step": page.next_step(concern, force),
        "asked": concern.pause == Pause.ASKED and not concern.withdrawn,
        "holder": page.holder(concern, force),
        "entries": page.entries(concern, in_thread),
        "photos": photos,
        "elapsed": page.elapsed(concern) if concern.clock.at and not concern.answered_at else None,
        "recourse": recourse,
        "complaints_url": force.complaints_url if recourse or "recourse" in forms else "",
        "wanted": concern.format_requests.all(),
        "sent": sent and _acted_lately(concern),
        "done": page.done_words(done, concern) if done and _acted_lately(concern) else None,
        "priority": page.shared_priority(concern),
        "exit": page.wants_exit(concern),
        "links": LinksForm(concern=concern) if concern.follow_links.alive().exists() else None,
        "list_form": ListForm(concern=concern),
        "mark": mark_of(concern),
    }


def _own_words(concern) -> str:
    """What they told us, as they read it again: what is for officers only is named as such in their language."""
    return personal.MARK.sub(f"[{_('For officers only')}]", concern.text)


def _acted_lately(concern) -> bool:
    """Whether the person did something with it while a page stays open: else the thanks are for another, of an older tab."""
    theirs = concern.updates.filter(
        side=ConcernUpdate.Side.PUBLIC, at__gt=clock.add_minutes(timezone.now(), -door.MINUTES)
    )
    return theirs.exclude(kind=ConcernUpdate.Kind.RECEIVED).exists()


def closed(request):
    """The page was closed meanwhile: ask for the code again, and keep what was written."""
    text = request.POST.get("text", "")
    if not text:
        return to("start")
    return render(request, "tracking/start.html", {"form": OpenForm(initial={"text": text}), "kept_text": text})


def of_another(request):
    """An older tab sent a form of another concern than the one that is open now: nothing is done with it on either."""
    form = OpenForm(initial={"text": request.POST.get("text", "")})
    context = {"form": form, "kept_text": form.initial["text"], "of_another": True}
    return render(request, "tracking/start.html", context, status=409)


@private
@require_safe
def now(request):
    """Whom to call now, where what the person wrote last of danger was found, in a message or with any other act."""
    concern = door.opened_concern(request)
    update = concern and SafetyReview.last_words_of(concern)
    posts = SafetyReview.help_for(concern, update) if update else []
    if not posts:
        return to("concern")
    context = {
        "posts": posts,
        "on": f"{reverse('tracking:concern')}{page.back(update)}",
        "leave": reverse("tracking:leave"),
    }
    return render(request, "intake/now.html", context | {"track": True})


@private
@require_http_methods(["POST"])
def close_links(request):
    """Revoke every link that was mailed for this concern; whoever came by one is out at once, the own code stays."""
    if concern := door.opened_concern(request):
        if LinksForm(request.POST, concern=concern).of_another:
            return of_another(request)
        concern.follow_links.revoke()
    return to(f"{reverse('tracking:concern')}?links=closed#links" if concern else "start")


@private
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request):
    """Close the page: by its button back to the start, by "Exit this page" out to somewhere harmless."""
    if request.method == "POST":
        return door.close(request, to("start"))
    return door.close(request, to(Force.objects.get().exit_url))
