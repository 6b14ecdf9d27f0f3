"""The forms that speak to the person who told us: a reply, a question, a pause of the clock."""

from datetime import datetime, time
from itertools import groupby

from django import forms
from django.conf import settings
from django.forms.models import ModelChoiceIterator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, override

from accounts.stamp import LONDON
from feedback import languages, standing
from feedback.access import Act
from feedback.lifecycle import Pause
from feedback.models import Concern, ConcernUpdate, FormatRequest, StandardText

from .actform import ActForm, words
from .answer import PARTS, Answer


class ByLanguage(ModelChoiceIterator):
    """The approved texts, those of one language under its name; they come in the order of the languages."""

    def __iter__(self):
        yield "", self.field.empty_label
        for language, texts in groupby(self.queryset, key=lambda text: text.language):
            yield languages.name(language), [(text.pk, text.title) for text in texts]


class ApprovedText(forms.ModelChoiceField):
    iterator = ByLanguage


class ReplyForm(Answer, ActForm):
    act, title, button = Act.REPLY, _("Reply to the person"), _("Send this reply")
    kept = {"standard": ("category_id", "status", "reads")}
    more = (("look", _("See how it reads")), ("fill", _("Fill in the approved text")))
    folded, folded_title = ("how", "said_by", "day", "time"), _("I spoke with them instead")
    field_order = ("standard", *PARTS, "holding", "everyone", "how")

    do = forms.ChoiceField(
        choices=[(word, word) for word in ("send", "look", "fill")], required=False, widget=forms.HiddenInput
    )
    standard = ApprovedText(
        StandardText.objects.none(), label=_("Begin with an approved text"), required=False, empty_label=_("None")
    )
    filled = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)  # the approved text it began with
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
        self.fields["standard"].queryset = StandardText.objects.fitting(self.concern)
        self.began = self._began()
        if self.began:
            self.fields["text"].widget.attrs |= self.written
        others = self.concern.waits_with(self.others()).count()
        label = ngettext("Send the same to %(n)d other person", "Send the same to %(n)d other people", others) % {
            "n": others
        }
        same = _("They told us about the same problem and wait for an answer, too.")
        read = f" Only those who read {self.began.get_language_display()} get it." if self.is_foreign else ""
        self.fields["everyone"].label, self.fields["everyone"].help_text = label, f"{same}{read}"
        if not others:
            del self.fields["everyone"]
        if self.concern.answered_at or self.concern.due_at is None:
            del self.fields["holding"]

    def _began(self):
        """The approved text that this reply began with, or None."""
        key = str(self.data.get("filled", "")) if self.is_bound else ""
        return StandardText.objects.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 10 else None

    @property
    def is_foreign(self) -> bool:
        """Whether it began with an approved text that is not English."""
        return self.began is not None and not self.began.is_english

    @property
    def written(self) -> dict:
        """`lang` and `dir` of this reply, as the person reads it; without an approved text its own words decide."""
        return languages.written(self.began.language) if self.began else {"dir": "auto"}

    @property
    def spoken(self) -> dict:
        """The language in which the person reads, where that is not English: its `name`, and whether a `text` is in it."""
        if self.concern.reads == settings.LANGUAGE_CODE:
            return {}
        name = languages.name(self.concern.reads)
        return {"name": name, "text": name in [heading for heading, _texts in self.fields["standard"].choices]}

    @property
    def in_english(self) -> dict:
        """For a reply in another `language`: the `text` that it began with in English, "" where there is none."""
        if not self.is_foreign:
            return {}
        twin = self.began.in_english
        return {
            "language": self.began.get_language_display(),
            "text": twin.filled_in(self.concern, by=self.user) if twin else "",
        }

    def others(self):
        """The concerns whose people may get the same: all that this person sees, or those who read its language.

        Whoever asked for another language than that of their page gets an answer of their own.
        """
        seen = Concern.objects.visible_to(self.user)
        if not self.is_foreign:
            return seen
        return seen.filter(language=self.began.language).exclude(format_requests__format=FormatRequest.Format.LANGUAGE)

    def advised(self, advise):
        """As `Answer.advised`; what is easy to read in another language, nothing here can tell."""
        return [] if self.is_foreign else super().advised(advise)

    def before_it_is_sent(self, advise):
        """As `Answer.before_it_is_sent`; whoever pressed another button sees how it reads, or the approved text."""
        if self.cleaned_data["do"] == "fill":
            return self.filled_in()
        if self.cleaned_data["do"] == "look":
            return self.again(advice=self.advised(advise), read=self.mark())
        return super().before_it_is_sent(advise)

    def again(self, **more):
        """As `Answer.again`, and the next press sends it; it is shown as the person's page says it, in their language."""
        form = super().again(do="send", **more)
        with override(languages.or_english(self.concern.language)):
            form.preview = standing.spoken(form.preview, own=False)
        return form

    def filled_in(self):
        """This form with the chosen approved text before what was typed already."""
        chosen = self.cleaned_data.get("standard")
        typed = self.data.get("text", "").strip()
        start = chosen.filled_in(self.concern, by=self.user) if chosen else ""
        text = "\n\n".join(part for part in (start, typed) if part)
        # Beside another language an English one is read by the way.
        began = self.began if chosen and chosen.is_english and self.is_foreign and typed else chosen
        return self.again(text=text, standard="", filled=began.pk if began else "")

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
        return {**given, "answer": self.composed(), "others": self.others()}

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
