"""Staff keep teams, absences and moves here, hubs in `admin_hub`, postings in `admin_posting`; a team editor their area's."""

from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Q, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from accounts.admin_kept import KeptAdmin, KeptForm, LookedAt, ShownInline
from accounts.models import User
from accounts.stamp import today_in_london
from areas.admin_kept import AreaKeptAdmin, edited_areas

from .admin_hub import BankHolidayAdmin, HubAdmin, counted, posted
from .admin_posting import PostingAdmin
from .models import (
    Absence,
    Department,
    Establishment,
    Move,
    MoveRefused,
    Posting,
    StrengthTarget,
    Team,
    TeamKind,
    refuse_idle_cover,
)

__all__ = ["BankHolidayAdmin", "HubAdmin", "PostingAdmin"]


@admin.register(TeamKind)
class TeamKindAdmin(KeptAdmin):
    list_display = ["name", "code", "focus", "order"]
    search_fields = ["name"]

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) or request.user.editorships.current().exists()


@admin.register(Department)
class DepartmentAdmin(KeptAdmin):
    list_display = ["name", "role", "takes_complaints"]
    list_filter = ["takes_complaints"]
    search_fields = ["name"]


class PostingInline(ShownInline):
    model = Posting
    fields = ["person", "role", "share", "from_date", "until"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("person").current()


@admin.register(Team)
class TeamAdmin(AreaKeptAdmin):
    area_path = "hub__area"
    area_id_of = staticmethod(lambda obj: obj.hub.area_id if obj.hub_id else None)
    list_display = ["name", "kind", "hub", "department", "people_today", "posts_today"]
    list_filter = ["kind", "hub__area", "department"]
    list_select_related = ["kind", "hub", "department"]
    search_fields = ["name", "hub__name", "department__name"]
    autocomplete_fields = ["kind", "hub", "department", "wards"]
    fills = {"slug": ["name"]}
    fixed = ("slug",)
    inlines = [PostingInline]

    def get_queryset(self, request):
        day = today_in_london()
        here = Posting.objects.on(day).filter(team=OuterRef("pk"), person__is_active=True)
        posts = Establishment.objects.on(day).filter(team=OuterRef("pk")).order_by().values("team")
        people = counted(here, "team", "person")
        return (
            super()
            .get_queryset(request)
            .annotate(people=people, posts=Subquery(posts.annotate(n=Sum("posts")).values("n")))
        )

    @admin.display(description="people today", ordering="people")
    def people_today(self, team):
        """How many work in it today, for all or some of their time."""
        return team.people

    @admin.display(description="posts it should have", ordering="posts")
    def posts_today(self, team):
        """How many full-time posts it should have today; empty where nobody has set any."""
        return team.posts

    def get_readonly_fields(self, request, obj=None):
        # What is handed to a department is read by all its teams, so no area's editor makes one.
        department = [] if request.user.keeps_whole_force else ["department"]
        return [*super().get_readonly_fields(request, obj), *department]

    def who_gets_access(self, obj, changed):
        return posted(team=obj) if obj.pk and {"hub", "department"} & set(changed) else set()


class AbsenceForm(KeptForm):
    """Whoever is chosen to answer instead works where the person does."""

    def clean(self):
        cleaned = super().clean()
        person, cover = cleaned.get("person"), cleaned.get("cover")
        if person and cover and {"person", "cover"} & set(self.changed_data):
            try:
                refuse_idle_cover(person, cover, cleaned.get("from_date"))
            except ValidationError as refusal:
                self.add_error("cover", refusal)
        return cleaned


@admin.register(Absence)
class AbsenceAdmin(AreaKeptAdmin):
    """A team editor keeps the absences of people who are posted, or will be, in their area. Anybody may be the cover.

    What keeps somebody away from the work of another area, and the note on it, is for that area. Who reads without keeping,
    as an auditor does, sees who was away and who answered.
    """

    WHY = ("kind", "reason")

    form = AbsenceForm
    area_path = "person__postings__team__hub__area"
    list_display = ["person", "from_date", "until", "cover", "kind"]
    list_filter = ["kind"]
    list_select_related = ["person", "cover"]
    search_fields = ["person__name", "person__email", "person__collar_number", "cover__name"]
    autocomplete_fields = ["person", "posting", "cover"]
    date_hierarchy = "from_date"
    fields = ["person", "posting", "from_date", "until", "cover", "kind", "reason"]

    def get_queryset(self, request):
        rows = KeptAdmin.get_queryset(self, request)
        return rows if self.sees_all(request) else self._known(rows, request)

    def _known(self, rows, request):
        return rows.filter(person__in=self._people(request)).known_in(
            Team.objects.filter(hub__area__in=edited_areas(request))
        )

    def _people(self, request):
        """The people with a posting in the editor's areas that has not ended."""
        lasting = Posting.objects.filter(Q(until__isnull=True) | Q(until__gte=today_in_london()))
        return User.objects.filter(pk__in=lasting.filter(team__hub__area__in=edited_areas(request)).values("person"))

    def _reads_why(self, request, obj=None) -> bool:
        """Whether the signed-in person reads what keeps somebody away; without `obj` of each row of a list."""
        if request.user.keeps_whole_force:
            return True
        return self._edits(request, obj) if obj else not self.sees_all(request)

    def get_fields(self, request, obj=None):
        names = super().get_fields(request, obj)
        return names if self._reads_why(request, obj) else [name for name in names if name not in self.WHY]

    def get_list_display(self, request):
        names = super().get_list_display(request)
        return names if self._reads_why(request) else [name for name in names if name not in self.WHY]

    def get_list_filter(self, request):
        return super().get_list_filter(request) if self._reads_why(request) else []

    def set_history_delta_changes(self, request, historical_records, foreign_keys_are_objs=True):
        super().set_history_delta_changes(request, historical_records, foreign_keys_are_objs)
        lines = list(historical_records)
        if lines and not self._reads_why(request, Absence.objects.filter(pk=lines[0].id).first()):
            hidden = {label_for_field(name, Absence).capitalize() for name in self.WHY}
            for line in lines:
                changes = getattr(line, "history_delta_changes", [])
                line.history_delta_changes = [one for one in changes if str(one["field"]).capitalize() not in hidden]

    def _edits(self, request, obj=None):
        if not edited_areas(request):
            return False
        if obj is not None and obj.pk:
            return self._known(Absence.objects.filter(pk=obj.pk), request).exists()
        return obj is None or self._people(request).filter(pk=obj.person_id).exists()

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "person" and not request.user.keeps_whole_force:
            kwargs["queryset"] = self._people(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Establishment)
class EstablishmentAdmin(AreaKeptAdmin):
    """How many posts a team should have; several are put right in the list itself."""

    area_path = "team__hub__area"
    area_id_of = staticmethod(lambda obj: obj.team.hub.area_id if obj.team.hub_id else None)
    list_display = ["team", "role", "from_date", "posts"]
    list_editable = ["posts"]
    list_filter = ["role", "team__kind", "team__hub__area"]
    list_select_related = ["team__hub"]
    search_fields = ["team__name", "team__hub__name"]
    autocomplete_fields = ["team"]
    instead = "Enter the number that replaces it instead."
    date_hierarchy = "from_date"


@admin.register(StrengthTarget)
class StrengthTargetAdmin(KeptAdmin):
    fixed = ("code",)
    list_display = ["name", "team_kind", "extra", "baseline", "reported", "reported_on", "checked_on"]
    list_select_related = ["team_kind"]
    search_fields = ["name"]
    autocomplete_fields = ["team_kind"]

    def why_stay(self, rows):
        """What was promised stays, but for a mistake of today."""
        fresh = self.made_today(rows)
        return [f"“{row}” is a promise to the public. Correct it instead." for row in rows if row.pk not in fresh]


@admin.register(Move)
class MoveAdmin(LookedAt):
    """What was decided about where people work. Made on the pages of moves; undone here, until it takes effect."""

    list_display = ["__str__", "state_words", "reason", "by", "made_at"]
    list_filter = ["kind", ("undone_at", admin.EmptyFieldListFilter)]
    list_select_related = ["by"]
    search_fields = ["reason", "lines__posting__person__name", "team__name"]
    date_hierarchy = "from_date"
    fields = [
        "kind", "from_date", "reason", "postings", "team", "hub_before", "hub", "by", "made_at", "state_words", "undone_by",
    ]  # fmt: skip
    readonly_fields = ["postings", "state_words"]
    actions = ["undo"]

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows if self._sees_all(request) else rows.touching(edited_areas(request)).distinct()

    def _sees_all(self, request) -> bool:
        return self.admin_site._registry[Posting].sees_all(request)

    def has_view_permission(self, request, obj=None):
        if self._sees_all(request) or obj is None and edited_areas(request):
            return True
        return obj is not None and bool(obj.areas() & edited_areas(request))

    def has_undo_permission(self, request):
        return self.admin_site._registry[Posting].has_add_permission(request)

    @admin.display(description=_("state"))
    def state_words(self, move):
        """Whether it waits, is in effect, or was undone."""
        return move.state_words

    @admin.display(description=_("postings"))
    def postings(self, move):
        """Which postings it began and ended."""
        return "; ".join(map(str, move.lines.select_related("posting__person", "posting__team"))) or "-"

    @admin.action(description=_("Undo, where it has not taken effect"), permissions=["undo"])
    def undo(self, request, queryset):
        """Undo the chosen moves, each by itself; what can't be undone is said."""
        kept = None if request.user.keeps_whole_force else edited_areas(request)
        for move in queryset:
            try:
                move.undo(by=request.user, areas=kept)
            except MoveRefused as refusal:
                self.message_user(request, f"{move}: {' '.join(refusal.messages)}", messages.ERROR)
            else:
                self.message_user(request, _("Undone: %(move)s.") % {"move": move}, messages.SUCCESS)
