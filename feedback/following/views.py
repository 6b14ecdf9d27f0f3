"""Follow a place or topic: ask, confirm from the mail, stop. No cookie; the same answer whether an address is known or not."""

from django.conf import settings
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts import throttle
from areas import names, spelling
from areas.models import Area, Ward
from areas.routing import NotRouted, route
from feedback.intake.journey import ELSEWHERE, from_another_site
from feedback.models import Subscription
from feedback.tracking.views import private

from . import doors, news
from .forms import FollowForm

LONGEST_NAME = 80
READ_AND_WRITE = ["GET", "HEAD", "POST"]


@csrf_exempt  # it needs no cookie: to send the form for somebody else does no more than to type their address
@private
@require_http_methods(READ_AND_WRITE)
def start(request):
    """What to follow; then the address and how often."""
    place = chosen(request)
    if not place or "replaced" in place:
        return _choose(request, **place)
    form, status = FollowForm(request.POST if request.method == "POST" else None), 200
    if form.is_bound and from_another_site(request):
        form.add_error(None, str(ELSEWHERE.sentence))
        status = ELSEWHERE.status
    elif form.is_valid():
        try:
            throttle.count("follow", caller := throttle.caller_of(request), settings.FOLLOW_RATE)
            Subscription.ask(**form.cleaned_data, language=get_language(), caller=caller, **place)
            return HttpResponseRedirect(reverse("following:asked"), status=303)
        except throttle.TooMany as refusal:
            form.add_error(None, str(refusal))
            status = 429
    return render(request, "following/start.html", {"form": form, "followed": followed(place), **place}, status=status)


def chosen(request) -> dict:
    """`{"ward": ...}`, `{"area": ...}` or `{"category": ...}` as the address has it; 404 for an unknown one, empty without any.

    `{"replaced": ...}` is a ward that is not in use, of which no other is all: people have to choose theirs.
    """
    if code := request.GET.get("ward"):
        asked = get_object_or_404(Ward.objects.select_related("area"), code=code)
        return {"ward": heir} if (heir := asked.heir) else {"replaced": asked}
    if slug := request.GET.get("area"):
        return {"area": get_object_or_404(Area, slug=slug)}
    if code := request.GET.get("topic"):
        return {"category": get_object_or_404(news.topics(), code=code)}
    return {}


def followed(place) -> dict:
    """What a page says of it: `words`, and the address of its `feed`."""
    return {"words": Subscription(**place).words, "feed": feed_path(**place)}


def feed_path(*, area=None, ward=None, category=None) -> str:
    """Where the same news are as a feed."""
    if ward:
        return reverse("areas:ward_feed", args=[ward.area.slug, ward.code])
    return reverse("areas:feed", args=[area.slug]) if area else reverse("following:feed", args=[category.code])


def _choose(request, replaced=None):
    """Find the ward or area to follow by a postcode or name, or choose an area or topic from the lists.

    `replaced`: the ward that was asked for, where it is not in use and those of its area are offered.
    """
    text = request.GET.get("q", "").strip()[:LONGEST_NAME]
    context = {
        "text": text,
        "areas": Area.objects.all(),
        "topics": news.topics(),
        "matches": [],
        "close": [],
        "message": "",
    }
    status = 200
    if replaced:
        context |= {"replaced": replaced, "matches": [_offer(replaced.area, ward) for ward in replaced.choices()]}
    elif text:
        try:
            context["matches"] = _found(request, text)
            if not context["matches"]:
                context["close"] = _offers(one for found in names.find_each(names.close_to(text)) for one in found)
                context["message"] = "" if context["close"] else _("We don't know a place of that name.")
        except NotRouted as refusal:
            context["message"] = refusal.message
        except throttle.TooMany as refusal:
            context["message"], status = str(refusal), 429
    if len(context["matches"]) == 1:
        return redirect(f"{reverse('following:start')}?{context['matches'][0]['query']}")
    return render(request, "following/choose.html", context, status=status)


def _found(request, text) -> list:
    """The places that `text` may mean: `words`, and the `query` with which each is followed. Raises `NotRouted`, `TooMany`."""
    code = spelling.within(text)
    if not code and (matches := names.find(text)[: names.MOST]):
        return _offers(matches)
    if not any(sign.isdigit() for sign in text):
        return []
    throttle.count("locate", throttle.caller_of(request), settings.LOCATE_RATE)
    found = route(postcode=code or text)
    return [_offer(found.area, found.ward)]


def _offers(matches) -> list:
    offers = [_offer(match.area, match.carrier, match.name) for match in matches]
    return list({offer["query"]: offer for offer in reversed(offers)}.values())[::-1]


def _offer(area, ward, name="") -> dict:
    if ward is None:
        return {"words": str(area), "query": f"area={area.slug}"}
    called = f"{name} ({ward})" if name and name != ward.name else str(ward)
    return {"words": f"{called}, {area}", "query": f"ward={ward.code}"}


@private
@require_safe
def asked(request):
    """The same words for everybody who asked to follow."""
    return render(request, "following/asked.html", {"days": Subscription.CONFIRM_DAYS})


@csrf_exempt  # only the signed address gives the right, never a cookie
@private
@require_http_methods(READ_AND_WRITE)
def confirm(request, token):
    """Ask once more, because mail scanners open every link; begin on the click."""
    subscription = _of_token(doors.CONFIRM, token)
    waiting = list(subscription.together) if subscription else []
    begun = bool(waiting) and request.method == "POST"
    if begun:
        subscription.confirm()
    context = {"waiting": waiting, "begun": begun, "known": subscription and subscription.active}
    return render(request, "following/confirm.html", context)


@csrf_exempt  # mail programs send this form by themselves (RFC 8058)
@private
@require_http_methods(READ_AND_WRITE)
def stop(request, token):
    """End it, by the page's buttons or the mail program's own; or change how often. Where it is gone, nothing is left to stop."""
    subscription, done = _of_token(doors.STOP, token), ""
    if subscription and request.method == "POST":
        done = _act(subscription, request.POST)
        subscription.refresh_from_db()
    active = bool(subscription and subscription.active)
    more = active or done == "stopped"
    others = more and Subscription.objects.active().filter(email_key=subscription.email_key).exclude(pk=subscription.pk)
    context = {"subscription": subscription, "done": done, "active": active, "others": others and others.count()}
    return render(request, "following/stop.html", context)


def _act(subscription, asked) -> str:
    """What the form says: `pace` changes how often, `all` ends everything, anything else ends this. Returns what was done."""
    if asked.get("pace") in Subscription.Pace.values:
        subscription.change_pace(asked["pace"])
        return "changed"
    if asked.get("all"):
        subscription.stop_all()
        return "stopped all"
    subscription.stop()
    return "stopped"


def _of_token(signer, token) -> Subscription | None:
    """The subscription of a mailed address, None where it was erased; 404 where we did not make the address."""
    uid = doors.uid_of(signer, token)
    if uid is None:
        raise Http404
    return Subscription.objects.in_words().filter(uid=uid).first()
