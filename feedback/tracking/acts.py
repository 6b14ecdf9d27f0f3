"""What the person does on their open page beside writing: each checks one form, calls one verb and leads back to the page."""

from functools import partial, wraps

from django.conf import settings
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import throttle
from areas.models import Force
from feedback.lifecycle import Refused
from feedback.models import SafetyReview

from . import door
from .forms import AgainForm, CorrectForm, FormatForm, RateForm, RecourseForm, WithdrawForm, mark_of
from .views import closed, of_another, private, show, to


def act(form_class):
    """A view for the form `form_class` around `do(concern, said, limit)`, which calls a verb of the concern and returns its
    line of history; `said` is what the valid form says. Where the words mean danger, the page with help comes first.

    A form that can't be taken is shown again with what was typed (422), above the rate with 429; what is done leads back
    to the page, where `form_class.act` says what was kept.
    """

    def decorate(do):
        @private
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(do)
        def view(request):
            concern = door.opened_concern(request)
            if concern is None:
                return closed(request)
            if request.method != "POST":
                return to("concern")
            form = form_class(request.POST, concern=concern)
            if form.of_another:
                return of_another(request)
            if not form.is_valid():
                return show(request, concern, bound=form, status=422)
            limit = partial(throttle.count, "message", str(concern.pk), settings.MESSAGE_RATE)
            try:
                update = do(concern, form.cleaned_data, limit)
            except (Refused, throttle.TooMany) as refusal:
                form.add_error(None, str(refusal))
                return show(request, concern, bound=form, status=422 if isinstance(refusal, Refused) else 429)
            return _lead_on(concern, form, update)

        return view

    return decorate


def _lead_on(concern, form, update):
    if update and SafetyReview.help_for(concern, update):
        return to("next")
    return to(f"{reverse('tracking:concern')}?done={form.act}#{form.lands}")


@act(RateForm)
def rate(concern, said, limit):
    """Whether the first reply answered them."""
    return concern.rate(said["answer"], said["text"], key=said["key"], limit=limit)


@act(CorrectForm)
def correct(concern, said, limit):
    """Other words in place of the first ones."""
    decided = {name: said[name] for name in ("findings", "choices")}
    return concern.correct(said["text"], **decided, key=said["key"], limit=limit)


@act(WithdrawForm)
def withdraw(concern, said, limit):
    """They take it back."""
    return concern.withdraw(said["text"], key=said["key"], limit=limit)


@act(AgainForm)
def again(concern, said, limit):
    """It is still happening."""
    return concern.still_happening(said["text"], key=said["key"], limit=limit)


@act(RecourseForm)
def recourse(concern, said, limit):
    """They turn to the commander's office."""
    return concern.take_recourse(said["text"], key=said["key"], limit=limit)


@act(FormatForm)
def ask_format(concern, said, limit):
    """Another format, or an interpreter."""
    return concern.ask_format(
        said["format"], language=said["language"], text=said["text"], key=said["key"], limit=limit
    )


@private
@require_safe
def complain(request):
    """On to those who take complaints, whose address the force's data has; that the person chose to is logged.

    From an older tab, which shows another concern than the one that is open now, it is not logged with this one.
    """
    concern, link = door.opened_concern(request), Force.objects.get().complaints_url
    if concern is None or not (link and concern.occasions_to_complain):
        return to("concern")
    mark = mark_of(concern)
    if request.method != "HEAD" and request.GET.get("of", mark) == mark:
        concern.log_complaints_route("complaints_opened")
    return HttpResponseRedirect(link)
