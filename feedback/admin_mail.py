"""Staff word mails anew here: one at a time, looked at and tried before anybody gets it, and taken back by deleting it."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path

from accounts.admin_kept import KeptAdmin

from . import proof, wording
from .models import MailText


@admin.register(MailText)
class MailTextAdmin(KeptAdmin):
    """Deleting a row brings back the shipped words; its history stays."""

    fixed = ("name",)
    list_display = ["name", "reader", "subject", "state"]
    search_fields = ["name", "subject", "text"]
    fields = ["name", "subject", "text"]

    @admin.display(description="goes to")
    def reader(self, row):
        """To whom it goes."""
        return wording.reader(row.name) if row.name in wording.MAILS else ""

    @admin.display(description="state")
    def state(self, row):
        """Whether its words go out, and why not."""
        return f"Not used, the shipped words go out: {row.broken}" if row.broken else "In use"

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "name":
            choices = [(mail, f"{mail}, to {wording.reader(mail)}") for mail in wording.MAILS]
            return forms.ChoiceField(choices=choices, label="Which mail")
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def changelist_view(self, request, extra_context=None):
        """The wordings, and below them the mails that go out as shipped."""
        worded = set(MailText.objects.values_list("name", flat=True))
        shipped = proof.all_shipped(mail for mail in wording.MAILS if mail not in worded)
        as_shipped: dict = {reader: [] for reader in wording.READERS.values()}
        for mail, (subject, _news) in shipped.items():
            as_shipped[wording.reader(mail)].append((mail, subject))
        return super().changelist_view(request, {**(extra_context or {}), "as_shipped": as_shipped})

    def get_changelist_instance(self, request):
        """The list, whose rows are looked at beside the same names."""
        listed, around = super().get_changelist_instance(request), wording.Around.now()
        for row in listed.result_list:
            row.around = around
        return listed

    def get_changeform_initial_data(self, request):
        """With `?name=` the shipped words of that mail, to begin from."""
        initial = super().get_changeform_initial_data(request)
        if initial.get("name") in wording.MAILS:
            initial["subject"], initial["text"] = proof.shipped(initial["name"])
        return initial

    def render_change_form(self, request, context, *args, **options):
        """The form with what this mail may say, and its shipped words."""
        row = context.get("original")
        if (mail := row.name if row else request.GET.get("name")) in wording.MAILS:
            news, subject = (", ".join(map(wording.braced, names)) or "nothing" for names in wording.may_say(mail))
            context |= {"mail": mail, "in_news": news, "in_subject": subject, "shipped": proof.shipped(mail)}
            context["broken"] = row.broken if row else ""
        return super().render_change_form(request, context, *args, **options)

    # ---- looking at it, and trying it -----------------------------------------------------------------------------------
    def get_urls(self):
        view = self.admin_site.admin_view(self.preview)
        return [path("<slug:mail>/preview/", view, name="feedback_mailtext_preview"), *super().get_urls()]

    def preview(self, request, mail):
        """The letter with made-up facts: as it goes out now, or, with a form sent, in its words; `send` mails it to oneself."""
        if mail not in wording.MAILS:
            raise Http404
        sent = request.method == "POST"
        if not (self.has_change_permission(request) if sent else self.has_view_permission(request)):
            raise PermissionDenied
        if "send" in request.POST:
            proof.send_test.enqueue(mail, request.user.pk)
            messages.success(request, f"A test is on its way to {request.user.email}.")
            return redirect("admin:feedback_mailtext_preview", mail)
        row, faults = self._asked(request, mail) if sent else self._standing(mail)
        context = {"title": f"The mail {mail}", "mail": mail, "sent": sent, "faults": faults, "worded": bool(row)}
        context["reader"] = wording.reader(mail)
        context["letters"] = [] if sent and faults else _letters(mail, row)
        return render(request, "admin/feedback/mailtext/preview.html", self.admin_site.each_context(request) | context)

    def _standing(self, mail):
        row = MailText.objects.filter(pk=mail).first()
        return (None, [row.broken]) if row and row.broken else (row, [])

    def _asked(self, request, mail):
        row = MailText(name=mail, subject=request.POST.get("subject", ""), text=request.POST.get("text", ""))
        try:
            row.full_clean(validate_unique=False)
        except ValidationError as refusal:
            return None, refusal.messages
        return row, []


def _letters(mail, row) -> list[dict]:
    """The letter, and once more without a due time where its words or its frame speak of one."""
    made = [proof.letter(mail, row, due=due) for due in (True, False)]
    shown = [("With a time by which a reply is due", *made[0]), ("Where no reply is due by a fixed time", *made[1])]
    if made[0] == made[1]:
        shown = [("", *made[0])]
    return [{"when": when, "subject": subject, "body": body} for when, subject, body in shown]
