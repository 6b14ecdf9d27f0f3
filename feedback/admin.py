"""Staff keep categories and signposts here, mails in `admin_mail`. Concerns are read in casework only: one door, one scope."""

import logging

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.admin_kept import KeptAdmin, KeptForm, LookedAt
from accounts.models import ForceRole
from accounts.stamp import days_ago, today_in_london
from areas.admin_kept import AreaKeptAdmin
from areas.models import Force
from feedback import readability

from .admin_mail import MailTextAdmin
from .models import (
    Category,
    Hold,
    Notification,
    Partner,
    Problem,
    PurgeRecord,
    ReadLog,
    RetentionRule,
    SafetyRule,
    ServiceFeedback,
    Signpost,
    StandardText,
    Subscription,
)
from .privacy import concerns_of

__all__ = ["MailTextAdmin"]

logger = logging.getLogger("portal.admin")


@admin.register(Signpost)
class SignpostAdmin(KeptAdmin):
    fixed = ("code",)
    list_display = ["title", "mode", "exit_page", "checked_on", "order"]
    list_filter = ["mode", "exit_page"]
    search_fields = ["title", "when"]

    def why_stay(self, rows):
        """What is offered with a kind of concern, or where somebody may be in danger, is taken away there first."""
        told = []
        for kind in (Category, SafetyRule):
            using = kind.objects.filter(signposts__in=rows).prefetch_related("signposts").distinct()
            told += [(post, user) for user in using for post in user.signposts.all() if post in rows]
        return [f"“{post}” is offered with {user}. Take it away there first." for post, user in told]


@admin.register(Category)
class CategoryAdmin(KeptAdmin):
    fixed = ("code",)
    list_display = [
        "name",
        "team_kind",
        "department",
        "partner",
        "response_hours",
        "working_hours",
        "sensitive",
        "in_use",
    ]
    list_filter = ["in_use", "sensitive", "team_kind"]
    list_select_related = ["team_kind", "department"]
    search_fields = ["name", "hint"]
    autocomplete_fields = ["signposts", "team_kind", "department"]

    def why_stay(self, rows):
        """What people can still choose stays."""
        return [f"“{row}” is in use. Take it out of use instead." for row in rows if row.in_use]


@admin.register(SafetyRule)
class SafetyRuleAdmin(KeptAdmin):
    """What the safety net looks for. A rule that does not pass its own example sentences is not saved."""

    fixed = ("code",)
    list_display = ["name", "kind", "language", "reviewed_by", "active", "alarms", "false_alarms"]
    list_filter = ["active", "kind", "language"]
    search_fields = ["name", "phrases"]
    autocomplete_fields = ["signposts"]

    def why_stay(self, rows):
        """An active rule stays."""
        words = "looks for danger in what people write. Switch it off instead."
        return [f"“{row}” {words}" for row in rows if row.active]

    def get_queryset(self, request):
        return super().get_queryset(request).with_alarms()

    @admin.display(description=_("alarms"), ordering="alarms")
    def alarms(self, rule):
        """How often it applied."""
        return rule.alarms

    @admin.display(description=_("false alarms"), ordering="false_alarms")
    def false_alarms(self, rule):
        """How often a reviewer said that it should not have."""
        return rule.false_alarms


@admin.register(Partner)
class PartnerAdmin(KeptAdmin):
    fixed = ("code",)
    list_display = ["name", "kind", "area", "email"]
    list_filter = ["kind", "area"]
    list_select_related = ["area"]
    search_fields = ["name"]
    autocomplete_fields = ["area"]


class RunsOutFilter(admin.SimpleListFilter):
    title = "last day in use"
    parameter_name = "runs_out"

    def lookups(self, request, model_admin):
        return [("over", "Over"), ("soon", "Within 30 days"), ("later", "Later")]

    def queryset(self, request, queryset):
        today, soon = today_in_london(), days_ago(-30)
        narrowed = {
            "over": Q(expires__lt=today), "soon": Q(expires__range=(today, soon)), "later": Q(expires__gt=soon)
        }  # fmt: skip
        return queryset.filter(narrowed.get(self.value(), Q()))


@admin.register(StandardText)
class StandardTextAdmin(KeptAdmin):
    """Approved texts for replies: those whose last day has come first."""

    list_display = ["title", "language", "category", "status", "expires"]
    list_filter = ["language", RunsOutFilter, "status", "category"]
    list_select_related = ["category"]
    search_fields = ["title", "text"]
    autocomplete_fields = ["category"]
    ordering = ["expires", "title", "language"]
    formfield_overrides = {
        **KeptAdmin.formfield_overrides,
        models.TextField: {"widget": AdminTextareaWidget(attrs={"dir": "auto"})},
    }

    def save_model(self, request, obj, form, change):
        """Save it, and say what makes an English text hard to read: advice, as officers get it before they send a reply."""
        super().save_model(request, obj, form, change)
        for sentence in readability.advice(obj.text, Force.objects.get().jargon) if obj.is_english else ():
            self.message_user(request, f"It is saved, and may be hard to read. {sentence}", messages.WARNING)


