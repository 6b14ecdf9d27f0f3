"""What a commander of the demo works with: a rise to decide about, lists that are kept, problems in the steps of OSARA."""

import json
import random

from django.utils import timezone

from accounts.stamp import days_ago
from feedback import clock
from feedback.lifecycle import Outcome, Repeat, Status
from feedback.models import Category, Concern, Contact, Partner, Problem, SavedList, StandardText

from .demo_concerns import TEXTS, team_of
from .demo_story import Story, write

RISING = "asb-noise"
HOURS = (26, 34, 47, 55, 70, 81, 96, 118, 131)  # ago: within the last seven days, and beyond what nine weeks make usual
LISTS = [
    ("Noise of the last seven days", "status=&category=asb-noise&received=week", True),
    ("Mine, with a photo", "owner=mine&photo=yes", False),
]
WORKED_ON = {
    "scanning": "Riders meet after school and at weekends. Most calls come on Fridays and Saturdays between 5pm and 9pm.",
    "analysis": "Three gaps in the fence lead onto the green. Riders come from two estates and leave by the towpath.",
    "response": "Demo Officer patrols on Fridays until the end of next month. The council closes the gaps by the 15th.",
}
ENDED = {
    "title": "Graffiti in the underpass",
    "objective": "No new graffiti for two months, and people use the underpass again.",
    "scanning": "Nine concerns in six weeks. New paint appears at night between Sunday and Tuesday.",
    "analysis": "No light at the north end, and walls that are easy to paint. The same three marks come back.",
    "response": "The council mended the lamps and painted the walls. The school worked with two pupils and their families.",
    "assessment": "One new mark in ten weeks, cleaned the same day. Calls fell from nine to one. The lamps made the difference.",
}


def add(area, people) -> int:
    """All of it for one `area`, whose people, concerns and problems are there; returns how many concerns it adds."""
    commander, officer = people[f"commander.{area.slug}"], people[f"officer.{area.slug}"]
    for name, query, shared in LISTS:
        SavedList.objects.create(person=commander, area=area if shared else None, name=name, query=query)
    for problem in area.problems.filter(ended_on=None)[:1]:
        problem.write({"title": problem.title, "objective": problem.objective, **WORKED_ON}, version=problem.version)
    over = Problem.objects.create(area=area, ended_on=days_ago(21), **ENDED)
    closed = area.concerns.filter(status=Status.RESOLVED, outcome=Outcome.SOLVED, problem=None, kind="concern")
    Concern.objects.filter(pk__in=list(closed.order_by("-pk").values_list("pk", flat=True)[:4])).update(problem=over)
    _again(area, officer)
    return _rise(area, officer)


def _again(area, officer) -> None:
    """Two people who told the area three times each: one waits for a colleague's word, one is a repeat victim."""
    told = area.concerns.filter(
        category__repeat_victims=True, contact__isnull=False, suspected=False, about_person=None
    )
    told = told.filter(received_at__gte=clock.add_days(timezone.now(), -150), desk_reason="", kind="concern")
    waiting = list(told.exclude(status=Status.RESOLVED).order_by("-received_at")[:2])
    earlier = list(told.filter(status=Status.RESOLVED).order_by("-received_at")[:4])
    for number, newest in enumerate(waiting):
        known = {
            "email": f"demo.again.{area.slug}.{number}@example.org",
            "phone": f"07700 900{10 * area.order + number:03}",
        }
        person = Contact.build(concern=newest, name="Demo Person", **known)
        theirs = Contact.objects.filter(concern__in=[newest, *earlier[2 * number : 2 * number + 2]])
        theirs.update(sealed=person.sealed, email_key=person.email_key, phone_key=person.phone_key)
        newest.mark_repeat(Repeat.ASKED)
        if number:
            newest.decide_repeat(
                Repeat.YES, "The same group comes back to her door, three times since the summer.", by=officer
            )


def approved_texts() -> None:
    """Some approved texts of the pack in two more languages."""
    for words in json.loads(TEXTS.read_text())["approved"]:
        StandardText.objects.create(expires=days_ago(-365), **words)


def partners() -> None:
    """An address of nobody for each area's partners, so that a link can be sent to them."""
    for partner in Partner.objects.filter(area__isnull=False).select_related("area"):
        partner.email = f"partner.{partner.area.slug}@example.org"
        partner.save()


def _rise(area, officer) -> int:
    """Concerns of one kind in one ward, more within a week than chance explains."""
    category = Category.objects.get(code=RISING)
    words, ward = json.loads(TEXTS.read_text())["concerns"][RISING], area.wards.active().last()
    rng, now = random.Random(f"rise {area.slug}"), timezone.now()  # noqa: S311 the same demo every time, nothing secret
    stories = []
    for number, hours in enumerate(HOURS):
        story = Story(area=area, ward=ward, number=9000 + number, age_hours=hours, rng=rng, now=now)
        concern = story.concern
        concern.category, concern.times = category, "Friday and Saturday nights, from 11pm to 3am"
        concern.text = rng.choice(words).replace("{place}", str(ward))
        concern.due_at, concern.soon_at = clock.deadlines(concern.received_at, category.response_hours, clock.Elapsed())
        concern.officer, concern.team = officer, team_of(story)
        story.moves(4, Status.ACKNOWLEDGED, by=officer)
        if hours > 50:
            story.answered(20, by=officer, text="We heard you. An officer comes by on the next two weekends.")
            story.moves(20, Status.IN_PROGRESS, by=officer)
        stories.append(story)
    write(stories, rng)
    return len(stories)
