"""Two people at one row: whoever saves second sees what the first has saved, and loses nothing of their own."""

import hashlib

from django import forms
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.utils.formats import localize
from django.utils.translation import gettext as _

SHORT = 16  # letters of a digest: enough to tell two versions of one row apart


def _digest(rows) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:SHORT]


def _values(row, names=None) -> list:
    """What a form can change of `row`, as text."""
    fields = [field for field in row._meta.concrete_fields if field.editable and not field.primary_key]
    return [(field.name, field.value_to_string(row)) for field in fields if names is None or field.name in names]


class VersionedForm(forms.ModelForm):
    """A form of the admin that carries the version of the row it shows, and refuses to save over a newer one.

    The version is made of what the form can change: its own fields, and the rows that are kept with it (`parts`, a list of
    inline admins). It needs no column, so a change through any door counts.
    """

    request = None
    keeper = None
    alone = False  # a row of a list, without what is kept with it

    def __init__(self, *args, **options):
        # Read before the fields are: rather a false alarm than a silent loss.
        instance = options.get("instance")
        self._shown = self._version_of(instance) if instance and instance.pk else ""
        self._newer = ""
        super().__init__(*args, **options)

    @property
    def version_name(self) -> str:
        """Under which name the version is sent."""
        return self.add_prefix("_version")

    @property
    def version(self) -> str:
        """The version that whoever reads this page has seen."""
        return self._newer or (self.is_bound and self.data.get(self.version_name)) or self._shown

    def _version_of(self, row) -> str:
        row = type(row)._base_manager.filter(pk=row.pk).first() if hasattr(row, "_history") else row
        if row is None:  # a version of something that was deleted is looked at
            return ""
        many = [] if self.alone else [field.name for field in row._meta.many_to_many if field.name in self.base_fields]
        own = (
            _values(row, self.base_fields),
            [sorted(map(str, getattr(row, name).values_list("pk", flat=True))) for name in many],
        )
        return ".".join([_digest(own), *(_digest([_values(one) for one in rows]) for rows in self._parts_of(row))])

    def _parts_of(self, row):
        """The rows that are kept with `row` on this page, a list for each inline."""
        return [] if self.alone else parts_of(self.keeper, self.request, row)

    def clean(self):
        cleaned = super().clean()
        seen = self.data.get(self.version_name)
        if self.instance._state.adding:
            return cleaned
        if not seen:
            raise ValidationError("This form does not say what you saw. Open the page again, and save it from there.")
        rows = type(self.instance)._base_manager.select_for_update()
        now = rows.filter(pk=self.instance.pk).first()
        if now is None:
            raise ValidationError(_("Somebody deleted this while you were writing. Copy what you need from below."))
        current = self._version_of(now)
        if current != seen:
            self._newer = current
            raise ValidationError(
                [self._who_was_quicker(now), *self._differences(now, cleaned), *self._new_parts(now, seen)]
            )
        return cleaned

    def _who_was_quicker(self, now) -> str:
        last = now.history.select_related("history_user").first() if hasattr(now, "history") else None
        who = (last and last.history_user) or _("Somebody")
        return _(
            "%(who)s saved this while you were writing. Nothing is lost: what you wrote is still below. Compare, change "
            "what you want, and save again: then yours counts."
        ) % {"who": who}

    def _differences(self, now, cleaned):
        for name, field in self.fields.items():
            theirs = _in_words(now, name)
            yours = _said(cleaned.get(name), field)
            if theirs is not None and name in cleaned and theirs != yours:
                words = _("%(field)s: now “%(theirs)s”, you wrote “%(yours)s”.")
                yield words % {"field": field.label, "theirs": theirs or _("empty"), "yours": yours or _("empty")}

    def _new_parts(self, now, seen):
        before = seen.split(".")[1:]
        for rows, old in zip(self._parts_of(now), before, strict=False):
            if _digest([_values(one) for one in rows]) != old:
                listed = "; ".join(map(str, rows)) or _("nothing")
                yield _("What is listed below has changed too. It is now: %(rows)s.") % {"rows": listed}


