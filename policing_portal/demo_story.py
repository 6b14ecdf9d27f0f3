"""One concern of the demo and what became of it, told at its own times in the past; and how stories are written down."""

import uuid

from areas import routing
from feedback import clock
from feedback.lifecycle import Status
from feedback.models import Concern, ConcernUpdate, Contact, FormatRequest, Notification, Rating, Recourse
from feedback.models.codes import REFERENCE_LETTERS, follow_code, hash_code

NAMESPACE = uuid.UUID("5b0c2f4e-8f2b-4a0c-9d70-2f3f9a1d7c11")
RATINGS = [
    ("yes", ""), ("yes", "Quick and clear, thank you."), ("partly", ""), ("yes", ""), ("yes", ""),
    ("partly", "You say that you will look at it, but not when."), ("yes", ""), ("no", ""),
    ("no", "I asked who to ring at night. Nobody told me."),
]  # fmt: skip


class Story:
    """One concern and what became of it, told at its own times in the past."""

    prefix = ""

    def __init__(self, *, area, ward, number, age_hours, rng, now, postcode=""):
        self.area, self.number, self.rng, self.now = area, number, rng, now
        self.received = clock.add_hours(now, -age_hours)
        key = uuid.uuid5(NAMESPACE, f"{area.slug if area else 'desk'}-{number}")
        letters = "".join(rng.choice(REFERENCE_LETTERS) for _i in range(8))
        self.concern = Concern(
            reference=f"{self.prefix}-{letters[:4]}-{letters[4:]}",
            area=area, ward=ward, received_at=self.received, code_hash=hash_code(follow_code(key)),
            key_hash=f"demo-{key.hex}", body_hash=f"demo-{key.hex}",
            route_basis=f"{ward}, chosen on the page -> {ward}, {area}" if ward else "not known to the person who told us",
            certain=False, desk_reason="" if area else Concern.DeskReason.UNPLACED,
        )  # fmt: skip
        if postcode:
            self.concern.place_by(routing.of_postcode(postcode))
        self.updates: list = []
        self.rating = self.recourse = self.format = None
        self.happens(0, "received", side="public", public=True)

    def happens(self, hours, kind, *, by=None, side="force", public=False, **details):
        """Append a line of history `hours` after receipt, but not in the future; returns its time."""
        at = min(clock.add_hours(self.received, hours), self.now)
        row = ConcernUpdate(
            kind=kind, at=at, by=by, by_label=str(by) if by else "", side=side, public=public, **details
        )
        self.updates.append(row)
        return at

    def moves(self, hours, status, *, by, text="", outcome=""):
        """A move of the state at that time."""
        concern = self.concern
        details = {"from_status": concern.status, "to_status": status, "outcome": outcome, "text": text}
        at = self.happens(hours, "status", by=by, public=True, **details)
        concern.status, concern.outcome = status, outcome
        concern.acknowledged_at = concern.acknowledged_at or at
        concern.resolved_at = at if status == Status.RESOLVED else None

    def answered(self, hours, *, by, text, how="written"):
        """A meaningful reply at that time: it stops the clock."""
        at = self.happens(hours, "reply", by=by, public=True, text=text, how=how, said_by="", happened_at=None)
        self.concern.answered_at = self.concern.answered_at or at
        if self.rating is None and self.number % 3:
            self.rated(hours + 2)

    def asks_office(self, hours, *, answered_by=None, after=24):
        """The person turns to the commander's office, which answers so many hours later, or has it still."""
        at = self.happens(
            hours, "recourse", side="public", public=True, detail="missed", text="I still wait for an answer."
        )
        due = clock.add_hours(at, 72)
        self.recourse = Recourse(
            concern=self.concern, area=self.area, reason="missed", at=at, due_at=due, asked=self.updates[-1]
        )
        if answered_by and clock.add_hours(at, after) < self.now:
            words = "I am sorry that you had to wait. I have asked my team to write to you today."
            at = self.happens(hours + after, "recourse_reply", by=answered_by, public=True, text=words)
            self.recourse.answered_at, self.recourse.answered_by, self.recourse.reply = (
                at,
                answered_by,
                self.updates[-1],
            )

    def overdue_after(self, hours) -> bool:
        """Whether a reply was due by then."""
        due = self.concern.due_at
        return due is not None and due < clock.add_hours(self.received, hours)

    def asks_format(self, hours, what, language=""):
        """The person needs another format or an interpreter."""
        at = self.happens(hours, "format", side="public", public=True, detail=what, text=language)
        due = clock.add_hours(at, 120)
        self.format = FormatRequest(concern=self.concern, format=what, language=language, at=at, due_at=due)

    def rated(self, hours):
        """The person says whether the reply answered them; areas differ."""
        answer, text = RATINGS[(self.number * 5 + self.area.order) % (len(RATINGS) - self.area.order % 3)]
        reply = self.updates[-1]
        at = self.happens(hours, "rating", side="public", public=True, detail=answer, text=text)
        self.rating = Rating(concern=self.concern, reply=reply, answer=answer, text=text, at=at)


def write(stories, rng, *, reached=True) -> None:
    """All rows of the stories, each table at once; with how to reach people where `reached`."""
    Concern.objects.bulk_create([story.concern for story in stories])
    for story in stories:
        story.updates.sort(key=lambda update: update.at)
        for update in story.updates:
            update.concern = story.concern
    ConcernUpdate.objects.bulk_create([update for story in stories for update in story.updates])
    for model, name in ((Rating, "rating"), (Recourse, "recourse"), (FormatRequest, "format")):
        model.objects.bulk_create([row for story in stories if (row := getattr(story, name))])
    contacts, messages = [], []
    for story in stories:
        if reached and rng.random() < 0.7:
            handle = f"demo.person.{rng.randint(1, 400)}"
            phone = f"07700 900{rng.randint(100, 999)}"
            contact = {"name": "Demo Person", "email": f"{handle}@example.org", "phone": phone}
            contacts.append(Contact.build(concern=story.concern, **contact, safe_to_contact=rng.random() < 0.8))
        sent = story.concern.received_at
        kind = {"concern": story.concern, "kind": "received", "recipient": "commander", "state": "sent"}
        messages.append(Notification(**kind, attempts=1, created=sent, due=sent, sent=sent))
    Contact.objects.bulk_create(contacts)
    Notification.objects.bulk_create(messages)
