"""Staff admins give systems of the force a key for the public API here, and take it back."""

from django import forms
from django.contrib import admin, messages
from django.shortcuts import render

from .admin_kept import KeptAdmin, KeptForm
from .models import ApiKey
from .stamp import today_in_london


class ApiKeyForm(KeptForm):
    def clean_until(self):
        """A new key works for a day at least."""
        until = self.cleaned_data["until"]
        if self.instance._state.adding and until < today_in_london():
            raise forms.ValidationError("This day has passed: the key would never work.")
        return until


@admin.register(ApiKey)
class ApiKeyAdmin(KeptAdmin):
    """Rows stay, so that it can be told which system had a key, who gave it and when it was last used."""

    form = ApiKeyForm
    list_display = ["client", "prefix", "state", "until", "last_used", "made_by", "made_at"]
    list_select_related = ["made_by"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), "made_by"]
    search_fields = ["client", "prefix"]
    date_hierarchy = "made_at"
    fields = ["client", "until", "prefix", "state", "made_by", "made_at", "last_used", "revoked_at"]
    readonly_fields = ["prefix", "state", "made_by", "made_at", "last_used", "revoked_at"]
    actions = ["revoke"]

    def get_fields(self, request, obj=None):
        return self.fields if obj else ["client", "until"]

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        if change:
            super().save_model(request, obj, form, change)
        else:
            request.issued = obj.issue(by=request.user)

    def response_add(self, request, obj, post_url_continue=None):
        """The key itself, on a page that nothing keeps."""
        context = {"title": "The key", "key": request.issued, "row": obj}
        answer = render(request, "admin/accounts/apikey/issued.html", self.admin_site.each_context(request) | context)
        answer["Cache-Control"] = "private, no-store"
        return answer

    @admin.action(description="Revoke, at once and for good", permissions=["change"])
    def revoke(self, request, queryset):
        """End the chosen keys."""
        for key in queryset:
            key.revoke()
        self.message_user(request, "Revoked. They do not work any more.", messages.SUCCESS)
