"""When doors are open, as CSV: one row a hub with its week, and one row for each date with other hours."""

import re

from django.core.exceptions import ValidationError

from hubs.models import HoursException, Hub, OpeningHours, Weekday

from .cells import Clock, Day, Key, Refused, Text, clock_of, clock_words
from .columns import Check, Column, planned
from .tables import CHANGED, Table
from .writing import portions, write_history

SPAN = re.compile(r"(\S+?)\s*(?:-|–|to)\s*(\S+)")
DAYS = {day.value: day.name.lower() for day in Weekday}


class Spans(Text):
    """The hours of one weekday: 09:00-12:00 13:00-17:00, or nothing where it is closed."""

    guarded = False

    def __init__(self):
        super().__init__(empty=())

    def mean(self, text, table):
        if text.casefold() == "closed":
            return ()
        spans = tuple(sorted(self._span(part) for part in re.split(r"\s*[,;]\s*|\s+(?=\d+:\d+\s*-)", text) if part))
        if any(later[0] < earlier[1] for earlier, later in zip(spans, spans[1:], strict=False)):
            raise Refused(f"“{text[:40]}”: these times overlap.")
        return spans

    def _span(self, part: str):
        found = SPAN.fullmatch(part)
        if not found:
            raise Refused(f"“{part[:40]}” is not from when to when. Write 09:00-17:00.")
        opens, closes = clock_of(found[1]), clock_of(found[2])
        if closes <= opens:
            raise Refused(f"“{part[:40]}” closes before it opens.")
        return opens, closes

    def render(self, value, obj=None, **kwargs) -> str:
        return " ".join(f"{clock_words(opens)}-{clock_words(closes)}" for opens, closes in value or ())


class Weekly(Column):
    """A weekday's hours, which are rows of their own."""

    def put(self, instance, value) -> None:
        planned(instance)[self.attribute] = value

    def get_value(self, instance):
        if self.attribute in planned(instance):
            return planned(instance)[self.attribute]
        day = next(value for value, name in DAYS.items() if name == self.attribute)
        return tuple(sorted((one.opens, one.closes) for one in instance.opening_hours.all() if one.weekday == day))


class Hours(Table):
    title = "opening hours"
    most = 1000
    keys = ("hub",)
    path = "area"
    order = ("slug",)
    many = ("opening_hours",)
    lead = (
        "One row a hub with its week: 09:00-17:00, or 09:00-12:00 13:00-17:00, or closed. An empty day is closed. "
        "The days of a hub become what its row says; hubs that are not in the file stay as they are."
    )

    hub = Column("slug", "hub", Text(needed=True))
    name = Check("name", "name", Text())
    monday = Weekly("monday", "monday", Spans())
    tuesday = Weekly("tuesday", "tuesday", Spans())
    wednesday = Weekly("wednesday", "wednesday", Spans())
    thursday = Weekly("thursday", "thursday", Spans())
    friday = Weekly("friday", "friday", Spans())
    saturday = Weekly("saturday", "saturday", Spans())
    sunday = Weekly("sunday", "sunday", Spans())

    class Meta:
        model = Hub
        fields = ("hub", "name", *DAYS.values())

    def beside_of(self, one):
        return one.weekday, one.opens, one.closes

    def beside(self, name: str, keys) -> dict:
        found: dict = {}
        for hub, *facts in OpeningHours.objects.filter(hub__in=keys).values_list("hub", "weekday", "opens", "closes"):
            found.setdefault(hub, set()).add(tuple(facts))
        return {hub: frozenset(all_of) for hub, all_of in found.items()}

    def find(self, row: dict):
        hub = super().find(row)
        if hub is None:
            raise ValidationError({"slug": f"There is no hub “{row['hub'].strip()[:60]}” among those you keep."})
        return hub

    def check(self, instance) -> None:
        """Nothing more: each cell is looked at by itself."""

    def write(self, lines, *, by, reason) -> None:
        """Let the days that changed be as they are meant; their own history and the hub's say that they did."""
        hubs = [line.instance for line in lines if line.kind == CHANGED]
        gone, new = [], []
        for hub in hubs:
            meant = {(day, *span) for day, name in DAYS.items() for span in planned(hub).get(name, ())}
            stood = {self.beside_of(one): one for one in hub.opening_hours.all() if DAYS[one.weekday] in planned(hub)}
            gone += [one for key, one in stood.items() if key not in meant]
            new += [
                OpeningHours(hub=hub, weekday=day, opens=opens, closes=closes)
                for day, opens, closes in sorted(meant - stood.keys())
            ]
        write_history(OpeningHours, gone, (), act="-", by=by, reason=reason)
        for some in portions(one.pk for one in gone):
            rows = OpeningHours.objects.filter(pk__in=some)
            rows._raw_delete(rows.db)  # as their history is written already, and one by one it would take too long
        OpeningHours.objects.bulk_create(new)
        write_history(OpeningHours, new, (), act="+", by=by, reason=reason)
        write_history(Hub, hubs, (), act="~", by=by, reason=reason)


class OtherHours(Table):
    title = "other hours"
    most = 2000
    keys = ("hub", "date")
    path = "hub__area"
    joined = ("hub",)
    order = ("hub__slug", "date")
    lead = (
        "One row a hub and date with other hours than in an ordinary week; both times empty: closed all day. "
        "Dates that are not in the file stay as they are."
    )

    hub = Column("hub", "hub", Key("hub", "slug", needed=True))
    date = Column("date", "date", Day(needed=True))
    opens = Column("opens", "opens", Clock())
    closes = Column("closes", "closes", Clock())
    reason = Column("reason", "reason", Text())

    class Meta:
        model = HoursException
        fields = ("hub", "date", "opens", "closes", "reason")

    @classmethod
    def kept_with(cls):
        return Hub

    def check(self, instance) -> None:
        if (instance.opens is None) != (instance.closes is None):
            raise ValidationError("Say both when it opens and when it closes, or neither.")
        if instance.opens and instance.closes <= instance.opens:
            raise ValidationError({"closes": "It closes before it opens."})
        super().check(instance)
