"""The forms that speak to the person who told us: a reply, a question, a pause of the clock."""

from datetime import datetime, time

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.stamp import LONDON
from feedback.access import Act
from feedback.lifecycle import Pause
from feedback.models import Concern, ConcernUpdate, StandardText

from .actform import ActForm, words
from .answer import PARTS, Answer


class ReplyForm(Answer, ActForm):
    act, title, button = Act.REPLY, _("Reply to the person"), _("Send this reply")
    kept = {"standard": ("category_id", "status")}
    more = (("look", _("See how it reads")), ("fill", _("Fill in the approved text")))
    folded, folded_title = ("how", "said_by", "day", "time"), _("I spoke with them instead")
    field_order = ("standard", *PARTS, "holding", "everyone", "how")

    do = forms.ChoiceField(
        choices=[(word, word) for word in ("send", "look", "fill")], required=False, widget=forms.HiddenInput
    )
    standard = forms.ModelChoiceField(
        StandardText.objects.none(), label=_("Begin with an approved text"), required=False, empty_label=_("None")
    )
    holding = forms.BooleanField(
        label=_("This is a holding reply"), required=False,
        help_text=_("It only says that we are on it. The person reads it, and the clock runs on."),
    )  # fmt: skip
    everyone = forms.BooleanField(required=False)
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

    def prepare(self):
        if self.user.public_name:
            self.initial.setdefault("who", str(self.user))
        fitting = StandardText.objects.fitting(self.concern)
        self.fields["standard"].queryset = fitting
        others = self.concern.waits_with(Concern.objects.visible_to(self.user)).count()
        label = ngettext("Send the same to %(n)d other person", "Send the same to %(n)d other people", others) % {
            "n": others
        }
        self.fields["everyone"].label = label
        self.fields["everyone"].help_text = _("They told us about the same problem and wait for an answer, too.")
        if not others:
            del self.fields["everyone"]
        if self.concern.answered_at or self.concern.due_at is None:
            del self.fields["holding"]

    def before_it_is_sent(self, advise):
        """As `Answer.before_it_is_sent`; whoever pressed another button sees how it reads, or the approved text."""
        if self.cleaned_data["do"] == "fill":
            return self.filled_in()
        if self.cleaned_data["do"] == "look":
            return self.again(advice=advise(self.composed()), read=self.mark())
        return super().before_it_is_sent(advise)

    def again(self, **more):
        """As `Answer.again`, and the next press sends it."""
        return super().again(do="send", **more)

    def filled_in(self):
        """This form with the chosen approved text before what was typed already."""
        chosen = self.cleaned_data.get("standard")
        typed = self.data.get("text", "").strip()
        start = chosen.filled_in(self.concern, by=self.user) if chosen else ""
        return self.again(text="\n\n".join(part for part in (start, typed) if part), standard="")

    def clean(self):
        given = super().clean()
        given["happened_at"] = None
        given["do"] = given.get("do") or "send"
        if given["do"] == "fill":
            self.errors.clear()
            return given
        spoken = given.get("how") != ConcernUpdate.How.WRITTEN
        if given["do"] == "send" and self._stops_the_clock(given):
            self.check(who=not spoken)
        if spoken:
            self._check_spoken(given)
        return {**given, "answer": self.composed()}

    def _check_spoken(self, given):
        """Who spoke with them, and when."""
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

    def _stops_the_clock(self, given) -> bool:
        """Whether somebody's clock stops by this: that of the person, or of the others who get the same."""
        waits = self.concern.due_at and not self.concern.answered_at
        return bool(waits and not given.get("holding") or given.get("everyone"))


class AskForm(ActForm):
    act, title, button = Act.ASK, _("Ask the person something"), _("Ask them")

    text = words(
        _("Your question"),
        _("One question, short. The clock waits for their answer, and the person sees that."),
        rows=3,
    )


class PauseForm(ActForm):
    act, title, button = Act.PAUSE, _("Let the clock wait"), _("Let it wait")

    why = forms.ChoiceField(
        label=_("Why?"), choices=[(one.value, one.label) for one in (Pause.WAIT, Pause.HARM)], widget=forms.RadioSelect,
        help_text=_("The person reads this, and the new time."),
    )  # fmt: skip
    until = forms.DateField(
        label=_("Until the end of which day?"),
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}, format="%Y-%m-%d"),
    )
    text = words(_("What the person reads"), rows=3)

    def clean_until(self):
        """The end of that day in London."""
        return datetime.combine(self.cleaned_data["until"], time(23, 59), tzinfo=LONDON)


class ResumeForm(ActForm):
    act, title, button = Act.RESUME, _("Let the clock go on"), _("Let it go on")
