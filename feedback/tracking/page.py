"""The words of the reporter's page: how it stands, what happens next, who has it, and what was said."""

from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from areas.models import Priority
from feedback import clock, standing
from feedback.answering import who_answers
from feedback.lifecycle import Outcome, Pause, Status
from feedback.models import ConcernUpdate, FormatRequest, Rating, SafetyRule, Signpost
from feedback.models.update import Entry
from feedback.naming import SPOKEN, speakers
from hubs.models import Posting

from .forms import AgainForm, CorrectForm, FormatForm, MessageForm, RateForm, RecourseForm, WithdrawForm

Kind, Side, How = ConcernUpdate.Kind, ConcernUpdate.Side, ConcernUpdate.How


def entries(concern, photos=()) -> list[Entry]:
    """What happened that the person may read, oldest first: never a note, never a name that is not public.

    `photos` (of `numbered`) stand with the words that they came with.
    """
    shown, before, sent = [], None, _by_update(photos)
    theirs = Prefetch("by__postings", Posting.objects.current().select_related("team"), to_attr="postings_today")
    rows = concern.updates.filter(public=True).select_related("by", "partner", "to_area").prefetch_related(theirs)
    spoke = speakers(rows)
    for row in rows:
        if not _is_echo(row, before):
            shown.append(_entry(row, spoke.get(row.pk, ""), sent))
        before = row
    return shown


def _is_echo(row, before) -> bool:
    """Whether a change of status says nothing beside the reply or referral that it came with."""
    if row.kind != Kind.STATUS or row.text:
        return False
    if row.side == Side.PUBLIC:
        return True  # the person did that with words of their own, which stand above
    if row.outcome:
        return False
    together = before and before.by_id == row.by_id and row.at <= clock.add_minutes(before.at, 1)
    return bool(row.to_status == Status.REFERRED or together and before.kind == Kind.REPLY)


def _by_update(photos) -> dict:
    """Those of `photos` that came with each line of history, by its id; None: with the concern itself."""
    sent: dict = {}
    for photo in photos:
        sent.setdefault(photo.update_id, []).append(photo)
    return sent


def _entry(row, spoke, sent) -> Entry:
    who = {Side.PUBLIC: _("You"), Side.SYSTEM: _("This service")}.get(row.side) or spoke
    # The first words stay with the force: the person reads the ones they chose.
    text = "" if row.kind == Kind.CORRECTION else standing.spoken(row.text, own=row.side == Side.PUBLIC)
    photos = sent.get(None if row.kind == Kind.RECEIVED else row.pk, ())
    return Entry(row.side, who or _officer(row), row.at, _what(row), text, tuple(photos))


def _officer(row) -> str:
    """Who of the police wrote it: the name where it is public, otherwise role and team; of what was said, just the police."""
    if row.how in SPOKEN and row.said_by:
        return _("The police")
    if row.by and row.by.public_name:
        return row.by.public_words
    posting = row.by and next(iter(row.by.postings_today), None)
    return posting.public_words if posting else _("The police")


def _what(row) -> str:
    if row.kind == Kind.STATUS:
        return _outcome(row.outcome) if row.outcome else _status(row.to_status)
    if row.kind == Kind.REPLY and row.how != How.WRITTEN:
        words = _("Answered by phone, %(when)s") if row.how == How.PHONE else _("Answered in person, %(when)s")
        return words % {"when": clock.in_words(row.happened_at or row.at)}
    if row.kind in (Kind.PAUSED, Kind.RESUMED):
        facts = {"why": row.get_pause_display(), "due": clock.in_words(row.due_at)}
        words = _("The clock waits: %(why)s. Our reply is due by %(due)s at the latest.")
        return (words if row.kind == Kind.PAUSED else _("The clock goes on. Our reply is due by %(due)s.")) % facts
    if row.kind == Kind.RATING:
        return _rated(row.detail)
    if row.kind == Kind.FORMAT:
        words = _("Asked for: %(what)s") if row.side == Side.PUBLIC else _("You have it: %(what)s")
        return words % {"what": FormatRequest.Format(row.detail).label}
    if row.kind == Kind.PROBLEM and row.text == standing.APART:
        return _("Took it apart again from what others told us")
    words = {
        Kind.HOLDING: _("Wrote to you. The proper reply is still to come"),
        Kind.ASKED: _("Asked you something. Please answer below"),
        Kind.SPLIT: _("Made two of what you told us"),
        Kind.PROBLEM: _("Joined it with what others told us"),
        Kind.RECEIVED: _("Told us"),
        Kind.REPLY: _("Replied to you"),
        Kind.MESSAGE: _("Wrote to us"),
        Kind.CORRECTION: _("Changed your words"),
        Kind.WITHDRAWN: _("Took it back"),
        Kind.ASSIGNED: _("A more senior officer has it now"),
        Kind.RECOURSE: _("Asked the commander's office"),
        Kind.RECOURSE_REPLY: _("Answered for the commander's office"),
        Kind.REFERRAL: _("Passed it on to %(partner)s") % {"partner": row.partner or ""},
        Kind.AREA_MOVE: _("It is with another area now"),
        Kind.PLACED: _("We know the place now"),
    }
    return words.get(row.kind, "")


