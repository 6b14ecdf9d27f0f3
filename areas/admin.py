"""Staff keep areas, wards, commands and editorships here; what an area tells its people in `admin_local`."""

from django.contrib import admin

from accounts.admin_kept import HeldForm, KeptAdmin, LookedAt, ShownInline

from .admin_kept import AreaKeptAdmin, edited_areas
from .admin_local import MeetingAdmin, NoticeAdmin, PriorityAdmin
from .models import (
    Area,
    Channel,
    Command,
    CommandCover,
    Edition,
    Editorship,
    Force,
    Language,
    Neighbour,
    Ward,
)

__all__ = ["MeetingAdmin", "NoticeAdmin", "PriorityAdmin"]


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

    def why_stay(self, rows):
        """The police's own numbers stay for ever, others for as long as the public sees them."""
        force = Force.objects.get()
        phones = {force.emergency_phone, force.non_emergency_phone}
        phones |= {force.textphone_emergency, force.textphone_non_emergency}
        own = "is how people reach the police. It can't be deleted, only corrected or taken off the pages."
        shown = "is shown to the public. Untick that instead."
        return [f"“{one}” {own if one.value in phones else shown}" for one in rows if one.shown or one.value in phones]


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
    begins = "in_force_from"
    list_display = ["name", "code", "area", "in_force_from", "until", "active"]
    list_filter = ["area", "active"]
    list_select_related = ["area"]
    search_fields = ["name", "code", "localities"]
    autocomplete_fields = ["area"]
    readonly_fields = ["active"]

    def changelist_view(self, request, extra_context=None):
        """The list, with the way to the wards that were replaced for those who keep all areas."""
        return super().changelist_view(request, {**(extra_context or {}), "keeps_all": request.user.keeps_whole_force})


@admin.register(Command)
class CommandAdmin(AreaKeptAdmin):
    form = HeldForm
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
    form = HeldForm
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
    search_fields = ["name"]
