"""What is news of a place: priorities, what was done, meetings, answers, figures. All is public; no concern's words are in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.stamp import LONDON
from areas.models import Area, Meeting, MeetingQuestion, Priority, PriorityAction, Ward
from areas.models.ward import WHOLE
from feedback import clock
from feedback.models.category import Category
from feedback.models.counting import many_behind
from feedback.models.figures import ClosedMonth

REMIND_DAYS = 7  # before a meeting


@dataclass(frozen=True)
class Item:
    """One piece of news. `section` is the heading it stands under; `wards`: codes, none for the whole area; `area`: an id, None
    for the whole force. `key` never changes, and names it in a feed.
    """

    at: datetime
    key: str
    section: str
    title: str
    text: str
    where: str
    path: str
    area: int | None = None
    wards: frozenset = frozenset()
    priority: int | None = None

    @property
    def day(self) -> str:
        """The day in London, as people say it."""
        return date_format(self.at.astimezone(LONDON), "j E Y")

    def about(self, *, area=None, ward=None, priorities=None) -> bool:
        """Whether it is news of an `Area`, of a `Ward` (with what is said of its whole area), or of those `priorities` (ids)."""
        if priorities is not None:
            return self.area is None or self.priority in priorities
        if self.area != (ward.area_id if ward else area.pk):
            return False
        return ward is None or not self.wards or ward.pk in self.wards


def collect(since: datetime, until: datetime, *, area=None, feed=False) -> list[Item]:
    """The news after `since` and up to `until` (aware), the newest first; of one `Area`, or of all. One query or two a kind.

    For a feed without reminders: nothing in it was said before.
    """
    window = {"since": since, "until": until}
    kinds = [kind for kind in KINDS if not feed or kind is not reminders]
    found = [item for kind in kinds for item in kind(area, **window)]
    return sorted(found, key=lambda item: (item.at, item.key), reverse=True)


def _between(name, since, until):
    return {f"{name}__gt": since, f"{name}__lte": until}


def _of(rows, area, path="area"):
    return rows.filter(**{path: area}) if area else rows


def _ward(priority) -> dict:
    wards = frozenset([priority.ward_id] if priority.ward_id else [])
    return {"area": priority.area_id, "wards": wards, "priority": priority.pk}


def _place(priority) -> str:
    return f"{priority.ward}, {priority.area}" if priority.ward_id else str(priority.area)


# ---- priorities ------------------------------------------------------------------------------------------------------
def priorities(area, **window) -> Iterator[Item]:
    """Those that the public saw for the first time, and those that ended."""
    shown = Q(**_between("shown_at", **window)) | Q(**_between("closed_at", **window))
    rows = _of(Priority.objects.filter(shown, published=True), area).select_related("area", "ward")
    for row in rows:
        common = {"section": _("What we work on"), "where": _place(row), "path": row.get_absolute_url(), **_ward(row)}
        if row.closed_at and window["since"] < row.closed_at <= window["until"]:
            title = _("How it ended: %(title)s") % {"title": row.title}
            yield Item(row.closed_at, f"priority-{row.pk}-ended", title=title, text=row.outcome, **common)
        elif not row.ended_on:
            title = _("A new priority: %(title)s") % {"title": row.title}
            text = _("What we do about it will stand on its page.")
            yield Item(row.shown_at, f"priority-{row.pk}", title=title, text=text, **common)


def actions(area, **window) -> Iterator[Item]:
    """What was done about them."""
    rows = PriorityAction.objects.announced().filter(**_between("published_at", **window))
    for row in _of(rows, area, "priority__area").select_related("priority__area", "priority__ward"):
        about = row.priority
        yield Item(
            row.published_at, f"action-{row.pk}", _("What we work on"), _("We did: %(title)s") % {"title": about.title},
            row.text, _place(about), about.get_absolute_url(), **_ward(about),
        )  # fmt: skip


# ---- meetings --------------------------------------------------------------------------------------------------------
def _meetings(area, condition):
    rows = _of(Meeting.objects.filter(condition), area)
    return rows.select_related("area").prefetch_related("wards__area")


def _of_meeting(meeting) -> dict:
    wards = frozenset(ward.pk for ward in meeting.wards.all())
    return {"where": meeting.where_words, "path": meeting.get_absolute_url(), "area": meeting.area_id, "wards": wards}


def meetings(area, **window) -> Iterator[Item]:
    """Meetings that were announced, moved or cancelled before they began."""
    for row in _meetings(area, Q(**_between("news_at", **window), starts__gt=window["until"])):
        if row.cancelled:
            title = _("Cancelled: %(meeting)s") % {"meeting": row}
        elif row.sequence and row.announced_at <= window["since"]:
            title = _("Changed: %(meeting)s") % {"meeting": row}
        else:
            title = str(row)
        yield Item(row.news_at, f"meeting-{row.pk}", _("Meet us"), title, row.when, **_of_meeting(row))


def reminders(area, **window) -> Iterator[Item]:
    """Meetings that are a week away and were announced before."""
    soon = {name: clock.add_days(moment, REMIND_DAYS) for name, moment in window.items()}
    known = Q(**_between("starts", **soon), cancelled=False, news_at__lte=window["since"])
    for row in _meetings(area, known):
        at, title = clock.add_days(row.starts, -REMIND_DAYS), _("Soon: %(meeting)s") % {"meeting": row}
        yield Item(at, f"meeting-{row.pk}-soon", _("Meet us"), title, row.when, **_of_meeting(row))


def summaries(area, **window) -> Iterator[Item]:
    """What came of a meeting."""
    for row in _meetings(area, Q(**_between("written_up_at", **window)) & ~Q(summary="")):
        title = _("What came of it: %(meeting)s") % {"meeting": row}
        yield Item(row.written_up_at, f"meeting-{row.pk}-over", _("Meet us"), title, row.summary, **_of_meeting(row))


def answers(area, **window) -> Iterator[Item]:
    """Answers to what people asked before a meeting, one item a meeting."""
    rows = MeetingQuestion.objects.filter(**_between("answered_at", **window), published=True).exclude(answer="")
    told = _of(rows, area, "meeting__area").order_by("answered_at").values_list("meeting", "answered_at")
    latest = dict(told)
    for row in _meetings(area, Q(pk__in=latest)):
        title = _("Your questions answered: %(meeting)s") % {"meeting": row}
        text = _("Read the answers on the page of the meeting.")
        key = f"meeting-{row.pk}-answers-{latest[row.pk]:%Y%m%d}"
        yield Item(latest[row.pk], key, _("Meet us"), title, text, **_of_meeting(row))


# ---- figures ---------------------------------------------------------------------------------------------------------
def figures(area, **window) -> Iterator[Item]:
    """New figures of each area, and of the force for those who follow a topic."""
    for closed in ClosedMonth.objects.filter(**_between("frozen_at", **window)):
        month = date_format(closed.month, "F Y")
        areas = [area] if area else [None, *Area.objects.all()]
        for place in areas:
            path = reverse("insight:area", args=[place.slug]) if place else reverse("insight:force")
            title = _("How we are doing: figures for %(month)s") % {"month": month}
            text = _("Who was answered in time, how soon, and what came of it.")
            key = f"figures-{closed.month:%Y-%m}-{place.slug if place else 'force'}"
            where = str(place) if place else _("All areas")
            yield Item(closed.frozen_at, key, _("How we are doing"), title, text, where, path, place and place.pk)  # type: ignore[arg-type]


# ---- wards -----------------------------------------------------------------------------------------------------------
def divided(ward) -> Item:
    """What is said to those who followed a `ward` in whose place several stand: its page asks which one it is now."""
    words = _("The council changed its wards, so we no longer use %(ward)s as it was. Choose the ward that it is now.")
    text = words % {"ward": ward.name}
    return Item(
        ward.carried_at, f"ward-{ward.pk}-divided", _("Wards"), _("Which place do you mean?"), text,
        str(ward.area), ward.get_absolute_url(), ward.area_id, frozenset([ward.successor_id]),
    )  # fmt: skip


def divisions(area, **window) -> Iterator[Item]:
    """Wards whose followers now follow what took most of it, to whom the others are offered."""
    rows = Ward.objects.filter(**_between("carried_at", **window), active=False, successor_share__lt=WHOLE)
    yield from map(divided, _of(rows, area).select_related("area"))


KINDS = [priorities, actions, meetings, reminders, summaries, answers, figures, divisions]


# ---- topics ----------------------------------------------------------------------------------------------------------
def topics():
    """The kinds of concern that can be followed: none that is sensitive."""
    return Category.objects.filter(in_use=True, sensitive=False)


def priorities_about(category) -> set:
    """The ids of the priorities that count as being about it, as enough people told us so."""
    return set(many_behind(category))