def _rated(answer) -> str:
    return {
        Rating.Answer.YES: _("Said: our reply answered you"),
        Rating.Answer.PARTLY: _("Said: our reply answered you in part"),
        Rating.Answer.NO: _("Said: our reply did not answer you"),
    }[answer]


def _status(status) -> str:
    return {
        Status.ACKNOWLEDGED: _("Somebody has read it"),
        Status.IN_PROGRESS: _("We are working on it"),
        Status.REFERRED: _("We passed it on"),
    }.get(status, "")


def _outcome(outcome) -> str:
    return {
        Outcome.SOLVED: _("It is solved"),
        Outcome.REDUCED: _("It is better than it was"),
        Outcome.NOT_FOUND: _("We checked, and did not find it"),
        Outcome.PASSED_ON: _("We passed it on, and others deal with it now"),
        Outcome.CANNOT_ACT: _("We cannot act on this"),
        Outcome.MERGED: _("We joined it with others that are about the same"),
        Outcome.WITHDRAWN: _("You took it back"),
        Outcome.CRIME: _("It is recorded as a crime"),
        Outcome.COMPLAINT: _("It is with the people who look into complaints"),
        Outcome.NOT_A_CONCERN: _("It is not something the police can deal with"),
    }[outcome]


def headline(concern) -> str:
    """How it stands, in plain words."""
    if concern.status == Status.RESOLVED:
        return _outcome(concern.outcome)
    if concern.status == Status.REFERRED and concern.partner:
        return _("We passed it on to %(partner)s") % {"partner": concern.partner}
    if concern.status == Status.ACKNOWLEDGED and concern.times_back:
        return _("We look at it again")
    return _status(concern.status) or _("We have it")


def _paused(concern, reading) -> str:
    facts = {"due": reading.moment}
    if concern.pause == Pause.ASKED:
        return _("We asked you something. Please answer below. Our reply is due by %(due)s at the latest.") % facts
    return _("The clock waits, as the lines below say. Our reply is due by %(due)s at the latest.") % facts


def _over(concern) -> str:
    """What stands where nothing more is to come, or ""."""
    if concern.status == Status.RESOLVED:
        return _("We have finished with it. If it goes on or comes back, say so here, and we will look again.")
    if concern.withdrawn:
        return _("You took it back, and we wait for nothing from you. Some things we must look into all the same.")
    return ""


def _missed(concern) -> str:
    if concern.open_recourse:
        has, answers = done_words("recourse", concern)  # type: ignore[misc]
        return f"{has} {answers}"
    if concern.recourse_reason():
        return _("Our reply is late. We are sorry. We still owe it to you, and you can do something about it now.")
    return _("Our reply is late. We are sorry. We still owe it to you. The commander's office has answered you below.")


def next_step(concern, force) -> str:
    """What happens next, in a sentence or two that promise nothing that is not promised."""
    reading = concern.clock
    if over := _over(concern):
        return over
    if concern.kind != concern.Kind.CONCERN:
        return _("We will read it and pass it on to those it is for. No reply is due by a fixed time.")
    if reading.state == "missed":
        return _missed(concern)
    if reading.state == "paused":
        return _paused(concern, reading)
    if concern.area is None or concern.at_desk:
        desk = _(force.desk_name)
        where = _("The %(desk)s decides who can answer you.") % {"desk": desk[:1].lower() + desk[1:]}
    else:
        where = {
            Status.RECEIVED: _("The police in %(area)s read it and decide who looks into it.") % {"area": concern.area},
            Status.REFERRED: _("Others look into it now, and we stay your contact."),
        }.get(concern.status, _("The police in %(area)s look into it.") % {"area": concern.area})
    if reading.state in ("answered", "late"):
        return f"{where} {_('What else they do will appear on this page.')}"
    return f"{where} {_('You will have a proper reply by %(due)s.') % {'due': reading.moment}}"


