"""Who held what, from one day to another: what has begun stays as it was, through every door."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import cached_property

from .stamp import days_ago, midnight, today_in_london

AT_ONCE = 1000  # keys in one question
OWN_ACCESS = "Nobody changes their own access. Ask a colleague to do it."


def entered_today(model, keys) -> set:
    """Those of `keys`, primary keys of `model`, whose rows were entered today in London; a question for each thousand."""
    keys, name, found = list(keys), model._meta.pk.name, set()
    made = model.history.filter(history_type="+", history_date__gte=midnight())
    for start in range(0, len(keys), AT_ONCE):
        found |= set(made.filter(**{f"{name}__in": keys[start : start + AT_ONCE]}).values_list(name, flat=True))
    return found


def ended_today(model, keys) -> set:
    """Those of `keys` whose rows still ran as today began in London: a last day that has passed was entered today."""
    keys, name, ran = list(keys), model._meta.pk.name, {}
    before = model.history.filter(history_date__lt=midnight()).order_by("history_date", "history_id")
    for start in range(0, len(keys), AT_ONCE):
        ran |= dict(before.filter(**{f"{name}__in": keys[start : start + AT_ONCE]}).values_list(name, "until"))
    return {key for key, until in ran.items() if until is None or until >= today_in_london()}


class Held(models.Model):
    """A row by which somebody has access: who, what (`HELD`) and since when stay once it has begun.

    It is given a last day, and another begins; what is over stays over. Who learns late that it was over before can say
    so, and says why (`_change_reason`, which its history keeps), as others went by days that are gone. What was entered
    today may be a slip of the pen, and is put right today.
    """

    HELD: tuple = ()
    STAYS = "This has begun, and who held what on which day stays on record. Give it a last day, and add another."
    OVER = "This is over, and who held what until which day stays on record. Add another that begins today or later."
    LATE = "Others went by days that are over. Say why this last day is entered only now: the history keeps it."

    class Meta:
        abstract = True

    @classmethod
    def rewritten(cls, pairs) -> dict:
        """Key of a row -> ValidationError by field, of those that would rewrite who held what, by few questions.

        `pairs`: a row as it is meant, and as it stood, a dict of attnames.
        """
        pairs, today, found = list(pairs), today_in_london(), {}
        past = {meant.pk for meant, stood in pairs if stood["until"] and stood["until"] < today}
        over = past - ended_today(cls, past)
        fields = [cls._meta.get_field(name) for name in (*cls.HELD, "until")]
        for meant, stood in pairs:
            if stood["from_date"] > today:
                continue
            names = {one.name for one in fields if one.to_python(getattr(meant, one.attname)) != stood[one.attname]}  # type: ignore[union-attr]
            if refused := cls._refused(meant, names, over=meant.pk in over):
                found[meant.pk] = ValidationError(refused)
        fresh = entered_today(cls, found)
        return {key: refusal for key, refusal in found.items() if key not in fresh}

    @classmethod
    def _refused(cls, meant, names: set, *, over: bool) -> dict:
        """Field -> why it stays, of those `names` that `meant` would change; `over`: all of them do."""
        if over or names - {"until"}:
            return dict.fromkeys(names, cls.OVER) if over else dict.fromkeys(names - {"until"}, cls.STAYS)
        until = cls._meta.get_field("until").to_python(meant.until)  # type: ignore[union-attr]
        late = "until" in names and until and until < days_ago(1) and not getattr(meant, "_change_reason", None)
        return {"until": cls.LATE} if late else {}

    @cached_property
    def over(self) -> bool:
        """Whether its last day has passed, and was not entered today. Asked once for each object."""
        until = self.until  # type: ignore[attr-defined]
        return bool(until and until < today_in_london()) and not ended_today(type(self), [self.pk])

    def stays(self) -> list[str]:
        """The names of what can't be changed any more of this row as it stands. Asked once for each object."""
        if not hasattr(self, "_stays"):
            today, first = today_in_london(), self.from_date  # type: ignore[attr-defined]
            begun = bool(self.pk) and first <= today
            names = [*self.HELD, "until"] if self.over else list(self.HELD)
            self._stays = names if begun and not entered_today(type(self), [self.pk]) else []
            if begun and first < today and not self._stays:
                self._stays = ["person"]  # somebody else is another row, which can be deleted and entered anew today
        return self._stays

    def ends_late(self) -> bool:
        """Whether it has begun and can still be given a last day, which may have passed already."""
        return len(self.stays()) > 1 and "until" not in self.stays()

    def clean(self):
        first, until = self.from_date, self.until  # type: ignore[attr-defined]
        days = self._meta.get_field("until")
        if first and until and days.to_python(until) < days.to_python(first):  # type: ignore[union-attr]
            raise ValidationError({"until": "The last day lies before the first."})
        columns = [self._meta.get_field(name).attname for name in (*self.HELD, "until")]  # type: ignore[union-attr]
        stood = type(self)._base_manager.filter(pk=self.pk).values(*columns).first() if self.pk else None
        for refusal in self.rewritten([(self, stood)] if stood else []).values():
            raise refusal
        super().clean()
