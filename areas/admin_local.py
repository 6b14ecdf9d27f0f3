"""Staff keep here what an area tells its people: priorities, meetings, notices."""

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .admin_kept import AreaKeptAdmin
from .models import Meeting, MeetingQuestion, Notice, Priority, PriorityAction


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

    def why_stay(self, rows):
        """What the public has read is ended, with what came of it."""
        words = "was shown to the public. Give it a last day and say what came of it instead."
        return [f"“{row}” {words}" for row in rows if row.shown_at]

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

    def why_stay(self, rows):
        """What was announced is cancelled, so that those who meant to come read that; a mistake of today goes."""
        fresh = self.made_today(rows)
        words = "is announced to the public. Cancel it instead: whoever follows the area is told."
        return [f"“{row}” {words}" for row in rows if row.pk not in fresh]

    def get_queryset(self, request):
        waiting = Count("questions", filter=Q(questions__published=False))
        return super().get_queryset(request).annotate(waiting=waiting)

    @admin.display(description=_("questions to look at"), ordering="waiting")
    def waiting(self, meeting):
        """How many questions nobody has published."""
        return meeting.waiting or ""


class ShowsFilter(admin.SimpleListFilter):
    title = "when it shows"
    parameter_name = "shows"

    def lookups(self, request, model_admin):
        return [("now", "Now"), ("later", "Later"), ("over", "Over")]

    def queryset(self, request, queryset):
        now = timezone.now()
        narrowed = {
            "now": Q(shown_from__lte=now, shown_until__gt=now), "later": Q(shown_from__gt=now), "over": Q(shown_until__lte=now)
        }  # fmt: skip
        return queryset.filter(narrowed.get(self.value(), Q()))


@admin.register(Notice)
class NoticeAdmin(AreaKeptAdmin):
    """A team editor puts notices up for the own area, a staff admin for any, or for all."""

    list_display = ["text", "where", "shown_from", "shown_until", "state"]
    list_filter = [ShowsFilter, "area"]
    list_select_related = ["area"]
    search_fields = ["text"]
    date_hierarchy = "shown_from"
    fields = ["text", "area", "shown_from", "shown_until"]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "text":
            kwargs["widget"] = forms.Textarea(attrs={"rows": 3, "maxlength": 300})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "area" and not request.user.keeps_whole_force:
            kwargs |= {"required": True, "help_text": "You put notices up for your own area."}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="where", ordering="area")
    def where(self, notice):
        """On whose pages it shows."""
        return notice.area or "Whole force"
