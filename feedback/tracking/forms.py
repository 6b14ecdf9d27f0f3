"""The questions of the reporter's pages."""

import hashlib
from uuid import UUID, uuid4

from django import forms
from django.core import signing
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from areas.forms import FORM_HOURS
from feedback.intake import pointing
from feedback.intake.forms import TEXT_LIMIT, PhotosForm, Words
from feedback.models import FormatRequest, Rating


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

    def refuse(self, sentence: str = "") -> None:
        """Show `sentence` as the only thing that is wrong: by default, that nothing was found."""
        sentence = sentence or _(
            "We can't find that. Check the reference and the code, letter by letter, and try again."
        )
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


def words(label, hint="", *, required="", rows=4):
    """A text of up to TEXT_LIMIT characters; `required`: the sentence where it is missing."""
    return Words(
        label=label,
        help_text=hint,
        limit=TEXT_LIMIT,
        required=bool(required),
        error_messages={"required": required},
        widget=forms.Textarea(attrs={"rows": rows, "spellcheck": "true"}),
    )


def mark_of(concern) -> str:
    """By what the forms of a concern know it: nobody can tell which it is."""
    return salted_hmac("feedback.tracking.forms", str(concern.pk)).hexdigest()[:24]


class KeyedForm(forms.Form):
    """One act of the person who told us. The key makes a form count once, however often it is sent.

    It names the concern, in a way that says nothing: a browser has one concern open, and an older tab may still show another.
    """

    act = ""
    told_at: str | None = None  # the field at which it stands that the page was open for too long
    lands = "done"  # where on the page the answer stands

    key = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args, concern, **options):
        options.setdefault("auto_id", f"{self.act}-%s")
        super().__init__(*args, **options)
        self.concern = concern
        self.signer = signing.TimestampSigner(salt=f"track-{self.act}")
        self.initial["key"] = self.signer.sign(f"{uuid4()}.{mark_of(concern)}")

    @property
    def of_another(self) -> bool:
        """Whether this form was shown for another concern than the one that is open now."""
        try:
            return self.signer.unsign(self.data.get("key", "")).partition(".")[2] != mark_of(self.concern)
        except signing.BadSignature:  # of none that we know: it is taken for none
            return False

    def clean_key(self):
        """The UUID that our own signature vouches for, for this act of this concern."""
        try:
            key, _dot, mark = self.signer.unsign(self.cleaned_data["key"], max_age=FORM_HOURS * 3600).partition(".")
            if mark != mark_of(self.concern):
                raise signing.BadSignature
            return UUID(key)
        except signing.BadSignature:
            self.renew()
            told = _("This page was open for a long time. We kept what you wrote: please send it again.")
            self.add_error(self.told_at, told)
            return None

    def renew(self) -> None:
        """Put a fresh key into the form that is shown again."""
        self.data = {**self.data.dict(), "key": self.initial["key"]}


class MessageForm(KeyedForm):
    """A further message."""

    act, told_at = "message", "text"

    text = words(_("Write to us"), required=_("Write your message first."), rows=6)

    def __init__(self, *args, **options):
        super().__init__(*args, auto_id="id_%s", **options)


class RateForm(KeyedForm):
    """Did the first reply answer them? One click; words afterwards, if they like."""

    act = lands = "rate"

    answer = forms.ChoiceField(
        label=_("Did our reply answer you?"),
        choices=Rating.Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether our reply answered you.")},
    )
    text = words(_("Do you want to say more?"))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if rating := getattr(self.concern, "rating", None):
            self.initial |= {"answer": rating.answer, "text": rating.text}  # type: ignore[operator]


class CorrectForm(KeyedForm):
    """Other words, within the first day."""

    act, told_at = "correct", "text"

    text = words(_("What has been happening?"), required=_("Write what has been happening."), rows=8)
    # Of which words the form has shown what points to a person: others are shown first.
    pointed = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        # Whoever finds the page open must not read a sensitive matter in a form: there the words are written anew.
        self.initial["text"] = "" if self.concern.category.sensitive else self.concern.text
        self.findings: list = []

    def clean(self):
        given = super().clean()
        text = given.get("text", "")
        place = ", ".join(str(place) for place in (self.concern.ward, self.concern.area) if place)
        self.findings = pointing.findings(text, place)
        self.mark = hashlib.sha256(text.encode()).hexdigest()
        if self.findings and given.get("pointed") != self.mark:
            self.add_error("text", _("Your words may point to a person"))
        return {**given, "findings": self.findings, "choices": pointing.choices(self.findings, self.data)}

    @property
    def shown(self) -> list[dict]:
        """The findings as the page asks about them."""
        return pointing.rows(self.findings, self.data)


class WithdrawForm(KeyedForm):
    """They take it back."""

    act = "withdraw"

    text = words(_("Do you want to say why?"))


class AgainForm(KeyedForm):
    """It is still happening."""

    act = "again"

    text = words(_("What happens now, and when?"))


class RecourseForm(KeyedForm):
    """They turn to the commander's office."""

    act = "recourse"

    text = words(_("What went wrong, and what do you need now?"))

    @property
    def reason(self) -> str:
        """Why they may, a `Recourse.Reason`."""
        return self.concern.recourse_reason()


class FormatForm(KeyedForm):
    """Another format, or an interpreter."""

    act = "format"

    format = forms.ChoiceField(
        label=_("How do you want our answers?"),
        choices=FormatRequest.Format.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you need.")},
    )
    language = forms.CharField(label=_("Which language?"), max_length=60, required=False)
    text = words(_("How can we get it to you?"), _("Only what we need: for example, an address for a letter."), rows=3)

    def clean(self):
        given = super().clean()
        spoken = {FormatRequest.Format.LANGUAGE, FormatRequest.Format.INTERPRETER}
        if given.get("format") in spoken and not given.get("language"):
            self.add_error("language", _("Write the language."))
        return given


class LinksForm(KeyedForm):
    """They close the links that were mailed."""

    act = "links"


class ListForm(KeyedForm):
    """They put it on their list for an ASB case review."""

    act = "list"


class MorePhotosForm(KeyedForm, PhotosForm):
    """Further photos; the files themselves go another way, as in the journey."""

    act, told_at = "photos", "photos"


class LostForm(forms.Form):
    """The address to which a lost code is sent again."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        error_messages={"required": _("Write your e-mail address."), "invalid": _("Write a whole e-mail address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )
