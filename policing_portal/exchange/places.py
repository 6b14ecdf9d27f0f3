"""Wards, hubs and teams as CSV: by GSS code, and by slug."""

import re

from django.core.exceptions import ValidationError

from accounts.held import OWN_ACCESS
from areas.models import Ward
from hubs.models import Hub, Posting, Team

from .cells import Day, Degrees, Key, Keys, Number, Phone, Refused, Text, YesNo
from .columns import Column, Many
from .known import Keeper
from .tables import Table

GSS = re.compile(r"[A-Z]\d{8}")
TAKEN = "This belongs to another area, or is taken. Ask a staff admin."


class Place(Table):
    """A row with an area, by a word of its own. Where it lies decides who works there."""

    most = 2000
    where: tuple = ()  # columns that say where it lies

    def __init__(self, keeper: Keeper):
        super().__init__(keeper)
        self.stands = {}  # what `where` said before

    def get_or_init_instance(self, instance_loader, row):
        instance, new = super().get_or_init_instance(instance_loader, row)
        self.stands = {} if new else {name: getattr(instance, f"{name}_id") for name in self.where}
        return instance, new

    def check(self, instance) -> None:
        key = self._meta.model._meta.get_field(self.columns[self.keys[0]].attribute).name
        if not self.before and self._meta.model._base_manager.filter(**{key: getattr(instance, key)}).exists():
            raise ValidationError({key: TAKEN})
        super().check(instance)
        moved = any(getattr(instance, f"{name}_id") != before for name, before in self.stands.items())
        if moved and self.keeper.person.pk in self.works_there(instance):
            raise ValidationError(OWN_ACCESS)

    def works_there(self, instance) -> set:
        """The ids of those who get or lose access where the place lies somewhere else."""
        return set()


class GssCode(Text):
    def mean(self, text, table):
        if not GSS.fullmatch(text):
            raise Refused(f"“{text[:20]}” is not a GSS code, such as E05001234.")
        return text


class Wards(Place):
    title = "wards"
    keys = ("code",)
    path = "area"
    joined = ("area",)
    order = ("code",)
    lead = (
        "One row a ward, by its GSS code. Localities stand one a line. Wards that are not in the file stay as they are. "
        "Which wards are in use follows from the loaded postcodes and boundaries, and is not in the file."
    )

    code = Column("code", "code", GssCode(needed=True))
    name = Column("name", "name", Text(needed=True))
    area = Column("area", "area", Key("area", "slug", needed=True))
    localities = Column("localities", "localities", Text())
    in_force_from = Column("in_force_from", "in_force_from", Day())
    until = Column("until", "until", Day())
    lat = Column("lat", "lat", Degrees())
    lon = Column("lon", "lon", Degrees())

    class Meta:
        model = Ward
        fields = ("code", "name", "area", "localities", "in_force_from", "until", "lat", "lon")


class Hubs(Place):
    title = "hubs"
    keys = ("slug",)
    path = "area"
    joined = ("area",)
    order = ("slug",)
    where = ("area",)
    lead = (
        "One row a hub, by its slug, the word in its address. An empty cell under step_free and hearing_loop means: not known. "
        "Opening hours are a table of their own. Hubs that are not in the file stay as they are."
    )

    slug = Column("slug", "slug", Text(needed=True))
    name = Column("name", "name", Text(needed=True))
    area = Column("area", "area", Key("area", "slug", needed=True))
    address = Column("address", "address", Text(needed=True))
    postcode = Column("postcode", "postcode", Text())
    lat = Column("lat", "lat", Degrees())
    lon = Column("lon", "lon", Degrees())
    front_counter = Column("front_counter", "front_counter", YesNo(empty=False))
    custody_suite = Column("custody_suite", "custody_suite", YesNo(empty=False))
    response_base = Column("response_base", "response_base", YesNo(empty=False))
    neighbourhood_base = Column("neighbourhood_base", "neighbourhood_base", YesNo(empty=False))
    investigation_base = Column("investigation_base", "investigation_base", YesNo(empty=False))
    always_open = Column("always_open", "always_open", YesNo(empty=False))
    hours_note = Column("hours_note", "hours_note", Text())
    directions = Column("directions", "directions", Text())
    page_url = Column("page_url", "page_url", Text())
    services = Column("services", "services", Text())
    step_free = Column("step_free", "step_free", YesNo())
    hearing_loop = Column("hearing_loop", "hearing_loop", YesNo())
    languages = Column("languages", "languages", Text())
    access_note = Column("access_note", "access_note", Text())
    status_note = Column("status_note", "status_note", Text())
    source_year = Column("source_year", "source_year", Number())
    checked_on = Column("checked_on", "checked_on", Day())

    class Meta:
        model = Hub
        fields = (
            "slug", "name", "area", "address", "postcode", "lat", "lon", "front_counter", "custody_suite", "response_base",
            "neighbourhood_base", "investigation_base", "always_open", "hours_note", "directions", "page_url", "services",
            "step_free", "hearing_loop", "languages", "access_note", "status_note", "source_year", "checked_on",
        )  # fmt: skip

    def check(self, instance) -> None:
        if self.after["checked_on"] != self.before.get("checked_on", ""):
            instance.checked_by = self.keeper.person
        super().check(instance)

    def own_fields(self) -> list[str]:
        return [*super().own_fields(), "checked_by"]

    def works_there(self, instance) -> set:
        return _posted(team__hub=instance.pk)


class Teams(Place):
    title = "teams"
    keys = ("slug",)
    path = "hub__area"
    joined = ("kind", "hub", "department")
    many = ("wards",)
    order = ("slug",)
    where = ("hub", "department")
    lead = (
        "One row a team, by its slug. It has either a hub or a department. Wards are GSS codes with a space between. "
        "Teams that are not in the file stay as they are."
    )

    slug = Column("slug", "slug", Text(needed=True))
    name = Column("name", "name", Text(needed=True))
    kind = Column("kind", "kind", Key("kind", "code", needed=True))
    hub = Column("hub", "hub", Key("hub", "slug"))
    department = Column("department", "department", Key("department", "code"))
    remit = Column("remit", "remit", Text())
    wards = Many("wards", "wards", Keys("ward", "code"))
    email = Column("email", "email", Text())
    phone = Column("phone", "phone", Phone())

    class Meta:
        model = Team
        fields = ("slug", "name", "kind", "hub", "department", "remit", "wards", "email", "phone")

    def check(self, instance) -> None:
        if self.keeper.areas is not None and instance.department_id:
            raise ValidationError({"department": "Teams of a department are kept by staff admins."})
        super().check(instance)

    def works_there(self, instance) -> set:
        return _posted(team=instance.pk)


def _posted(**where) -> set:
    return set(Posting.objects.lasting().filter(**where).values_list("person", flat=True))
