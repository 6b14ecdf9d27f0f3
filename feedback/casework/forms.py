"""The forms of one concern: one for each act. Their names are those of `feedback.access.Act`."""

from datetime import datetime

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.stamp import LONDON
from areas.models import Area, Ward
from feedback.access import Act
from feedback.lifecycle import Outcome, SafetyDecision
from feedback.models import ConcernUpdate, Partner, Problem
from hubs.models import Department, Posting, Team

TEXT_LIMIT = 5000


def words(label, hint="", *, rows=5, required=True):
    """A text of up to TEXT_LIMIT characters."""
    box = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=hint, max_length=TEXT_LIMIT, widget=box, required=required)


class ActForm(forms.Form):
    """One act on a concern. `version` and `seen` say what the page showed when it was filled in."""

    act: Act
    title = ""  # of the folded part
    button = ""  # what the person does, as a verb

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data=None, *, concern, user, seen=0, initial=None):
        start = {"version": concern.version, "seen": seen, **(initial or {})}
        super().__init__(data, auto_id=f"{self.act}-%s", initial=start)
        self.concern, self.user = concern, user
        self.prepare()

    def prepare(self):
        """Narrow choices to what this concern allows."""


class AcknowledgeForm(ActForm):
    act, title, button = Act.ACKNOWLEDGE, _("Say that you have read it"), _("I have read it")


class TakeForm(ActForm):
    act, title, button = Act.TAKE, _("Take it yourself"), _("I take it")


def posted_in(area):
    """People who work in `area` today, by name."""
    posted = Posting.objects.current().filter(team__hub__area=area).values("person")
    return User.objects.filter(pk__in=posted, is_active=True)


class AssignForm(ActForm):
    act, title, button = Act.ASSIGN, _("Give it to somebody"), _("Give it to them")

    officer = forms.ModelChoiceField(User.objects.none(), label=_("Person"), required=False, empty_label=_("Nobody"))
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), required=False, empty_label=_("No team"))

    def prepare(self):
        others = posted_in(self.concern.area).exclude(pk=self.concern.about_person_id)
        self.fields["officer"].queryset = others
        self.fields["team"].queryset = Team.objects.of_area(self.concern.area)
        self.initial.update({"officer": self.concern.officer_id, "team": self.concern.team_id})


