"""The life of a concern: its states, the allowed moves between them, and how it can end."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    RECEIVED = "received", _("Received")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    IN_PROGRESS = "in_progress", _("In progress")
    REFERRED = "referred", _("Referred")
    RESOLVED = "resolved", _("Resolved")


class Outcome(models.TextChoices):
    SOLVED = "solved", _("Solved")
    REDUCED = "reduced", _("Better than it was")
    NOT_FOUND = "not_found", _("Checked and not found")
    PASSED_ON = "passed_on", _("Passed on")
    CANNOT_ACT = "cannot_act", _("We cannot act on it")
    MERGED = "merged", _("Joined with another concern")
    WITHDRAWN = "withdrawn", _("Withdrawn by the person who told us")
    CRIME = "crime", _("Recorded as a crime")
    COMPLAINT = "complaint", _("Handed to complaints")
    NOT_A_CONCERN = "not_a_concern", _("Not a concern for the police")


class SafetyDecision(models.TextChoices):
    """What a reviewer found, where somebody might have been in danger."""

    STAYS = "stays", _("It is real, and stays with the area")
    HANDED_ON = "handed_on", _("It is real, and was handed on")
    ADVISED_999 = "advised_999", _("It is real, and the person was told to call 999")
    FALSE_ALARM = "false_alarm", _("It is a false alarm")


class Decision(models.TextChoices):
    """What whoever reads a concern first decides that it is."""

    CONCERN = "concern", _("A concern for us to look into")
    CRIME = "crime", _("It may be a crime")
    COMPLAINT = "complaint", _("It may be a complaint about the police")
    RISK = "risk", _("Somebody may be at risk")


class Pause(models.TextChoices):
    """Why the clock stands still, in words that both sides read."""

    ASKED = "asked", _("we asked a question")
    WAIT = "wait", _("we were asked to wait")
    HARM = "harm", _("an answer now could put somebody at risk")


class Repeat(models.TextChoices):
    """Whether the person is hurt again and again: the portal asks, a named human says so."""

    ASKED = "asked", "To review"
    YES = "yes", "Yes"
    NO = "no", "No"


class Consent(models.TextChoices):
    """Why something may be passed to a partner."""

    NOTHING_PERSONAL = "nothing", _("It says nothing about the person who told us")
    AGREED = "agreed", _("The person agreed to it")
    LAW = "law", _("The law lets us tell them without asking")


# How a concern may end without a reply: nobody waits for one. What is joined with another, or is nothing for the police, is
# answered like everything else.
WITHOUT_REPLY = frozenset({Outcome.WITHDRAWN})

# What ended so was, after all, nothing that somebody told us.
NO_CONCERN = (Outcome.WITHDRAWN, Outcome.NOT_A_CONCERN)

# Reopening is a move back to acknowledged, not a state.
MOVES: dict[str, frozenset[str]] = {
    Status.RECEIVED: frozenset({Status.ACKNOWLEDGED, Status.IN_PROGRESS, Status.REFERRED, Status.RESOLVED}),
    Status.ACKNOWLEDGED: frozenset({Status.IN_PROGRESS, Status.REFERRED, Status.RESOLVED}),
    Status.IN_PROGRESS: frozenset({Status.REFERRED, Status.RESOLVED}),
    Status.REFERRED: frozenset({Status.ACKNOWLEDGED, Status.IN_PROGRESS, Status.RESOLVED}),
    Status.RESOLVED: frozenset({Status.ACKNOWLEDGED}),
}


class Refused(Exception):
    """An act that can't be done with this concern now; `str()` is a sentence for the person who meets it."""

    words = _("This can't be done with this concern now.")

    def __init__(self, **facts):
        super().__init__(str(self.words) % facts)


class MoveNotAllowed(Refused):
    """A concern can't go from its state to the asked one."""

    words = _("This concern is “%(old)s” and can't become “%(new)s” from there.")

    def __init__(self, old, new):
        super().__init__(old=Status(old).label, new=Status(new).label)


class SecondPersonNeeded(Refused):
    """One person alone would close as no concern what is only suspected to be none."""

    words = _(
        "This may not be a real concern. A second person has to say so before it closes. Say what you think of it."
    )


class OutcomeNeeded(Refused):
    """Resolving needs an outcome."""

    words = _("Choose how it ended before you close this concern.")


class TextNeeded(Refused):
    """An act that is nothing without words came without them."""

    words = _("Write a few words first.")


class HoldingOnly(Refused):
    """A reply that would stop the clock, and says only that somebody is on it."""

    words = "This says only that you are on it. Say what was done, or send it as a holding reply."


class NotPostedHere(Refused):
    """A team or person from elsewhere, or whose posting has ended."""

    words = _("%(who)s does not work in %(area)s today. Choose somebody who does.")


class NotInTeam(Refused):
    """A team, and a person of another."""

    words = "%(who)s does not work in %(team)s today. Choose a team of theirs, or leave the team open."


