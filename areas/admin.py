"""Staff keep areas, wards, commands and editorships here. `AreaKeptAdmin` lets a team editor keep their own area."""

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.admin import KeptAdmin, LookedAt, ShownInline

from .models import (
    Area,
    Channel,
    Command,
    CommandCover,
    Edition,
    Editorship,
    Force,
    Language,
    Meeting,
    MeetingQuestion,
    Neighbour,
    Priority,
    PriorityAction,
    Ward,
)


def edited_areas(request) -> set:
    """The ids of the areas that the signed-in person edits today; read once a request."""
    if not hasattr(request, "_edited_areas"):
        request._edited_areas = set(Area.objects.edited_by(request.user).values_list("pk", flat=True))
    return request._edited_areas


class AreaKeptAdmin(KeptAdmin):
    """Rows that belong to an area: a team editor keeps those of their own area, and chooses from nothing else."""

    area_path = "area"  # from the row to its area
    area_id_of = staticmethod(lambda obj: obj.area_id)
    editors_keep = True

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if self.sees_all(request):
            return rows
        return rows.filter(**{f"{self.area_path}__in": edited_areas(request)})

    def has_view_permission(self, request, obj=None):
        return self.sees_all(request) or self._edits(request, obj)

    def _edits(self, request, obj=None) -> bool:
        areas = edited_areas(request)
        return bool(areas) and (obj is None or self.area_id_of(obj) in areas)

    def _keeps(self, request, obj=None):
        return super()._keeps(request, obj) or (self.editors_keep and self._edits(request, obj))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return super().formfield_for_foreignkey(db_field, request, **self._own_choices(db_field, request, kwargs))

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return super().formfield_for_manytomany(db_field, request, **self._own_choices(db_field, request, kwargs))

    def _own_choices(self, db_field, request, kwargs):
        """What the related list shows this person is what they may choose, also by a hand-made request.

        An editor who sees more, as an auditor does, still chooses from their own area.
        """
        related = self.admin_site._registry.get(db_field.remote_field.model)
        if related is not None and "queryset" not in kwargs:
            rows = related.get_queryset(request)
            if isinstance(related, AreaKeptAdmin) and not self.keeps_all(request):
                rows = rows.filter(**{f"{related.area_path}__in": edited_areas(request)})
            kwargs["queryset"] = rows
        return kwargs

    def keeps_all(self, request) -> bool:
        """Whether the signed-in person keeps every area's rows."""
        return KeptAdmin._keeps(self, request)


@admin.register(Force)
class ForceAdmin(KeptAdmin):
    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Channel)
class ChannelAdmin(KeptAdmin):
    list_display = ["name", "value", "shown", "checked_on", "order"]
    list_filter = ["shown"]
    search_fields = ["name", "value"]


class CommandInline(ShownInline):
    model = Command
    fields = ["person", "from_date", "until"]


@admin.register(Area)
class AreaAdmin(AreaKeptAdmin):
    fixed = ("slug", "gss_code")
    area_path = "pk"
    area_id_of = staticmethod(lambda obj: obj.pk)
    list_display = ["name", "gss_code", "council", "email", "phone"]
    search_fields = ["name", "gss_code"]
    fills = {"slug": ["name"]}
    inlines = [CommandInline]

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not edited_areas(request)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not edited_areas(request)


@admin.register(Ward)
class WardAdmin(AreaKeptAdmin):
    fixed = ("code",)
    list_display = ["name", "code", "area", "in_force_from", "until", "active"]
    list_filter = ["area", "active"]
    list_select_related = ["area"]
    search_fields = ["name", "code", "localities"]
    autocomplete_fields = ["area"]
    readonly_fields = ["active"]

    def changelist_view(self, request, extra_context=None):
        """The list, with the way to the wards that were replaced for those who keep all areas."""
        return super().changelist_view(request, {**(extra_context or {}), "keeps_all": self.keeps_all(request)})


@admin.register(Command)
class CommandAdmin(AreaKeptAdmin):
    gives_access = True
    editors_keep = False
    list_display = ["area", "person", "from_date", "until"]
    list_filter = ["area"]
    list_select_related = ["area", "person"]
    search_fields = ["area__name", "person__name", "person__email", "person__collar_number"]
    autocomplete_fields = ["area", "person"]
    date_hierarchy = "from_date"

    def who_gets_access(self, obj, changed):
        covering = obj.covers.values_list("person", flat=True) if obj.pk else ()
        return super().who_gets_access(obj, changed) | set(covering)