class ReplyForm(ActForm):
    act, title, button = Act.REPLY, _("Reply to the person"), _("Send this reply")

    text = words(
        _("Your reply"),
        _("Say what was done, by whom, what happens next and by when. Short sentences. The person reads every word."),
        rows=8,
    )
    how = forms.ChoiceField(
        label=_("How do you answer?"), choices=ConcernUpdate.How.choices, initial="written", widget=forms.RadioSelect
    )
    said_by = forms.CharField(
        label=_("Who spoke with them?"), help_text=_("Only by phone or in person. The person reads this name."),
        max_length=100, required=False,
    )  # fmt: skip
    day = forms.DateField(
        label=_("On which day?"), help_text=_("Only by phone or in person."), required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}, format="%Y-%m-%d"),
    )  # fmt: skip
    time = forms.TimeField(
        label=_("At what time?"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", "class": "govuk-input--width-10"}, format="%H:%M"),
    )

    def clean(self):
        given = super().clean()
        given["happened_at"] = None
        if given.get("how") == ConcernUpdate.How.WRITTEN:
            return given
        for name, sentence in {
            "said_by": _("Write who spoke with the person."),
            "day": _("Write the day on which you spoke."),
            "time": _("Write the time at which you spoke."),
        }.items():
            if not given.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        if not self.errors:
            given["happened_at"] = datetime.combine(given["day"], given["time"], tzinfo=LONDON)
            if given["happened_at"] > timezone.now():
                self.add_error("time", _("This time is still to come. Write when you spoke with the person."))
            elif given["happened_at"] < self.concern.received_at:
                self.add_error("day", _("This is before the concern came in. Check the day and the time."))
        return given


class NoteForm(ActForm):
    act, title, button = Act.NOTE, _("Add a note"), _("Keep this note")

    text = words(_("Note"), _("For colleagues only. The person never reads it, and the clock runs on."))


class ReferForm(ActForm):
    act, title, button = Act.REFER, _("Refer to a partner"), _("Refer it")

    partner = forms.ModelChoiceField(Partner.objects.none(), label=_("Partner"), empty_label=_("Choose one"))
    text = words(_("What the person reads"), _("Say who looks into it now, and how they can reach them."))

    def prepare(self):
        here = Partner.objects.filter(area=None) | Partner.objects.filter(area=self.concern.area)
        self.fields["partner"].queryset = here.order_by("name")


class ResolveForm(ActForm):
    act, title, button = Act.RESOLVE, _("Say how it ended"), _("Close this concern")

    outcome = forms.ChoiceField(label=_("How did it end?"), choices=Outcome.choices, widget=forms.RadioSelect)
    text = words(_("What the person reads"), _("Say what was done and what changed."), required=False)

    def prepare(self):
        if self.concern.due_at and not self.concern.answered_at:
            self.fields["text"].help_text = _("They had no reply yet: this is their reply. Say what was done.")


class ReopenForm(ActForm):
    act, title, button = Act.REOPEN, _("Work on it again"), _("Open it again")

    text = words(_("What the person reads"), _("Say why you look at it again, and what happens next."))


class CrimeForm(ActForm):
    act, title, button = Act.CRIME, _("It may be a crime"), _("Log the crime")

    crime_reference = forms.CharField(
        label=_("Crime number, if there is one"), max_length=40, required=False, widget=forms.TextInput
    )
    text = words(_("Note for colleagues"), _("What was disclosed, and to whom you passed it."), rows=3, required=False)

    def prepare(self):
        self.initial.update({"crime_reference": self.concern.crime_reference})


class ComplaintForm(ActForm):
    act, title, button = Act.COMPLAINT, _("It may be a complaint about the police"), _("Hand it to complaints")

    text = words(_("Note for colleagues"), _("The person is told of the complaints route."), rows=3, required=False)


class HandForm(ActForm):
    act, title, button = Act.HAND, _("Hand to a department"), _("Hand it to them")

    department = forms.ModelChoiceField(Department.objects.all(), label=_("Department"), empty_label=_("Choose one"))
    text = words(_("What they need to know"), rows=3)


class AboutForm(ActForm):
    act, title, button = Act.ABOUT, _("It is about one of us"), _("Hide it from them")

    about = forms.ModelChoiceField(
        User.objects.none(), label=_("About whom?"), empty_label=_("Choose one"),
        help_text=_("They see it no longer. If they lead the area, it goes to the force desk."),
    )  # fmt: skip

    def prepare(self):
        here = self.concern.area
        works_here = Q(pk__in=posted_in(here)) | Q(commands__area=here) | Q(command_covers__command__area=here)
        people = User.objects.filter(works_here if here else Q(), is_active=True).distinct()
        self.fields["about"].queryset = people.order_by("name")


class SafetyForm(ActForm):
    act, title, button = Act.SAFETY, _("Somebody may be at risk"), _("Put it into safety review")

    decision = forms.ChoiceField(
        label=_("What did you find?"), choices=SafetyDecision.choices, widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you found.")},
    )  # fmt: skip
    text = words(_("Why?"), _("For colleagues only. The force desk sees it, too."), rows=3)

    def prepare(self):
        if not self.concern.safety:
            del self.fields["decision"]
        else:
            self.title, self.button = _("Safety review"), _("End the safety review")


class DoubtForm(ActForm):
    act, title, button = Act.DOUBT, _("It may not be a real concern"), _("Say it")

    real = forms.ChoiceField(
        label=_("Is it a real concern?"), choices=[("no", _("No")), ("yes", _("Yes, take it seriously"))],
        widget=forms.RadioSelect, error_messages={"required": _("Choose yes or no.")},
    )  # fmt: skip
    text = words(_("Why?"), _("For colleagues only. It closes when two people have said no."), rows=3)


class ProblemForm(ActForm):
    act, title, button = Act.PROBLEM, _("Others told us about the same"), _("Link it")

    problem = forms.ModelChoiceField(
        Problem.objects.none(), label=_("Problem"), required=False, empty_label=_("None of these"),
        help_text=_("What several concerns have in common. If it is a priority, the person is told what is done about it."),
    )  # fmt: skip
    new = forms.CharField(
        label=_("Or a new one"), help_text=_("What and where, in a few words, without names of people."),
        max_length=120, required=False,
    )  # fmt: skip

    def prepare(self):
        here = Problem.objects.filter(area=self.concern.area_id, ended_on__isnull=True)
        self.fields["problem"].queryset = here | Problem.objects.filter(pk=self.concern.problem_id)
        self.initial.update({"problem": self.concern.problem_id})

    def clean(self):
        given = super().clean()
        if given.get("new") and given.get("problem") and given["problem"].pk != self.concern.problem_id:
            self.add_error("new", _("Choose a problem or write a new one, not both."))
        return given


class ProposeForm(ActForm):
    act, title, button = Act.PROPOSE, _("Ask to move it to another area"), _("Ask the commander")

    area = forms.ModelChoiceField(Area.objects.none(), label=_("Area"), empty_label=_("Choose one"))
    reason = words(_("Why does it belong there?"), rows=3)

    def prepare(self):
        self.fields["area"].queryset = Area.objects.exclude(pk=self.concern.area_id)


class MoveForm(ProposeForm):
    act, title, button = Act.MOVE, _("Move it to another area"), _("Move it")

    reason = words(
        _("Why does it belong there?"),
        _("It leaves your queue at once. Their commander reads this; the time for the reply stays the same."),
        rows=3,
    )


class WardChoice(forms.ModelChoiceField):
    """Wards of every area, told apart by it."""

    def label_from_instance(self, ward):
        return f"{ward.area}: {ward.name}"


class PlaceForm(ActForm):
    act, title, button = Act.PLACE, _("Choose the area"), _("Place it there")

    area = forms.ModelChoiceField(Area.objects.all(), label=_("Area"), empty_label=_("Choose one"))
    ward = WardChoice(
        Ward.objects.active().select_related("area").order_by("area__name", "name"),
        label=_("Ward, if you know it"), required=False, empty_label=_("Not known"),
    )  # fmt: skip
    reason = words(_("Note for colleagues"), rows=3, required=False)


class ContactForm(ActForm):
    act, title, button = Act.CONTACT, _("Contact details"), _("Open the contact details")

    reason = forms.CharField(
        label=_("Why do you open them?"), help_text=_("Your name, the time and this reason are kept."), max_length=300
    )


FORMS: dict[Act, type[ActForm]] = {
    form.act: form
    for form in (
        AcknowledgeForm, TakeForm, AssignForm, ReplyForm, NoteForm, ReferForm, ResolveForm, ReopenForm, CrimeForm,
        ComplaintForm, HandForm, AboutForm, SafetyForm, DoubtForm, ProblemForm, ProposeForm, MoveForm, PlaceForm, ContactForm,
    )
}  # fmt: skip
