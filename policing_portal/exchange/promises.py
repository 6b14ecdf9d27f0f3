"""Meetings, priorities and what is done about them, as CSV. Each row is saved as a form saves it: news follows from it."""

from uuid import uuid4

from django.core.exceptions import ValidationError

from areas.models import Meeting, Priority, PriorityAction

from .cells import Choice, Day, Identity, Key, Keys, Moment, Number, Refused, Text, YesNo
from .columns import Column, Many, planned
from .tables import CHANGED, NEW, Table, version_of


class Saved(Table):
    """Rows that are saved one by one, because more follows from a save than the row itself. Few at once, so that it is short."""

    most = 500

    def write(self, lines, *, by, reason) -> None:
        """Save each row, with its history."""
        for line in lines:
            if line.kind in (CHANGED, NEW):
                one = line.instance
                one._history_user, one._change_reason = by, reason
                one.save()
                for name in self.many:
                    if name in planned(one):
                        getattr(one, name).set(planned(one)[name])


class Meetings(Saved):
    title = "meetings"
    keys = ("uid",)
    path = "area"
    joined = ("area",)
    many = ("wards",)
    order = ("starts", "uid")
    lead = (
        "One row a meeting, by the lasting number under which calendars know it; leave that empty for a new one. Times are those "
        "of London, 2026-03-31 18:00. Who has a meeting in their calendar is told of a change. Questions are not in the file."
    )

    uid = Column("uid", "uid", Identity())
    area = Column("area", "area", Key("area", "slug", needed=True))
    wards = Many("wards", "wards", Keys("ward", "code"))
    kind = Column("kind", "kind", Choice(Meeting.Kind))
    starts = Column("starts", "starts", Moment(needed=True))
    ends = Column("ends", "ends", Moment(needed=True))
    place = Column("place", "place", Text(needed=True))
    address = Column("address", "address", Text())
    accessibility = Column("accessibility", "accessibility", Text())
    online = Column("online", "online", Text())
    about = Column("about", "about", Text())
    cancelled = Column("cancelled", "cancelled", YesNo(empty=False))
    summary = Column("summary", "summary", Text())

    class Meta:
        model = Meeting
        fields = (
            "uid", "area", "wards", "kind", "starts", "ends", "place", "address", "accessibility", "online", "about",
            "cancelled", "summary",
        )  # fmt: skip

    def label(self, row: dict) -> str:
        return ", ".join(filter(None, (row.get(name, "").strip() for name in ("area", "starts", "place"))))[:200]

    def find(self, row: dict):
        found = super().find(row)
        if found is None and row["uid"].strip():
            raise ValidationError(
                {"uid": "There is no such meeting among those you keep. Leave it empty for a new one."}
            )
        return found

    def check(self, instance) -> None:
        if not self.before:
            instance.uid = uuid4()
            if Meeting.objects.filter(area=instance.area, starts=instance.starts, place=instance.place).exists():
                raise ValidationError("This meeting is there already. Take its uid from an export.")
        super().check(instance)


class Alike(Saved):
    """Rows of which two may have one name. A file tells them apart by the version that it took along, else not at all."""

    def __init__(self, keeper):
        super().__init__(keeper)
        self.alike: dict = {}  # the rows of one name
        self.found: set = set()  # of those, what the file has spoken of

    def keep(self, instance) -> None:
        super().keep(instance)
        self.alike.setdefault(self.key_of(instance), []).append(instance)

    def find(self, row: dict):
        found = super().find(row)
        several = self.alike.get(self.key_of(found), ()) if found else ()
        if len(several) < 2:
            return found
        same = (one for one in several if one.pk not in self.found and version_of(self.cells(one)) == self.row_version)
        found = next(same, None)
        if found is None:
            raise ValidationError(
                "There are two of this name, which a file can't tell apart. Change one of them in its form first."
            )
        self.found.add(found.pk)
        return found

    def _once(self) -> None:
        if self.instance.pk not in self.found:
            super()._once()

    def everything(self) -> list:
        """All rows that were read, those of one name as well."""
        return [one for several in self.alike.values() for one in several]