@admin.register(CommandCover)
class CommandCoverAdmin(AreaKeptAdmin):
    area_path = "command__area"
    area_id_of = staticmethod(lambda obj: obj.command.area_id)
    gives_access = True
    editors_keep = False
    list_display = ["command", "person", "from_date", "until"]
    list_filter = ["command__area"]
    list_select_related = ["command__area", "command__person", "person"]
    search_fields = ["command__area__name", "person__name", "person__email"]
    autocomplete_fields = ["command", "person"]


@admin.register(Editorship)
class EditorshipAdmin(AreaKeptAdmin):
    gives_access = True
    editors_keep = False
    list_display = ["area", "person", "from_date", "until"]
    list_filter = ["area"]
    list_select_related = ["area", "person"]
    search_fields = ["area__name", "person__name", "person__email"]
    autocomplete_fields = ["area", "person"]


@admin.register(Language)
class LanguageAdmin(KeptAdmin):
    list_display = ["name", "own_name", "reviewed_by", "reviewed_on"]
    fields = ["name", "own_name", "order", "reviewed_by", "reviewed_on"]


@admin.register(Neighbour)
class NeighbourAdmin(KeptAdmin):
    list_display = ["lad_name", "lad_code", "force", "phone"]
    search_fields = ["lad_name", "force"]


@admin.register(Edition)
class EditionAdmin(LookedAt):
    """Editions come in through the load commands; here they can be looked at."""

    readers = KeptAdmin.readers
    list_display = ["name", "kind", "released", "rows", "state", "loaded"]
    list_filter = ["kind", "state"]
    verbose_name = _("edition")


class PartInline(admin.StackedInline):
    """Rows that are kept with their owner, by whoever keeps the owner."""

    extra = 0

    def has_view_permission(self, request, obj=None):
        return True

    def has_change_permission(self, request, obj=None):
        return self.admin_site._registry[self.parent_model].has_change_permission(request, obj)

    has_add_permission = has_delete_permission = has_change_permission


class ActionForm(forms.ModelForm):
    """An action, and whether the public sees it."""

    shown = forms.BooleanField(
        label=_("Shown to the public"), required=False,
        help_text=_("Those who told us about it, and may be written to, are told once, within a minute."),
    )  # fmt: skip

    class Meta:
        model = PriorityAction
        fields = ["day", "text"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["shown"].initial = bool(self.instance.published_at)

    def save(self, commit=True):
        self.instance.show(self.cleaned_data["shown"])
        return super().save(commit)


class ActionInline(PartInline):
    model = PriorityAction
    form = ActionForm
    fields = ["day", "text", "shown"]


class StaleFilter(admin.SimpleListFilter):
    title = _("without news for 90 days")
    parameter_name = "stale"

    def lookups(self, request, model_admin):
        return [("yes", _("Yes, look at these"))]

    def queryset(self, request, queryset):
        return queryset.stale() if self.value() else queryset


@admin.register(Priority)
class PriorityAdmin(AreaKeptAdmin):
    list_display = ["title", "area", "ward", "published", "people_words", "news", "ended_on"]
    list_filter = [StaleFilter, "published", ("ended_on", admin.EmptyFieldListFilter), "area"]
    list_select_related = ["area", "ward"]
    search_fields = ["title", "you_said"]
    autocomplete_fields = ["area", "ward"]
    fields = [
        "area", "ward", "title", "you_said", "since", "people", "counted", "published", "touched_on", "outcome", "ended_on"
    ]  # fmt: skip
    readonly_fields = ["counted", "touched_on"]
    inlines = [ActionInline]

    @admin.display(description=_("last news"), ordering="touched_on")
    def news(self, priority):
        """When there was news; in words where that is too long ago."""
        if priority.stale:
            return _("Stale: none for %(days)d days") % {"days": priority.days_silent}
        return priority.touched_on


class QuestionInline(PartInline):
    model = MeetingQuestion
    fields = ["asked_at", "text", "answer", "published"]
    readonly_fields = ["asked_at"]
    verbose_name_plural = _("Questions that people asked beforehand, without their names")


@admin.register(Meeting)
class MeetingAdmin(AreaKeptAdmin):
    list_display = ["__str__", "area", "starts", "cancelled", "waiting"]
    list_filter = ["kind", "cancelled", "area"]
    list_select_related = ["area"]
    search_fields = ["place", "address", "about"]
    autocomplete_fields = ["area", "wards"]
    date_hierarchy = "starts"
    fields = [
        "area", "wards", "kind", "starts", "ends", "place", "address", "accessibility", "online", "about", "cancelled",
        "summary",
    ]  # fmt: skip
    inlines = [QuestionInline]

    def get_queryset(self, request):
        waiting = Count("questions", filter=Q(questions__published=False))
        return super().get_queryset(request).annotate(waiting=waiting)

    @admin.display(description=_("questions to look at"), ordering="waiting")
    def waiting(self, meeting):
        """How many questions nobody has published."""
        return meeting.waiting or ""