def parts_of(keeper, request, row) -> list:
    """The rows that `keeper`, an admin, keeps with `row` on its page: a list for each inline this person may change."""
    kept = [one for one in keeper.get_inline_instances(request, row) if one.has_change_permission(request, row)]
    links = [(one, forms.models._get_foreign_key(type(row), one.model)) for one in kept]
    return [list(one.get_queryset(request).filter(**{link.name: row.pk}).order_by("pk")) for one, link in links]


def parts_of_all(keeper, request, rows) -> dict:
    """The key of each of `rows` -> what `parts_of` finds for it; one question for each inline, however many rows there are."""
    found: dict = {row.pk: [] for row in rows}
    for one in keeper.get_inline_instances(request):
        link = forms.models._get_foreign_key(keeper.model, one.model)
        kept = {row.pk: [] for row in rows if one.has_change_permission(request, row)}
        if kept:
            for part in one.get_queryset(request).filter(**{f"{link.name}__in": list(kept)}).order_by("pk"):
                kept[getattr(part, link.attname)].append(part)
        for key, parts in kept.items():
            found[key].append(parts)
    return found


def version_of(row) -> str:
    """The version of all that people can change of `row` itself."""
    many = [sorted(map(str, getattr(row, field.name).values_list("pk", flat=True))) for field in row._meta.many_to_many]
    return _digest((_values(row), many, []))  # as moves that are on record have kept it


def versions_of(rows, parts: dict) -> dict:
    """The key of each of `rows`, of one model, -> the version of all that people can change of it and of its `parts`."""
    if not rows:
        return {}
    relations = [field.name for field in rows[0]._meta.many_to_many]
    models.prefetch_related_objects(rows, *relations)
    found = {}
    for row in rows:
        many = [sorted(str(one.pk) for one in getattr(row, name).all()) for name in relations]
        found[row.pk] = _digest((_values(row), many, [[_values(part) for part in some] for some in parts[row.pk]]))
    return found


def lines_of_history(rows) -> dict:
    """The key of each of `rows` -> the number of the newest line in its history; nothing where the model keeps none."""
    if not rows or not hasattr(rows[0], "history"):
        return {}
    model = type(rows[0])
    key = model._meta.pk.name
    lines = model.history.filter(**{f"{key}__in": [row.pk for row in rows]})
    return dict(lines.order_by("history_date", "history_id").values_list(key, "history_id"))


def changes_since(row, line: str):
    """Yields, in words, what changed in `row` since that line of its history, and by whom."""
    lines = row.history.select_related("history_user") if hasattr(row, "history") else None
    then = lines.filter(history_id=line).first() if lines is not None and line.isdecimal() and len(line) < 19 else None
    now = lines.first() if then else None
    if now is None or now == then:
        return
    yield _("%(who)s changed it.") % {"who": now.history_user or _("Somebody")}
    for field in row._meta.concrete_fields:
        if field.editable and getattr(then, field.attname, None) != getattr(now, field.attname, None):
            before, after = (_in_words(one.instance, field.name) or _("empty") for one in (then, now))
            words = _("%(field)s: it was “%(before)s”, now it is “%(after)s”.")
            yield words % {"field": field.verbose_name, "before": before, "after": after}


def _in_words(row, name):
    """What `row` holds under `name` as people read it, or None where that is no field of it."""
    try:
        field = row._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    if field.many_to_many:
        return _plain(getattr(row, name).all())
    return _plain(getattr(row, f"get_{name}_display")() if field.choices else getattr(row, name))


def _said(value, field) -> str:
    choices = dict(getattr(field, "choices", ()) or ()) if isinstance(field, forms.TypedChoiceField) else {}
    return _plain(choices.get(value, value))


def _plain(value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, models.QuerySet):
        return ", ".join(sorted(map(str, value)))
    return str(localize(value))
