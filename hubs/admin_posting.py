"""Who works where: a team editor keeps the postings of their own area. What has begun ends, and another begins."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.admin_kept import HeldForm
from accounts.stamp import today_in_london
from areas.admin_kept import AreaKeptAdmin

from .models import Posting

MOST = 200  # people that one address can name, and one page show


class PostingForm(HeldForm):
    """A posting that lasts names wards of its own area alone."""

    def clean(self):
        cleaned = super().clean()
        until = cleaned.get("until")
        team = cleaned.get("team") or self.instance.team_id and self.instance.team  # which stays once it has begun
        if team and (until is None or until >= today_in_london()):
            try:
                team.refuse_far_wards(cleaned.get("named_wards", ()))
            except ValidationError as refusal:
                self.add_error("named_wards", refusal)
        return cleaned


@admin.register(Posting)
class PostingAdmin(AreaKeptAdmin):
    area_path = "team__hub__area"
    area_id_of = staticmethod(lambda obj: obj.team.hub.area_id if obj.team.hub_id else None)
    form = PostingForm
    gives_access = True
    list_display = ["person", "team", "role", "share", "from_date", "until", "through_time"]
    list_filter = ["role", "team__kind", "team__hub__area"]
    actions = ["move"]
    list_select_related = ["person", "team__hub"]
    search_fields = ["person__name", "person__email", "person__collar_number", "team__name"]
    autocomplete_fields = ["person", "team", "named_wards"]
    date_hierarchy = "from_date"
    fields = ["person", "team", "role", "share", "from_date", "until", "named_wards", "reason"]

    def instead_of_rewriting(self, obj):
        """With the ways to both: another posting like this one, and the task that moves the person."""
        like = urlencode({"person": obj.person_id, "team": obj.team_id, "role": obj.role, "share": obj.share})
        add = f"{reverse('admin:hubs_posting_add')}?{like}"
        area = obj.team.hub.area.slug if obj.team.hub_id else "departments"
        moved = f"{reverse('admin:move', args=['people'])}?{urlencode({'area': area, 'posting': obj.pk})}"
        if obj.over:
            return format_html('{} <a href="{}">Add another posting</a>.', obj.OVER, add)
        ways = '{} <a href="{}">Add another posting</a>, or <a href="{}">move the person</a>.'
        return format_html(ways, obj.STAYS, add, moved)

    @admin.display(description=_("postings through time"))
    def through_time(self, posting):
        """The way to all postings of the person."""
        return format_html('<a href="{}">{}</a>', reverse("admin:person", args=[posting.person_id]), _("Look"))

    @admin.action(description=_("Move these people"), permissions=["change"])
    def move(self, request, queryset):
        """Go to the page of moves with these people chosen; they are of one area."""
        if (number := queryset.count()) > MOST:
            words = f"You chose {number} postings, and at most {MOST} move at once. Nobody was moved: choose fewer."
            self.message_user(request, words, messages.ERROR)
            return None
        areas = set(queryset.order_by().values_list("team__hub__area__slug", flat=True))
        if len(areas) != 1:
            self.message_user(request, _("Choose people of one area."), messages.ERROR)
            return None
        asked = [
            ("area", areas.pop() or "departments"),
            *(("posting", pk) for pk in queryset.values_list("pk", flat=True)),
        ]
        return redirect(f"{reverse('admin:move', args=['people'])}?{urlencode(asked)}")