def holder(concern, force) -> list[str]:
    """Who has it, a line each: area or desk, department, team, and who answers now."""
    placed = concern.area and not concern.at_desk
    area = _("The police in %(area)s") % {"area": concern.area} if placed else _(force.desk_name)
    department = concern.department and _(concern.department.name)
    team = concern.team and concern.team.spoken_name
    return [str(line) for line in (area, department, team, _answering(concern, placed)) if line]


def _answering(concern, placed) -> str:
    """Who answers now: the officer who has it, or whoever answers for them; while nobody has it, the ward's named contact."""
    if concern.officer:
        return who_answers(concern)
    contacts = Posting.objects.named_contacts(concern.ward) if placed and concern.ward else []
    about = concern.about_person_id
    contact = next(
        (one for one in contacts if not about or about not in (one.person_id, one.cover and one.cover.pk)), None
    )
    return _("%(who)s, for your ward") % {"who": contact.answers_words} if contact else ""


def forms_of(concern) -> list:
    """The forms that the page holds in the concern's state."""
    closed = concern.status == Status.RESOLVED
    may_change = not (closed or concern.withdrawn)
    offered = {
        RateForm: concern.first_reply_at,
        CorrectForm: may_change and concern.may_be_corrected,
        WithdrawForm: may_change,
        AgainForm: closed,
        RecourseForm: concern.recourse_reason(),
    }
    return [MessageForm, FormatForm, *(form for form, holds in offered.items() if holds)]


def done_words(act: str | None, concern) -> tuple[str, str] | None:
    """What was just kept, and what follows from it; None where nothing was."""
    if act == "photos":
        return _photos_words(concern)
    return {
        "correct": (
            _("We have your new words."),
            _("Those who deal with it read them. Your first words are kept with them."),
        ),
        "withdraw": (
            _("You took it back."),
            _("Thank you for telling us. If it goes on, you can say so on this page."),
        ),
        "again": (
            _("Thank you for telling us. We look at it again."),
            _("Those who deal with it know that it goes on."),
        ),
        "recourse": (
            _("The commander's office has your message."),
            _("It has a time of its own to answer you. You find the answer on this page."),
        ),
        "format": (_("We know what you need."), _("You can read on this page when it is ready.")),
    }.get(act or "")


def _photos_words(concern) -> tuple[str, str] | None:
    """That we have the photos which came last, where any did."""
    last = concern.photos.filter(update__isnull=False).order_by("pk").last()
    if last is None:
        return None
    number = concern.photos.filter(update=last.update_id).count()
    words = ngettext("We have one photo more.", "We have %(number)s photos more.", number) % {"number": number}
    return words, _("We tell those who deal with it. Your message stands below, where they read it, too.")


def back(update) -> str:
    """Where on the page the answer to that act of the person stands: the end of its address."""
    act = {
        Kind.CORRECTION: "correct",
        Kind.WITHDRAWN: "withdraw",
        Kind.RECOURSE: "recourse",
        Kind.FORMAT: "format",
        Kind.RATING: "rate",
    }.get(update.kind)
    return f"?done={act}#{'rate' if act == 'rate' else 'done'}" if act else "?sent=yes#sent"


def elapsed(reading_of, now=None) -> int:
    """How much of the time for an answer is over, in percent: of a concern or recourse that has a due time."""
    start, now = getattr(reading_of, "clock_from", None) or reading_of.at, now or timezone.now()
    whole = (reading_of.due_at - start).total_seconds() or 1
    return max(2, min(100, round(100 * (now - start).total_seconds() / whole)))


def shared_priority(concern):
    """The priority that it is part of, as everybody may read it, or None."""
    number = concern.problem.priority_id if concern.problem else None
    return Priority.objects.public().filter(pk=number).first() if number else None


def wants_exit(concern) -> bool:
    """Whether the page needs the button that leaves it at once: for what it is about, or for danger in what they wrote."""
    if concern.category.sensitive:
        return True
    found = SafetyRule.objects.filter(reviews__concern=concern).values("signposts")
    needing = Signpost.objects.filter(exit_page=True)
    return needing.filter(Q(categories=concern.category_id) | Q(pk__in=found)).exists()
