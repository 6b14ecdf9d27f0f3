"""What a list of concerns can be narrowed by: the same for the queue's page and the API."""

import re
from functools import lru_cache

import django_filters
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas.models import Area, Ward
from feedback.access import reach_of
from feedback.lifecycle import Status
from feedback.models import Category, Concern
from hubs.models import Posting, Team

OPEN = "open"


class Choice(django_filters.ChoiceFilter):
    """One of a few, "any" by default."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("empty_label", _("Any"))
        super().__init__(*args, **kwargs)


def _things(user) -> dict[str, list]:
    """What `user` may choose from, by name of the filter: lists of (value, label), all in one query."""
    areas = reach_of(user).areas

    def rows(queryset, kind, key, label):
        columns = Value(kind, CharField()), Cast(F(key), CharField(max_length=60)), F(label)
        return queryset.order_by().values_list(*columns)

    posted = Posting.objects.current().filter(team__hub__area__in=areas).values("person")
    found = rows(Category.objects.all(), "category", "code", "name").union(
        rows(Area.objects.filter(pk__in=areas), "area", "slug", "name"),
        rows(Ward.objects.active().filter(area__in=areas), "ward", "code", "name"),
        rows(Team.objects.filter(hub__area__in=areas), "team", "slug", "name"),
        rows(User.objects.filter(pk__in=posted), "officer", "pk", "name"),
    )
    things: dict[str, list] = {"category": [], "area": [], "ward": [], "team": [], "officer": []}
    for kind, value, label in found:
        things[kind].append((value, label))
    return {kind: sorted(pairs, key=lambda pair: pair[1]) for kind, pairs in things.items()}


def _pairs(field) -> tuple:
    return tuple((str(value), str(label)) for value, label in field.choices)


@lru_cache(maxsize=512)
def _options(pairs, value, language):
    """The options of a select, drawn once for each list of them: keyed by all that they show, so never out of date."""
    return render_to_string("casework/_options.html", {"pairs": pairs, "value": value})


class ConcernFilter(django_filters.FilterSet):
    """Narrows a queryset that already is `visible_to` somebody; wide choices come from what they may see."""

    search = django_filters.CharFilter(label=_("Words, reference or place"), method="find", max_length=200)
    status = Choice(label=_("Status"), choices=[(OPEN, _("Open")), *Status.choices], method="in_status")
    due = Choice(
        label=_("Reply"),
        choices=[("missed", _("Missed")), ("soon", _("Due soon")), ("waiting", _("Waits for a reply"))],
        method="by_due",
    )
    owner = Choice(label=_("Who has it"), choices=[("mine", _("Me")), ("nobody", _("Nobody yet"))], method="by_owner")
    area = Choice(label=_("Area"), field_name="area__slug")
    category = Choice(label=_("Category"), field_name="category__code")
    ward = Choice(label=_("Ward"), field_name="ward_id")
    team = Choice(label=_("Team"), field_name="team__slug")
    officer = Choice(label=_("Officer"), field_name="officer_id")
    kind = Choice(label=_("Kind"), choices=Concern.Kind.choices)
    channel = Choice(label=_("Came through"), choices=Concern.Channel.choices)
    safety = Choice(label=_("Safety review"), choices=[("yes", _("Yes"))], method="in_safety_review")
    desk = Choice(label=_("At the desk because"), choices=Concern.DeskReason.choices, field_name="desk_reason")

    class Meta:
        model = Concern
        fields: list[str] = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.request is None or not self.request.user.is_authenticated:
            return
        for name, pairs in _things(self.request.user).items():
            self.filters[name].extra["choices"] = pairs
        reach = reach_of(self.request.user)
        # What can't narrow anything for this person is not asked.
        if len(reach.areas) < 2:
            del self.filters["area"]
        if not reach.desk:
            del self.filters["desk"]

    def find(self, queryset, name, words):
        """Each word somewhere in the text, the place or the reference."""
        for word in words.split()[:8]:
            compact = re.sub(r"[^A-Z0-9]", "", word.upper())
            reference = Q(reference__icontains=word)
            if len(compact) == 8:
                reference |= Q(reference__endswith=f"{compact[:4]}-{compact[4:]}")
            queryset = queryset.filter(Q(text__icontains=word) | Q(place__icontains=word) | reference)
        return queryset

    def in_status(self, queryset, name, value):
        return queryset.open() if value == OPEN else queryset.filter(status=value)

    def by_due(self, queryset, name, value):
        questions = {"missed": queryset.overdue, "soon": queryset.due_soon, "waiting": queryset.awaiting_reply}
        return questions[value]()

    def by_owner(self, queryset, name, value):
        return queryset.unassigned() if value == "nobody" else queryset.filter(officer=self.request.user)

    def in_safety_review(self, queryset, name, value):
        return queryset.filter(safety=True)

    def fields(self) -> list[dict]:
        """The form as the queue draws it: dicts name, label, value, errors, and options, drawn (empty: a text)."""
        errors, asked = self.form.errors, self.form.data
        return [
            {
                "name": name,
                "label": field.label,
                "value": (value := asked.get(name, "")),
                "errors": errors.get(name, ()),
                "options": _options(_pairs(field), value, get_language()) if hasattr(field, "choices") else "",
            }
            for name, field in self.form.fields.items()
        ]

    def in_words(self) -> str:
        """What was asked for, for the read log: `due=missed search=bikes`."""
        asked = self.form.cleaned_data if self.is_bound and self.form.is_valid() else {}
        return " ".join(f"{name}={value}" for name, value in asked.items() if value)
