"""What a commander can read stays byte for byte the same, whatever comes in, or is done, in another area."""

import re
from datetime import datetime, timedelta

import pytest
from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone

from accounts.stamp import LONDON
from areas.models import Meeting, Priority
from feedback.access import Act
from feedback.casework.filters import ConcernFilter
from feedback.casework.together import TOGETHER
from feedback.insight.figures import freeze
from feedback.insight.local import FIGURES, TOLD_APART
from feedback.insight.local_demand import BY
from feedback.insight.tallies import count_areas
from feedback.management.commands.sweep import mark_repeats
from feedback.models import Category, Concern, MorningMail, Partner, Problem, SavedList, Tally, write_morning_mails
from feedback.models.notification import drain
from hubs.models import Absence
from policing_portal.staffing.forms import MOVES
from policing_portal.staffing.people import LOOKS

from .test_access_matrix import named_routes

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NOW = datetime(2026, 3, 12, 8, 30, tzinfo=LONDON)  # a morning on which the brief is mailed
CHANGES = re.compile(rb'(name="(?:csrfmiddlewaretoken|key)" value=")[^"]+|[0-9a-f]{12}(?=</)')
CONTACT = {"name": "Quokka", "email": "quokka@example.org", "safe_to_contact": True}
TEXT = "Off-road bikes race across the green behind the shops."


@pytest.fixture(autouse=True)
def in_the_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def own(make_concern, walsall, bloxwich_west, walsall_commander, walsall_officer):
    """A concern of Walsall that is part of a problem and a disclosed crime, a few weeks of others, and what the area promised."""
    for days in (1, 2, 3, 20, 60):
        one = make_concern(
            walsall, ward=bloxwich_west, text=f"{TEXT} {days}", place="High Street", times="Fridays at 9pm"
        )
        received = NOW - timedelta(days=days)
        Concern.objects.filter(pk=one.pk).update(received_at=received, due_at=received + timedelta(hours=72))
    one = make_concern(walsall, ward=bloxwich_west, text=TEXT, contact=CONTACT, place="High Street")
    one.link_to(Problem.objects.create(area=walsall, title="Bikes"), by=walsall_commander)
    one.assign(officer=walsall_officer, by=walsall_commander)
    one.disclose_crime("", "", by=walsall_commander)
    SavedList.objects.create(person=walsall_commander, name="Bikes", query="search=bikes")
    for title, end in (("Bikes", {}), ("Bins", {"ended_on": NOW.date(), "outcome": "Done."})):
        Priority.objects.create(area=walsall, title=title, you_said="So.", since="2026-01-05", **end)
    later = NOW + timedelta(days=9)
    Meeting.objects.create(area=walsall, starts=later, ends=later + timedelta(hours=1), place="Demo Hall")
    Absence.objects.create(person=walsall_officer, from_date=NOW.date())
    freeze()
    Concern.objects.filter(pk=one.pk).update(postcode="WS3 2PD")
    one.refresh_from_db()
    return one


SEARCHES = tuple(f"?search={words}" for words in ("quokka", "bikes", "WS3", "ws32pd"))


# ---- every address ---------------------------------------------------------------------------------------------------


