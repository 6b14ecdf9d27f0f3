"""Several concerns at once: choose, see what will happen to each, say why, do it. What can't be done is listed and left alone.

Each concern is done in a transaction of its own under its row's lock, so one that fails takes no other with it.
"""

from dataclasses import dataclass
from functools import partial

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from feedback.access import Act, may, reach_of
from feedback.lifecycle import Decision, NotReadYet, Refused, Status
from feedback.models import Concern, Partner, Problem, ReadLog, record_reading
from feedback.models.concern import Stale
from hubs.models import Posting, Team

from .actform import say_what_is_missing, words
from .acts import SeeOther, advice_on, door
from .answer import Answer
from .doors import staff_page
from .filters import LONGEST_NUMBER
from .page import frame, last_list, possible
from .referring import Referring
from .typed import typed_into
from .undoing import MINUTES, remember, token_of, was_of

AT_MOST = 100  # concerns at once


class TogetherForm(forms.Form):
    """One act on several concerns. The reason is kept as a note with each of them."""

    act: Act
    title = ""
    button = ""
    advice: tuple = ()  # what is said above the form, a sentence each
    preview = ""  # what each person will read

    def __init__(self, data=None, *, reach):
        super().__init__(data, auto_id=f"together-{self.act}-%s")
        self.reach = reach
        self.fields["reason"] = words(
            gettext_lazy("Why?"), gettext_lazy("Kept with each concern as a note for colleagues."), rows=2
        )
        self.prepare(reach)
        say_what_is_missing(self)

    def prepare(self, reach):
        """Offer what somebody with this `Reach` may choose from."""

    def made_of(self) -> dict:
        """With what such a form is made, beside what was typed."""
        return {"reach": self.reach}

    def before_it_is_sent(self, advise):
        """As `ActForm.before_it_is_sent`."""
        return None

    def do(self, concern, *, by, version):
        """The act itself, by the concern's own verb."""
        raise NotImplementedError

    def outcome(self) -> str:
        """What was done with each of them, as a sentence; nothing where the title says it."""
        return ""


class AcknowledgeForm(TogetherForm):
    act, title, button = Act.ACKNOWLEDGE, gettext_lazy("Say that you have read them"), gettext_lazy("I have read these")

    decision = forms.ChoiceField(
        label="What is each of them?", choices=Decision.choices, widget=forms.RadioSelect,
        help_text="Your answer is carried out at once for each of them. The clocks for the replies run on.",
    )  # fmt: skip

    def do(self, concern, *, by, version):
        concern.acknowledge(by=by, decision=self.cleaned_data["decision"], version=version)

    def outcome(self):
        return f"Decided: {Decision(self.cleaned_data['decision']).label}."


class AssignForm(TogetherForm):
    act, title, button = Act.ASSIGN, gettext_lazy("Give them to somebody"), gettext_lazy("Give these to them")

    officer = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Person"),
        required=False,
        empty_label=gettext_lazy("Nobody in particular"),
    )
    team = forms.ModelChoiceField(
        Team.objects.none(), label=gettext_lazy("Team"), required=False, empty_label=gettext_lazy("No team")
    )

    def prepare(self, reach):
        """A commander gives to everybody of the area; sergeants and inspectors within their own teams."""
        posted = Posting.objects.current().filter(team__hub__area__in=reach.commands).values("person")
        theirs = Q(pk__in=posted) | Q(pk__in=reach.members)
        self.fields["officer"].queryset = User.objects.filter(theirs, is_active=True)
        teams = Q(hub__area__in=reach.commands) | Q(pk__in=reach.teams)
        self.fields["team"].queryset = Team.objects.filter(teams)

    def clean(self):
        """To take a hundred concerns from everybody is no slip of two untouched choices: one by one it can be done."""
        given = super().clean()
        if not (given.get("officer") or given.get("team") or self.errors):
            self.add_error("officer", "Choose a person, a team, or both.")
        return given

    def do(self, concern, *, by, version):
        said = self.cleaned_data
        concern.assign(officer=said["officer"], team=said["team"], by=by, version=version)

    def outcome(self):
        whom = " / ".join(str(self.cleaned_data[name]) for name in ("officer", "team") if self.cleaned_data[name])
        return f"Given to {whom}."


class ProblemForm(TogetherForm):
    act, title, button = Act.PROBLEM, gettext_lazy("Make them part of a problem"), gettext_lazy("Add these to it")

    problem = forms.ModelChoiceField(
        Problem.objects.none(), label=gettext_lazy("Problem"), empty_label=gettext_lazy("Choose one"),
        help_text="Whoever is joined with others is told so at once, and still gets an answer of their own.",
    )  # fmt: skip

    def prepare(self, reach):
        self.fields["problem"].queryset = Problem.objects.filter(area__in=reach.areas, ended_on=None)

    def do(self, concern, *, by, version):
        concern.link_to(self.cleaned_data["problem"], by=by, version=version)

    def outcome(self):
        return f"Part of “{self.cleaned_data['problem']}” now."


