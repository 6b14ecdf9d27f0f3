"""Staff keep people and force-wide roles here; how every room's admin is kept stands in `admin_kept`, keys in `admin_keys`."""

from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .admin_kept import HeldForm, KeptAdmin, LookedAt, ShownInline
from .admin_keys import ApiKeyAdmin
from .deleting import delete_selected
from .letters import mail_news, mail_old_address, mail_password_link
from .models import ForceRole, Import, User
from .sessions import end_everywhere
from .stamp import today_in_london

__all__ = ["ApiKeyAdmin"]
RESET_AT_MOST = 20
LOOKED_UP_BY = ["name", "rank", "collar_number"]  # what everybody who chooses people sees of them

admin.site.unregister(Group)
admin.site.add_action(delete_selected)


class ForceRoleInline(ShownInline):
    model = ForceRole
    fields = ["role", "from_date", "until"]
    verbose_name_plural = _("Force-wide roles: change them in their own list")


@admin.register(User)
class UserAdmin(KeptAdmin):
    list_display = ["name", "rank", "collar_number", "email", "public_name", "is_active"]
    list_filter = ["is_active", "public_name", "rank"]
    search_fields = ["name", "email", "collar_number"]
    fields = ["name", "rank", "collar_number", "email", "public_name", "is_active"]
    inlines = [ForceRoleInline]
    actions = ["invite", "reset_second_step"]

    def has_view_permission(self, request, obj=None):
        # Team editors choose people for postings, so they may look them up; more than that they see of their own alone.
        if super().has_view_permission(request, obj):
            return True
        if obj is None:
            return request.user.editorships.current().exists()
        return self._near(request).filter(pk=obj.pk).exists()

    def _near(self, request):
        """The people with a posting, that has not ended, in an area which the signed-in person edits."""
        lasting = Q(postings__until__isnull=True) | Q(postings__until__gte=today_in_london())
        areas = request.user.editorships.current().values("area")
        return User.objects.filter(lasting, postings__team__hub__area__in=areas)

    def get_queryset(self, request):
        people = super().get_queryset(request)
        if self.sees_all(request):
            return people
        return people.annotate(near=Exists(self._near(request).filter(pk=OuterRef("pk")).order_by()))

    def get_list_display(self, request):
        return self.list_display if self.sees_all(request) else [*LOOKED_UP_BY, "their_page"]

    def get_list_display_links(self, request, list_display):
        return super().get_list_display_links(request, list_display) if self.sees_all(request) else None

    def get_list_filter(self, request):
        return self.list_filter if self.sees_all(request) else ["is_active", "rank"]

    def get_search_fields(self, request):
        return self.search_fields if self.sees_all(request) else ["name", "collar_number"]

    def lookup_allowed(self, lookup, value, request):
        known = self.sees_all(request) or lookup.split("__")[0] in {*LOOKED_UP_BY, "is_active"}
        return known and super().lookup_allowed(lookup, value, request)

    @admin.display(description="page")
    def their_page(self, person):
        """The way to somebody of one's own area; others are only looked up."""
        url = reverse("admin:accounts_user_change", args=[person.pk])
        return format_html('<a href="{}">Open</a>', url) if person.near else ""

    def has_change_permission(self, request, obj=None):
        # With another address the account could be taken over, so only a superuser changes a superuser.
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not above

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj) and obj != request.user

    def get_readonly_fields(self, request, obj=None):
        own = ["is_active"] if obj == request.user else []
        return [*super().get_readonly_fields(request, obj), *own]

    def save_model(self, request, obj, form, change):
        if not change:
            obj.set_unusable_password()
        moved = change and not User.objects.filter(pk=obj.pk, email=obj.email.lower()).exists()
        super().save_model(request, obj, form, change)
        if moved:
            mail_old_address.enqueue(obj.pk)
            self.message_user(
                request, f"The old address of {obj} is told that it is no longer theirs.", messages.SUCCESS
            )
        if not change and obj.is_active:
            mail_password_link.enqueue(obj.pk, "invitation")
            self.message_user(request, _("%s gets a mail with a link for setting a password.") % obj, messages.SUCCESS)

    @admin.action(description=_("Invite: mail a link with which to set a password"), permissions=["change"])
    def invite(self, request, queryset):
        """Have the worker mail each person a one-use link; the account can't be used before."""
        people = list(queryset.filter(is_active=True))
        for person in people:
            mail_password_link.enqueue(person.pk, "invitation")
        text = ngettext("%d person was invited.", "%d people were invited.", len(people)) % len(people)
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description="Reset the second step and sign out everywhere", permissions=["change"])
    def reset_second_step(self, request, queryset):
        """For somebody who lost their device: no second step, no open sign-in; history and the person are told."""
        people = list(queryset[: RESET_AT_MOST + 1])
        if len(people) > RESET_AT_MOST:
            self.message_user(request, f"Choose at most {RESET_AT_MOST} people. Nothing was reset.", messages.ERROR)
            return
        for person in people:
            if words := self._why_not_reset(request, person):
                self.message_user(request, f"{person}: {words}", messages.ERROR)
                continue
            with transaction.atomic():
                person = User.objects.select_for_update().get(pk=person.pk)
                Authenticator.objects.filter(user=person).delete()
                end_everywhere(person)
                person._change_reason = "Second step reset, signed out everywhere"
                person.save()
                mail_news.enqueue(person.pk, "second_step")
            words = "sets up a second step anew with the next sign-in, and is signed out everywhere."
            self.message_user(request, f"{person} {words}", messages.SUCCESS)

    def _why_not_reset(self, request, person) -> str:
        if person == request.user:
            return "nobody resets their own second step. Ask a colleague."
        if not self.has_change_permission(request, person):
            return "this account is reset by somebody of the same standing alone."
        return ""


@admin.register(ForceRole)
class ForceRoleAdmin(KeptAdmin):
    form = HeldForm
    gives_access = True
    list_display = ["person", "role", "from_date", "until"]
    list_filter = ["role"]
    list_select_related = ["person"]
    search_fields = ["person__name", "person__email", "person__collar_number"]
    autocomplete_fields = ["person"]
    date_hierarchy = "from_date"


@admin.register(Import)
class ImportAdmin(LookedAt):
    """Who changed many rows at once by a file, and what became of it; not what the file held."""

    list_display = ["sent_at", "by", "table", "name", "state", "new", "changed"]
    list_filter = ["table", "state"]
    list_select_related = ["by"]
    search_fields = ["name", "by__name", "by__email"]
    date_hierarchy = "sent_at"
    fields = [
        "by",
        "table",
        "name",
        "state",
        "rows",
        "new",
        "changed",
        "unseen",
        "overwrites",
        "same",
        "wrong",
        "sent_at",
        "ended_at",
    ]
