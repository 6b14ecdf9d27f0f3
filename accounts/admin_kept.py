"""How every room's admin is kept: who adds and changes, that nobody changes their own access, and what is only looked at."""

from contextlib import nullcontext
from functools import cache

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from simple_history.utils import get_m2m_reverse_field_name

from .admin_history import NEWEST, HistoryOfRows
from .deleting import SeenBeforeDeleted
from .held import OWN_ACCESS, Held
from .models import ForceRole
from .versions import VersionedForm

GONE = "deleted"  # in the address of a list


class KeptForm(VersionedForm):
    """A form that knows who fills it in: nobody gives, changes or ends a role of their own."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        then = getattr(self.instance, "_history", None)
        for relation in self._meta.model._meta.many_to_many if then else ():
            if relation.name in self.fields:
                self._as_then(then, relation)

    def _as_then(self, then, relation) -> None:
        """Show what stood beside the row `then`; where its history keeps none, what stands there now stays."""
        if relation.name in {one.name for one in then._history_m2m_fields}:
            kept = getattr(then, relation.name).values(get_m2m_reverse_field_name(relation))
            self.initial[relation.name] = list(relation.related_model._base_manager.filter(pk__in=kept))
        else:
            self.fields[relation.name].disabled = True
            self.fields[relation.name].help_text = _("Old versions don't keep this. It stays as it is now.")

    def clean(self):
        cleaned = super().clean()
        touched = self.keeper.who_gets_access(self.instance, [*self.changed_data, *self._restored()])
        if self.keeper.gives_access:
            touched |= {getattr(cleaned.get("person"), "pk", None)}
        if self.request.user.pk in touched:
            raise ValidationError(OWN_ACCESS)
        return cleaned

    def _restored(self) -> list[str]:
        """In which fields an old version that is restored differs from the row; what the form does not show stays as it is."""
        if not hasattr(self.instance, "_history"):
            return []
        now = type(self.instance)._base_manager.filter(pk=self.instance.pk).first()
        if now is None:
            raise ValidationError(_("This was deleted. Add it anew."))
        fields = [f for f in now._meta.concrete_fields if getattr(now, f.attname) != getattr(self.instance, f.attname)]
        for field in fields:
            if field.name not in self.fields:
                setattr(self.instance, field.attname, getattr(now, field.attname))
        if self.keeper.gives_access and self.request.user.pk == now.person_id:
            raise ValidationError(OWN_ACCESS)
        return [field.name for field in fields]


class HeldForm(KeptForm):
    """A form of who held what: a last day that has passed is entered with the reason why only now."""

    why = forms.CharField(
        label="Why only now?", required=False, max_length=100,
        help_text="Only where the last day lies before yesterday. For colleagues, kept in the history.",
    )  # fmt: skip

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if not self.instance.ends_late():
            del self.fields["why"]

    def clean(self):
        if why := self.cleaned_data.get("why"):
            self.instance._change_reason = why
        return super().clean()


class ClosedLookups:
    """A list answers only what it offers to be filtered by.

    Django lets an address made up by hand ask any column of the row: a password's hash, letter by letter. Some questions
    the database would end with an error besides.
    """

    def lookup_allowed(self, lookup, value, request):
        entries = [item[0] if isinstance(item, tuple) else item for item in self.get_list_filter(request)]
        with_own_choices = {getattr(entry, "parameter_name", None) for entry in entries}
        if lookup in with_own_choices:
            return True
        offered = [name for name in (self.date_hierarchy, *entries) if isinstance(name, str)]
        if not any(lookup == name or lookup.startswith(f"{name}__") for name in offered):
            return False
        last = lookup.rsplit("__", 1)[-1]
        if last in {"regex", "iregex"} or last == "year" and not (value.isdecimal() and len(value) < 5 and int(value)):
            return False
        return super().lookup_allowed(lookup, value, request)


@cache
def day_column(field):
    """A column of a list: the day in `field` without its weekday, so that the row stays short."""

    @admin.display(description=field.verbose_name, ordering=field.name)
    def day(row):
        value = getattr(row, field.name)
        return format_html('<span class="day">{}</span>', date_format(value, "j M Y")) if value else None

    day.__name__ = field.name
    return day


class KeptAdmin(SeenBeforeDeleted, ClosedLookups, HistoryOfRows):
    """Staff admins add and change, auditors read; deleting what is used is refused in words by the database's own rules."""

    form = KeptForm
    gives_access = False  # whether a row gives its `person` access
    fills: dict = {}  # fields that are filled from others while a row is added, and only then
    fixed: tuple = ()  # what other rows and addresses call it by: it stays once the row is made
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    list_per_page = 50
    show_full_result_count = False
    readers = (ForceRole.Role.STAFF_ADMIN, ForceRole.Role.AUDITOR)

    def _keeps(self, request, obj=None) -> bool:
        return request.user.keeps_whole_force

    def sees_all(self, request) -> bool:
        """Whether the signed-in person may look at every row."""
        return request.user.is_superuser or any(request.user.has_role(role) for role in self.readers)

    def who_gets_access(self, obj, changed) -> set:
        """The ids of those who get access through `obj` as it stands, as far as `changed`, names of fields, touches it."""
        return {obj.person_id} if self.gives_access else set()

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_view_permission(self, request, obj=None):
        return self.sees_all(request)

    def has_add_permission(self, request):
        return self._keeps(request)

    def has_change_permission(self, request, obj=None):
        return self._keeps(request, obj)

    def has_delete_permission(self, request, obj=None):
        own = self.gives_access and obj is not None and obj.person_id == request.user.pk
        return self._keeps(request, obj) and not own

    def has_view_history_permission(self, request, obj=None):
        return self.has_view_permission(request, obj)

    def get_list_display(self, request):
        days = {one.name: day_column(one) for one in self.opts.fields if type(one) is models.DateField}
        return [days.get(name, name) if isinstance(name, str) else name for name in super().get_list_display(request)]

    def get_fields(self, request, obj=None):
        """Below the last day of what has begun, room to say why it is entered late."""
        names = [name for name in super().get_fields(request, obj) if name != "why"]
        if isinstance(obj, Held) and obj.ends_late() and self.has_change_permission(request, obj):
            names.insert(names.index("until") + 1, "why")
        return names

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"request": request, "keeper": self})

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Beside a choice stands no door to delete what is chosen: that is decided on its own page."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and hasattr(field.widget, "can_delete_related"):
            field.widget.can_delete_related = False
        return field

    def get_changelist_form(self, request, **kwargs):
        form = super().get_changelist_form(request, **{"form": self.form, **kwargs})
        return type(form.__name__, (form,), {"request": request, "keeper": self, "alone": True})

    def changelist_view(self, request, extra_context=None):
        """A list that is saved is compared and written in one transaction; with `?deleted` it is of what was deleted lately."""
        if GONE in request.GET and hasattr(self.model, "history") and self.sees_all(request):
            return self._deleted_lately(request)
        with transaction.atomic() if "_save" in request.POST else nullcontext():
            gone = hasattr(self.model, "history") and self.sees_all(request)
            return super().changelist_view(request, {"gone": gone, **(extra_context or {})})

    def _deleted_lately(self, request):
        """The last line of history of the newest rows that are there no longer: what it was, who deleted it, and when."""
        key = self.opts.pk.name
        gone = self.model.history.filter(history_type="-").exclude(
            **{f"{key}__in": self.model._base_manager.values("pk")}
        )
        lines = list(gone.select_related("history_user").order_by("-history_date", "-history_id")[:NEWEST])
        for line in lines:
            kept = (
                one for one in line.tracked_fields if one.name != key and getattr(line, one.attname) not in (None, "")
            )
            line.facts = [(one.verbose_name, getattr(line, one.attname)) for one in kept]
        title = f"{self.opts.verbose_name_plural}: deleted lately"
        context = self.admin_site.each_context(request) | {"title": title, "lines": lines, "opts": self.opts}
        return render(request, "admin/deleted_lately.html", context)

    def save_model(self, request, obj, form, change):
        """Save it, and say where another row keeps who acted before."""
        super().save_model(request, obj, form, change)
        if words := getattr(obj, "taken_over", ""):
            self.message_user(request, words)

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), *(self.fixed if obj else ()), *self._staying(obj)]

    def _staying(self, obj) -> list:
        return obj.stays() if isinstance(obj, Held) else []

    def get_fieldsets(self, request, obj=None):
        """Where who held what has begun and so stays, the form says it, and what to do instead."""
        sets = super().get_fieldsets(request, obj)
        if len(self._staying(obj)) > 1 and self.has_change_permission(request, obj):
            sets[0][1]["description"] = self.instead_of_rewriting(obj)
        return sets

    def instead_of_rewriting(self, obj) -> str:
        """Words above the form of a row that has begun, as HTML."""
        return obj.OVER if obj.over else obj.STAYS

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else self.fills

    def get_changeform_initial_data(self, request):
        """What the address offers, but only numbers for numeric keys: anything else would end in an error page."""
        initial = super().get_changeform_initial_data(request)
        keys = {field.name: field.target_field for field in self.opts.fields if field.many_to_one}
        return {
            name: value
            for name, value in initial.items()
            if name not in keys or keys[name].get_internal_type() == "CharField" or str(value).isdecimal()
        }


class LookedAt(ClosedLookups, admin.ModelAdmin):
    """Rows that are written by the portal alone."""

    list_per_page = 50
    show_full_result_count = False
    readers: tuple = (ForceRole.Role.AUDITOR,)

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_view_permission(self, request, obj=None):
        return request.user.is_superuser or any(request.user.has_role(role) for role in self.readers)

    def has_add_permission(self, request, obj=None):
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def has_keep_permission(self, request):
        """For actions that say `permissions=["keep"]`: looking at a row is not doing something with it."""
        return request.user.keeps_whole_force


class ShownInline(admin.TabularInline):
    """Rows that are shown with their owner and kept in a list of their own."""

    extra = 0
    show_change_link = True
    kept_elsewhere = True

    def has_view_permission(self, request, obj=None):
        return True

    def has_add_permission(self, request, obj=None):
        return False

    has_change_permission = has_delete_permission = has_add_permission
