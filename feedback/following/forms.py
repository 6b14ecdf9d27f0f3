"""What somebody fills in to follow a place or topic: an address and how often, nothing else."""

from django import forms
from django.utils.translation import gettext_lazy as _

from feedback.models import Subscription


class FollowForm(forms.Form):
    """An e-mail address, and how often news may come."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("We send one mail to it first, and nothing more until you say yes there."),
        max_length=254,
        error_messages={
            "required": _("Write your e-mail address."),
            "invalid": _("Write an e-mail address like name@example.org."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )
    pace = forms.ChoiceField(
        label=_("How often?"),
        choices=Subscription.Pace.choices,
        initial=Subscription.Pace.WEEKLY,
        error_messages={"required": _("Choose how often."), "invalid_choice": _("Choose how often.")},
        widget=forms.RadioSelect,
    )
