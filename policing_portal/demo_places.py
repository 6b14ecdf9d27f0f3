"""What areas and wards of the demo put first, whom they meet, who follows them. All of it made up."""

import json
from datetime import datetime, time
from pathlib import Path

from django.utils import timezone

from accounts.stamp import LONDON, days_ago
from areas.models import Meeting, Priority, PriorityAction
from feedback import clock
from feedback.models import Announcement, Concern, Problem, Subscription
from feedback.models.sealing import match_key, seal

LOCAL = Path(__file__).resolve().parent / "demo_local.json"


def promises(area) -> None:
    """What the area and three of its wards put first, how one ended, and which concerns stand behind them."""
    texts = json.loads(LOCAL.read_text())
    wards = [ward for ward in area.wards.active() if ward.concerns.exists()][:4]
    for ward, words in zip(wards, texts["priorities"], strict=False):
        oldest = words["actions"][0][0]
        priority = _promise(area, ward, words, since=oldest + 30)
        if words["problem"]:
            _problem(area, ward, words, priority)
    _promise(area, None, texts["whole"], since=50)
    _promise(area, wards[-1], texts["ended"], since=240)


def _promise(area, ward, words, *, since):
    place = ward.locality_names[0] if ward and ward.locality_names else str(ward or area)
    priority = Priority.objects.create(
        area=area, ward=ward, title=words["title"].replace("{place}", place), you_said=words["you_said"],
        since=days_ago(since), published=True, people=None if words.get("problem") else 11,
    )  # fmt: skip
    for age, text in words["actions"]:
        at = datetime.combine(days_ago(age), time(11), tzinfo=LONDON)
        action = PriorityAction.objects.create(priority=priority, text=text, day=days_ago(age), published_at=at)
        Announcement.objects.create(action=action, at=at)
    ended = words.get("ended")
    if ended:
        priority.outcome, priority.ended_on = words["outcome"], days_ago(ended)
        priority.save()
        Announcement.objects.create(ended=priority, at=priority.closed_at)
    first, last = days_ago(words["actions"][0][0]), days_ago(ended or words["actions"][-1][0])
    Priority.objects.filter(pk=priority.pk).update(
        touched_on=last, shown_at=datetime.combine(first, time(9), tzinfo=LONDON),
        closed_at=datetime.combine(last, time(12), tzinfo=LONDON) if ended else None,
    )  # fmt: skip
    return priority


def followers(area) -> None:
    """A few people who follow the area or its first ward, and one who has not said yes yet; nobody has anything to be told."""
    ward, now = area.wards.active()[0], timezone.now()
    for number, place in enumerate([{"area": area}, {"ward": ward}, {"area": area}]):
        email = f"demo.follower.{area.slug}.{number}@example.org"
        said_yes = {} if number == 2 else {"confirmed_at": now, "told_at": now}
        Subscription.objects.create(
            sealed=seal({"email": email}), email_key=match_key("email", email), **place, **said_yes
        )


def _problem(area, ward, words, priority) -> None:
    """The concerns of the ward, and those of that category in the area, are about the same."""
    problem = Problem.objects.create(area=area, title=priority.title, objective=words["objective"], priority=priority)
    concerns = area.concerns.filter(safety=False, problem=None, kind="concern")
    same = concerns.filter(category__code=words["category"]) | concerns.filter(ward=ward)
    Concern.objects.filter(pk__in=list(same.values_list("pk", flat=True)[:14])).update(problem=problem)


def meetings(area) -> None:
    """Meetings of the next weeks, one of them cancelled, and one of the past with its answers."""
    texts, wards = json.loads(LOCAL.read_text()), list(area.wards.active()[:4])
    ahead = 3 + area.order % 5
    surgery, public = Meeting.Kind.SURGERY, Meeting.Kind.PUBLIC
    first = _meeting(area, wards[:1], surgery, ahead, 18, 0, texts, about="")
    question, shown = texts["beforehand"]
    first.questions.create(text=question, published=shown)
    _meeting(area, [], public, ahead + 16, 19, 1, texts, online="https://meet.example/area")
    _meeting(area, wards[1:3], surgery, ahead + 9, 11, 2, texts, about="", cancelled=True)
    past = _meeting(area, [], public, -33 + area.order, 19, 3, texts, summary=texts["summary"])
    for question, answer, shown in texts["questions"]:
        past.questions.create(text=question, answer=answer, published=shown)
    _meeting(area, wards[1:2], surgery, -6, 17, 0, texts, about="")


def _meeting(area, wards, kind, days, hour, number, texts, **more):
    day = days_ago(-days)
    starts, ends = (datetime.combine(day, at, tzinfo=LONDON) for at in (time(hour), time(hour + 1, 30)))
    local = wards[0].locality_names[0] if wards and wards[0].locality_names else str(wards[0] if wards else area)
    fields = {"about": texts["about"], "accessibility": texts["accessibility"], **more}
    fields |= {"place": texts["places"][number].replace("{place}", local), "address": texts["addresses"][number]}
    meeting = Meeting.objects.create(area=area, kind=kind, starts=starts, ends=ends, **fields)
    meeting.wards.set(wards)
    announced = clock.add_days(min(starts, timezone.now()), -14)
    Meeting.objects.filter(pk=meeting.pk).update(announced_at=announced, news_at=announced)
    return meeting
