"""What stood before: each row's history with that of what is kept with it, and versions that can be restored."""

from itertools import pairwise

from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Q
from django.forms.models import _get_foreign_key
from simple_history.admin import SimpleHistoryAdmin
from simple_history.models import DeletedObject, ModelChange
from simple_history.template_utils import HistoricalRecordContextHelper
from simple_history.utils import get_m2m_reverse_field_name

NEWEST = 50  # lines of what is kept with a row that its page shows


class HistoryOfRows(SimpleHistoryAdmin):
    """Who changed what, when, from what to what, of a row and of its inlines; one old version a page, with its button."""

    object_history_list_template = "admin/object_history_list.html"
    object_history_form_template = "admin/object_history_form.html"
    history_list_per_page = 20

    def revert_disabled(self, request, obj=None):
        """An old version is restored by whoever may change the row today."""
        return not self.has_change_permission(request, obj)

    def set_history_delta_changes(self, request, historical_records, foreign_keys_are_objs=True):
        """What each line of the page changed, compared with the line before it, also where that is on the next page.

        The library asks for what stood beside each line by itself; here it is asked for once.
        """
        lines = list(historical_records)
        if not lines:
            return
        lines += before(lines[-1])
        relations = lines[0]._history_m2m_fields
        beside = {relation.name: stood_beside(lines, relation) for relation in relations}
        for line, older in pairwise(lines):
            delta = line.diff_against(older, excluded_fields=beside, foreign_keys_are_objs=foreign_keys_are_objs)
            for name, rows in beside.items():
                if rows.get(line.pk) != rows.get(older.pk):
                    delta.changes.append(ModelChange(name, rows.get(older.pk, []), rows.get(line.pk, [])))
            helper = self.get_historical_record_context_helper(request, line)
            line.history_delta_changes = helper.context_for_delta_changes(delta)
        for line in lines:
            line.history_object = as_then(line)

    def _parts_with_history(self, request, row):
        """Pairs of an inline whose rows are kept on this page and their link to `row`."""
        kept = (one for one in self.get_inline_instances(request, row) if not getattr(one, "kept_elsewhere", False))
        return [(one, _get_foreign_key(self.model, one.model)) for one in kept if hasattr(one.model, "history")]

    def render_history_view(self, request, template, context, **kwargs):
        """The page with what is kept with the row: its lines on the list, that it stays on the page of a version."""
        row = context.get("original") or context["object"]
        parts = self._parts_with_history(request, row)
        if "original" in context:
            context["parts_stay"] = [one.opts.verbose_name_plural for one, _link in parts]
        elif request.GET.get(PAGE_VAR, "1") == "1":
            found = [(one.opts.verbose_name_plural, lines_of(one.model, link, row)) for one, link in parts]
            context["parts"] = [(name, lines) for name, lines in found if lines]
        return super().render_history_view(request, template, context, **kwargs)

    def history_view(self, request, object_id, extra_context=None):
        self._refuse_by_row_of_today(request, object_id)
        return super().history_view(request, object_id, extra_context)

    def _refuse_by_row_of_today(self, request, object_id) -> None:
        """What somebody may see and do with an old version, they may with the row as it stands today.

        The library asks the old version: by it, a row that has gone to another area, or a person who has risen, would still
        be theirs. And it takes what is sent from whoever may look.
        """
        now = self.model._base_manager.filter(pk=unquote(object_id)).first()
        if now is not None and not self.has_view_history_permission(request, now):
            raise PermissionDenied
        if request.method == "POST" and not self.has_change_permission(request, now):
            raise PermissionDenied

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        with transaction.atomic():
            self._refuse_by_row_of_today(request, object_id)
            return super().history_form_view(request, object_id, version_id, extra_context)


def as_then(line) -> models.Model:
    """The row as it was, which knows what was fetched along with the line, so that to name it asks nothing more."""
    row = line.instance_type(**{field.attname: getattr(line, field.attname) for field in line.tracked_fields})
    row._state.fields_cache |= {name: one for name, one in line._state.fields_cache.items() if one is not None}
    return row


def before(line) -> list:
    """The line of history before `line` in a list, or none."""
    key = line.instance_type._meta.pk.attname
    older = Q(history_date__lt=line.history_date) | Q(history_date=line.history_date, history_id__lt=line.history_id)
    lines = line.instance_type.history.filter(older, **{key: getattr(line, key)})
    return list(lines._select_related_history_tracked_objs()[:1])


def stood_beside(lines, relation) -> dict:
    """The key of each of `lines` -> what stood in `relation` beside it then, in the shape in which the library compares."""
    name, between = get_m2m_reverse_field_name(relation), getattr(type(lines[0]), relation.name).model
    found: dict = {}
    for row in between.objects.filter(history__in=[line.pk for line in lines]).select_related(name).order_by(name):
        found.setdefault(row.history_id, []).append(
            {name: getattr(row, name) or DeletedObject(relation.related_model, getattr(row, f"{name}_id"))}
        )
    return found


def lines_of(model, link, row) -> list:
    """The newest lines of the history of rows of `model` that belong to `row`, each with `words` and `history_delta_changes`.

    Two questions, however many lines there are.
    """
    history = model.history.select_related("history_user").filter(**{link.attname: row.pk})
    lines = list(history.order_by("-history_date", "-history_id")[: 4 * NEWEST])
    excluded = [model._meta.get_field(name) for name in model.history.model._history_excluded_fields]
    there = model._base_manager.in_bulk({line.id for line in lines}) if excluded else {}
    newer: dict = {}
    for line in lines:
        line.words = _words(line, model, link, row, there)
        line.history_delta_changes = []
        if later := newer.get(line.id):
            delta = HistoricalRecordContextHelper(model, later).context_for_delta_changes(later.diff_against(line))
            later.history_delta_changes = delta
        newer[line.id] = line
    return lines[:NEWEST]


def _words(line, model: type[models.Model], link, row, there) -> str:
    """How the row of `line` was called then; by what history does not keep, as it is now."""
    one = there.get(line.id) or as_then(line)
    setattr(one, link.name, row)
    return str(one) or f"{model._meta.verbose_name} {line.id}"
