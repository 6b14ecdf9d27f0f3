"""What people tell in the demo, and what the force did about it: everything that can happen, and thirteen months to count."""

import json
from pathlib import Path

from django.utils import timezone

from areas.models import Area, Edition, Postcode
from feedback import clock
from feedback.lifecycle import Outcome, Pause, Status
from feedback.models import Category, Partner
from feedback.models.handing import MOVES_BETWEEN_AREAS
from hubs.models import Department, Team

from .demo_story import Story, write

CONCERNS_AN_AREA = 84
PAST_AN_AREA = 260
PEOPLE_A_PAST_CONCERN = 4000
WORKED_ON = 40  # days for which some of what is answered stays open
IN_TIME, LATE = [8, 20, 30, 44, 52, 60, 68, 70], [90, 130]  # hours to a reply
TIMES = [
    "Friday and Saturday nights", "Every evening from 7pm to 10pm", "Weekdays, at the school run", "Saturday afternoons",
    "Sundays between 2pm and 5pm", "Mostly on Fridays after 9pm", "I can't say", "At weekends, late at night",
]  # fmt: skip
READS = {1: "ur", 5: "ar", 8: "pl", 40: "ur"}  # by the number of the story
STREETS = ["High Street, {place}", "Station Road, {place}", "Park Lane, {place}"]
TEXTS = Path(__file__).resolve().parent / "demo_texts.json"


def recent_of(area, people, rng) -> int:
    """Write the area's stories; returns how many."""
    texts = json.loads(TEXTS.read_text())
    categories = {category.code: category for category in Category.objects.all()}
    wards, now, postcodes = list(area.wards.active()), timezone.now(), postcodes_of(area)
    stories = []
    for number in range(CONCERNS_AN_AREA):
        # A dozen in the last three days, some overdue, the rest over thirteen months.
        age = rng.randint(1, 70) if number < 12 else rng.randint(75, 300) if number < 20 else rng.randint(200, 395 * 24)
        ward = rng.choice(wards)
        # Two of three knew the postcode, where any are loaded.
        known = postcodes.get(ward.pk, []) if number % 3 else []
        postcode = known[number % len(known)] if known else ""
        story = Story(area=area, ward=ward, number=number, age_hours=age, rng=rng, now=now, postcode=postcode)
        _what(story, texts, categories, rng)
        _became(story, number, people, texts, rng)
        stories.append(story)
    if area.order == Area.objects.first().order:
        stories += _unplaced(texts, categories, rng, now)
    write(stories, rng)
    return len(stories)


