"""People as CSV: by collar number; who has none, by address. A file closes accounts and opens none; no roles, no passwords."""

from django.core.exceptions import ValidationError
from django.db.models import Q

from accounts.held import OWN_ACCESS
from accounts.letters import mail_old_address
from accounts.models import User
from accounts.stamp import today_in_london
from hubs.models import Posting

from .cells import BLANKS, Mail, Refused, Text, YesNo
from .columns import Column
from .known import Keeper
from .tables import CHANGED, Table


class Collar(Text):
    def mean(self, text, table):
        if "@" in text or len(text) > 20:
            raise Refused(f"“{text[:40]}” is not a collar number.")
        return text


class Nothing(Collar):
    """A collar number, or none, which is no empty text."""

    def __init__(self):
        super().__init__(empty=None)


class People(Table):
    title = "people"
    keys = ("collar_number", "email")
    order = ("email",)
    lead = (
        "One row a person. The collar number names them; the address, who has none. Names, ranks, addresses and whether the "
        "public may see the name can be changed. “no” under may_sign_in closes the account of somebody who leaves, from the next "
        "request on; a closed one is opened again on its own page alone. Roles are not in the file. New people get no mail: "
        "invite them from the list. People who are not in the file stay as they are."
    )

    collar_number = Column("collar_number", "collar_number", Nothing())
    email = Column("email", "email", Mail(needed=True))
    name = Column("name", "name", Text(needed=True))
    rank = Column("rank", "rank", Text())
    public_name = Column("public_name", "public_name", YesNo(empty=False))
    may_sign_in = Column("is_active", "may_sign_in", YesNo(needed=True))

    class Meta:
        model = User
        fields = ("collar_number", "email", "name", "rank", "public_name", "may_sign_in")

    def __init__(self, keeper: Keeper):
        super().__init__(keeper)
        self.mails: dict = {}  # address -> who has it, in the database or in the file so far
        self.collars: dict = {}

    def rows(self):
        """Everybody; for a team editor those who are, or will be, posted in the own area."""
        people = User.objects.order_by(*self.order)
        if self.keeper.areas is None:
            return people
        lasting = Posting.objects.filter(Q(until__isnull=True) | Q(until__gte=today_in_london()))
        return people.filter(pk__in=lasting.filter(team__hub__area__in=self.keeper.areas).values("person"))

    def load(self, rows) -> None:
        words = {row[name].strip(BLANKS) for row in rows for name in self.keys}
        asked = Q(collar_number__in=words) | Q(email__in={word.lower() for word in words})
        for one in User.objects.filter(asked):
            if one.pk not in self.stood:
                self.stood[one.pk] = self.facts_of(one)
                self.mails[one.email] = one
                if one.collar_number:
                    self.collars[one.collar_number] = one

    def find(self, row: dict):
        collar, mail = self._key(row)
        by_collar, by_mail = self.collars.get(collar), self.mails.get(mail)
        if by_collar and by_mail and by_collar is not by_mail:
            raise ValidationError({"email": f"{by_collar} has this collar number, but {by_mail} this address."})
        if by_mail and not by_collar and by_mail.collar_number and by_mail.pk:
            hint = self.known.hint(collar) if collar else ""
            words = f"{by_mail} has the collar number {by_mail.collar_number}; it is changed on their own page.{hint}"
            raise ValidationError({"collar_number": words})
        found = by_collar or by_mail
        if found is None and collar and (hint := self.known.hint(collar)):
            raise ValidationError({"collar_number": f"There is nobody with the collar number “{collar}”.{hint}"})
        return found if found and found.pk else None

    def own_fields(self) -> list[str]:
        return [column.attribute for column in self.columns.values()]

    def _key(self, row: dict) -> tuple:
        errors, key = {}, []
        for name in self.keys:
            try:
                key.append(self.columns[name].widget.clean(row[name], row, table=self))
            except Refused as refusal:
                errors[name] = ValidationError(str(refusal))
        if errors:
            raise ValidationError(errors)
        return tuple(key)

    def check(self, instance) -> None:
        if instance.is_superuser and not self.keeper.person.is_superuser:
            raise ValidationError("This account is changed by somebody of the same standing alone.")
        self._refuse_to_open(instance)
        for name, taken in (("email", self.mails), ("collar_number", self.collars)):
            value = getattr(instance, name)
            if value and taken.setdefault(value, instance) is not instance:
                raise ValidationError({name: f"{taken[value]} has this already."})
        if not instance.pk:
            instance.set_unusable_password()
        instance.clean_fields(exclude=["password"])

    def tell(self, lines) -> None:
        for line in lines:
            if line.kind == CHANGED and any(name == "email" for name, _before, _after in line.facts):
                mail_old_address.enqueue(line.instance.pk)

    def _refuse_to_open(self, instance) -> None:
        """A file opens no account that is closed, and nobody closes their own."""
        if instance.is_active and self.before.get("may_sign_in") == "no":
            raise ValidationError({"is_active": "This account is closed. It is opened again on its own page alone."})
        if instance.pk == self.keeper.person.pk and not instance.is_active:
            raise ValidationError({"is_active": OWN_ACCESS})
