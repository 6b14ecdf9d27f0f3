"""The forms of one concern: one for each act, named as in `feedback.access.Act`.

Those that say who has it: giving.py, referring.py; those that speak to the person: replying.py.
"""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas.models import Area, Ward
from feedback.access import Act
from feedback.lifecycle import WITHOUT_REPLY, Outcome, Repeat, SafetyDecision
from feedback.models import Category, Concern, FormatRequest, Problem
from hubs.models import Department

from .actform import ActForm, words
from .answer import PARTS, Answer
from .giving import AcknowledgeForm, AssignForm, TakeForm, posted_in, working_in
from .referring import ReferForm
from .replying import AskForm, PauseForm, ReplyForm, ResumeForm


class NoteForm(ActForm):
    act, title, button = Act.NOTE, _("Add a note"), _("Keep this note")

    kept = {"tell": ("area_id", "about_person_id")}

    text = words(_("Note"), _("For colleagues only. The person never reads it, and the clock runs on."))
    tell = forms.ModelChoiceField(
        User.objects.none(), label="Who should read it?", required=False, empty_label="Nobody in particular",
        help_text="They get a mail that there is a note for them. It does not say what is in it.",
    )  # fmt: skip

    def prepare(self):
        if self.concern.area_id is None or self.concern.desk_reason:
            del self.fields["tell"]
        else:
            here = working_in(self.concern.area).exclude(pk=self.concern.about_person_id)
            self.fields["tell"].queryset = here.order_by("name")


class ResolveForm(Answer, ActForm):
    act, title, button = Act.RESOLVE, _("Say how it ended"), _("Close this concern")
    field_order = ("outcome", *PARTS)

    outcome = forms.ChoiceField(label=_("How did it end?"), choices=Outcome.choices, widget=forms.RadioSelect)

    def prepare(self):
        self.waits = bool(self.concern.due_at and not self.concern.answered_at)
        self.fields["text"].required = False
        if self.user.public_name:
            self.initial.setdefault("who", str(self.user))
        if self.waits:
            self.fields["text"].help_text = _("They had no reply yet: this is their reply. Say what was done.")

    def before_it_is_sent(self, advise):
        """As `Answer.before_it_is_sent`, where its words are the reply for which the person waits."""
        is_reply = self.waits and self.cleaned_data["outcome"] not in WITHOUT_REPLY
        return super().before_it_is_sent(advise) if is_reply else None

    def clean(self):
        """What was done and what follows; only what the person took back themselves ends without a word."""
        given = super().clean()
        if given.get("outcome") not in WITHOUT_REPLY:
            if not given.get("text") and "text" not in self.errors:
                self.add_error("text", "Say in a sentence what was done.")
            self.check(who=self.waits)
        return {**given, "answer": self.composed()}


class ReopenForm(ActForm):
    act, title, button = Act.REOPEN, _("Work on it again"), _("Open it again")

    text = words(_("What the person reads"), _("Say why you look at it again, and what happens next."))


class RecourseForm(ActForm):
    act, title, button = Act.RECOURSE, _("Answer for the commander's office"), _("Send this answer")

    text = words(
        _("The answer of the commander's office"),
        _(
            "Say what went wrong, what you have decided, and what happens next and by when. The person reads every word."
        ),
        rows=8,
    )


class FormatForm(ActForm):
    act, title, button = Act.FORMAT, _("Another format or an interpreter"), _("Say that it is there")

    asked = forms.ModelChoiceField(
        FormatRequest.objects.none(), label=_("What did they ask for?"), empty_label=_("Choose one")
    )
    text = words(_("Where do they find it?"), _("The person reads this."), rows=3)

    def prepare(self):
        self.fields["asked"].queryset = self.concern.format_requests.open()


class CrimeForm(ActForm):
    act, title, button = Act.CRIME, _("It may be a crime"), _("Log the crime")

    crime_reference = forms.CharField(
        label=_("Crime number, if there is one"), max_length=40, required=False, widget=forms.TextInput
    )
    text = words(_("Note for colleagues"), _("What was disclosed, and to whom you passed it."), rows=3, required=False)

    def prepare(self):
        self.initial.update({"crime_reference": self.concern.crime_reference})


class SheetForm(ActForm):
    act, title, button = Act.SHEET, _("Hand over the crime"), _("Open the sheet")

    shape = forms.ChoiceField(
        label=_("How do you want it?"), initial="page", widget=forms.RadioSelect,
        choices=[("page", _("A page to print")), ("csv", _("A file for another system (CSV)"))],
        help_text=_("The facts for whoever records the crime, without contact details. It is kept that you opened it."),
    )  # fmt: skip


class SplitForm(ActForm):
    act, title, button = Act.SPLIT, _("It is really two matters"), _("Make it two")
    kept = {"category": ()}

    text = words(
        _("The words about the second matter"),
        _(
            "Leave only these, as the person wrote them. The first concern keeps all words. The person gets a second reference."
        ),
    )
    category = forms.ModelChoiceField(
        Category.objects.none(), label=_("What is the second about?"), empty_label=_("Choose one")
    )

    def prepare(self):
        self.fields["category"].queryset = Category.objects.filter(in_use=True)
        self.initial.setdefault("text", self.concern.text)


class ComplaintForm(ActForm):
    act, title, button = Act.COMPLAINT, _("It may be a complaint about the police"), _("Hand it to complaints")

    text = words(_("Note for colleagues"), _("The person is told of the complaints route."), rows=3, required=False)


class HandForm(ActForm):
    act, title, button = Act.HAND, _("Hand to a department"), _("Hand it to them")
    kept = {"department": ()}

    department = forms.ModelChoiceField(Department.objects.all(), label=_("Department"), empty_label=_("Choose one"))
    text = words(_("What they need to know"), rows=3)


class AboutForm(ActForm):
    act, title, button = Act.ABOUT, _("It is about one of us"), _("Hide it from them")
    kept = {"about": ("area_id",)}

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


class RepeatForm(ActForm):
    act, title, button = Act.REPEAT, "Is the person a repeat victim?", "Keep this decision"

    repeat = forms.ChoiceField(
        label="Is the person a repeat victim?", widget=forms.RadioSelect,
        choices=[(Repeat.YES, "Yes, a repeat victim"), (Repeat.NO, "No")],
    )  # fmt: skip
    text = words(
        "Why?", "For colleagues only. After a yes, what the person tells this area later carries it, too.", rows=3
    )

    @property
    def told(self):
        """What else the same person told the area, as far as this colleague may see it."""
        here = Concern.objects.visible_to(self.user).in_hands_of(self.concern.area_id)
        return self.concern.contact.others_of(here) if hasattr(self.concern, "contact") else []


class ProblemForm(ActForm):
    act, title, button = Act.PROBLEM, _("Others told us about the same"), _("Link it")

    problem = forms.ModelChoiceField(
        Problem.objects.none(), label=_("Problem"), required=False, empty_label=_("None of these"),
        help_text="What several concerns have in common. The person is told at once if others are part of it, and, if it is a "
        "priority, what is done about it.",
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
    kept = {"area": ("area_id",)}

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
        AcknowledgeForm, TakeForm, AssignForm, ReplyForm, AskForm, PauseForm, ResumeForm, NoteForm, ReferForm, ResolveForm,
        ReopenForm, SplitForm, CrimeForm, SheetForm, RecourseForm, FormatForm,
        ComplaintForm, HandForm, AboutForm, SafetyForm, DoubtForm, RepeatForm, ProblemForm, ProposeForm, MoveForm, PlaceForm,
        ContactForm,
    )
}  # fmt: skip