def postcodes_of(area) -> dict[str, list[str]]:
    """Some postcodes of each ward (by its code) of the edition in use; none before one is loaded."""
    edition = Edition.objects.in_use(Edition.Kind.POSTCODES)
    sure = Postcode.objects.filter(edition=edition, area=area, quality=10, terminated="", ward__active=True)
    found: dict[str, list[str]] = {}
    for ward, code in sure.order_by("postcode").values_list("ward", "postcode"):
        found.setdefault(ward, []).append(code)
    return {ward: codes[:: max(1, len(codes) // 20)] for ward, codes in found.items()}


def past_of(area, people, rng) -> int:
    """Concerns of the last thirteen months that are answered, so that there is something to count; returns how many."""
    texts = json.loads(TEXTS.read_text())
    categories = {category.code: category for category in Category.objects.all()}
    wards, now, officer = list(area.wards.active()), timezone.now(), people[f"officer.{area.slug}"]
    # Most of what people tell is about a few things, and not the same ones everywhere.
    codes = sorted(code for code in texts["concerns"] if not categories[code].sensitive)
    usual = {**texts, "concerns": {code: texts["concerns"][code] for code in rng.sample(codes, 4)}}
    stories, team = [], Team.objects.get(slug=f"{area.slug}-neighbourhood")
    for number in range(PAST_AN_AREA + (area.population or 0) // PEOPLE_A_PAST_CONCERN):
        age = rng.randint(300, 395 * 24)
        story = Story(area=area, ward=rng.choice(wards), number=1000 + number, age_hours=age, rng=rng, now=now)
        _what(story, usual if number % 3 else texts, categories, rng)
        hours = rng.choice(IN_TIME * 2 + LATE * (area.order % 4))
        if hours in LATE and story.overdue_after(74):
            office = people[f"commander.{area.slug}"]
            story.asks_office(74, answered_by=office, after=80 if number % 5 == 0 else 10)
        story.concern.team = team
        story.answered(hours, by=officer, text=rng.choice(texts["replies"]))
        story.moves(hours, Status.IN_PROGRESS, by=officer)
        outcome, over = rng.choice([Outcome.SOLVED, Outcome.REDUCED, *Outcome.values]), hours + rng.randint(24, 200)
        # Areas close what is answered at a pace of their own.
        if age > WORKED_ON * 24 or number % 4 >= area.order % 4:
            story.moves(over, Status.RESOLVED, by=officer, text=texts["endings"][outcome], outcome=outcome)
        stories.append(story)
    write(stories, rng, reached=False)
    return len(stories)


def _what(story, texts, categories, rng):
    """What the person told us, and how it came in."""
    concern = story.concern
    concern.kind = {3: "idea", 7: "thanks", 31: "idea", 47: "thanks"}.get(story.number % 60, "concern")
    code = rng.choice(sorted(texts["concerns"]))
    concern.category = categories[code if concern.kind == "concern" else "presence"]
    words = texts["concerns"][code] if concern.kind == "concern" else texts[concern.kind]
    concern.text = rng.choice(words).replace("{place}", _place(concern, rng))
    if code := READS.get(story.number):
        concern.text, concern.language = texts["told_in"][code], code
    if story.number in (2, 26):
        concern.text, concern.safety = rng.choice(texts["safety"]), True
    if story.number % 3 == 0:
        concern.times = TIMES[story.number % len(TIMES)]
    if story.number % 2 and concern.ward and concern.ward.locality_names:
        names = concern.ward.locality_names
        concern.place = STREETS[story.number % len(STREETS)].replace("{place}", names[story.number % len(names)])
    concern.channel = rng.choice(["web"] * 5 + ["email", "phone", "counter", "meeting", "api"])
    if concern.kind == "concern":
        times = clock.deadlines(concern.received_at, concern.category.response_hours, clock.Elapsed())
        concern.due_at, concern.soon_at = times


def _place(concern, rng) -> str:
    names = concern.ward.locality_names if concern.ward else []
    return rng.choice(names) if names else str(concern.ward or "the town centre")


def _became(story, number, people, texts, rng):
    """What the force did: nothing yet, overdue, answered, referred, resolved in each way, reopened."""
    officer = people[f"officer.{story.area.slug}"]
    commander = people[f"commander.{story.area.slug}"]
    reply = rng.choice(texts["replies"])
    if number < 5:
        return
    if number < 20:
        if number in (6, 18):
            story.asks_format(3, *(("interpreter", "Punjabi") if number == 6 else ("large_print",)))
        if number in (14, 16):
            story.asks_office(73, answered_by=commander if number == 16 else None)
        _given_to(story, officer, commander, 2)
        if number % 3:
            story.moves(4, Status.ACKNOWLEDGED, by=officer, text="I have read this and will look into it.")
        if number % 4 == 3:
            story.answered(9, by=officer, text=reply)
            story.moves(9, Status.IN_PROGRESS, by=officer)
        if number in MEANWHILE and story.concern.kind == "concern":
            MEANWHILE[number](story, officer, commander)
        return
    _given_to(story, officer, commander, 3)
    story.moves(5, Status.ACKNOWLEDGED, by=officer)
    hours = rng.choice([8, 20, 30, 44, 52, 60, 68, 70, 90, 130])
    story.answered(hours, by=officer, text=reply, how=rng.choice(["written", "written", "phone", "person"]))
    story.moves(hours, Status.IN_PROGRESS, by=officer)
    _ended(story, number, officer, texts, hours, rng)


def _asked(story, officer, commander):
    """The person was asked something, and the clock waits for the answer."""
    story.happens(5, "asked", by=officer, public=True, text="On which evenings do you see it, and from where?")
    _paused(story, officer, Pause.ASKED)


def _waits(story, officer, commander):
    """The person asked us to wait."""
    _paused(story, officer, Pause.WAIT, "You asked us to wait until you are back home. We write then.")


def _harmful(story, officer, commander):
    """An answer now could put somebody at risk."""
    _paused(
        story, officer, Pause.HARM, "We can't tell you more yet, so that nobody comes to harm. We write by this day."
    )


def _paused(story, officer, why, text=""):
    concern, until = story.concern, clock.add_days(story.now, 5)
    moved = (
        clock.shifted(at, old=story.now, new=until, counted=clock.Elapsed()) for at in (concern.due_at, concern.soon_at)
    )
    concern.due_at, concern.soon_at = moved
    concern.pause, concern.paused_until = why, until
    story.happens(5, "paused", by=officer, public=True, text=text, pause=why, due_at=concern.due_at)


def _about_commander(story, officer, commander):
    """It is about the area's commander, so the desk has it."""
    concern = story.concern
    concern.about_person, concern.desk_reason = commander, concern.DeskReason.ABOUT_COMMANDER
    concern.team = concern.officer = None
    story.happens(6, "about", by=officer, officer=commander)


def _moved_too_often(story, officer, commander):
    """Two areas could not agree, so the desk decides."""
    concern = story.concern
    concern.desk_reason, concern.moves = concern.DeskReason.MOVED_TOO_OFTEN, MOVES_BETWEEN_AREAS
    concern.previous_area = Area.objects.exclude(pk=story.area.pk).order_by("order").first()
    concern.team = concern.officer = None
    for hours, old, new in ((3, story.area, concern.previous_area), (4, concern.previous_area, story.area)):
        story.happens(hours, "area_move", by=commander, text="It is nearer to yours.", from_area=old, to_area=new)
    story.happens(6, "area_move", by=commander, text="It happens on both sides of the line.", from_area=story.area)


def _put_off(story, officer, commander):
    """A holding reply, which stops nothing."""
    story.happens(
        6, "holding", by=officer, public=True, text="We have read it and go to look on Friday. Then we write again."
    )


def _crime(story, officer, commander):
    """It turned out to be a crime."""
    story.concern.crime_disclosed_at = story.happens(
        6, "crime", by=officer, text="Told me on the phone that a window was broken."
    )


def _complaint(story, officer, commander, hours=10):
    """It is a complaint about the police, too: those who look into complaints have it as well."""
    department = Department.objects.filter(takes_complaints=True).first()
    words = "They say that nobody would listen to them at the front counter."
    story.concern.complaint_disclosed_at = story.happens(hours, "complaint", by=officer, text=words)
    story.concern.department = department
    story.happens(hours, "department", by=officer, department=department)
    told = "What you told us may be a complaint about the police. We passed it to the people who look into complaints."
    story.happens(hours, "complaint", side="system", public=True, text=told)


MEANWHILE = {  # by the number of the story
    6: _asked, 8: _waits, 9: _put_off, 10: _crime, 12: _harmful, 13: _about_commander, 15: _complaint,
    17: _moved_too_often,
}  # fmt: skip


def team_of(story):
    """The team of the story's area that looks after such concerns."""
    return Team.objects.get(slug=f"{story.area.slug}-neighbourhood")


def _given_to(story, officer, commander, hours):
    story.concern.officer, story.concern.team = officer, team_of(story)
    story.happens(hours, "assigned", by=commander, officer=officer, team=story.concern.team)


def _ended(story, number, officer, texts, hours, rng):
    concern = story.concern
    if number % 10 == 0:
        concern.partner = Partner.objects.filter(area=story.area).first()
        story.happens(
            hours + 3,
            "referral",
            by=officer,
            public=True,
            partner=concern.partner,
            text="The council looks after this.",
        )
        story.moves(hours + 3, Status.REFERRED, by=officer)
        answer = {"side": "partner", "partner": concern.partner, "text": "Our street team goes there next week."}
        story.happens(hours + 40, "answered", **answer)
    elif number % 10 in (1, 2):
        story.happens(hours + 6, "note", by=officer, text="Extra patrols asked for on Friday and Saturday evenings.")
    else:
        outcome = Outcome.values[(number + number // 10) % len(Outcome.values)]
        if outcome == Outcome.COMPLAINT:
            _complaint(story, officer, None, hours + 1)
        story.moves(
            hours + rng.randint(24, 200), Status.RESOLVED, by=officer, text=texts["endings"][outcome], outcome=outcome
        )
        if number % 17 == 0:
            story.happens(hours + 260, "message", side="public", public=True, text="It is still happening.")
            story.moves(
                hours + 262,
                Status.ACKNOWLEDGED,
                by=officer,
                text="Thank you for telling us. We are looking at it again.",
            )


def _unplaced(texts, categories, rng, now) -> list:
    """Concerns that nobody could place: they wait at the force desk."""
    stories = []
    for number in range(6):
        story = Story(area=None, ward=None, number=number, age_hours=rng.randint(1, 60), rng=rng, now=now)
        _what(story, texts, categories, rng)
        stories.append(story)
    return stories
