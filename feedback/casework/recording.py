"""Writing down a concern for somebody who called, came or wrote: the person gets the same receipt as everybody."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import uuid4

from django import forms
from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from accounts.stamp import LONDON
from areas.models import Area, Language, Ward
from areas.routing import NotRouted, Outcome, Route, route
from feedback import clock
from feedback.access import reach_of
from feedback.intake.forms import TEXT_LIMIT, Choice, ReachForm, Words
from feedback.intake.places import answered, kept_question
from feedback.models import Category, Concern, SafetyReview, TakenFor
from feedback.models.codes import follow_code
from feedback.models.receiving import KeyReused
from hubs.models import Hub

from .actform import say_what_is_missing
from .doors import staff_page
from .page import frame

Channel = Concern.Channel
LONGEST_AGO = 31  # days
TAKEN = (Channel.PHONE, Channel.COUNTER, Channel.MEETING, Channel.EMAIL)


def _just_now() -> dict:
    now = timezone.now().astimezone(LONDON)
    return {"told_day": now.date(), "told_time": now.time()}


def _nowhere(no: NotRouted, typed: str) -> str:
    """Why the postcode that was typed leads nowhere, for an officer, who can choose a ward beside it."""
    if no.outcome == Outcome.OUTSIDE:
        return f"{no.message} Did it happen here all the same? Then choose the ward as well."
    if no.outcome == Outcome.NOT_A_POSTCODE:
        meant = f"Did you mean {no.suggestion}? If not, write" if no.suggestion else "Write"
        return f"“{typed}” is not a full postcode. {meant} all of it, or choose the ward."
    return f"We can’t tell from {no.postcode} where it is. Check it, or choose the ward as well."


class RecordForm(ReachForm):
    """What the person says, where it is, how they came, and whether they agree to be reached."""

    channel = Choice(label=gettext_lazy("How did the person come to you?"), choices=[(c.value, c.label) for c in TAKEN])
    hub = forms.ModelChoiceField(
        Hub.objects.none(),
        label=gettext_lazy("At which hub?"),
        required=False,
        empty_label=gettext_lazy("None of ours"),
    )
    told_day = forms.DateField(
        label="On which day did they tell you?", required=False,
        help_text="The clocks run from then, not from when you write it down. Leave both empty: just now.",
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}, format="%Y-%m-%d"),
    )  # fmt: skip
    told_time = forms.TimeField(
        label="At what time?", required=False,
        widget=forms.TimeInput(attrs={"type": "time", "class": "govuk-input--width-10"}, format="%H:%M"),
    )  # fmt: skip
    category = forms.ModelChoiceField(
        Category.objects.filter(in_use=True), label=gettext_lazy("What is it about?"), to_field_name="code",
        empty_label=gettext_lazy("Choose one"),
    )  # fmt: skip
    text = Words(
        limit=TEXT_LIMIT, label=gettext_lazy("What has been happening?"),
        help_text=gettext_lazy("In the person's own words. Read it back to them."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip
    postcode = Words(limit=20, required=False, label=gettext_lazy("Postcode of the place"))
    ward = forms.ModelChoiceField(
        Ward.objects.none(), label=gettext_lazy("Or the ward"), required=False, empty_label=gettext_lazy("Not known")
    )
    place = Words(limit=300, required=False, label=gettext_lazy("Where exactly?"))
    times = Words(limit=200, required=False, label=gettext_lazy("On which days, and at what times?"))
    language = forms.ChoiceField(
        label="Which language do they read best?", required=False,
        help_text="The receipt and our mails to them are in it.",
    )  # fmt: skip
    agreed = Choice(
        label=gettext_lazy("Does the person agree that we keep how to reach them?"),
        help_text=gettext_lazy("Tell them who will see it: the officers of the area, and only with a reason."),
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No, they stay anonymous"))],
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    field_order = [
        "channel", "hub", "told_day", "told_time",
        "category", "text", "postcode", "ward", "place", "times", "language", "agreed", "name", "email", "phone", "safe",
    ]  # fmt: skip

    def __init__(self, *args, areas, initial, **options):
        super().__init__(*args, initial={"key": uuid4(), **_just_now(), **initial}, **options)
        self.areas = areas
        self.fields["hub"].queryset = Hub.objects.filter(area__in=areas)
        self.fields["ward"].queryset = Ward.objects.active().filter(area__in=areas).order_by("name")
        others = [(one.code, f"{one.own_name} ({one.name})") for one in Language.objects.offered()]
        self.fields["language"].choices = [(settings.LANGUAGE_CODE, "English"), *others]
        if not others:
            del self.fields["language"]
        safe, after_no = (
            self.fields["safe"],
            "Their reply waits for them on this site. The receipt has the code for it.",
        )
        safe.label = gettext_lazy("Is it safe to contact them?")
        safe.help_text = "Choose “No” if somebody else could see their mail or phone and that might harm them."
        safe.offer([("yes", "Yes, write or call", ""), ("no", "No, do not write or call", after_no)])
        self.fields["name"].label = gettext_lazy("Their name")
        say_what_is_missing(self)

    def clean(self):
        """Contact details only with their consent; a place that leads somewhere, or the desk."""
        said = self.cleaned_data
        if said.get("agreed") == "yes":
            super().clean()
        elif said.get("agreed") == "no" and any(said.get(name) for name in ("name", "email", "phone")):
            self.add_error("agreed", _("The person does not agree, so leave name, e-mail and phone empty."))
        if said.get("channel") == Channel.COUNTER and not said.get("hub") and "hub" not in self.errors:
            self.add_error("hub", "Choose the hub whose counter it was")
        said["told_at"] = self._told()
        if not self.errors:
            said["route"] = self._placed(said["postcode"], said["ward"])
        return said

    def _told(self) -> datetime | None:
        """When the person told it, aware; None: just now."""
        day, time = self.cleaned_data.get("told_day"), self.cleaned_data.get("told_time")
        if {"told_day", "told_time"} & set(self.errors) or not (day or time):
            return None
        if not (day and time):
            self.add_error("told_time" if day else "told_day", "Write both, the day and the time, or leave both empty.")
            return None
        told, now = datetime.combine(day, time, tzinfo=LONDON), timezone.now()
        if told > now:
            self.add_error("told_day", "This is still to come. Write when they told you.")
        elif told < clock.add_days(now, -LONGEST_AGO):
            self.add_error("told_day", f"This is more than {LONGEST_AGO} days ago. Write that into the words instead.")
        return told

    def _placed(self, postcode, ward) -> Route | NotRouted | None:
        """Where it goes: by the postcode, else by the ward; with neither to one's only area, else to the desk."""
        try:
            if postcode:
                return route(postcode=postcode)
            if ward:
                return route(ward=ward.pk)
            return route(area=self.areas[0].slug) if len(self.areas) == 1 else None
        except NotRouted as no:
            if ward:
                return answered(route(ward=ward.pk), kept_question(no))
            self.add_error("postcode", _nowhere(no, postcode))
            return None

    def answers(self) -> dict:
        """As `Concern.submit` takes them."""
        said = self.cleaned_data
        contact = {name: said[name] for name in ("name", "email", "phone")}
        words = {name: said[name] for name in ("category", "text", "place", "times")}
        told = {"received_at": said["told_at"]} if said["told_at"] else {}
        return {
            **words,
            **told,
            "kind": Concern.Kind.CONCERN,
            "language": said.get("language") or settings.LANGUAGE_CODE,
            "contact": {**contact, "safe_to_contact": said["safe"] == "yes"},
        }


