"""Staff keep hubs and their hours here, and see what the public will read of them before they save."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin_kept import KeptAdmin
from accounts.stamp import today_in_london
from areas.admin_kept import AreaKeptAdmin

from . import opening
from .models import BankHoliday, HoursException, Hub, OpeningHours, Posting, Team


def posted(**where) -> set:
    """The ids of those who are, or will be, posted there."""
    return set(Posting.objects.exclude(until__lt=today_in_london()).filter(**where).values_list("person", flat=True))


def counted(rows, by, what="pk"):
    """How many different `what` stand in `rows`, which are those of one `by`: a column of a list, asked with the list."""
    return Coalesce(Subquery(rows.order_by().values(by).annotate(all=Count(what, distinct=True)).values("all")), 0)


class HubPart(admin.TabularInline):
    """What is kept with its hub, by whoever keeps the hub."""

    extra = 0

    def has_view_permission(self, request, obj=None):
        return True

    def has_add_permission(self, request, obj=None):
        hub_admin = self.admin_site._registry[Hub]
        return hub_admin.has_change_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        return self.has_add_permission(request, obj)

    has_delete_permission = has_change_permission


class OpeningHoursInline(HubPart):
    model = OpeningHours


class HoursExceptionInline(HubPart):
    """Those to come: what is over stays in the history, and is no reason for a form to grow from year to year."""

    model = HoursException
    verbose_name_plural = "Exceptions to the hours, from today on"

    def get_queryset(self, request):
        return super().get_queryset(request).filter(date__gte=today_in_london())


@admin.register(Hub)
class HubAdmin(AreaKeptAdmin):
    fixed = ("slug",)
    list_display = [
        "name",
        "area",
        "postcode",
        "front_counter",
        "custody_suite",
        "checked_on",
        "teams_here",
        "calendar",
    ]
    list_filter = ["area", "front_counter", "custody_suite", "response_base", "neighbourhood_base"]
    list_select_related = ["area"]
    search_fields = ["name", "address", "postcode"]
    autocomplete_fields = ["area"]
    fills = {"slug": ["name"]}
    inlines = [OpeningHoursInline, HoursExceptionInline]
    actions = ["mark_checked"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "area", "address", "postcode", "lat", "lon", "page_url", "directions"]}),
        (
            _("What is here"),
            {
                "fields": [
                    "front_counter", "custody_suite", "response_base", "neighbourhood_base", "investigation_base", "services",
                ]
            },
        ),
        (
            _("Getting in: what nobody has checked stays unknown"),
            {"fields": ["step_free", "hearing_loop", "languages", "access_note"]},
        ),
        (_("Opening times"), {"fields": ["always_open", "hours_note"]}),
        (_("How sure we are"), {"fields": ["status_note", "source_year", "checked_on"]}),
    ]  # fmt: skip

    def who_gets_access(self, obj, changed):
        return posted(team__hub=obj) if obj.pk and "area" in changed else set()

    def save_model(self, request, obj, form, change):
        if "checked_on" in form.changed_data:
            obj.checked_by = request.user
        super().save_model(request, obj, form, change)

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(based=counted(Team.objects.filter(hub=OuterRef("pk")), "hub"))

    @admin.display(description="teams", ordering="based")
    def teams_here(self, hub):
        """How many teams are based there."""
        return hub.based

    @admin.display(description=_("calendar"))
    def calendar(self, hub):
        """The way to the weeks of its teams."""
        return format_html('<a href="{}">{}</a>', reverse("admin:hub", args=[hub.slug]), _("Who works here"))

    @admin.action(description=_("I checked these today"), permissions=["change"])
    def mark_checked(self, request, queryset):
        """Date the chosen hubs as checked by the signed-in person today."""
        for hub in queryset:
            hub.checked_on, hub.checked_by = today_in_london(), request.user
            hub.save(update_fields=["checked_on", "checked_by"])
        names = ", ".join(hub.name for hub in queryset)
        self.message_user(request, f"Checked today by you: {names}.", messages.SUCCESS)

    # ---- what the public sees ------------------------------------------------------------------------------------------
    def get_urls(self):
        view = self.admin_site.admin_view(self.preview)
        return [path("<path:object_id>/preview/", view, name="hubs_hub_preview"), *super().get_urls()]

    def render_change_form(self, request, context, *args, **options):
        """The form with the coming week as the public reads it now."""
        if hub := context.get("original"):
            context |= {"coming": _seen(hub)["coming"]}
        return super().render_change_form(request, context, *args, **options)

    def response_change(self, request, obj):
        """Where a preview has saved the form for a moment, nothing is said of it."""
        return HttpResponse(status=204) if hasattr(request, "previews") else super().response_change(request, obj)

    def response_add(self, request, obj, post_url_continue=None):
        """As for a change; the preview wants to know which hub was made."""
        if not hasattr(request, "previews"):
            return super().response_add(request, obj, post_url_continue)
        request.previewed = obj
        return HttpResponse(status=204)

    def preview(self, request, object_id):
        """What the public sees of the hub: as it stands, or, with a form sent, as it would be once that is saved.

        The form goes through everything that saves it, and the transaction is then rolled back. `object_id` "add": a new one.
        """
        sent = request.method == "POST"
        hub = self._previewed(request, object_id, sent)
        with transaction.atomic():
            faults = []
            if sent:
                request.previews = True
                answer = self.changeform_view(request, object_id if hub else None)
                faults = [] if answer.status_code == 204 else answer.context_data["errors"]
            hub = hub or getattr(request, "previewed", None)
            context = {"title": hub.name if hub else "A new hub", "sent": sent, "faults": faults}
            context |= {} if faults else _seen(hub)
            page = render(request, "admin/hubs/hub/preview.html", self.admin_site.each_context(request) | context)
            transaction.set_rollback(True)
        return page

    def _previewed(self, request, object_id, sent):
        """The hub that is looked at, or None for the form of a new one."""
        if object_id == "add" and sent:
            if not self.has_add_permission(request):
                raise PermissionDenied
            return None
        hub = self.get_object(request, object_id)
        if hub is None:
            raise Http404
        if not self.has_view_permission(request, hub):
            raise PermissionDenied
        return hub


def _seen(hub) -> dict:
    """What the public page shows of `hub` as the database has it now, and `coming`, the seven days from today."""
    hub, holidays = Hub.objects.get(pk=hub.pk), BankHoliday.names_from(today_in_london())
    return opening.shown(hub, timezone.now(), holidays) | {
        "coming": opening.coming_week(hub, today_in_london(), holidays) if hub.front_counter else []
    }


@admin.register(BankHoliday)
class BankHolidayAdmin(KeptAdmin):
    list_display = ["date", "name"]
    search_fields = ["name"]
    date_hierarchy = "date"
