"""What the person who told us does with their concern afterwards."""

from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.functional import cached_property

from areas.models import Force
from feedback import clock, languages, personal, photos, standing
from feedback.lifecycle import (
    AskedAlready,
    NoMorePhotos,
    NoReplyYet,
    NothingAsked,
    Outcome,
    Pause,
    Status,
    TakenBack,
    TooLateToCorrect,
    written,
)

from .sealing import seal

CORRECT_HOURS = 24


class Reporter:
    """Verbs of `Concern`: each is one transaction under the row's lock, and counts the version.

    `key`: the form's own UUID; the same form again does nothing, and the verb returns None. `limit`: counts against the rate
    and raises to refuse; what was taken before does not count.
    """

    @contextmanager
    def _by_form(self, key, limit=None):
        """The row under its lock for one form of the person who told us; None where this form came before."""
        with transaction.atomic():
            concern = self.locked()
            again = key is not None and concern.updates.filter(key=key).exists()
            if limit and not again:
                limit()
            yield None if again else concern
        self.refresh_from_db()

    def take_message(self, text, *, key=None, limit=None):
        """A further message from the person who told us; whoever writes a reply at this moment gets to see it first."""
        with self._by_form(key, limit) as concern:
            if concern is None:
                return None
            concern._keep()
            update = concern.record("message", side="public", public=True, text=written(text), key=key)
            if concern.pause == Pause.ASKED:
                concern._end_pause()
            concern._look_for_danger(text, update)
            concern._tell_holders("message", update)
        return update

    def _tell_holders(self, kind, update):
        """The commander is told, and the officer who has it."""
        self.notify(kind, update=update)
        if self.officer_id:
            self.notify(kind, to="person", person=self.officer, update=update)

    def rate(self, answer, text="", *, key=None, limit=None):
        """Whether the first reply answered them: a `Rating.Answer`, and words if they like; again changes it.

        Raises `NoReplyYet`.
        """
        ratings = self._meta.get_field("rating").related_model.objects
        with self._by_form(key, limit) as concern:
            if concern is None:
                return None
            reply = concern.updates.filter(kind="reply").order_by("pk").first()
            if reply is None:
                raise NoReplyYet
            said = {"answer": answer, "text": text.strip()}
            ratings.update_or_create(concern=concern, defaults=said, create_defaults={**said, "reply": reply})
            concern._keep()
            update = concern.record("rating", side="public", public=True, text=said["text"], detail=answer, key=key)
            concern._look_for_danger(text, update)
        return update

    @property
    def may_be_corrected(self) -> bool:
        """Whether the person may still change their words."""
        open_until = clock.add_hours(self.received_at, CORRECT_HOURS)
        return self.status != Status.RESOLVED and timezone.now() < open_until

    def correct(self, text, *, findings=(), choices=(), key=None, limit=None):
        """Other words in place of the first ones, which the history keeps for the force. Raises `TooLateToCorrect`.

        `choices`: what to do with each of `findings` (as `personal.find` gives them), see `personal.decided`.
        What was decided on the first words stays: a disclosed crime, a complaint, a safety review.
        """
        with self._by_form(key, limit) as concern:
            if concern is None:
                return None
            if not concern.may_be_corrected:
                raise TooLateToCorrect(hours=CORRECT_HOURS)
            before, kept, text = concern.text, concern.for_officers, written(text)
            concern.text, sealed = personal.decided(text, findings, choices, kept)
            if sealed:
                concern.sealed_words = seal({**kept, **sealed})
            concern._keep("text", "sealed_words")
            update = concern.record("correction", side="public", public=True, text=before, key=key)
            concern._look_for_danger(text, update)
            concern._tell_holders("correction", update)
        return update

    @cached_property
    def formats(self) -> list:
        """What was asked for in another format or language, done or not, the one due first at the top; as read the first time."""
        return list(self.format_requests.order_by("due_at", "pk"))

    @property
    def open_formats(self) -> list:
        """Those of `formats` that are not done yet."""
        return [one for one in self.formats if one.done_at is None]

    @property
    def reads(self) -> str:
        """The code of the language to answer in: the last that they asked for and the portal knows, else that of their page."""
        asked = [one for one in self.formats if one.format == "language" and languages.meant(one.language)]
        if asked:
            return languages.meant(max(asked, key=lambda one: one.pk).language)
        return languages.or_english(self.language)

    @cached_property
    def open_recourse(self):
        """The recourse that waits for an answer, or None, as read the first time."""
        return self.recourses.open().first()

    @property
    def withdrawn(self) -> bool:
        """Whether the person took it back, and did not say since that it is still happening."""
        back = self.updates.filter(kind="withdrawn").order_by("pk").last()
        return (
            back is not None
            and not self.updates.filter(kind="status", side="public", pk__gt=back.pk, outcome="").exists()
        )

    @property
    def stays_open(self) -> bool:
        """Whether the force looks into it even where the person takes it back."""
        return bool(self.safety or self.crime_disclosed_at or self.complaint_disclosed_at)

    def withdraw(self, text="", *, key=None, limit=None):
        """The person takes it back: it ends, but for what a crime, a complaint or a safety review keeps open.

        Their words stay as they are. Raises `TakenBack`.
        """
        with self._by_form(key, limit) as concern:
            if concern is None:
                return None
            if concern.status == Status.RESOLVED or concern.withdrawn:
                raise TakenBack
            concern._keep()
            update = concern.record("withdrawn", side="public", public=True, text=text.strip(), key=key)
            concern._look_for_danger(text, update)
            if not concern.stays_open:
                concern.move_to(Status.RESOLVED, outcome=Outcome.WITHDRAWN, side="public", tell=False)
            concern._tell_holders("withdrawn", update)
        return update

    def ask_format(self, format, *, language="", text="", key=None, limit=None):
        """Ask for a `FormatRequest.Format`, perhaps in a language; `text` says how to get it to them.

        It is due after hours of the force's own. Raises `AskedAlready`.
        """
        with self._by_form(key, limit) as concern:
            if concern is None:
                return None
            language, now = language.strip(), timezone.now()
            if concern.format_requests.open().filter(format=format, language=language).exists():
                raise AskedAlready
            due = clock.add_hours(now, Force.objects.get().format_hours)
            concern.format_requests.create(format=format, language=language, at=now, due_at=due)
            words = "\n".join(filter(None, (language, text.strip())))
            concern._keep()
            update = concern.record("format", side="public", public=True, text=words, detail=format, key=key)
            concern._look_for_danger(text, update)
            concern._tell_holders("format", update)
        return update

    def give_format(self, asked, text, *, by, version=None):
        """The force did what the `FormatRequest` `asked` for; `text` is what the person reads: where they find it.

        Raises `TextNeeded`, and `NothingAsked` for one that is done or of another concern.
        """
        with self._held(version) as concern:
            request = concern.format_requests.open().filter(pk=asked.pk).first()
            if request is None:
                raise NothingAsked
            request.done_at, request.done_by = timezone.now(), by
            request.save(update_fields=["done_at", "done_by"])
            concern._keep()
            update = concern.record("format", by=by, public=True, text=written(text), detail=request.format)
            concern.notify("status", to="reporter", update=update)
        return update

    def take_photos(self, kept, *, key=None):
        """Further photos from the person who told us: `kept` as `photos.keep` gives them. Those who have it are told.

        Raises `NoMorePhotos` where another page of theirs took the room meanwhile.
        """
        with self._by_form(key) as concern:
            if concern is None:
                return None
            if concern.photos.count() + len(kept) > photos.MOST_OF_A_CONCERN:
                raise NoMorePhotos
            with translation.override(settings.LANGUAGE_CODE):
                words = standing.photos(len(kept))
            update = concern.record("message", side="public", public=True, text=words, key=key)
            concern._meta.get_field("photos").related_model.attach(concern, kept, update)
            concern._keep()
            concern._tell_holders("message", update)
        return update
