"""The questions of the journey, one form each. Nothing typed is cut: what is too long is shown again with a reason."""

import re
import unicodedata

from django import forms
from django.core.validators import EmailValidator, MaxLengthValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from areas.models import Area
from feedback.models import Category, Concern, Signpost

TEXT_LIMIT = 5000
TYPED = {"postcode", "place", "times", "text", "name", "email", "phone"}  # fields in which people write

# Sort -> the signpost that answers it. Those without one lead to the list of signposts, or into the journey.
SIGNPOSTED = {"now": "emergency", "crime": "report-crime", "council": "council", "treated": "complaint"}
SORTS = [
    ("now", _("Someone is in danger, or a crime is happening now"), ""),
    ("crime", _("A crime that has happened"), _("To you or to someone else")),
    ("harm", _("Someone is being hurt, scared or controlled"), _("At home, in a family, or because of who they are")),
    ("council", _("Noise, rubbish, parking or street lights"), _("Your council deals with these")),
    ("treated", _("How the police treated me or someone else"), ""),
    ("other", _("A missing person, fraud, a road crash, the railway or something else"), ""),
    ("concern", _("A local concern"), _("Trouble or worry that goes on where you live, work or spend time")),
    ("idea", _("An idea for my area"), ""),
    ("thanks", _("Thanks to somebody"), ""),
]
UNSURE = "unsure"


# Categories Cc and Cs of Unicode, but for line end and tab.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def plain_text(text: str) -> str:
    """`text` in NFC with plain line ends and without the control characters that come along with pasted text.

    Empty where nobody could see anything: marks of format alone, such as a zero-width space, are no words.
    """
    text = re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text)
    text = unicodedata.normalize("NFC", CONTROLS.sub("", text)).strip()
    return text if any(unicodedata.category(ch) != "Cf" and not ch.isspace() for ch in text) else ""


class Words(forms.CharField):
    """Text of up to `limit` code points. The limit is told and never cuts, so it is no maxlength of the control."""

    def __init__(self, *, limit, **options):
        super().__init__(**options)
        told = _(
            "You have written %(show_value)d characters. Make it %(limit_value)d or fewer. We kept all of it below."
        )
        self.validators.append(MaxLengthValidator(limit, message=told))

    def to_python(self, value):
        return plain_text(super().to_python(value))

    def widget_attrs(self, widget):
        # Each language in its own direction, while it is typed, too.
        return super().widget_attrs(widget) | {"dir": "auto"}


class Choice(forms.ChoiceField):
    """One answer of some, each with an optional hint."""

    widget = forms.RadioSelect

    def offer(self, choices):
        """Offer `choices`: (value, label, hint)."""
        self.choices = [(value, label) for value, label, _hint in choices]
        self.hints = {str(value): hint for value, _label, hint in choices if hint}


