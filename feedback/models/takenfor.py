"""A concern that a member of the force wrote down for somebody: by phone, at a counter, at a meeting, from an e-mail."""

from uuid import UUID

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from feedback import clock
from hubs.models import Hub

from .concern import Concern


class TakenFor(models.Model):
    """Who wrote it down, where, and that the person agreed to it."""

    concern = models.OneToOneField(Concern, on_delete=models.PROTECT, related_name="taken_for")
    by = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, related_name="+")
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, null=True, related_name="+")
    agreed = models.BooleanField()  # to be written down with how to reach them; otherwise nothing of theirs is kept
    at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self):
        return f"{self.concern_id} by {self.by_id}"

    @classmethod
    def take(cls, *, key: UUID, answers: dict, route, channel, by, hub=None, agreed):
        """`Concern.submit` on somebody's behalf, exactly once: `(concern, created)`. Without `agreed` no contact is kept.

        Raises `KeyReused`.
        """
        if not agreed:
            answers = {**answers, "contact": {}}
        with transaction.atomic():
            concern, created = Concern.submit(key=key, answers=answers, route=route, channel=channel)
            if created:
                cls.objects.create(concern=concern, by=by, hub=hub, agreed=agreed)
                since = answers.get("received_at")
                concern.record("note", by=by, text=_in_words(concern, hub, agreed, since))
        return concern, created


def _in_words(concern, hub, agreed, since=None) -> str:
    """The line of history: how it came, when they told us where that was before (`since`), and what the person agreed to."""
    how = concern.get_channel_display()
    came = _("Written down for the person. It came by: %(how)s.") % {"how": how}
    place = " " + _("At %(hub)s.") % {"hub": hub} if hub else ""
    consent = _("The person agreed that we keep how to reach them.") if agreed else _("The person stays anonymous.")
    told = f" They told us on {clock.in_words(since)}; the clocks run from then." if since else ""
    return f"{came}{place}{told} {consent}"
