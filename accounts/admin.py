"""Staff keep people and force-wide roles here; how every room's admin is kept stands in `admin_kept`, keys in `admin_keys`."""

from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .admin_kept import KeptAdmin, LookedAt, ShownInline
from .admin_keys import ApiKeyAdmin
from .deleting import delete_selected
from .letters import mail_news, mail_password_link
from .models import ForceRole, Import, User
from .sessions import end_everywhere

__all__ = ["ApiKeyAdmin"]
RESET_AT_MOST = 20

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
        # Team editors choose people for postings, so they may look them up.
        return super().has_view_permission(request, obj) or request.user.editorships.current().exists()

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
        super().save_model(request, obj, form, change)
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
    fields = ["by", "table", "name", "state", "rows", "new", "changed", "same", "wrong", "sent_at", "ended_at"]
