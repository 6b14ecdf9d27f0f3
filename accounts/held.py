"""Who held what, from one day to another: what has begun stays as it was, through every door."""

from django.core.exceptions import ValidationError
from django.db import models

from .stamp import midnight_in_london, today_in_london

AT_ONCE = 1000  # keys in one question
OWN_ACCESS = "Nobody changes their own access. Ask a colleague to do it."


def entered_today(model, keys) -> set:
    """Those of `keys`, primary keys of `model`, whose rows were entered today in London; a question for each thousand."""
    keys, name, found = list(keys), model._meta.pk.name, set()
    made = model.history.filter(history_type="+", history_date__gte=midnight_in_london())
    for start in range(0, len(keys), AT_ONCE):
        found |= set(made.filter(**{f"{name}__in": keys[start : start + AT_ONCE]}).values_list(name, flat=True))
    return found


class Held(models.Model):
    """A row by which somebody has access: who, what (`HELD`) and since when stay once it has begun.

    It is given a last day, and another begins; what is over stays over. What was entered today may be a slip of the pen,
    and is put right today.
    """

    HELD: tuple = ()
    STAYS = "This has begun, and who held what on which day stays on record. Give it a last day, and add another."
    OVER = "This is over, and who held what until which day stays on record. Add another that begins today or later."

    class Meta:
        abstract = True

    @classmethod
    def rewritten(cls, pairs) -> dict:
        """Key of a row -> ValidationError by field, of those that would rewrite who held what, by few questions.

        `pairs`: a row as it is meant, and as it stood, a dict of attnames.
        """
        today, found = today_in_london(), {}
        fields = [cls._meta.get_field(name) for name in (*cls.HELD, "until")]
        for meant, stood in pairs:
            names = {one.name for one in fields if one.to_python(getattr(meant, one.attname)) != stood[one.attname]}  # type: ignore[union-attr]
            over = bool(stood["until"] and stood["until"] < today)
            if stood["from_date"] <= today and (names := names if over else names - {"until"}):
                found[meant.pk] = ValidationError(dict.fromkeys(names, cls.OVER if over else cls.STAYS))
        fresh = entered_today(cls, found)
        return {key: refusal for key, refusal in found.items() if key not in fresh}

    @property
    def over(self) -> bool:
        """Whether its last day has passed."""
        until = self.until  # type: ignore[attr-defined]
        return bool(until and until < today_in_london())

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