@sensitive_post_parameters()
@staff_page
def record(request):
    """Write it down, exactly once; the receipt with its code is shown in the answer itself, and never again."""
    reach, framed = reach_of(request.user), frame(request)
    if not framed["records"]:
        raise Http404
    areas = list(Area.objects.filter(pk__in=reach.areas) if reach.areas else Area.objects.all())
    begun = {name: request.GET[name] for name in ("channel", "hub") if request.GET.get(name)}
    form = RecordForm(request.POST if request.method == "POST" else None, areas=areas, initial=begun)
    if form.is_valid():
        said = form.cleaned_data
        try:
            concern, _created = TakenFor.take(
                key=said["key"], answers=form.answers(), route=said["route"], channel=said["channel"],
                by=request.user, hub=said["hub"], agreed=said["agreed"] == "yes",
            )  # fmt: skip
            return receipt(request, concern, said)
        except KeyReused as refusal:
            form.add_error(None, str(refusal))
    context = {**framed, "form": form}
    return render(request, "casework/record.html", context, status=422 if form.is_bound else 200)


def receipt(request, concern, said):
    """What the person takes home, in their language: reference, code, what happens next and by when they have a reply."""
    mailed = bool(said["agreed"] == "yes" and said["email"] and said["safe"] == "yes")
    posts = [post for post in SafetyReview.help_for(concern) if post.code != "emergency"]
    again = {"channel": concern.channel} | ({"hub": said["hub"].pk} if said["hub"] else {})
    with translation.override(concern.language):
        times = {
            "due": clock.in_words(concern.due_at) if concern.due_at else "", "sent": clock.in_words(concern.received_at),
        }  # fmt: skip
    context = {
        **frame(request), **times, "concern": concern, "code": follow_code(said["key"]), "mailed": mailed,
        "leader": concern.area.commander if concern.area else None, "posts": posts,
        "again": f"{reverse('casework:record')}?{urlencode(again)}",
        "opens": Concern.objects.visible_to(request.user).filter(pk=concern.pk).exists(),
    }  # fmt: skip
    return render(request, "casework/recorded.html", context)
