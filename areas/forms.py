"""What the public fills in about places: which place a list is about, and a question for a meeting."""

from uuid import UUID, uuid4

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from .models import Area, Ward

QUESTION_LIMIT = 500
FORM_HOURS = 24  # how long a page may stand open before it has to be sent anew


class PlaceForm(forms.Form):
    """Narrows a list to an area, one of its wards, and one of `shows` (pairs of value and label; the first is usual).

    `divided`: the ward out of use that was asked for, where several share its place; the list is then its area's.
    """

    area = forms.ModelChoiceField(
        Area.objects.all(), to_field_name="slug", label=_("Area"), required=False, empty_label=_("All areas")
    )
    ward = forms.ModelChoiceField(
        Ward.objects.none(), to_field_name="code", label=_("Ward"), required=False, empty_label=_("All wards")
    )
    show = forms.ChoiceField(label=_("Show"), required=False)

    def __init__(self, asked, *, shows):
        given = {name: asked.get(name, "") for name in ("area", "ward", "show")}
        ward = Ward.objects.select_related("area").filter(code=given["ward"]).first() if given["ward"] else None
        self.divided = ward if ward and ward.divided else None
        if ward and ward.today != ward:
            ward = ward.today
            given["ward"] = ward.pk
        # Who chooses another area while a ward is still chosen means the area.
        if ward and given["area"] not in ("", ward.area.slug):
            given["ward"], ward, self.divided = "", None, None
        elif ward:
            given["area"] = ward.area.slug
        if self.divided:
            given["ward"], ward = "", None
        given["show"] = given["show"] or shows[0][0]
        super().__init__(given, auto_id="place-%s")
        self.fields["show"].choices = shows
        if given["area"]:
            self.fields["ward"].queryset = Ward.objects.filter(area__slug=given["area"]).select_related("area")
            self.fields["ward"].widget.choices = self._offered(ward)
        elif not given["ward"]:
            del self.fields["ward"]

    def _offered(self, ward):
        """The wards in use, and the chosen one where it is of the past."""
        wards = self.divided.choices() if self.divided else list(self.fields["ward"].queryset.active())
        wards += [ward] if ward and ward not in wards else []
        return [("", self.fields["ward"].empty_label), *((one.code, one.name) for one in wards)]


class Question(forms.CharField):
    """Text of up to QUESTION_LIMIT characters, a line end counting as one."""

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class QuestionForm(forms.Form):
    """A question before a meeting; nothing about who asks. The key makes a form count once, however often it is sent."""

    text = Question(
        label=_("Your question"),
        help_text=_("Please leave out names, phone numbers and addresses: the question may be shown here."),
        max_length=QUESTION_LIMIT,
        error_messages={
            "required": _("Write your question first."),
            "max_length": _("You have written %(show_value)d characters. Make it %(limit_value)d or fewer."),
        },
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto", "spellcheck": "true"}),
    )
    key = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args, meeting, **options):
        super().__init__(*args, **options)
        self.signer = signing.TimestampSigner(salt=f"meeting-question:{meeting.pk}")
        self.initial["key"] = self.signer.sign(str(uuid4()))

    def clean_key(self):
        """The UUID that our own signature vouches for."""
        try:
            return UUID(self.signer.unsign(self.cleaned_data["key"], max_age=FORM_HOURS * 3600))
        except signing.BadSignature:
            self.data = {**self.data.dict(), "key": self.initial["key"]}
            self.add_error("text", _("This page was open for a long time. We kept your words: please send them again."))
            return None
