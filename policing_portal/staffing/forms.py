"""The forms with which people and teams are moved and covered for, each of the areas that this person keeps."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.stamp import days_ago, today_in_london
from accounts.versions import VersionedForm
from feedback.casework.actform import say_what_is_missing
from hubs.models import Absence, Hub, Move, Posting, Team, refuse_idle_cover

SOMEBODY = "Choose somebody"
MOST = 200  # choices of one list: more are found by searching


def few(rows, found_by, text: str, chosen) -> list:
    """At most `MOST` of `rows`: those in which a field of `found_by` has `text`, or the first where none has; and the chosen."""
    asked = Q()
    for name in found_by if text else ():
        asked |= Q(**{f"{name}__icontains": text})
    shown = list(rows.filter(asked)[:MOST]) or list(rows[:MOST])
    ids = {one.pk for one in shown}
    more = rows.filter(pk__in=[key for key in map(str, chosen) if key.isdecimal() and len(key) < 19][:MOST])
    return [*(row for row in more if row.pk not in ids), *shown] if chosen else shown


def tomorrow() -> date:
    return days_ago(-1)


class Day(forms.DateInput):
    input_type = "date"

    def format_value(self, value):
        return value.isoformat() if isinstance(value, date) else value


class PostingChoice(forms.ModelChoiceField):
    def label_from_instance(self, posting):
        return f"{posting.person}, {posting.team}"


class PostingChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, posting):
        role = "" if posting.role == Posting.Role.MEMBER else f", {posting.get_role_display()}"
        return f"{posting.person}{role}"


class Named(forms.Form):
    """What is missing is told by the name of its field."""

    def full_clean(self):
        say_what_is_missing(self)
        super().full_clean()


class MoveForm(Named):
    """Which day and why; each kind of move adds whom and where. `decide(by)` makes the `Move`."""

    do_not_call_in_templates = True  # pages list the kinds of move
    title = ""
    lead = ""
    hopeless = ""  # a sentence where nothing can be chosen here
    from_date = forms.DateField(
        label=_("From which day?"), widget=Day, initial=tomorrow,
        help_text=_("It takes effect at midnight in London. Until then it can be undone."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Why?"), max_length=200, help_text=_("Colleagues read this. Nothing about health or conduct.")
    )

    FOUND_BY: dict = {
        Posting: ("person__name", "person__collar_number", "team__name"),
        User: ("name", "collar_number"),
        Team: ("name", "hub__name", "department__name"),
        Hub: ("name", "area__name"),
    }

    def __init__(self, *args, room, source=None, q="", **options):
        """`room`: what this person keeps; `source`: the area whose people are shown; `q`: by what they are searched."""
        super().__init__(*args, **options)
        self.room, self.source = room, source
        self.narrow()
        self.searched = False
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                self._offer_few(name, field, q)

    def narrow(self):
        """Offer only what is of the kept areas."""

    def _offer_few(self, name, field, q) -> None:
        """Of a long list what was searched for, and what was chosen; any other of it is still taken."""
        given = self[name].value() or []
        chosen = given if isinstance(given, list | tuple) else [given]
        rows = few(field.queryset, self.FOUND_BY[field.queryset.model], q, chosen)
        self.searched |= bool(q) or len(rows) >= MOST
        empty = [] if isinstance(field, forms.ModelMultipleChoiceField) else [("", field.empty_label)]
        field.choices = [*empty, *((row.pk, field.label_from_instance(row)) for row in rows)]

    def _postings(self):
        people = Posting.objects.lasting(today_in_london()).filter(
            team__in=self.room.teams_of(self.source), person__is_active=True
        )
        return people.select_related("person", "team").order_by("person__name", "pk")

    def _teams(self):
        teams = self.room.teams.select_related("hub", "department")
        return teams.order_by("hub__name", "department__name", "name", "pk")

    @property
    def decided(self) -> dict:
        return {"from_date": self.cleaned_data["from_date"], "reason": self.cleaned_data["reason"]}


class PeopleForm(MoveForm):
    kind = "people"
    title = _("Move people to another team")
    postings = PostingChoices(
        label=_("Who moves?"), queryset=Posting.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    team = forms.ModelChoiceField(label=_("To which team?"), queryset=Team.objects.none(), empty_label="Choose a team")
    keep_wards = forms.BooleanField(label=_("They stay the named contact of their wards"), required=False)
    field_order = ["postings", "team", "keep_wards", "from_date", "reason"]

    def narrow(self):
        self.fields["postings"].queryset = self._postings()
        self.fields["team"].queryset = self._teams()
        self.fields["team"].label_from_instance = lambda team: f"{team}, {team.hub or team.department}"

    def decide(self, by):
        given = self.cleaned_data
        keep = given["keep_wards"]
        return Move.people(list(given["postings"]), given["team"], by=by, keep_wards=keep, **self.decided)


class SwapForm(MoveForm):
    kind = "swap"
    title = _("Swap two people")
    lead = _("Each takes the other's place: the team, the role and the wards whose named contact they are.")
    first = PostingChoice(label=_("Who?"), queryset=Posting.objects.none(), empty_label=SOMEBODY)
    second = PostingChoice(label=_("With whom?"), queryset=Posting.objects.none(), empty_label=SOMEBODY)
    field_order = ["first", "second", "from_date", "reason"]

    def narrow(self):
        self.fields["first"].queryset = self.fields["second"].queryset = self._postings()

    def decide(self, by):
        return Move.swap(self.cleaned_data["first"], self.cleaned_data["second"], by=by, **self.decided)


class LeaveForm(MoveForm):
    kind = "leave"
    title = _("End all postings of a leaver")
    lead = _("Their last day is the day before. Roles, commands and the account itself are kept in their own lists.")
    from_date = forms.DateField(
        label=_("From which day?"), widget=Day, initial=tomorrow,
        help_text="The first day without them. It may have passed, where you learn of it late: then it is in effect at once, "
        "can't be undone, and the history says when it was entered, by whom and why.",
    )  # fmt: skip
    person = forms.ModelChoiceField(label=_("Who leaves?"), queryset=User.objects.none(), empty_label=SOMEBODY)
    field_order = ["person", "from_date", "reason"]

    def narrow(self):
        elsewhere = Posting.objects.lasting().exclude(team__in=self.room.teams).values("person")
        here = self._postings().order_by().values("person")
        # Who is also posted where this person keeps nothing leaves by a staff admin's hand.
        self.fields["person"].queryset = (
            User.objects.filter(pk__in=here).exclude(pk__in=elsewhere).order_by("name", "pk")
        )

    def decide(self, by):
        return Move.leave(self.cleaned_data["person"], by=by, **self.decided)


class TeamForm(MoveForm):
    kind = "team"
    title = _("Move a team to another hub")
    lead = _("Its people stay in the team. A hub of another area gives them that area's concerns instead.")
    team = forms.ModelChoiceField(label=_("Which team?"), queryset=Team.objects.none(), empty_label="Choose a team")
    hub = forms.ModelChoiceField(label=_("To which hub?"), queryset=Hub.objects.none(), empty_label="Choose a hub")
    field_order = ["team", "hub", "from_date", "reason"]

    def narrow(self):
        self.fields["team"].queryset = self._teams().filter(hub__area=self.source.pk)
        hubs = Hub.objects.filter(area__in=self.room.ids).select_related("area")
        self.fields["hub"].queryset = hubs
        if len(self.room.areas) == 1:
            self.lead = _("Its people stay in the team.")
            if hubs.count() < 2:
                self.hopeless = f"{self.source} has one hub, so no team can move to another. A staff admin adds hubs."

    def decide(self, by):
        return Move.team_to(self.cleaned_data["team"], self.cleaned_data["hub"], by=by, **self.decided)


MOVES = {form.kind: form for form in (PeopleForm, SwapForm, LeaveForm, TeamForm)}


class DaysForm(forms.Form):
    """For which days somebody is looked for."""

    from_date = forms.DateField(label=_("First day"), widget=Day)
    until = forms.DateField(label=_("Last day"), widget=Day, required=False)


class Reasoned(Named):
    """Whatever is changed here says why: for colleagues, in the history of the row."""

    why = forms.CharField(
        label="Why?", max_length=100, widget=forms.TextInput,
        help_text="For colleagues, kept in the history. Nothing about health.",
    )  # fmt: skip

    def give_reason(self, row) -> None:
        """Let the next line in the history of `row` say why."""
        row._change_reason = self.cleaned_data["why"]

    def _post_clean(self):
        super()._post_clean()
        if "why" in self.cleaned_data and getattr(self, "instance", None) is not None:
            self.give_reason(self.instance)


class CoverForm(Reasoned, VersionedForm):
    """Somebody is away, and who answers instead; it carries the version of the absence, or that there was none."""

    alone = True
    NONE = "none"

    class Meta:
        model = Absence
        fields = ["from_date", "until", "cover", "kind", "reason"]
        widgets = {"from_date": Day, "until": Day}
        labels = {"from_date": _("First day"), "until": _("Last day"), "kind": _("What keeps them away?")}

    def __init__(self, *args, people, **options):
        super().__init__(*args, **options)
        self.fields["cover"].queryset = people.exclude(pk=self.instance.person_id)
        self.fields["cover"].help_text = _("The public reads “X answers for Y”, and nothing of the absence.")

    @property
    def version(self):
        return super().version or self.NONE

    def clean(self):
        seen = self.data.get(self.version_name)
        if seen and seen != self.NONE and not self.instance.pk:
            self._newer = self.NONE
            words = "This absence was ended while you were writing. What you wrote is still below. Save again to begin a new one."
            raise ValidationError(words)
        cleaned = super().clean()
        if cleaned.get("cover") and "cover" in self.changed_data:
            try:
                refuse_idle_cover(self.instance.person, cleaned["cover"], cleaned.get("from_date"))
            except ValidationError as refusal:
                self.add_error("cover", refusal)
        return cleaned
