"""The end of the journey: all answers once more, the one button that sends them, whom to call now, the receipt."""

from functools import partial

from django.conf import settings
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import throttle
from accounts.caching import kept_fact
from feedback import clock, personal
from feedback.models import Category, Concern, SafetyReview
from feedback.models.codes import follow_code
from feedback.models.receiving import KeyReused

from . import forms, places, pointing
from .journey import EXPIRED, SENT, UNMATCHED, Refusal
from .steps import next_step
from .views import ask, go_on, journey_page, place_words, see, too_often

CHANGED = Refusal(
    _(
        "Your answers have changed since this page was shown, so we have not sent them. "
        "Check them below, then choose “Send it”."
    ),
    409,
)


@journey_page
def check(request, journey):
    """All answers once more, each with a way to change it; and the one button that sends them."""
    if request.method == "POST":
        return _send(request, journey)
    if journey.sent:
        return redirect("intake:sent")
    if (step := next_step(journey.answers)) != "intake:check":
        return redirect(step)
    return _show_answers(request, journey, forms.SendForm())


def _show_answers(request, journey, form, **context):
    """The check page, where all answers are there; otherwise the page that says what is missing."""
    if next_step(journey.answers) != "intake:check" and not journey.sent:
        return ask(request, journey, "lost", form, **context)
    kind = Concern.Kind(journey.answers["kind"]).label
    answers = journey.answers | {"kind_words": kind, "category": _category(journey)}
    pointed = pointed_out(journey)
    return ask(request, journey, "check", form, answers=answers, place=place_words(journey), pointed=pointed, **context)


def _category(journey, stamp=""):
    code = journey.answers["category"]
    return kept_fact(f"category {code}", partial(Category.objects.get, code=code), stamp)


def _findings(journey, stamp=""):
    return pointing.findings(journey.answers["text"], place_words(journey, stamp), stamp)


def pointed_out(journey) -> list[dict]:
    """What in the person's words points to somebody, each with its field and what was chosen for it."""
    return pointing.rows(_findings(journey), journey.data or {})


def decided(journey, stamp: str = "") -> tuple[str, dict]:
    """The text as the person chose on the check page, and what is for officers only."""
    if not pointing.any_chosen(journey.data):
        return journey.answers["text"], {}
    found = _findings(journey, stamp)
    return personal.decided(journey.answers["text"], found, pointing.choices(found, journey.data))


def _send(request, journey):
    """Take the concern exactly once, and lead to the receipt: a repeat of the same form leads there, too."""
    form = forms.SendForm(journey.data)
    form.full_clean()
    if refusal := _send_trouble(journey):
        form.add_error(None, refusal.sentence)
        return _show_answers(request, journey, form, status=refusal.status, afresh=refusal is SENT)
    if journey.afresh:
        return go_on(journey)
    if journey.sent:
        return see(reverse(_first_page_after(Concern.taken_with(journey.key))))
    try:
        concern = _take(request, journey)
    except throttle.TooMany as error:
        form.add_error(None, str(error))
        return too_often(_show_answers(request, journey, form, paused=True), error)
    except KeyReused as error:
        form.add_error(None, str(error))
        return _show_answers(request, journey, form, status=409, afresh=True)
    # Only what the rules found asks for help, so nothing need be read again for all others.
    return see(reverse(_first_page_after(concern) if concern.safety else "intake:sent"))


def _first_page_after(concern):
    """The receipt; before it, where somebody may be in danger, whom they can call now."""
    return "intake:next" if concern and SafetyReview.help_for(concern) else "intake:sent"


def _send_trouble(journey):
    """Why the last form can't be taken, as a `Refusal`, or None. What was sent must be what was shown."""
    if journey.trouble:
        return journey.trouble
    if journey.afresh:
        return None
    if next_step(journey.answers) != "intake:check" and not journey.sent:
        return EXPIRED if journey.stale_cookie else UNMATCHED
    if journey.sent:
        return None if journey.shown == [journey.answers["key"], journey.sent] else SENT
    return None if journey.shown == [journey.answers["key"], journey.digest] else CHANGED


def _take(request, journey):
    told = journey.answers
    answers = {name: told.get(name, "") for name in ("kind", "text", "place", "times")}
    answers |= {name: told[name] for name in ("contact", "complaint_offered", "signpost", "photos") if told.get(name)}
    stamp = journey.draft.stamp
    answers |= {"category": _category(journey, stamp), "language": get_language()}
    answers["text"], sealed = decided(journey, stamp)
    answers |= {"sealed": sealed} if sealed else {}

    def last():
        journey.mark_sent(answers["text"])
        throttle.count("submit", throttle.caller_of(request), settings.SUBMIT_RATE)

    found = places.restored(told["routed"], stamp)
    concern, _created = Concern.submit(
        key=journey.key, answers=answers, route=found, limit=last, suspected=journey.hasty, stamp=stamp
    )
    return concern


@journey_page
def now(request, journey):
    """Whom to call now, where what was sent may mean danger; the receipt is one step further."""
    concern = Concern.taken_with(journey.key) if journey.sent else None
    if concern is None or not (posts := SafetyReview.help_for(concern)):
        return redirect("intake:sent")
    context = {"posts": posts, "on": reverse("intake:sent"), "leave": reverse("intake:leave")}
    return render(request, "intake/now.html", context)


def _wants_exit(concern) -> bool:
    """Whether the receipt can be left at once, as the page with help before it and the reporter's own page after it can."""
    return (
        concern.category.sensitive or concern.safety and any(post.exit_page for post in SafetyReview.help_for(concern))
    )


@journey_page
def sent(request, journey):
    """The receipt: worth a screenshot by the person who sent it."""
    concern = Concern.taken_with(journey.key) if journey.sent else None
    if concern is None:
        return render(request, "intake/gone.html", status=404)
    context = {
        "journey": journey,
        "concern": concern,
        "code": follow_code(journey.key),
        "due": clock.in_words(concern.due_at) if concern.due_at else "",
        "sent": clock.in_words(concern.received_at),
        "mailed": journey.answers["mailed"],
        "photos": concern.photos.count(),
        "refused": journey.answers.get("refused", []),
        "leader": concern.area.commander if concern.area else None,
        "exit": journey.answers.get("exit_page") or _wants_exit(concern),
    }
    return render(request, "intake/sent.html", context)
