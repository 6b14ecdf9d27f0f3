"""Postings as CSV. Person, team, role and first day name one: to move somebody, end the old one and add a new row."""

from django.core.exceptions import ValidationError

from accounts.held import OWN_ACCESS
from accounts.models import User
from accounts.stamp import today_in_london
from hubs.models import Posting

from .cells import BLANKS, Choice, Day, Key, Keys, Number, Refused, Text
from .columns import Check, Column, Many
from .known import Keeper, key_of
from .tables import CHANGED, SAME, Line, Table


class Person(Key):
    """Somebody of the force, by collar number; by address who has none."""

    def clean(self, value, row=None, *, table=None, **kwargs):
        word = value.strip(BLANKS)
        if not word:
            raise Refused("Say who: a collar number, or the address of somebody who has none.")
        return table.known.person(word, (row or {}).get("name", "").strip(BLANKS))

    def render(self, value, obj=None, **kwargs) -> str:
        return key_of(value) if value else ""


class Postings(Table):
    title = "postings"
    keys = ("person", "team", "role", "from")
    path = "team__hub__area"
    joined = ("person", "team")
    many = ("named_wards",)
    order = ("team__slug", "from_date", "pk")
    lead = (
        "One row a posting. Person (a collar number, or the address of somebody who has none), team, role and first day name it; "
        "what can be changed are the wards and the reason, the last day until it is over, the share until it has begun. A last "
        "day before yesterday needs a new reason, which says why it is entered late. To move somebody, or to change their share "
        "from a day on, put a last day into the old row and add a new one. Postings that are "
        "not in the file stay as they are."
    )

    person = Column("person", "person", Person("person", "collar_number"))
    name = Check("person__name", "name", Text())
    team = Column("team", "team", Key("team", "slug", needed=True))
    role = Column("role", "role", Choice(Posting.Role))
    from_date = Column("from_date", "from", Day(needed=True))
    until = Column("until", "until", Day())
    share = Column("share", "share", Number(needed=True))
    named_wards = Many("named_wards", "named_wards", Keys("ward", "code"))
    reason = Column("reason", "reason", Text())

    class Meta:
        model = Posting
        fields = ("person", "name", "team", "role", "from_date", "until", "share", "named_wards", "reason")

    def __init__(self, keeper: Keeper):
        super().__init__(keeper)
        self.of_person: dict = {}  # id of a person -> all their postings, as they are meant to be

    def load(self, rows) -> None:
        self.known.read_people(row["person"].strip(BLANKS) for row in rows)
        people = [one for one in map(self._whom, rows) if one and one.pk not in self.of_person]
        self.of_person |= {one.pk: [] for one in people}
        theirs = Posting.objects.filter(person__in={one.pk for one in people}).select_related(
            "team__hub__area", "team__department", "person"
        )
        for posting in theirs.prefetch_related("named_wards").order_by("pk"):
            self.of_person[posting.person_id].append(posting)
            if self.keeper.areas is None or posting.team.hub_id and posting.team.hub.area_id in self.keeper.areas:
                self.keep(posting)

    def _whom(self, row) -> User | None:
        try:
            return self.columns["person"].widget.clean(row["person"], row, table=self)
        except Refused:
            return None

    def check(self, instance) -> None:
        if instance.person_id == self.keeper.person.pk:
            raise ValidationError({"person": OWN_ACCESS})
        instance.clean_fields(exclude=["person", "team"])
        if instance.until and instance.until < instance.from_date:
            raise ValidationError({"until": "The last day lies before the first."})
        if instance.until is None or instance.until >= today_in_london():
            try:
                instance.team.refuse_far_wards(self.columns["named_wards"].get_value(instance))
            except ValidationError as refusal:
                raise ValidationError({"named_wards": refusal.messages}) from refusal
        if not instance.pk:
            self.of_person[instance.person_id].append(instance)

    def judge(self, lines: list[Line]) -> None:
        self._refuse_rewritten([line for line in lines if line.kind == CHANGED])
        touched: dict = {}
        for line in lines:
            if line.instance is not None and line.kind != SAME:
                touched.setdefault(line.instance.person_id, []).append(line)
        for person, theirs in touched.items():
            try:
                Posting.refuse_broken(self.of_person[person])
            except ValidationError as refusal:
                for line in theirs:
                    for words in refusal.messages:
                        line.refuse(words)

    def _refuse_rewritten(self, lines: list[Line]) -> None:
        """The share of a posting that has begun stays, and the last day of one that is over: a new row says what is new."""
        names = [one.attname for one in Posting._meta.concrete_fields]
        stood = {line.instance.pk: dict(zip(names, self.stood[line.instance.pk], strict=False)) for line in lines}
        for one in (line.instance for line in lines):
            if one.reason != stood[one.pk]["reason"]:
                one._change_reason = one.reason  # of a last day that has passed
        refused = Posting.rewritten([(line.instance, stood[line.instance.pk]) for line in lines])
        for line in lines:
            for name, words in self._said(refused[line.instance.pk]) if line.instance.pk in refused else ():
                line.refuse(words, name)

    def in_order(self, changed: list) -> list:
        """What becomes less first, so that at no moment of writing somebody has too much to do."""
        return sorted(changed, key=lambda one: (one.share, one.until is None, one.until or one.from_date))
