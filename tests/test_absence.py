"""Who answers now: cover of postings, what the public sees of it (never an absence), and who may write it down."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from accounts.stamp import today_in_london
from areas.models import Ward
from feedback.models import Concern
from hubs.models import Absence, Posting
from tests.seen import version

pytestmark = pytest.mark.django_db

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture
def contact(person, team_of, walsall, bloxwich_west):
    """Makes a named contact of Bloxwich West: `contact("pat")`, a posting."""

    def make(handle, **fields):
        fields = {"rank": "PC", "public_name": True} | fields
        posting = Posting.objects.create(
            person=person(handle, **fields), team=team_of(walsall), from_date=date(2026, 1, 1)
        )
        posting.named_wards.add(bloxwich_west)
        return posting

    return make


@pytest.fixture
def colleague(person, team_of, walsall):
    """Makes somebody who may cover: they work in the response team of the area."""

    def make(handle, **fields):
        posting = Posting.objects.create(
            person=person(handle, **fields), team=team_of(walsall, kind="response"), from_date=date(2026, 1, 1)
        )
        return posting.person

    return make


@pytest.fixture
def answers(bloxwich_west):
    """Who answers for Bloxwich West on a day, in words."""
    return lambda day=None: [one.answers_words for one in Posting.objects.named_contacts(bloxwich_west, day)]


def away(posting, /, **fields):
    return Absence.objects.create(person=posting.person, **{"from_date": today_in_london()} | fields)


# ---- who answers -----------------------------------------------------------------------------------------------------
def test_cover_answers_for_whoever_is_away(contact, answers, colleague):
    posting = contact("pat")
    away(posting, cover=colleague("lee", rank="PCSO", public_name=True))
    assert answers() == ["PCSO Demo Lee answers for PC Demo Pat"]


def test_cover_begins_and_ends_with_its_days(contact, answers, colleague):
    posting = contact("pat")
    away(posting, from_date=APRIL, until=MAY, cover=colleague("lee", rank="PCSO", public_name=True))
    day = timedelta(days=1)
    covered, alone = ["PCSO Demo Lee answers for PC Demo Pat"], ["PC Demo Pat"]
    assert [answers(APRIL - day), answers(APRIL), answers(MAY), answers(MAY + day)] == [alone, covered, covered, alone]


def test_those_who_answer_themselves_come_first(contact, answers, colleague):
    away(contact("pat"), cover=colleague("lee", rank="PCSO", public_name=True))
    contact("sam")
    assert answers() == ["PC Demo Sam", "PCSO Demo Lee answers for PC Demo Pat"]


def test_the_team_answers_where_nobody_covers(contact, answers):
    posting = contact("pat")
    away(posting)
    assert answers() == [f"{posting.team} answers for PC Demo Pat"]


def test_those_with_a_cover_come_before_those_without(contact, answers, colleague):
    alone, covered = contact("pat"), contact("sam")
    away(alone)
    away(covered, cover=colleague("lee", rank="PCSO", public_name=True))
    assert answers() == ["PCSO Demo Lee answers for PC Demo Sam", f"{alone.team} answers for PC Demo Pat"]


def test_a_hidden_name_reads_the_same_on_days_without_cover(contact, answers):
    posting = contact("pat", public_name=False)
    before = answers()
    away(posting)
    assert (answers(), before) == ([f"PC, {posting.team}"],) * 2


def test_no_comparison_of_public_pages_tells_an_absence(contact, client, walsall, bloxwich_west):
    """The page of the ward, the figures and their file agree on whether somebody is named, with or without an absence."""
    addresses = ["/how-we-are-doing/walsall/", "/how-we-are-doing/walsall.json", "/how-we-are-doing/walsall.csv"]
    ward = bloxwich_west.get_absolute_url()

    def figures():
        return [client.get(address).content for address in addresses]

    def unnamed():
        return "We have not named somebody here yet." in client.get(ward).content.decode()

    vacant = figures()
    assert unnamed()
    posting = contact("pat")
    named = figures()
    assert (unnamed(), named == vacant) == (False, False)
    absence = away(posting, from_date=today_in_london() - timedelta(days=3), until=today_in_london())
    assert (unnamed(), figures()) == (False, named)
    page = client.get(ward).content.decode()
    assert f"{posting.team} answers for PC Demo Pat" in page
    absence.delete()
    assert (unnamed(), figures()) == (False, named)
    posting.delete()
    assert (unnamed(), figures()) == (True, vacant)


@pytest.mark.parametrize("gone", ["away", "disabled"])
def test_a_cover_who_is_gone_covers_nothing(gone, contact, answers, colleague):
    lee, posting = colleague("lee", public_name=True, is_active=gone != "disabled"), contact("pat")
    away(posting, cover=lee)
    if gone == "away":
        Absence.objects.create(person=lee, from_date=today_in_london())
    assert answers() == [f"{posting.team} answers for PC Demo Pat"]


@pytest.mark.parametrize("works", ["nowhere", "elsewhere", "no longer", "not yet"])
def test_a_cover_who_does_not_work_there_covers_nothing(works, contact, answers, colleague, team_of, dudley):
    """To be written down as a cover is no posting: whoever answers for somebody works where that person does, that day."""
    lee, posting, day = colleague("lee", public_name=True), contact("pat"), today_in_london()
    away(posting, cover=lee)
    assert answers() == ["Demo Lee answers for PC Demo Pat"]
    change = {
        "nowhere": lambda: lee.postings.get().delete(),
        "elsewhere": lambda: lee.postings.update(team=team_of(dudley)),
        "no longer": lambda: lee.postings.update(until=day - timedelta(days=1)),
        "not yet": lambda: lee.postings.update(from_date=day + timedelta(days=1)),
    }
    change[works]()
    assert answers() == [f"{posting.team} answers for PC Demo Pat"]
    assert list(Posting.objects.answering().filter(pk=posting.pk)) == []


def test_whoever_works_in_two_areas_is_covered_in_that_of_the_cover(contact, answers, colleague, team_of, dudley):
    posting, ward = contact("pat"), dudley.wards.active().first()
    Posting.objects.update(share=50)
    other = Posting.objects.create(person=posting.person, team=team_of(dudley), share=50, from_date=date(2026, 1, 1))
    other.named_wards.add(ward)
    away(posting, cover=colleague("lee", public_name=True))
    assert answers() == ["Demo Lee answers for PC Demo Pat"]
    assert [one.answers_words for one in Posting.objects.named_contacts(ward)] == [
        f"{other.team} answers for PC Demo Pat"
    ]


def test_a_department_is_covered_from_within(department_member, person, colleague):
    away(department_member.postings.get(), cover=colleague("lee"))
    assert not Posting.objects.answering().filter(person=department_member).exists()
    team = department_member.postings.get().team
    Absence.objects.update(cover=Posting.objects.create(person=person("kim"), team=team).person)
    assert Posting.objects.answering().filter(person=department_member).exists()


def test_absence_from_one_posting_leaves_the_others(contact, answers, colleague, team_of, walsall, bloxwich_west):
    posting = contact("pat")
    Posting.objects.filter(pk=posting.pk).update(share=50)
    other = Posting.objects.create(
        person=posting.person, team=team_of(walsall, kind="response"), share=50, from_date=date(2026, 1, 1)
    )
    away(posting, posting=other, cover=colleague("lee", public_name=True))
    assert answers() == ["PC Demo Pat"]
    other.named_wards.add(bloxwich_west)
    assert answers() == ["PC Demo Pat", "Demo Lee answers for PC Demo Pat"]


def test_hidden_names_show_as_role_and_team(contact, answers, colleague):
    posting = contact("pat", public_name=False)
    lee = colleague("lee", rank="PCSO")
    theirs = lee.postings.get()
    away(posting, cover=lee)
    assert answers() == [f"PCSO, {theirs.team} answers for PC, {posting.team}"]


def test_cover_who_reads_like_whoever_is_away_is_named_once(contact, answers, colleague):
    """ "PC, Bloxwich team answers for PC, Bloxwich team" told nothing but that somebody is away."""
    posting = contact("pat", public_name=False)
    before = answers()
    lee = colleague("lee", rank="PC")
    lee.postings.update(team=posting.team)
    away(posting, cover=lee)
    assert (answers(), before) == ([f"PC, {posting.team}"],) * 2


def test_named_contacts_cost_the_same_for_one_and_for_many(contact, answers, colleague, django_assert_num_queries):
    away(contact("pat"), cover=colleague("lee"))
    with django_assert_num_queries(3):
        answers()
    for number in range(20):
        away(contact(f"p{number}"), cover=colleague(f"c{number}"))
    with django_assert_num_queries(3):
        assert len(answers()) == 21


# ---- what the public never sees --------------------------------------------------------------------------------------
def test_the_public_sees_neither_absence_nor_reason_nor_dates(client, contact, colleague, bloxwich_west):
    day = today_in_london()
    reason = "Court in Hereford"
    away(
        contact("pat"), cover=colleague("lee", public_name=True), from_date=day - timedelta(days=4),
        until=day + timedelta(days=9), kind="training", reason=reason,
    )  # fmt: skip
    text = client.get(bloxwich_west.get_absolute_url()).content.decode()
    assert "Demo Lee answers for PC Demo Pat" in text
    last = day + timedelta(days=9)
    for word in (
        reason,
        "Training",
        "away",
        "absen",
        "leave",
        f"{last:%d %B}".lstrip("0"),
        f"{last:%A}",
        last.isoformat(),
    ):
        main = text[text.index("<main") : text.index("</main")]
        assert word not in main


def test_page_follows_the_absence_at_once(client, contact, colleague, bloxwich_west):
    url, posting = bloxwich_west.get_absolute_url(), contact("pat")
    etag = client.get(url)["ETag"]
    absence = away(posting, cover=colleague("lee", public_name=True))
    response = client.get(url, headers={"If-None-Match": etag})
    assert (response.status_code, "answers for" in response.content.decode()) == (200, True)
    absence.delete()
    assert "answers for" not in client.get(url).content.decode()


# ---- cover and access ------------------------------------------------------------------------------------------------
def test_to_cover_gives_no_access(contact, person, make_concern, walsall, dudley_officer, signed_in):
    concern = make_concern(walsall)
    away(contact("pat"), cover=dudley_officer)
    assert not Concern.objects.visible_to(dudley_officer).filter(pk=concern.pk).exists()
    assert signed_in(dudley_officer).get(reverse("casework:concern", args=[concern.reference])).status_code == 404


def test_to_be_away_takes_no_access(contact, make_concern, walsall):
    concern, posting = make_concern(walsall), contact("pat")
    away(posting)
    assert Concern.objects.visible_to(posting.person).filter(pk=concern.pk).exists()


# ---- the rules, through every door -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("first", "second", "allowed"),
    [
        ({}, {}, False),
        ({"until": APRIL}, {"from_date": MAY}, True),
        ({"until": MAY}, {"from_date": MAY}, False),
        ({"one": True}, {"one": True}, False),
        ({"one": True}, {"other": True}, True),
        ({"one": True}, {}, False),
        ({}, {"other": True}, False),
    ],
)
def test_absences_of_one_person_never_overlap(first, second, allowed, contact, team_of, walsall):
    posting = contact("pat")
    Posting.objects.filter(pk=posting.pk).update(share=50)
    kind = team_of(walsall, kind="response")
    scopes = {"one": posting, "other": Posting.objects.create(person=posting.person, team=kind, share=50)}

    def make(fields):
        scope = next((scopes[name] for name in scopes if fields.get(name)), None)
        dates = {name: fields[name] for name in ("from_date", "until") if name in fields}
        return away(posting, posting=scope, **{"from_date": MARCH} | dates)

    make(first)
    if allowed:
        make(second)
    else:
        with pytest.raises(ValidationError), transaction.atomic():
            make(second)
    assert Absence.objects.count() == 1 + allowed


def test_an_absence_can_be_saved_again(contact):
    absence = away(contact("pat"))
    absence.until = date(2030, 1, 1)
    absence.save()
    assert Absence.objects.get().until == date(2030, 1, 1)


def test_nobody_covers_for_themselves_or_is_away_from_anothers_posting(contact):
    pat, sam = contact("pat"), contact("sam")
    for fields in ({"cover": pat.person}, {"posting": sam}):
        with pytest.raises(ValidationError):
            away(pat, **fields)


# ---- the admin -------------------------------------------------------------------------------------------------------
def test_editor_keeps_absences_of_their_own_area_only(signed_in, walsall_editor, contact, dudley_officer, colleague):
    client, posting = signed_in(walsall_editor), contact("pat")
    theirs = Absence.objects.create(person=dudley_officer, from_date=MARCH)
    add = reverse("admin:hubs_absence_add")
    form = {"from_date": "2026-11-01", "kind": "leave", "cover": colleague("lee").pk}
    assert client.post(add, form | {"person": posting.person_id}).status_code == 302
    refused = client.post(add, form | {"person": dudley_officer.pk})
    assert refused.status_code == 200
    assert list(Absence.objects.exclude(pk=theirs.pk).values_list("person", flat=True)) == [posting.person_id]
    listed = client.get(reverse("admin:hubs_absence_changelist")).content.decode()
    assert ("Demo Pat" in listed, dudley_officer.name in listed) == (True, False)
    assert client.get(reverse("admin:hubs_absence_change", args=[theirs.pk])).status_code == 302


def test_a_cover_from_elsewhere_is_refused_in_words(signed_in, staff_admin, contact, dudley_officer):
    posting = contact("pat")
    form = {"person": posting.person_id, "from_date": "2026-11-01", "kind": "leave", "cover": dudley_officer.pk}
    client = signed_in(staff_admin)
    words = f"{dudley_officer} works nowhere where {posting.person} does on those days, so can't answer instead."
    for url, data in ((reverse("admin:hubs_absence_add"), {}), (reverse("admin:cover"), {"_version": "none"})):
        answer = client.post(url, form | data)
        form_shown = answer.context["adminform"].form if "adminform" in answer.context else answer.context["form"]
        assert form_shown.errors["cover"] == [f"{words} Choose a colleague who does."]
    # What stood before may be ended all the same.
    absence = away(posting, from_date=MARCH, cover=dudley_officer)
    url = reverse("admin:hubs_absence_change", args=[absence.pk])
    kept = form | {"from_date": "2026-03-01", "reason": "Seen."}
    answer = client.post(url, kept | version(client, url))
    assert answer.status_code == 302


def test_overlap_is_refused_in_words_in_the_admin(signed_in, staff_admin, contact):
    posting = contact("pat")
    away(posting, from_date=MARCH)
    answer = signed_in(staff_admin).post(
        reverse("admin:hubs_absence_add"), {"person": posting.person_id, "from_date": "2026-11-01", "kind": "leave"}
    )
    assert "already away in part of that time" in answer.content.decode()
    assert Absence.objects.count() == 1


def test_absence_keeps_its_history(signed_in, staff_admin, contact):
    absence = away(contact("pat"), from_date=MARCH)
    form = {"person": absence.person_id, "from_date": "2026-03-01", "until": "2026-03-09", "kind": "training"}
    client, url = signed_in(staff_admin), reverse("admin:hubs_absence_change", args=[absence.pk])
    assert client.post(url, form | version(client, url)).status_code == 302
    last = absence.history.first()
    assert (last.kind, last.history_user) == ("training", staff_admin)


def test_wards_without_a_contact_answer_through_the_team(client, walsall):
    ward = Ward.objects.active().filter(area=walsall).last()
    assert "The team answers you." in client.get(ward.get_absolute_url()).content.decode()