class ReferForm(Referring, TogetherForm):
    act, title, button = Act.REFER, gettext_lazy("Refer them to a partner"), gettext_lazy("Refer these")

    def prepare(self, reach):
        here = Partner.objects.filter(area=None) | Partner.objects.filter(area__in=reach.areas)
        self.fields["partner"].queryset = here.order_by("name")
        self.fields[
            "facts"
        ].help_text = "The same words for each of them, behind a link of its own. No name, no phone or e-mail."

    def do(self, concern, *, by, version):
        concern.refer(self.cleaned_data["partner"], self.cleaned_data["text"], by=by, version=version, **self.how())

    def outcome(self):
        return f"Referred to {self.cleaned_data['partner']}."


class ReplyForm(Answer, TogetherForm):
    act, title, button = (
        Act.REPLY,
        gettext_lazy("Answer everybody who waits"),
        gettext_lazy("Send this to each of them"),
    )

    def clean(self):
        given = super().clean()
        self.check(who=True)
        return given

    def do(self, concern, *, by, version):
        concern.reply(self.composed(), by=by, version=version)


# What the queue offers; to answer everybody is offered where they have one problem in common.
TOGETHER = {form.act: form for form in (AssignForm, AcknowledgeForm, ProblemForm, ReferForm)}


@dataclass(frozen=True)
class Fate:
    """What will become, or became, of one chosen concern; `why` it is left alone, or nothing."""

    concern: Concern
    why: str = ""


@staff_page
def together(request):
    """First what would happen to each chosen concern; with `sure`, do it and tell of each what became of it."""
    form_class = {**TOGETHER, Act.REPLY: ReplyForm}.get(request.POST.get("act", ""))
    versions = chosen(request.POST.getlist("pick"))
    if request.method != "POST" or form_class is None or not versions:
        if request.method == "POST":
            messages.error(request, _("Choose at least one concern, and what to do with it."))
        return SeeOther(last_list(request))
    sure = "sure" in request.POST
    form = form_class(request.POST if sure else None, reach=reach_of(request.user))
    concerns = seen(request, versions)
    gone = len(versions) - len(concerns)
    if not form.is_valid():
        return shown(request, form, fates_of(request.user, form, concerns), gone=gone, status=422 if sure else 200)
    if again := form.before_it_is_sent(partial(advice_on, request)):
        return shown(request, again, fates_of(request.user, form, concerns), gone=gone)
    before = {concern.pk: was_of(form.act, concern) for concern in concerns}
    fates = [Fate(concern, done(request.user, form, concern, versions)) for concern in concerns]
    undo = token_of(request.user, form.act, [(f.concern, before[f.concern.pk]) for f in fates if not f.why])
    remember(request, undo, sum(not fate.why for fate in fates), form.outcome())
    return shown(request, form, fates, gone=gone, over=True, undo=undo)


def fates_of(user, form, concerns) -> list[Fate]:
    """What would become of each of `concerns`."""
    return [Fate(concern, forbidden(user, form.act, concern)) for concern in concerns]


def chosen(picks) -> dict[str, int | None]:
    """Reference -> the version that was shown, or None on the way from the list: of "REF" or "REF:3"."""
    parts = (pick.partition(":") for pick in picks[:AT_MOST])
    return {
        reference: int(version) if version.isdecimal() and len(version) < LONGEST_NUMBER else None
        for reference, _colon, version in parts
    }


def seen(request, versions) -> list[Concern]:
    """Those of the chosen that this person may see, the next due first; written down before anything is shown."""
    concerns = Concern.objects.visible_to(request.user).filter(reference__in=versions).in_due_order()
    found = list(concerns.select_related("area", "category", "ward", "officer", "team", "about_person"))
    record_reading(request.user, ReadLog.What.LIST, door=door(request), why="chosen", rows=len(found))
    return found


def forbidden(user, act, concern) -> str:
    """Why `user` can't do `act` with `concern`, or nothing."""
    if not may(user, act, concern):
        return _("This is for others to do.")
    if act not in possible(user, concern):
        return _("It is “%(status)s” already, so there is nothing to do.") % {"status": concern.get_status_display()}
    if act == Act.REFER and concern.status == Status.RECEIVED:
        return str(NotReadYet())  # to refer is to decide, and from a list nobody has read it
    return ""


def done(user, form, concern, versions) -> str:
    """Do it, all of one concern or nothing; why it was left alone, or nothing."""
    if why := forbidden(user, form.act, concern):
        return why
    try:
        with transaction.atomic():
            form.do(concern, by=user, version=versions[concern.reference] or concern.version)
            concern.add_note(form.cleaned_data["reason"], by=user)
    except Stale:
        return _("Somebody changed it since you looked. Read it first.")
    except Refused as refusal:
        return str(refusal)
    return ""


def shown(request, form, fates, *, gone, over=False, undo="", status=200):
    """The page before or after: what is done, what is left alone and why, and what was typed for what is left alone."""
    able, left = [fate.concern for fate in fates if not fate.why], [fate for fate in fates if fate.why]
    undone = form.is_bound and (not able or over and (left or gone))
    context = {
        **frame(request), "form": form, "over": over, "gone": gone, "able": able, "left": left,
        "typed": typed_into(form.fields, form.data) if undone else [], "undo": undo, "minutes": MINUTES,
    }  # fmt: skip
    return render(request, "casework/together.html", context, status=status)
