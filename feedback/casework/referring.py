"""The form that passes a concern to a partner, and what it has in common with that of several at once."""

from datetime import datetime

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.stamp import LONDON
from feedback.access import Act
from feedback.lifecycle import AgreementNeeded, Consent, ConsentNeeded
from feedback.models import Partner

from .actform import ActForm, words

LINK, TOLD = "link", "told"


class PartnerChoice(forms.ModelChoiceField):
    """Partners, and which of them no link can be sent to: that is known before the facts are written, not after."""

    def label_from_instance(self, partner):
        return str(partner) if partner.email else f"{partner} (no e-mail address here)"


class Referring(forms.Form):
    """To whom, what the person reads, and how the partner hears of it: by a link to the facts, or told another way."""

    partner = PartnerChoice(Partner.objects.none(), label=_("Partner"), empty_label=_("Choose one"))
    text = words(_("What the person reads"), _("Say who looks into it now, and how they can reach them."), rows=3)
    way = forms.ChoiceField(
        label="How do they hear of it?", initial=LINK, required=False, widget=forms.RadioSelect,
        choices=[(LINK, "They get a link to what I write here"), (TOLD, "I told them another way")],
    )  # fmt: skip
    facts = words(
        _("What the partner reads"),
        _("What, where and when: only what they need, no name, no phone or e-mail. They get a link that answers once."),
        rows=4, required=False,
    )  # fmt: skip
    consent = forms.ChoiceField(
        label=_("Why may they read it?"), choices=Consent.choices, widget=forms.RadioSelect, required=False
    )
    agreed = forms.CharField(
        label="When and how did the person agree?", help_text="Only where they agreed. For colleagues.", max_length=300,
        required=False,
    )  # fmt: skip
    told = forms.CharField(
        label="How did you tell them, and whom?", help_text="Only where you told them another way. For colleagues.",
        max_length=300, required=False,
    )  # fmt: skip
    told_day = forms.DateField(
        label="On which day did you tell them?", required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}, format="%Y-%m-%d"),
    )  # fmt: skip
    told_time = forms.TimeField(
        label="At what time?", required=False,
        widget=forms.TimeInput(attrs={"type": "time", "class": "govuk-input--width-10"}, format="%H:%M"),
    )  # fmt: skip

    def clean(self):
        """Adds told_at (aware, or None); what belongs to the other way is left out."""
        given = super().clean()
        given["told_at"] = None
        if given.get("way") == TOLD:
            self._needed(
                told="Say how you told them, and whom.", told_day="Write the day.", told_time="Write the time."
            )
            if not self.errors:
                given["told_at"] = datetime.combine(given["told_day"], given["told_time"], tzinfo=LONDON)
                if given["told_at"] > timezone.now():
                    self.add_error("told_time", "This time is still to come. Write when you told them.")
            return {**given, "facts": "", "consent": "", "agreed": ""}
        self._needed(
            facts="Write what the partner reads, or choose that you told them another way.", consent=ConsentNeeded.words
        )
        if given.get("consent") == Consent.AGREED:
            self._needed(agreed=AgreementNeeded.words)
        return {**given, "told": ""}

    def _needed(self, **sentences):
        for name, sentence in sentences.items():
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, sentence)

    def how(self) -> dict:
        """All but partner and text, as `Concern.refer` takes them."""
        return {name: self.cleaned_data[name] for name in ("facts", "consent", "agreed", "told", "told_at")}


class ReferForm(Referring, ActForm):
    act, title, button = Act.REFER, _("Refer to a partner"), _("Refer it")
    kept = {"partner": ("area_id",)}
    folded, folded_title = ("told", "told_day", "told_time"), "I told them another way"

    def prepare(self):
        self.order_fields(["partner", "text", "way", "facts", "consent", "agreed", "told", "told_day", "told_time"])
        here = Partner.objects.filter(area=None) | Partner.objects.filter(area=self.concern.area)
        self.fields["partner"].queryset = here.order_by("name")
