"""The forms that say who has read a concern, and who has it."""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas.models import Command, CommandCover
from feedback.access import Act, gives_within, reach_of
from feedback.lifecycle import Decision, Status
from hubs.models import Posting, Team

from .actform import ActForm, words
from .suggestion import suggestions


class AcknowledgeForm(ActForm):
    act, title, button = Act.ACKNOWLEDGE, _("Say that you have read it"), _("I have read it")

    decision = forms.ChoiceField(
        label=_("What is it?"), choices=Decision.choices, initial=Decision.CONCERN, widget=forms.RadioSelect,
        help_text=_("Your answer is carried out at once. The person's clock runs on."),
    )  # fmt: skip
    text = words(_("Note for colleagues"), rows=2, required=False)


class DecidingForm(ActForm):
    """An act beside which whoever has read the concern can say so, and what it is."""

    decided = forms.BooleanField(
        label="I have read it: it is a concern for us to look into", required=False,
        help_text="Otherwise the hours for reading it run on. A crime, a complaint or a risk has a form of its own.",
    )  # fmt: skip

    def prepare(self):
        if self.concern.status != Status.RECEIVED:
            del self.fields["decided"]
        else:
            self.order_fields([*(name for name in self.fields if name != "decided"), "decided"])

    def clean(self):
        given = super().clean()
        given["decision"] = Decision.CONCERN if given.get("decided") else ""
        return given


class TakeForm(DecidingForm):
    act, title, button = Act.TAKE, _("Take it yourself"), _("I take it")


def posted_in(area):
    """People who work in `area` today, by name."""
    posted = Posting.objects.current().filter(team__hub__area=area).values("person")
    return User.objects.filter(pk__in=posted, is_active=True)


def working_in(area):
    """Those, and who commands it, or covers for who does, today."""
    commands = Command.objects.current().filter(area=area)
    covers = CommandCover.objects.current().filter(command__in=commands)
    leads = Q(pk__in=commands.values("person")) | Q(pk__in=covers.values("person"))
    return User.objects.filter(leads | Q(pk__in=posted_in(area).values("pk")), is_active=True)


class AssignForm(DecidingForm):
    act, title, button = Act.ASSIGN, _("Give it to somebody"), _("Give it to them")
    kept = {"officer": ("area_id", "about_person_id"), "team": ("area_id",)}

    officer = forms.ModelChoiceField(User.objects.none(), label=_("Person"), required=False, empty_label=_("Nobody"))
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), required=False, empty_label=_("No team"))

    def prepare(self):
        super().prepare()
        others = posted_in(self.concern.area).exclude(pk=self.concern.about_person_id)
        teams, within = Team.objects.of_area(self.concern.area), gives_within(self.user, self.concern.area_id)
        if within is not None:
            self.kept = {}  # each sergeant has other choices
            teams, others = teams.filter(pk__in=within), others.filter(pk__in=reach_of(self.user).members)
        self.fields["officer"].queryset, self.fields["team"].queryset = others, teams
        self.initial.update({"officer": self.concern.officer_id, "team": self.concern.team_id})
        self.suggested = suggestions(self.user, self.concern, within)
        if self.suggested and not self.concern.owner_label:
            first = self.suggested[0].posting
            self.initial.update({"officer": first.person_id, "team": first.team_id})