class SortForm(forms.Form):
    sort = Choice(
        label=_("What do you want to tell us?"),
        error_messages={
            "required": _("Choose what you want to tell us"),
            "invalid_choice": _("Choose one of the list"),
        },
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        known = set(Signpost.objects.values_list("code", flat=True))
        self.fields["sort"].offer([row for row in SORTS if SIGNPOSTED.get(row[0]) in known | {None}])


class WhatForm(forms.Form):
    category = Choice(
        label=_("What is it about?"),
        error_messages={"required": _("Choose what it is about"), "invalid_choice": _("Choose one of the list")},
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        categories = Category.objects.filter(in_use=True)
        rows = [(row.code, gettext(row.name), row.hint and gettext(row.hint)) for row in categories]
        self.fields["category"].offer(rows)


class WhereForm(forms.Form):
    postcode = Words(
        limit=20,
        label=_("What is the postcode of the place?"),
        widget=forms.TextInput(
            attrs={"autocomplete": "postal-code", "spellcheck": "false", "autocapitalize": "characters"}
        ),
        error_messages={"required": _("Write a postcode, or choose “I do not know the postcode”")},
    )


class AreaForm(forms.Form):
    area = Choice(error_messages={"required": _("Choose an area"), "invalid_choice": _("Choose one of the list")})

    def __init__(self, *args, areas, **options):
        super().__init__(*args, **options)
        unsure = (UNSURE, _("I don't know, or it is none of these"), _("Our desk will find out who can help"))
        self.fields["area"].label = _("Which area is it in?")
        self.fields["area"].offer([(area.slug, area.name, "") for area in areas] + [unsure])


class WardForm(forms.Form):
    ward = forms.ChoiceField(
        label=_("Which ward is it in?"),
        required=False,
        help_text=_("A ward is a part of a council area. Leave this as it is if you are not sure."),
        error_messages={"invalid_choice": _("Choose one of the list")},
    )

    def __init__(self, *args, area: Area, old_ward="", **options):
        """`old_ward`: the code of the ward out of use that was asked for; what took its place is offered first."""
        super().__init__(*args, **options)
        old = old_ward and area.wards.filter(pk=old_ward).select_related("successor").first()
        wards = [(ward.code, ward.name) for ward in (old.choices() if old else area.wards.active())]
        self.fields["ward"].choices = [("", _("I am not sure")), *wards]


class SpotForm(forms.Form):
    place = Words(
        limit=300,
        required=False,
        label=_("Where exactly?"),
        help_text=_("A street, a shop, a park: what helps us find it."),
    )
    times = Words(
        limit=200,
        required=False,
        label=_("On which days, and at what times?"),
        help_text=_("Such as “Friday evenings after 9”."),
    )


class DetailsForm(forms.Form):
    text = Words(
        limit=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 10}),
        error_messages={"required": _("Write in your own words what you want to tell us")},
    )

    LABELS = {
        Concern.Kind.CONCERN: _("What has been happening?"),
        Concern.Kind.IDEA: _("What is your idea?"),
        Concern.Kind.THANKS: _("Whom do you want to thank, and for what?"),
    }

    def __init__(self, *args, kind, **options):
        super().__init__(*args, **options)
        self.fields["text"].label = self.LABELS.get(kind, self.LABELS[Concern.Kind.CONCERN])


class Photos(forms.FileInput):
    allow_multiple_selected = True


class PhotosForm(forms.Form):
    """The files themselves go another way (`feedback.photos.take`): here is what is asked and what is shown again."""

    photos = forms.Field(
        label=_("Add photos"),
        required=False,
        help_text=_("Up to three, each of up to 8 MB: JPEG, PNG or WebP."),
        widget=Photos(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    def refuse(self, refused):
        """Say which photos were not taken (dicts label, why)."""
        for one in refused:
            self.add_error("photos", f"{one['label']}: {one['why']}")


class ContactForm(forms.Form):
    reach = Choice(
        label=_("Do you want to give your name or contact details?"),
        error_messages={
            "required": _("Choose whether you want to give your name or contact details"),
            "invalid_choice": _("Choose one of the list"),
        },
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        anonymous = _("You get a code on the next page. With it you can read our reply and write to us.")
        self.fields["reach"].offer(
            [
                ("no", _("No, I want to stay anonymous"), anonymous),
                ("yes", _("Yes"), _("Then we can write to you or call you about it.")),
            ]
        )


class ReachForm(forms.Form):
    name = Words(
        limit=100,
        required=False,
        label=_("Your name"),
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
    )
    email = Words(
        limit=254,
        required=False,
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )
    phone = Words(
        limit=40,
        required=False,
        label=_("Phone number"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    safe = Choice(
        required=False,
        label=_("Is it safe for us to contact you?"),
        help_text=_("Choose “No” if somebody else could see your mail or your phone and you would not want that."),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["safe"].offer(
            [
                ("yes", _("Yes, you can write to me or call me"), ""),
                (
                    "no",
                    _("No, do not write or call"),
                    _("Your reply waits for you on this site. You get a code for it."),
                ),
            ]
        )

    def clean_email(self):
        email = self.cleaned_data["email"]
        if email:
            EmailValidator(message=_("Write the e-mail address like name@example.com"))(email)
        return email

    def clean_phone(self):
        phone = self.cleaned_data["phone"]
        if phone and not (re.fullmatch(r"[\d\s()+.x/-]+", phone) and len(re.findall(r"\d", phone)) >= 5):
            raise forms.ValidationError(_("Write the phone number in figures, like 01632 960 001"))
        return phone

    def clean(self):
        answers = super().clean()
        if self.errors:
            return answers
        if not any(answers[name] for name in ("name", "email", "phone")):
            self.add_error("name", _("Write your name, e-mail address or phone number, or go back and stay anonymous"))
        elif (answers["email"] or answers["phone"]) and not answers["safe"]:
            self.add_error("safe", _("Choose whether it is safe for us to contact you"))
        return answers


class SendForm(forms.Form):
    """Nothing to fill in: the last form carries its keys alone."""
