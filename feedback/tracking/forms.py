"""The questions of the reporter's pages."""

from uuid import UUID, uuid4

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from feedback.intake.forms import TEXT_LIMIT, Words

FORM_HOURS = 24  # how long a page may stand open before it has to be sent anew


class OpenForm(forms.Form):
    """Reference and code. It says the same of everything that does not open a page, whatever was wrong with it."""

    reference = forms.CharField(
        label=_("Your reference"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    code = forms.CharField(
        label=_("Your code"),
        help_text=_("16 letters and numbers from the page you saw after you told us, or 20 from our e-mail."),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    # What somebody wrote on a page that had closed meanwhile.
    text = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def typed(self) -> tuple[str, str]:
        """Reference and code as typed; empty where they can't be one, so that the search goes on all the same."""
        self.full_clean()
        return self.cleaned_data.get("reference", ""), self.cleaned_data.get("code", "")

    def refuse(self, sentence: str) -> None:
        """Show `sentence` as the only thing that is wrong."""
        self.errors.clear()
        self.add_error("code", sentence)


class PlaceForm(forms.Form):
    """Whoever follows a mailed link says first where the concern was."""

    place = forms.CharField(
        label=_("Which postcode, ward or area did you give us?"),
        help_text=_("Write it as you gave it. We ask so that somebody who only sees our e-mail can read no further."),
        error_messages={"required": _("Write the postcode, ward or area.")},
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class MessageForm(forms.Form):
    """A further message. The key makes a form count once, however often it is sent."""

    text = Words(
        label=_("Write to us"),
        limit=TEXT_LIMIT,
        error_messages={"required": _("Write your message first.")},
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto", "spellcheck": "true"}),
    )
    key = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args, concern, **options):
        super().__init__(*args, **options)
        self.signer = signing.TimestampSigner(salt=f"track-message:{concern.pk}")
        self.initial["key"] = self.signer.sign(str(uuid4()))

    def clean_key(self):
        """The UUID that our own signature vouches for."""
        try:
            return UUID(self.signer.unsign(self.cleaned_data["key"], max_age=FORM_HOURS * 3600))
        except signing.BadSignature:
            self.renew()
            self.add_error("text", _("This page was open for a long time. We kept your words: please send them again."))
            return None

    def renew(self) -> None:
        """Put a fresh key into the form that is shown again."""
        self.data = {**self.data.dict(), "key": self.initial["key"]}
