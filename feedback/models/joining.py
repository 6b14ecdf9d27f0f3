"""Concerns that belong together, and one that is really two: nobody loses their own answer by it."""

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback import clock, photos, standing
from feedback.lifecycle import Decision, ProblemElsewhere, Status, written

from .codes import hash_key, keyed_hash, new_reference
from .problem import Problem

# What the second of two takes over from the first: where it happens, who told us, and when.
SHARED = (
    "kind", "place", "times", "channel", "language", "area", "ward", "postcode", "lat", "lon", "route_basis", "certain",
    "near_edge", "desk_reason", "about_person", "received_at", "returned_at", "acknowledged_at", "code_hash", "safety",
    "sealed_words", "suspected", "doubted_by",
)  # fmt: skip


class Joining:
    """Verbs of `Concern`: each is one transaction under the row's lock, and counts the version."""

    def link_to(self, problem, *, by, version=None):
        """It is part of a `Problem` of its area, or (None) of none. The person is told that it is joined with others.

        Whoever was told so is told, too, when it is joined with others no longer. The clock runs on: everybody still gets an
        answer. Raises `ProblemElsewhere`.
        """
        with self._held(version) as concern:
            if problem and problem.area_id != concern.area_id:
                raise ProblemElsewhere(area=concern.area or _("this place"))
            others = problem and problem.concerns.exclude(pk=concern.pk).exists()
            words = standing.JOINED if others and problem != concern.problem else ""
            if not others and concern._is_told_of_others():
                words = standing.APART
            concern.problem = problem
            concern._keep("problem")
            update = concern.record("problem", by=by, text=problem.title if problem else "")
            if words:
                told = concern.record("problem", side="system", public=True, text=words)
                concern.notify("status", to="reporter", update=told)
        return update

    def _is_told_of_others(self) -> bool:
        """Whether the last that the person read about it is that it is joined with others."""
        told = self.updates.filter(kind="problem", public=True).order_by("-pk").values_list("text", flat=True)
        return told.first() == standing.JOINED

    def begin_problem(self, title, *, by, version=None):
        """It is the first of a new `Problem` of its area. Raises `ProblemElsewhere` where it has no area."""
        if self.area is None:
            raise ProblemElsewhere(area=_("this place"))
        with transaction.atomic():
            return self.link_to(Problem.objects.create(area=self.area, title=title), by=by, version=version)

    def waits_with(self, concerns):
        """Those of `concerns` (a queryset) that are part of the same problem and of this area and wait for an answer, too."""
        if self.problem_id is None:
            return concerns.none()
        same = concerns.awaiting_reply().filter(problem=self.problem_id, area=self.area_id)
        return same.exclude(pk=self.pk).order_by("pk")

    def split(self, text, category, *, by, version=None):
        """It holds two matters: `text`, the person's words about the second, becomes a concern of its own; returns it.

        The second has its own category, clock, history and reference; the person was waiting since the first came in or
        came back, so its time runs from then, but for the pauses that the first had. What was read of the first was read
        of the second. The same code opens both. The second has photos of its own, and stays in the safety review and under
        the doubt of the first. Raises `TextNeeded`.
        """
        with self._held(version) as concern:
            second = concern._second(written(text), category)
            concern._share_with(second)
            concern._keep()
            words = standing.SPLIT % {"reference": second.reference}
            told = concern.record("split", by=by, public=True, text=words, other=second)
            concern.notify("status", to="reporter", update=told)
            second.record("received", side="public", public=True)
            second.record(
                "split", by=by, public=True, text=standing.SECOND % {"reference": concern.reference}, other=concern
            )
            if second.acknowledged_at:
                decision = Decision.CONCERN if second.kind == self.Kind.CONCERN else ""
                second.move_to(Status.ACKNOWLEDGED, by=by, decision=decision, tell=False)
            second.notify("received")
            second.notify("receipt", to="reporter")
        return second

    def _second(self, text, category):
        key = uuid.uuid4()
        second = type(self)(  # type: ignore[call-arg]
            reference=new_reference(self.reference.partition("-")[0]), text=text, category=category,
            key_hash=hash_key(key), body_hash=keyed_hash("body", str(key)), **{name: getattr(self, name) for name in SHARED},
        )  # fmt: skip
        if second.kind == self.Kind.CONCERN:
            second.due_at, second.soon_at = clock.deadlines(self.clock_from, category.response_hours, category.hours)
            for began, ended in self._stood(timezone.now()):
                if self.clock_from <= began < second.due_at:
                    second._shift(began, ended)
        second.save(force_insert=True)
        if contact := getattr(self, "contact", None):
            contact.pk, contact.concern, contact._state.adding = None, second, True
            contact.save(force_insert=True)
            del self._state.fields_cache["contact"]
        return second

    def _stood(self, until) -> list[tuple]:
        """From when until when its clock stood, and before it was split off that of the first."""
        off = self.updates.filter(kind="split", other__lt=self.pk).select_related("other").first()
        return [*(off.other._stood(off.at) if off else []), *self.pauses(until)]

    def _share_with(self, second):
        """The second's own photos, and its own part in every safety review that is not decided."""
        copies = [(photos.copied(photo.name), photo) for photo in self.photos.numbered()]
        kept = [{"name": name, "width": photo.width, "height": photo.height} for name, photo in copies if name]
        self._meta.get_field("photos").related_model.attach(second, kept)
        for review in self.safety_reviews.undecided():
            rules = list(review.rules.all())
            review.pk, review.concern, review.update, review._state.adding = None, second, None, True
            review.save(force_insert=True)
            review.rules.set(rules)

    def answer_all(self, text, concerns, *, by, **how):
        """The same reply to those of `concerns` (a queryset) that wait with this one; returns how many were answered.

        In the order of their keys, so that two who answer at once never wait for each other in a ring.
        """
        with transaction.atomic():
            return sum(one._answered_too(text, by=by, **how) for one in self.waits_with(concerns))

    def _answered_too(self, text, *, by, **how) -> bool:
        with self._held() as concern:
            if concern.answered_at:
                return False
            moment = how.get("happened_at")
            how["happened_at"] = moment if moment and moment >= concern.clock_from else None
            concern._answer(text, by=by, **{"how": "written", "said_by": "", **how})
        return True
