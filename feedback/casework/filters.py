"""What a list of concerns can be narrowed by: the same for the queue's page and the API."""

from functools import lru_cache

import django_filters
from django.db.models import CharField, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.caching import fact
from accounts.models import User
from accounts.stamp import midnight
from areas.models import Area, Force, Ward
from feedback.access import reach_of
from feedback.insight.brief_news import NEWS
from feedback.insight.growth import DAY, WEEK
from feedback.lifecycle import Repeat, Status
from feedback.models import Category, Concern, Partner, Photo, Problem
from hubs.models import Hub, Posting, Team

OPEN, WORKING, MISSED = "open", "working", "missed"
LONGEST_NUMBER = 10  # digits of a key; databases refuse longer ones
STATES = [(OPEN, _("Open")), (WORKING, _("Read or in progress")), *Status.choices]


class Choice(django_filters.ChoiceFilter):
    """One of a few, "any" by default."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("empty_label", _("Any"))
        kwargs.setdefault("error_messages", {"invalid_choice": _("This is no choice here any more")})
        super().__init__(*args, **kwargs)


def _is_key(asked: str) -> bool:
    return asked.isdecimal() and len(asked) < LONGEST_NUMBER


def _things(areas, everywhere=False) -> dict[str, list]:
    """What those who work in `areas` (ids) may choose from, by name of the filter: lists of (value, label), in one query.

    `everywhere`: they also see concerns of other areas, so that each area narrows.
    """

    def rows(queryset, kind, key, label):
        columns = Value(kind, CharField()), Cast(F(key), CharField(max_length=60)), F(label)
        return queryset.order_by().values_list(*columns)

    posted = Posting.objects.current().filter(team__hub__area__in=areas).values("person")
    found = rows(Category.objects.all(), "category", "code", "name").union(
        rows(Area.objects.all() if everywhere else Area.objects.filter(pk__in=areas), "area", "slug", "name"),
        rows(Ward.objects.active().filter(area__in=areas), "ward", "code", "name"),
        rows(Hub.objects.filter(area__in=areas), "hub", "slug", "name"),
        rows(Team.objects.filter(hub__area__in=areas), "team", "slug", "name"),
        rows(Partner.objects.filter(Q(area__in=areas) | Q(area=None)), "partner", "code", "name"),
        rows(User.objects.filter(pk__in=posted), "officer", "pk", "name"),
    )
    things: dict[str, list] = {name: [] for name in ("category", "area", "ward", "hub", "team", "partner", "officer")}
    for kind, value, label in found:
        things[kind].append((value, label))
    return {kind: sorted(pairs, key=lambda pair: pair[1]) for kind, pairs in things.items()}


def _problems(areas, asked="") -> list:
    """The problems of `areas` that are worked on, and the `asked` one. No public fact, so they are asked for each time."""
    wanted = Q(ended_on=None) | Q(pk=asked) if _is_key(asked) else Q(ended_on=None)
    return list(Problem.objects.filter(wanted, area__in=areas).values_list("pk", "title"))


def _past(name, asked, user) -> list:
    """A ward that was replaced or an officer who left, as a choice, where concerns that `user` may see are still theirs."""
    here = Concern.objects.visible_to(user).order_by()
    if name == "ward" and asked.isalnum():
        return list(here.filter(ward=asked).values_list("ward", "ward__name")[:1])
    if name == "officer" and _is_key(asked):
        return list(here.filter(officer=asked).values_list("officer", "officer__name")[:1])
    return []


def _pairs(field) -> tuple:
    return tuple((str(value), str(label)) for value, label in field.choices)


@lru_cache(maxsize=512)
def _options(pairs, value, language):
    """The options of a select, drawn once for each list of them: keyed by all that they show, so never out of date."""
    return render_to_string("casework/_options.html", {"pairs": pairs, "value": value})


class ConcernFilter(django_filters.FilterSet):
    """Narrows a queryset that already is `visible_to` somebody; wide choices come from what they may see."""

    search = django_filters.CharFilter(label=_("Words, reference, place or postcode"), method="find", max_length=200)
    status = Choice(label=_("Status"), choices=STATES, method="in_status")
    due = Choice(
        label=_("Reply"),
        choices=[
            ("missed", _("Missed")),
            ("unread", _("Not read in time")),
            ("today", _("Due today")),
            ("soon", _("Due soon")),
            ("waiting", _("Waits for a reply")),
        ],
        method="by_due",
    )
    owner = Choice(
        label=_("Who has it"),
        choices=[
            ("mine", _("Me")),
            ("team", _("My team")),
            ("nobody", _("Nobody yet")),
            ("given", _("Somebody")),
        ],
        method="by_owner",
    )
    area = Choice(label=_("Area"), field_name="area__slug")
    category = Choice(label=_("Category"), field_name="category__code")
    ward = Choice(label=_("Ward"), field_name="ward_id")
    hub = Choice(label=_("Hub of the team"), field_name="team__hub__slug")
    team = Choice(label=_("Team"), field_name="team__slug")
    officer = Choice(label=_("Officer"), field_name="officer_id")
    partner = Choice(label=_("Partner"), field_name="partner__code")
    problem = Choice(label=_("Problem"), method="of_problem")
    kind = Choice(label=_("Kind"), choices=Concern.Kind.choices)
    channel = Choice(label=_("Came through"), choices=Concern.Channel.choices)
    contact = Choice(
        label=_("Can we reach them?"),
        choices=[("yes", _("They left contact details")), ("no", _("They did not"))],
        method="with_contact",
    )
    photo = Choice(label=_("Photos"), choices=[("yes", _("With a photo")), ("no", _("Without"))], method="with_photo")
    safety = Choice(
        label=_("Safety review"),
        choices=[("yes", _("Yes")), (MISSED, _("Not opened in time"))],
        method="in_safety_review",
    )
    repeat = Choice(
        label="Repeat victim", choices=[(Repeat.ASKED, "To review"), (Repeat.YES, "Yes")], method="of_repeat_victims"
    )
    crime = Choice(
        label="Crime to record",
        choices=[("missed", "Not recorded in time"), ("due", "To be recorded, in time still"), ("any", "Not recorded")],
        method="to_record",
    )
    received = Choice(
        label=_("Received"),
        choices=[("yesterday", _("Yesterday")), ("week", _("In the last seven days"))],
        method="lately",
    )
    news = Choice(
        label=_("Since yesterday"),
        choices=[
            ("received", _("Came in")),
            ("answered", _("Answered")),
            ("closed", _("Closed")),
            ("turned", _("Went past its time")),
            ("wrote", _("The person wrote again")),
        ],
        method="of_news",
    )
    recourse = Choice(
        label=_("Recourse"), choices=[("yes", _("Waits for the commander's office"))], method="in_recourse"
    )
    suspected = Choice(label=_("No real concern?"), choices=[("yes", _("May be none"))], method="may_be_none")
    desk = Choice(label=_("At the desk because"), choices=Concern.DeskReason.choices, field_name="desk_reason")

    silent: set[str] = set()

    class Meta:
        model = Concern
        fields: list[str] = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.request is None or not self.request.user.is_authenticated:
            return
        reach, asked = reach_of(self.request.user), self.data or {}
        wide = bool(reach.desk or reach.departments or reach.auditor)
        things = fact(self.request, f"choices {sorted(reach.areas)} {wide}", lambda: _things(reach.areas, wide))
        of_problems = _problems(reach.areas, asked.get("problem") or "")
        things = {**things, "problem": [("any", _("Part of one")), ("none", _("Part of none")), *of_problems]}
        for name, pairs in things.items():
            self.filters[name].extra["choices"] = pairs + self._missing(name, pairs, asked.get(name))
        # What can't narrow anything for this person is not shown, but an address may hold it.
        self.silent = {
            name for name, shown in {"area": len(things["area"]) > 1, "desk": reach.desk}.items() if not shown
        }

    def _missing(self, name, pairs, asked) -> list:
        """The asked choice of `name`, where it is one of the past."""
        if not asked or asked in {str(value) for value, _label in pairs}:
            return []
        return _past(name, asked, self.request.user)

    def filter_queryset(self, queryset):
        """Narrowed; nothing at all where something was asked that is no choice, rather than everything."""
        return super().filter_queryset(queryset) if self.form.is_valid() else queryset.none()

    @property
    def wrong(self) -> bool:
        """Whether something was asked that is no choice."""
        return self.is_bound and not self.form.is_valid()

    def find(self, queryset, name, words):
        return queryset.mentioning(words)

    def in_status(self, queryset, name, value):
        if value == WORKING:
            return queryset.filter(status__in=[Status.ACKNOWLEDGED, Status.IN_PROGRESS])
        return queryset.open() if value == OPEN else queryset.filter(status=value)

    def by_due(self, queryset, name, value):
        if value == "today":
            return queryset.awaiting_reply().filter(due_at__gte=timezone.now(), due_at__lt=midnight(-1))
        if value == "unread":
            return queryset.unread(fact(self.request, "force", Force.objects.get).acknowledge_hours)
        questions = {"missed": queryset.overdue, "soon": queryset.due_soon, "waiting": queryset.awaiting_reply}
        return questions[value]()

    def to_record(self, queryset, name, value):
        hours = fact(self.request, "force", Force.objects.get).crime_recording_hours
        return queryset.to_record(late={"missed": True, "due": False}.get(value), hours=hours)

    def by_owner(self, queryset, name, value):
        if value == "team":
            mine = Posting.objects.current().filter(person=self.request.user)
            return queryset.filter(team__in=mine.values("team"))
        if value == "given":
            return queryset.filter(Q(team__isnull=False) | Q(officer__isnull=False))
        return queryset.unassigned() if value == "nobody" else queryset.filter(officer=self.request.user)

    def of_problem(self, queryset, name, value):
        if value in ("any", "none"):
            return queryset.filter(problem__isnull=value == "none")
        return queryset.filter(problem=value)

    def with_contact(self, queryset, name, value):
        return queryset.filter(contact__isnull=value == "no")

    def with_photo(self, queryset, name, value):
        has = Exists(Photo.objects.filter(concern=OuterRef("pk")))
        return queryset.filter(has if value == "yes" else ~has)

    def in_recourse(self, queryset, name, value):
        return queryset.in_recourse()

    def may_be_none(self, queryset, name, value):
        return queryset.filter(suspected=True)

    def lately(self, queryset, name, value):
        days = DAY if value == "yesterday" else WEEK
        return queryset.filter(received_at__gte=midnight(days), received_at__lt=midnight(0))

    def of_news(self, queryset, name, value):
        return NEWS[value](queryset)

    def in_safety_review(self, queryset, name, value):
        return queryset.safety_missed() if value == MISSED else queryset.filter(safety=True)

    def of_repeat_victims(self, queryset, name, value):
        return queryset.repeat_victims(value)

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
            if name not in self.silent
        ]

    def now(self, asked, without=()) -> list[tuple]:
        """What of `asked` (a QueryDict) narrows the list, without the names in `without`: pairs of label and choice."""
        told = [name for name in asked if name in self.form.fields and name not in self.silent and name not in without]
        pairs = ((self.form.fields[name], asked[name]) for name in told if asked[name] or name == "status")
        return [
            (field.label, dict(_pairs(field)).get(value, value) if hasattr(field, "choices") else value)
            for field, value in pairs
        ]

    def in_words(self) -> str:
        """What was asked for, for the read log: `due=missed search=bikes`."""
        asked = self.form.cleaned_data if self.is_bound and self.form.is_valid() else {}
        return " ".join(f"{name}={value}" for name, value in asked.items() if value)