def visited(one) -> dict:
    """Each page that answers GET: its route -> the (arguments, query) with which it is asked for."""
    officer = one.officer
    hub, next_problem = officer.postings.get().team.hub, one.problem_id + 1
    priority, ended = (Priority.objects.get(title=title).pk for title in ("Bikes", "Bins"))
    apart = [f"?by={by}" for by in BY]
    return {
        "casework:dashboard": [((), ""), ((), "?area=walsall"), ((), "?area=dudley")],
        "casework:morning": [((), "")],
        "casework:queue": [((), query) for query in ("", "?view=map", "?status=&page=2", *SEARCHES)],
        "casework:saved": [((pk,), "") for pk in (SavedList.objects.get().pk, SavedList.objects.get().pk + 1)],
        "casework:problems": [((), "")],
        "casework:problem_page": [((one.problem_id,), ""), ((next_problem,), "")],
        "casework:insight": [((), query) for query in ("", *apart, "?by=ward&month=2026-02", "?area=dudley")],
        "casework:insight_csv": [
            *(((name,), query) for name in FIGURES for query in ("", *(apart if name in TOLD_APART else ()))),
            (("months",), "?area=dudley"),
        ],
        "casework:insight_ward": [((one.ward_id,), ""), ((foreign_ward(),), "")],
        "casework:force": [((), "")],
        "casework:force_csv": [(("today",), "")],
        "casework:export": [((), ""), ((), "?search=quokka")],
        "casework:record": [((), "")],
        "casework:concern": [((one.reference,), "")],
        "people:home": [((), "")],
        "people:look": [((what,), "") for what in LOOKS],
        "people:move": [((kind,), "") for kind in MOVES],
        "people:cover": [((), ""), ((), f"?person={officer.pk}")],
        "people:hub": [((hub.slug,), "")],
        "people:person": [((officer.pk,), "")],
        "people:priority_new": [((), "")],
        "people:priority_end": [((priority,), "")],
        "people:priority_withdraw": [((priority,), "")],
        "people:priority_reopen": [((ended,), "")],
        "people:meeting_new": [((), "")],
        "people:meeting_cancel": [((Meeting.objects.get().pk,), "")],
        "api:concern-list": [((), query) for query in ("", *SEARCHES, "?due=missed", "?page=2")],
        "api:concern-detail": [((one.reference,), "")],
    }  # fmt: skip


# What changes something, and answers with one of the pages above; and a photo, which is one file of one's own concern.
NO_PAGES = {
    f"casework:{name}"
    for name in ("keep", "forget", "problem_close", "problem_publish", "together", "undo", "photo", *Act)
} | {"people:undo", "people:back"}


def foreign_ward():
    return Partner.objects.get(code="quokkas").area.wards.active().first().pk


def test_no_page_is_left_out(own, dudley):
    Partner.objects.create(code="quokkas", name="Demo council", area=dudley)
    staff = {name for name, _pattern in named_routes() if name.startswith(("casework:", "people:", "api:concern"))}
    assert staff == set(visited(own)) | NO_PAGES


def narrowed(client, dudley_officer) -> list[str]:
    """Queries of the queue: each filter with what it offers (of a long list the first three), and with things of Dudley."""
    offered = {
        field["name"]: re.findall(r'value="([^"]+)"', field["options"])
        for field in client.get("/dashboard/queue/").context["fields"]
    }
    assert set(offered) | {"area", "desk"} == set(ConcernFilter.base_filters)
    theirs = {
        "area": "dudley", "team": "dudley-neighbourhood", "partner": "quokkas", "officer": dudley_officer.pk,
        "ward": foreign_ward(), "problem": Problem.objects.get().pk + 1, "desk": "unplaced",
    }  # fmt: skip
    asked = [(name, value) for name, values in offered.items() for value in values[:3]] + [*theirs.items()]
    return [f"status=&{name}={value}" for name, value in asked if name != "status"] + [
        f"status={value}" for value in offered["status"]
    ]


# ---- what they answer ------------------------------------------------------------------------------------------------


def plain(answer):
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    head = answer.headers.get("Content-Disposition", answer.headers.get("Location", ""))
    return answer.status_code, head, CHANGES.sub(rb"\1", body)


