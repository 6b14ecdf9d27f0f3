"""What is true today of each area and is a public fact anyhow: told one by one on other pages, so nothing here is rounded.

`TODAY` lists it. A new figure is one function in that list, with its words.
"""

from collections import Counter
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from areas.models import Meeting, Priority, Ward
from hubs.models import Posting

from .months import begins, month_of, step

MEETING_MONTHS = 3


@dataclass(frozen=True)
class Today:
    """`part` of `whole` today in one area (its id); both are public facts, told one by one on other pages."""

    name: str
    part: dict
    whole: dict


def wards_with_contact() -> Today:
    """Wards of each area in which somebody is the named contact today, of all its wards."""
    named = Posting.objects.current().filter(person__is_active=True).naming().values("named_wards")
    wards = Counter(Ward.objects.active().values_list("area", flat=True))
    return Today("contacts", Counter(Ward.objects.active().filter(pk__in=named).values_list("area", flat=True)), wards)


def priorities_fresh() -> Today:
    """Open priorities of each area with news in the last 90 days, of all its open ones."""
    shown = Priority.objects.filter(published=True).open()
    every = Counter(shown.order_by().values_list("area", flat=True))
    stale = Counter(shown.stale().order_by().values_list("area", flat=True))
    return Today("priorities", every - stale, every)


def meetings_held() -> Today:
    """Meetings of each area that took place in the last three months."""
    since = _meetings_since()
    held = Counter(
        Meeting.objects.past().filter(starts__gte=since, cancelled=False).order_by().values_list("area", flat=True)
    )
    return Today("meetings", held, held)


TODAY = [wards_with_contact, priorities_fresh, meetings_held]


# ---- in words -------------------------------------------------------------------------------------------------------
def today_figures(area=None) -> list:
    """What is true today, for the figure partial: of `area`, or of the force."""
    return [TODAY_WORDS[fact.name](*_of_place(fact, area)) for fact in (make() for make in TODAY)]


def ward_figures(ward) -> list:
    """The same of one ward, of what it has: its own priorities, and the meetings of it and of its area as a whole."""
    own = Priority.objects.filter(published=True, ward=ward).open()
    every, stale = own.count(), own.stale().count()
    held = Meeting.objects.around(ward).past().filter(starts__gte=_meetings_since(), cancelled=False).count()
    found = [(_priorities, every - stale, every), (_meetings, held, held)]
    return [words(part, whole) for words, part, whole in found if whole]


def _meetings_since():
    return begins(step(month_of(timezone.now()), 1 - MEETING_MONTHS))


def today_by_area() -> dict:
    """The numbers of today by name and area: (part, whole)."""
    return {
        fact.name: {pk: (fact.part[pk], fact.whole[pk]) for pk in fact.whole} for fact in (make() for make in TODAY)
    }


def _of_place(fact, area) -> tuple:
    if area:
        return fact.part[area.pk], fact.whole[area.pk]
    return sum(fact.part.values()), sum(fact.whole.values())


def of_words(part, whole) -> str:
    """A part of a whole as people read it."""
    return _("%(part)d of %(whole)d") % {"part": part, "whole": whole} if whole else _("None yet")


def _contacts(part, whole) -> dict:
    return {
        "before": _("Which wards have somebody you can name?"),
        "value": of_words(part, whole),
        "sentence": _("wards have a named contact today"),
    }


def _priorities(part, whole) -> dict:
    return {
        "before": _("Do we keep at what people put first?"),
        "value": of_words(part, whole),
        "sentence": _("open priorities had news in the last 90 days"),
    }


def _meetings(part, _whole) -> dict:
    return {
        "before": _("Can you meet us?"),
        "value": str(part) if part else _("None yet"),
        "sentence": ngettext(
            "meeting that anybody could come to, this month and in the two before",
            "meetings that anybody could come to, this month and in the two before",
            part,
        ),
    }


TODAY_WORDS = {"contacts": _contacts, "priorities": _priorities, "meetings": _meetings}
