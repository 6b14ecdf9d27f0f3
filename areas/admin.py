"""Staff keep areas, wards, commands and editorships here. `AreaKeptAdmin` lets a team editor keep their own area."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin import KeptAdmin, LookedAt, ShownInline

from .models import Area, Channel, Command, CommandCover, Edition, Editorship, Force, Neighbour, Ward


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
    area_path = "pk"
    area_id_of = staticmethod(lambda obj: obj.pk)
    list_display = ["name", "gss_code", "council", "email", "phone"]
    search_fields = ["name", "gss_code"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [CommandInline]

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not edited_areas(request)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not edited_areas(request)

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else self.prepopulated_fields

    def get_readonly_fields(self, request, obj=None):
        return ["slug", "gss_code"] if obj else []


@admin.register(Ward)
class WardAdmin(AreaKeptAdmin):
    list_display = ["name", "code", "area", "in_force_from", "until", "active"]
    list_filter = ["area", "active"]
    list_select_related = ["area"]
    search_fields = ["name", "code", "localities"]
    autocomplete_fields = ["area"]
    readonly_fields = ["active"]

    def get_readonly_fields(self, request, obj=None):
        return ["active", "code"] if obj else ["active"]


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