def answers(client, one, paths, mailoutbox) -> dict:
    """Each answer, by what was asked: pages and files, narrowed lists, forms that are looked at or refused, and the mail."""
    asked = {}
    Tally.objects.all().delete()
    count_areas()

    def keep(path, **said):
        caches["pages"].clear()  # what is kept for a while would hide what moved
        asked[path, *said.items()] = plain(client.post(path, said) if said else client.get(path))

    for path in paths:
        keep(path)
    for query in ("status=&search=bikes", "status=&search=quokka"):
        keep("/dashboard/export/", columns=("reference", "text", "place", "officer", "problem"), query=query)
    for act in TOGETHER:
        keep("/dashboard/queue/together/", act=act, pick=(one.reference,))
    page = one.get_absolute_url()
    for act in ("assign", "note", "place"):  # refused: the whole page again; and what is for others to do
        keep(f"{page}{act}/", version="")
    shown = {"version": one.version, "seen": one.updates.latest("pk").pk}
    keep(f"{page}contact/", reason="To ring.", **shown)
    keep(f"{page}sheet/", shape="csv", **shown)
    keep(f"{page}reply/", text="Quokka.", do="look", **shown)
    MorningMail.objects.update(told_on=NOW.date() - timedelta(days=1))
    write_morning_mails()
    drain()
    letter = [mail for mail in mailoutbox if "brief" in mail.subject][-1]
    asked["mail"] = letter.subject, re.sub(r"Message-ID: .*", "", letter.body)
    return asked


def test_nothing_of_another_area_moves_a_byte(
    signed_in, own, make_concern, walsall_commander, dudley, dudley_commander, dudley_officer, team_of, mailoutbox
):
    team, council = team_of(dudley), Partner.objects.create(code="quokkas", name="Demo council", area=dudley)
    MorningMail.choose(walsall_commander, brief=True, daily=False)
    client = signed_in(walsall_commander)
    paths = [reverse(name, args=args) + query for name, ways in visited(own).items() for args, query in ways]
    paths += [f"/dashboard/queue/?{query}" for query in narrowed(client, dudley_officer)]
    before = answers(client, own, paths, mailoutbox)
    assert {status for status, *_rest in before.values()} == {200, 403, 404, 422, before["mail"][0]}
    for number in range(6):  # a rise, with the same words, place, person and moment
        text = f"{TEXT} Quokka {number}."
        one = make_concern(
            dudley, text=text, contact=CONTACT, channel="phone", place="High Street", times="Fridays at 9pm"
        )
        one.lat, one.lon, one.postcode = own.lat, own.lon, own.postcode
        one.save()
        Concern.objects.filter(pk=one.pk).update(received_at=NOW - timedelta(minutes=5 - number))
    assert mark_repeats() == 1  # the person of `own`, too, told Dudley again and again
    Concern.objects.get(repeat="asked").decide_repeat("yes", "A quokka again.", by=dudley_officer)
    one.refresh_from_db()
    one.assign(team=team, officer=dudley_officer, by=dudley_commander)
    one.review_safety(True, "A quokka.", by=dudley_officer)
    one.disclose_crime("", "A quokka.", by=dudley_officer)
    one.begin_problem("Quokkas", by=dudley_officer)
    one.refer(council, "They look at quokkas.", told="By quokka.", told_at=timezone.now(), by=dudley_officer)
    one.reply("No quokka was seen.", by=dudley_officer)
    SavedList.objects.create(person=dudley_commander, name="Quokkas", query="search=quokka")
    late = make_concern(dudley, text="Late quokka", category=Category.objects.get(code="asb-noise"))
    Concern.objects.filter(pk=late.pk).update(received_at=NOW - timedelta(days=5), due_at=NOW - timedelta(days=2))
    for days in (20, 40, 75):  # of months that are closed, placed there only now
        past = make_concern(dudley, text="Past quokka")
        Concern.objects.filter(pk=past.pk).update(received_at=NOW - timedelta(days=days))
    late.take_recourse("Where is my quokka?")
    mark_repeats()
    assert set(Concern.objects.exclude(repeat="").values_list("area", "repeat")) == {(dudley.pk, "yes")}
    after = answers(client, own, paths, mailoutbox)
    assert [asked for asked in before if before[asked] != after[asked]] == []
    shown = {asked: answer[-1] if asked == "mail" else answer[-1].decode() for asked, answer in after.items()}
    assert [asked for asked, body in shown.items() if "No quokka" in body or "Late quokka" in body] == []
