"""What an answer that stops the clock has to say: what was done, by whom, what happens next and by when."""

import zlib

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.stamp import refuse_far, today_in_london
from feedback import readability, standing
from feedback.lifecycle import HoldingOnly

from .actform import words

LEAST = 3  # words
PARTS = ("text", "who", "next", "when", "last")


def day_in_words(day) -> str:
    """ "Friday 4 December", with the year where it is another than this one."""
    return date_format(day, "l j E" if day.year == today_in_london().year else "l j E Y")


class Answer(forms.Form):
    """The parts of an answer. Which of them are needed says whoever takes the form: `check`."""

    text = words(_("What was done?"), _("Short sentences. The person reads every word."), rows=7)
    who = forms.CharField(
        label=_("By whom?"), help_text=_("As the person may read it."), max_length=150, required=False
    )
    next = forms.CharField(label=_("What happens next?"), max_length=300, required=False)
    when = forms.DateField(
        label=_("By when?"), required=False, validators=[refuse_far],
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}, format="%Y-%m-%d"),
    )  # fmt: skip
    last = forms.BooleanField(
        label="Nothing more happens", required=False,
        help_text="Instead of what happens next, and by when. The person reads it.",
    )  # fmt: skip

    read = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)  # the words that were advised on

    @property
    def written(self) -> dict[str, str]:
        """The attributes of its words where they are shown: their own direction."""
        return {"dir": "auto"}

    def mark(self) -> str:
        """What these words are known by, so that advice on them is given once."""
        return str(zlib.crc32(self.composed().encode()))

    def before_it_is_sent(self, advise):
        """As `ActForm.before_it_is_sent`: hard words are shown first, once, and never refused."""
        if self.cleaned_data["read"] == self.mark():
            return None
        advice = self.advised(advise)
        return self.again(advice=advice, read=self.mark()) if advice else None

    def advised(self, advise) -> list[str]:
        """What would make it easier to read, a sentence each, as `advise` says."""
        return advise(self.composed())

    def again(self, *, advice=(), **changed):
        """This form as it is shown again, with what was typed; `advice`: sentences above it."""
        form = type(self)({**self.data.dict(), **changed}, **self.made_of())
        form.is_valid()
        form.errors.clear()  # it is looked at, not sent
        form.advice, form.preview = advice, form.composed()
        return form

    def composed(self) -> str:
        """What the person will read: what was done, by whom, what next, by when."""
        given = self.cleaned_data
        when = day_in_words(given["when"]) if given.get("when") else ""
        parts = [
            (given.get("who"), standing.WHO),
            (given.get("next"), standing.NEXT),
            (when, standing.WHEN),
            (standing.NOTHING_MORE if given.get("last") and not given.get("next") else "", standing.NEXT),
        ]
        said = [sentence % {"words": words} for words, sentence in parts if words]
        return "\n\n".join(part for part in (given.get("text", "").strip(), "\n".join(said)) if part)

    def check(self, *, who: bool) -> None:
        """Say what is missing in an answer that stops the clock; `who`: whether this form is asked by whom."""
        given = self.cleaned_data
        said = given.get("text", "")
        if said and len(said.split()) < LEAST:
            self.add_error("text", "Say in a sentence what was done.")
        elif readability.only_holds(said):
            self.add_error("text", HoldingOnly.words)
        if who and not given.get("who") and "who" not in self.errors:
            self.add_error("who", "Write who did it, as the person may read it.")
        self.check_next()

    def check_next(self) -> None:
        """Say what is missing of what happens next and by when; that nothing more happens is an answer, too."""
        given = self.cleaned_data
        if given.get("last"):
            if given.get("next") or given.get("when"):
                self.add_error("last", "Write what happens next, or say that nothing more happens, not both.")
            return
        for name, sentence in {
            "next": "Write what happens next, or say that nothing more happens.",
            "when": "Write by when.",
        }.items():
            if not given.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        if given.get("when") and given["when"] < today_in_london():
            self.add_error("when", "This day is over. Write one that is still to come.")