class NotTheirs(Refused):
    """A sergeant or inspector gives within the own team or hub."""

    words = "You give concerns to people and teams of your own team or hub. Ask the commander for others."


class AboutThem(Refused):
    """A concern would reach the person it is about."""

    words = _("The concern is about %(who)s. It can't go to them.")


class NoReplyYet(Refused):
    """A rating of a reply that was never given."""

    words = _("There is no reply yet. Once there is, you can say here whether it answered you.")


class TooLateToCorrect(Refused):
    """A correction after its hours."""

    words = _("You can change your words for %(hours)d hours. After that, write to us, and we read both.")


class NoMorePhotos(Refused):
    """So many photos belong to a concern at most."""

    words = _("You have sent as many photos as we can take with one concern.")


class TakenBack(Refused):
    """What has ended, or was taken back before, can't be taken back."""

    words = _("There is nothing to take back any more.")


class NotEnded(Refused):
    """Still happening, said of what the force still works on."""

    words = _("We are still working on it. Write to us, and those who deal with it will read it.")


class AskedAlready(Refused):
    """The same format again, while the first request is open."""

    words = _("You asked for this already, and we are on it.")


class NothingAsked(Refused):
    """An answer to a recourse or to a request for a format that is not open."""

    words = _("There is nothing open to answer here.")


class NoRecourse(Refused):
    """Recourse while the time runs, or while one is open."""

    words = _("You can ask the commander's office when our reply is late, or when it goes on for a second time.")


class TimeNotPossible(Refused):
    """A reply before the concern, or in the future."""

    words = _("The time of the reply must be after the concern came in, and not in the future.")


class AlreadyThere(Refused):
    """A move to where the concern is."""

    words = _("This concern is already with %(area)s.")


class NotAtDesk(Refused):
    """Only what is at the desk can be placed."""

    words = _("This concern is not at the desk any more.")


class WardElsewhere(Refused):
    """A ward of another area."""

    words = _("%(ward)s is not a ward of %(area)s. Choose a ward there, or none.")


class PartnerElsewhere(Refused):
    """A partner of another area."""

    words = _("%(partner)s does not work in %(area)s.")


class ProblemElsewhere(Refused):
    """A problem of another area."""

    words = _("This problem is not one of %(area)s. Choose another one.")


class StaysWithComplaints(Refused):
    """A disclosed complaint would be taken from those who look into complaints."""

    words = _("%(department)s looks into this complaint, so it stays there.")


class NoComplaintsDepartment(Refused):
    """No department takes complaints: the force's data is not complete."""

    words = _("No department takes complaints yet. Ask a staff admin to set one, then try again.")


class NoClock(Refused):
    """Only a clock that runs can be paused."""

    words = _("The clock does not run: no reply is due, it was given, or its time is over.")


class AlreadyPaused(Refused):
    """One pause at a time."""

    words = _("The clock is paused already: %(why)s.")


class PausesUsedUp(Refused):
    """All pauses of one clock together end somewhere."""

    words = (
        "The clock of one concern waits for %(most)d days in all at most. It has waited, and %(left)s are left. "
        "You can still ask the person; the clock runs on."
    )


class NotPaused(Refused):
    """A clock that runs can't go on."""

    words = _("The clock is not paused.")


class PauseTooLong(Refused):
    """A pause ends, by itself if need be."""

    words = _("A pause ends after now, and within %(days)d days.")


class PersonalFacts(Refused):
    """What a partner would read holds a way to reach the person, who did not agree to that."""

    words = _(
        "This holds an e-mail address or a phone number. Leave it out, or ask the person first and say that they agreed."
    )


class PersonalFindings(PersonalFacts):
    """The same of other words that point to a person."""

    words = "This holds %(what)s. Leave it out, or ask the person first and say that they agreed, when and how."


class ConsentNeeded(Refused):
    """Facts for a partner without a word on why they may read them."""

    words = "Say why the partner may read this."


class AgreementNeeded(Refused):
    """A person's consent of which nobody says when and how they gave it."""

    words = "Say when and how the person agreed."


class PartnerNotTold(Refused):
    """The person would be told that a partner looks into it, and the partner would hear nothing."""

    words = "The partner must hear of it. Write what they read, or say how and when you told them another way."


class NotReadYet(Refused):
    """Several at once passed on, of which nobody has read this one."""

    words = "Nobody has read it yet. Open it, and decide what it is."


class NoAddress(Refused):
    """A partner to whom nothing can be sent."""

    words = _("%(partner)s has no e-mail address here. Refer without facts, or ask a staff admin to add one.")


class LinkOver(Refused):
    """A partner's link that was used, has run out, or never was."""

    words = _("This link is used up or has run out. Please ask the police for a new one.")


def written(text: str) -> str:
    """`text` without blank ends. Raises `TextNeeded` where nothing is left."""
    if not (text := text.strip()):
        raise TextNeeded
    return text
