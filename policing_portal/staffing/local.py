"""The forms with which a commander opens and closes what the area promised."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.stamp import today_in_london
from accounts.versions import VersionedForm
from areas.models import Meeting, Priority, Ward

from .forms import Day, Reasoned


class Moment(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self):
        super().__init__(format="%Y-%m-%dT%H:%M")


class OfAreas(Reasoned, forms.ModelForm):
    """A row of one of the areas that this person commands."""

    def __init__(self, *args, areas, **options):
        super().__init__(*args, **options)
        self.fields["area"].queryset = self.fields["area"].queryset.filter(pk__in=[area.pk for area in areas])
        self.fields["area"].initial, self.fields["area"].empty_label = areas[0], None
        if len(areas) == 1:
            self.fields["area"].widget = forms.HiddenInput()
        wards = Ward.objects.active().filter(area__in=areas).order_by("name")
        for name in {"ward", "wards"} & set(self.fields):
            self.fields[name].queryset = wards


class PriorityForm(OfAreas):
    class Meta:
        model = Priority
        fields = ["area", "ward", "title", "you_said", "since", "published"]
        widgets = {"since": Day, "you_said": forms.Textarea(attrs={"rows": 4})}


class EndPriorityForm(Reasoned, VersionedForm):
    """How a priority ended; it carries the version of the priority."""

    alone = True

    class Meta:
        model = Priority
        fields = ["outcome", "ended_on"]
        widgets = {"ended_on": Day, "outcome": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for name, words in (("outcome", _("How did it end?")), ("ended_on", _("On which day?"))):
            self.fields[name].required, self.fields[name].label = True, words
        self.initial["ended_on"] = today_in_london()


class MeetingForm(OfAreas):
    class Meta:
        model = Meeting
        fields = ["area", "kind", "starts", "ends", "place", "address", "accessibility", "about", "wards"]
        widgets = {
            "starts": Moment, "ends": Moment, "wards": forms.CheckboxSelectMultiple,
            "accessibility": forms.Textarea(attrs={"rows": 2}), "about": forms.Textarea(attrs={"rows": 3}),
        }  # fmt: skip