class Priorities(Alike):
    title = "priorities"
    keys = ("area", "ward", "title", "since")
    path = "area"
    joined = ("area", "ward")
    order = ("area__slug", "ward", "title", "since", "pk")
    lead = (
        "One row a priority. Area, ward (empty: the whole area), title and since when people say so name it; what is done about "
        "it is a table of its own. At most three are open at a time. What is shown to the public is news to those who told us."
    )

    area = Column("area", "area", Key("area", "slug", needed=True))
    ward = Column("ward", "ward", Key("ward", "code"))
    title_ = Column("title", "title", Text(needed=True))
    since = Column("since", "since", Day(needed=True))
    you_said = Column("you_said", "you_said", Text(needed=True))
    people = Column("people", "people", Number())
    published = Column("published", "published", YesNo(empty=False))
    outcome = Column("outcome", "outcome", Text())
    ended_on = Column("ended_on", "ended_on", Day())

    class Meta:
        model = Priority
        fields = ("area", "ward", "title_", "since", "you_said", "people", "published", "outcome", "ended_on")

    def check(self, instance) -> None:
        instance.clean_fields(exclude=["area", "ward"])
        if instance.ward and instance.ward.area_id != instance.area_id:
            raise ValidationError({"ward": "This ward belongs to another area."})
        instance.validate_constraints()

    def in_order(self, changed: list) -> list:
        return sorted(changed, key=lambda one: one.published and one.ended_on is None)

    def judge(self, lines) -> None:
        """At most three open at a time, counted as they are meant to be."""
        meant = {id(one): one for one in self.everything()}
        meant |= {id(line.instance): line.instance for line in lines if line.instance is not None}
        open_now: dict = {}
        for one in meant.values():
            if one.published and one.ended_on is None:
                open_now[one.area_id, one.ward_id] = open_now.get((one.area_id, one.ward_id), 0) + 1
        for line in lines:
            one = line.instance
            if one is not None and line.kind in (NEW, CHANGED) and one.published and one.ended_on is None:
                if open_now[one.area_id, one.ward_id] > Priority.OPEN_AT_ONCE:
                    line.refuse("More than three priorities would be open here. End one of them first.", "published")

    def write(self, lines, *, by, reason) -> None:
        # Those that end go first, so that there is room for those that begin.
        order = {id(one): at for at, one in enumerate(self.in_order([line.instance for line in lines]))}
        super().write(sorted(lines, key=lambda line: order[id(line.instance)]), by=by, reason=reason)


def action_key(priority: Priority) -> str:
    """How a priority is named in one cell."""
    return " / ".join((priority.area.slug, priority.ward_id or "", priority.title, priority.since.isoformat()))


class OfPriority(Text):
    def __init__(self):
        super().__init__(needed=True)

    def mean(self, text, table):
        found = table.priorities.get(text, [])
        if len(found) > 1 and (known := table.named_by(text)):
            return known
        if len(found) != 1:
            why = (
                "There are two priorities of this name." if found else "There is no such priority among those you keep."
            )
            raise Refused(why)
        return found[0]

    def render(self, value, obj=None, **kwargs) -> str:
        return super().render(action_key(value)) if value else ""


class Shown(Column):
    """Whether the public reads it: kept as the moment from which they do."""

    def put(self, instance, value) -> None:
        instance.show(value)

    def get_value(self, instance):
        return instance.published_at is not None


class Actions(Alike):
    title = "actions"
    keys = ("priority", "day", "text")
    path = "priority__area"
    joined = ("priority__area", "priority__ward")
    order = ("priority", "day", "pk")
    lead = (
        "One row for each thing that is done about a priority, which is named as area / ward / title / since; day and text name "
        "the action, so that words are corrected in its form. What becomes shown is told, once, to those who told us about it."
    )

    priority = Column("priority", "priority", OfPriority())
    day = Column("day", "day", Day(needed=True))
    text = Column("text", "text", Text(needed=True))
    shown = Shown("published_at", "shown", YesNo(empty=False))

    class Meta:
        model = PriorityAction
        fields = ("priority", "day", "text", "shown")

    @classmethod
    def kept_with(cls):
        return Priority

    def __init__(self, keeper):
        super().__init__(keeper)
        self.priorities: dict = {}

    def named_by(self, text):
        """Of several priorities of one name, that of the action which the row is about; none for a new action."""
        one = self.instance
        if one is not None and one.pk and one.priority_id:
            return one.priority
        known = any(key[0] == text for key in self.alike)
        return self.priorities[text][0] if self.instance is None and known else None

    def load(self, rows) -> None:
        if not self.priorities:
            theirs = self.keeper.within(Priority.objects.select_related("area", "ward"), "area")
            for one in theirs:
                self.priorities.setdefault(action_key(one), []).append(one)
        super().load(rows)

    def check(self, instance) -> None:
        instance.clean_fields(exclude=["priority"])
