"""What the person who told us does with their concern afterwards."""

from uuid import uuid4

from django.db import transaction
from django.utils.translation import ngettext

from feedback.lifecycle import Pause, written


class Reporter:
    """Verbs of `Concern`: each is one transaction under the row's lock, and counts the version."""

    def take_message(self, text, *, key=None, limit=None):
        """A further message from the person who told us; whoever writes a reply at this moment gets to see it first.

        `key`: the form's own UUID, the Message-ID of the mail that follows; the same form again adds nothing and returns
        None. `limit`: counts against the rate and raises to refuse; what was taken before does not count.
        """
        with transaction.atomic():
            concern = self.locked()
            if concern.notifications.filter(message_id=key).exists():
                return None
            if limit:
                limit()
            concern._keep()
            update = concern.record("message", side="public", public=True, text=written(text))
            if concern.pause == Pause.ASKED:
                concern._end_pause()
            concern._look_for_danger(text, update)
            concern.notify("message", update=update, message_id=key or uuid4())
            if concern.officer_id:
                concern.notify("message", to="person", person=concern.officer, update=update)
        self.refresh_from_db()
        return update

    def take_photos(self, kept):
        """Further photos from the person who told us: `kept` as `photos.keep` gives them. Those who have it are told."""
        with transaction.atomic():
            concern = self.locked()
            words = ngettext("A photo was added.", "%(n)d photos were added.", len(kept)) % {"n": len(kept)}
            update = concern.record("message", side="public", public=True, text=words)
            concern._meta.get_field("photos").related_model.attach(concern, kept, update)
            concern._keep()
            concern.notify("message", update=update)
            if concern.officer_id:
                concern.notify("message", to="person", person=concern.officer, update=update)
        self.refresh_from_db()
        return update
