"""Two people at one row, one of whom deletes it: what changed since the question was asked is not deleted unseen.

And what was in force is not deleted at all: access, figures and the public's pages went by it. It is given an end.
"""

from contextlib import nullcontext

from django.contrib import admin, messages
from django.contrib.admin import actions
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.shortcuts import redirect

from .held import entered_today
from .stamp import today_in_london
from .versions import changes_since, lines_of_history, parts_of_all, versions_of

AT_MOST = 200  # rows that are deleted at once


class Staying(list):
    """Sentences on rows that stay, where Django's pages expect what uses the rows."""

    sentences = True


class SeenBeforeDeleted(admin.ModelAdmin):
    """An admin whose question before deleting carries the version of the row; that of another version is asked anew."""

    begins = "from_date"  # the field with the first day on which a row holds, in a model that has it
    instead = "Give it a last day instead."

    def why_stay(self, rows) -> list[str]:
        """A sentence for each of `rows` that may not be deleted; one question, however many rows there are.

        What has begun stays. Only what begins today, and was entered today, may be a mistake that nobody went by.
        """
        if self.begins not in {field.name for field in self.opts.fields}:
            return []
        today = today_in_london()
        begun = [row for row in rows if (getattr(row, self.begins) or today) <= today]
        fresh = self.made_today([row for row in begun if getattr(row, self.begins) == today])
        return [self._since(row, today) for row in begun if row.pk not in fresh]

    def made_today(self, rows) -> set:
        """The keys of those of `rows` that were entered today."""
        return entered_today(self.model, [row.pk for row in rows])

    def _since(self, row, today) -> str:
        began, ended = getattr(row, self.begins), getattr(row, "until", None)
        if ended and ended < today:
            return f"“{row}” was in force {_day('from', began)}to {ended:%-d %B %Y}. It stays on record."
        return f"“{row}” has been in force{_day(' since', began).rstrip()}. {self.instead}"

    def seen_of(self, request, rows) -> dict:
        """The key of each of `rows` -> what the page shows of it: version and newest line of history, `version.line`."""
        rows = list(rows)
        versions, lines = versions_of(rows, parts_of_all(self, request, rows)), lines_of_history(rows)
        return {key: f"{version}.{lines.get(key, '')}" for key, version in versions.items()}

    def changed_since(self, row, seen: str, now: str) -> list[str]:
        """Sentences on what changed in `row` since a page has `seen` it, where it is as `now`; none where nothing did.

        What comes from no page that asks, and so has seen nothing, is refused.
        """
        if not seen:
            return [f"“{row}” is not deleted, as your browser did not say what you saw of it. Open the page again."]
        version, _dot, line = seen.partition(".")
        if now.partition(".")[0] == version:
            return []
        told = " ".join(map(str, changes_since(row, line))) or "What belongs to it has changed."
        return [f"“{row}” has changed since you were asked, so it is not deleted. {told}"]

    def get_deleted_objects(self, objs, request):
        """What would go along; where something uses the row, the page names that, and not what somebody may not do anyway."""
        if staying := self.why_stay(objs):
            return [], {}, set(), Staying(staying)
        going, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return going, counts, set() if protected else lacking, protected

    def delete_view(self, request, object_id, extra_context=None):
        with transaction.atomic() if request.method == "POST" else nullcontext():
            row = self.get_object(request, unquote(object_id))
            if row is not None and request.method == "POST" and self.has_delete_permission(request, row):
                row = self._locked(row)
                now = self.seen_of(request, [row])[row.pk] if row else ""
                if row and (told := self.changed_since(row, request.POST.get("_seen", ""), now)):
                    for sentence in told:
                        messages.error(request, f"{sentence} Look at it, and decide again.")
                    return redirect(request.get_full_path())
            asked = row is not None and request.method == "GET"
            seen = {"seen": self.seen_of(request, [row])[row.pk]} if asked else {}
            return super().delete_view(request, object_id, {**(extra_context or {}), **seen})

    @staticmethod
    def _locked(row):
        return type(row)._base_manager.select_for_update().filter(pk=row.pk).first()


def _day(word: str, day) -> str:
    return f"{word} {day:%-d %B %Y} " if day else ""


@admin.action(permissions=["delete"], description=actions.delete_selected.short_description)
def delete_selected(keeper, request, queryset):
    """Django's own, which refuses where one of the rows has changed since the page that asks was shown."""
    if not isinstance(keeper, SeenBeforeDeleted):
        return actions.delete_selected(keeper, request, queryset)
    if queryset.count() > AT_MOST:
        words = f"At most {AT_MOST} are deleted at once, so that you can read what you delete. Nothing is deleted."
        messages.error(request, words)
        return None
    if not request.POST.get("post"):
        page = actions.delete_selected(keeper, request, queryset)
        page.context_data["seen"] = ",".join(f"{key}={seen}" for key, seen in keeper.seen_of(request, queryset).items())
        return page
    pairs = (pair.rpartition("=") for pair in request.POST.get("_seen", "").split(","))
    seen = {key: version for key, _equals, version in pairs}
    with transaction.atomic():
        rows = list(
            queryset.model._base_manager.select_for_update().filter(pk__in=queryset.values("pk")).order_by("pk")
        )
        now = keeper.seen_of(request, rows)
        told = [words for row in rows for words in keeper.changed_since(row, seen.get(str(row.pk), ""), now[row.pk])]
        if not told:
            return actions.delete_selected(keeper, request, queryset)
    for sentence in told:
        messages.error(request, f"{sentence} None of those that you chose is deleted.")
    return None