@admin.register(Problem)
class ProblemAdmin(AreaKeptAdmin):
    """What several concerns have in common: how many they are, never their words."""

    list_display = ["title", "area", "priority", "concerns", "ended_on"]
    list_filter = [("ended_on", admin.EmptyFieldListFilter), ("priority", admin.EmptyFieldListFilter), "area"]
    list_select_related = ["area", "priority"]
    search_fields = ["title", "objective"]
    autocomplete_fields = ["area", "priority"]
    fields = ["area", "title", "objective", "priority", "ended_on"]
    readonly_fields = ["ended_on"]  # closed on its own page, where the assessment is

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(linked=Count("concerns"))

    @admin.display(description=_("concerns"), ordering="linked")
    def concerns(self, problem):
        """How many concerns are linked to it."""
        return problem.linked


@admin.register(Notification)
class NotificationAdmin(LookedAt):
    """The outbox: what waits, what is parked and why. The words of a mail are made when it is sent, so none stand here."""

    readers = (ForceRole.Role.STAFF_ADMIN, ForceRole.Role.AUDITOR)
    list_display = ["kind", "recipient", "state", "attempts", "due", "sent", "last_error"]
    list_filter = ["state", "kind", "recipient"]
    search_fields = ["concern__reference", "last_error"]
    date_hierarchy = "due"
    fields = ["kind", "recipient", "state", "attempts", "created", "due", "sent", "last_error"]
    actions = ["send_again"]

    @admin.action(description=_("Try parked ones again now"), permissions=["keep"])
    def send_again(self, request, queryset):
        """Put parked rows back into the round."""
        chosen, number = queryset.count(), queryset.send_again()
        words = f"Tried again now, by the worker: {number}."
        words += f" Not parked, so left as they are: {chosen - number}." if chosen > number else ""
        logger.info("sent again", extra={"person": request.user.pk, "number": number})
        self.message_user(request, words, messages.SUCCESS if number else messages.WARNING)


@admin.register(Subscription)
class SubscriptionAdmin(LookedAt):
    """What is followed by mail, and how: never by whom. The address is sealed, and no page opens it."""

    readers = (ForceRole.Role.STAFF_ADMIN, ForceRole.Role.AUDITOR)
    list_display = ["words", "pace", "language", "asked_at", "confirmed_at", "told_at", "stopped_at"]
    list_filter = [
        "pace",
        "language",
        ("confirmed_at", admin.EmptyFieldListFilter),
        ("stopped_at", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["area", "ward__area", "category"]
    search_fields = ["area__name", "ward__name", "category__name"]
    ordering = ["-asked_at", "-pk"]
    fields = ["words", "pace", "language", "asked_at", "confirmed_at", "told_at", "stopped_at"]
    actions = ["stop_mails"]

    @admin.display(description=_("what is followed"))
    def words(self, subscription):
        """The place or topic."""
        return subscription.words

    @admin.action(description=_("Stop these mails"), permissions=["keep"])
    def stop_mails(self, request, queryset):
        """For somebody who asks us instead of clicking in the mail; in a while the row is erased."""
        number = queryset.count()
        queryset.stop()
        self.message_user(request, f"Stopped: {number}. Nobody gets these mails any more.", messages.SUCCESS)


@admin.register(ServiceFeedback)
class ServiceFeedbackAdmin(LookedAt):
    """What people say of the portal itself: for those who look after it."""

    readers = (ForceRole.Role.STAFF_ADMIN,)
    list_display = ["at", "text"]
    search_fields = ["text"]
    fields = ["at", "text"]
    date_hierarchy = "at"


@admin.register(ReadLog)
class ReadLogAdmin(LookedAt):
    list_display = ["at", "person", "what", "door", "concern", "why", "rows"]
    list_filter = ["what", "door"]
    list_select_related = ["person", "concern"]
    search_fields = ["person__name", "person__email", "concern__reference"]
    date_hierarchy = "at"


@admin.register(RetentionRule)
class RetentionRuleAdmin(KeptAdmin):
    """The schedule: each kind of record has one row, which came with the force pack."""

    fixed = ("record",)
    list_display = ["record", "months", "reason", "source"]
    search_fields = ["reason", "source"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class HoldForm(KeptForm):
    def clean_reference(self):
        """The reference in its one spelling; a hold on what does not exist would keep nothing."""
        concern = concerns_of(reference=self.cleaned_data["reference"]).first()
        if concern is None:
            raise ValidationError(_("There is no concern with this reference."))
        return concern.reference


@admin.register(Hold)
class HoldAdmin(KeptAdmin):
    form = HoldForm
    list_display = ["reference", "reason", "from_date", "until"]
    list_filter = [("until", admin.EmptyFieldListFilter)]
    date_hierarchy = "from_date"
    search_fields = ["reference", "reason"]


@admin.register(PurgeRecord)
class PurgeRecordAdmin(LookedAt):
    list_display = ["at", "purpose", "table", "row", "act"]
    list_filter = ["purpose", "table"]
    search_fields = ["=row", "table"]
    date_hierarchy = "at"
