"""The council draws its wards anew: what hung on the old ones goes to the new ones at once, and old addresses lead there."""

import html
import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.stamp import today_in_london
from areas import succession
from areas.models import Boundary, Edition, Meeting, Priority, Ward
from areas.models.ward import WHOLE
from feedback.following import news
from feedback.models import Draft, Subscription
from hubs.models import Posting
from policing_portal.succession import Crowded, carry
from tests.test_intake import answer

pytestmark = pytest.mark.django_db

PAGE = "/admin/wards/successors/"


@pytest.fixture
def switch(walsall):
    """Two old wards out of use, and two new ones that take their place: `(old, old, new, new)`."""
    olds = list(walsall.wards.active()[:2])
    news = [Ward.objects.create(code=f"E0599900{n}", area=walsall, name=f"New {n}", active=True) for n in (1, 2)]
    Ward.objects.filter(pk__in=[ward.pk for ward in olds]).update(active=False)
    for ward in olds:
        ward.refresh_from_db()
    return (*olds, *news)


@pytest.fixture
def busy(switch, walsall, person, team_of):
    """A named contact, a team, a priority, a meeting and a follower of the first old ward."""
    old, starts = switch[0], timezone.now() + timedelta(days=3)
    posting = Posting.objects.create(person=person("pat"), team=team_of(walsall), from_date="2026-01-01")
    posting.named_wards.add(old)
    posting.team.wards.add(old)
    Priority.objects.create(area=walsall, ward=old, title="Bikes", you_said="x", published=True)
    Meeting.objects.create(area=walsall, place="Hall", starts=starts, ends=starts + timedelta(hours=1)).wards.add(old)
    follow(old)
    return posting


def follow(ward, address="sam@example.org"):
    Subscription.ask(email=address, pace="weekly", language="en-gb", ward=ward)
    row = Subscription.objects.latest("pk")
    row.confirm()
    return row


def hanging(ward):
    return {
        "postings": ward.contact_postings.count(), "teams": ward.teams.count(), "priorities": ward.priorities.count(),
        "meetings": ward.meetings.count(), "followers": Subscription.objects.filter(ward=ward).count(),
    }  # fmt: skip


def test_everything_goes_to_the_new_ward(busy, switch, make_concern, walsall):
    old, _other, new, _next = switch
    concern = make_concern(walsall, ward=old)
    assert carry([(old, new)]) == 1
    assert hanging(new) == dict.fromkeys(hanging(new), 1) and hanging(old) == dict.fromkeys(hanging(old), 0)
    concern.refresh_from_db()
    assert concern.ward == old
    assert [row.ward for row in busy.history.first().named_wards.all()] == [new]


def test_two_wards_can_become_one_and_a_follower_of_both_follows_once(busy, switch):
    old, other, new, _next = switch
    follow(other)
    follow(other, "alex@example.org")
    carry([(old, new), (other, new)])
    assert sorted(row.email for row in Subscription.objects.filter(ward=new)) == ["alex@example.org", "sam@example.org"]
    assert not Subscription.objects.filter(ward__active=False).exists()


def test_an_unconfirmed_wish_never_displaces_a_follower(busy, switch):
    old, _other, new, _next = switch
    Subscription.ask(email="sam@example.org", pace="at_once", language="en-gb", ward=new)
    carry([(old, new)])
    assert [(row.ward, row.active) for row in Subscription.objects.all()] == [(new, True)]


def test_too_many_open_priorities_carry_nothing_at_all(busy, switch, walsall):
    old, other, new, _next = switch
    for number in range(3):
        Priority.objects.create(area=walsall, ward=other, title=f"P{number}", you_said="x", published=True)
    with pytest.raises(Crowded, match="too many open priorities"):
        carry([(old, new), (other, new)])
    assert hanging(old)["postings"] == 1 and hanging(new)["priorities"] == 0
    old.refresh_from_db()
    assert old.carried_at is None


def test_old_addresses_lead_to_the_new_ward(client, busy, switch):
    old, _other, new, _next = switch
    before = client.get(old.get_absolute_url())
    assert before.status_code == 200 and "Choose your ward" in before.content.decode()
    carry([(old, new)])
    page = client.get(old.get_absolute_url())
    assert (page.status_code, page["Location"]) == (301, new.get_absolute_url())
    feed = client.get(f"{old.get_absolute_url()}feed/")
    assert (feed.status_code, feed["Location"]) == (301, f"{new.get_absolute_url()}feed/")
    assert "Follow New 1, Walsall" in client.get(f"/follow/?ward={old.pk}").content.decode()
    assert "Bikes" in client.get(f"/priorities/?ward={old.pk}").content.decode()
    assert "Hall" in client.get(f"/meetings/?ward={old.pk}").content.decode()
    assert client.get(f"/meetings.ics?ward={old.pk}").status_code == 200


def test_page_of_a_split_ward_lets_people_choose_the_likeliest_first(client, busy, switch):
    old, _other, _new, likeliest = switch
    Ward.objects.filter(pk=old.pk).update(successor=likeliest, successor_share=WHOLE - 1)
    carry([(old, likeliest)])
    page = client.get(old.get_absolute_url())
    text = page.content.decode()
    assert (page.status_code, "This ward has been replaced" in text) == (200, True)
    ways = re.findall(r'href="(/areas/walsall/wards/[^/"]+/)"', text.partition("<h2")[2])
    assert ways[0] == likeliest.get_absolute_url()
    assert set(ways) == {ward.get_absolute_url() for ward in old.area.wards.active()}


def test_links_to_a_split_ward_say_so_and_offer_the_wards_to_choose_from(client, busy, switch):
    old, _other, _new, likeliest = switch
    Ward.objects.filter(pk=old.pk).update(successor=likeliest, successor_share=WHOLE - 1)
    carry([(old, likeliest)])
    said = f"The council changed its wards, so we no longer use {old.name} as it was. Choose the ward that it is now."
    in_use = {ward.pk for ward in old.area.wards.active()}
    for path in ("/priorities/", "/meetings/"):
        text = client.get(f"{path}?ward={old.pk}").content.decode()
        assert said in text and f"Follow {likeliest}" not in text
        offered = re.findall(r'<option value="(E\w+)"', text)
        assert (offered[0], set(offered), len(offered)) == (likeliest.pk, in_use, len(in_use))
    assert "Hall" in client.get(f"/meetings.ics?ward={old.pk}").content.decode()
    elsewhere = client.get(f"/priorities/?area=dudley&ward={old.pk}").content.decode()  # the area was chosen anew
    assert said not in elsewhere and f'value="{likeliest.pk}"' not in elsewhere
    text = client.get(f"/follow/?ward={old.pk}").content.decode()
    offered = re.findall(r'href="\?ward=(E\w+)"', text)
    assert (said in text, offered[0], set(offered), 'name="email"' in text) == (True, likeliest.pk, in_use, False)
    feed = client.get(f"{old.get_absolute_url()}feed/")
    entries = re.findall(r"<entry><title>(.*?)</title>", feed.content.decode())
    assert (feed.status_code, entries) == (
        200,
        ["Which place do you mean?", "Beat surgery at Hall", "A new priority: Bikes"],
    )
    assert said in feed.content.decode()


def test_followers_of_a_split_ward_are_told_of_the_others_once(client, busy, switch):
    old, other, new, likeliest = switch
    Ward.objects.filter(pk=old.pk).update(successor=likeliest, successor_share=WHOLE - 1)
    Ward.objects.filter(pk=other.pk).update(successor=new, successor_share=WHOLE)
    carry([(old, likeliest), (other, new)])
    now = timezone.now()
    told = [item for item in news.collect(now - timedelta(hours=1), now) if item.section == "Wards"]
    assert [(item.path, item.about(ward=likeliest), item.about(ward=new)) for item in told] == [
        (old.get_absolute_url(), True, False)
    ]
    assert old.name in told[0].text
    assert "Which place do you mean?" in client.get(f"{likeliest.get_absolute_url()}feed/").content.decode()
    assert client.get(f"{old.get_absolute_url()}feed/").content.decode().count("Which place do you mean?") == 1


def test_new_ward_whose_map_is_not_loaded_offers_the_one_it_will_replace_first(client, walsall):
    old, other = walsall.wards.active()[4:6]
    Ward.objects.filter(pk=old.pk).update(name="Upper Norwick", localities="", in_force_from="2019-05-02")
    coming = Ward.objects.create(
        code="E05999999", area=walsall, name="Norwick & Southfield", active=False, in_force_from="2099-05-06"
    )
    assert coming.choices()[0].name == "Upper Norwick"
    text = client.get(coming.get_absolute_url()).content.decode()
    assert "This ward begins on 6 May 2099. Until then we use the ward from before." in text
    ways = re.findall(r'href="(/areas/walsall/wards/[^/"]+/)"', text.partition("<h2")[2])
    assert ways[0] == old.get_absolute_url() and len(ways) == walsall.wards.active().count()
    Ward.objects.filter(pk=other.pk).update(successor=coming)  # what staff or the maps say goes before names
    assert coming.choices()[0] == other


def test_names_with_only_a_common_word_alike_stay_in_the_order_of_the_alphabet(walsall):
    coming = Ward.objects.create(
        code="E05999999", area=walsall, name="South Zzz", localities="Park\nGreen", active=False
    )
    assert [ward.name for ward in coming.choices()] == sorted(ward.name for ward in walsall.wards.active())


def test_hubs_and_journey_offer_the_likeliest_ward_first(client, switch):
    old, _other, _new, likeliest = switch
    Ward.objects.filter(active=True).update(lat=52.6, lon=-2.0)
    Ward.objects.filter(pk=old.pk).update(successor=likeliest, successor_share=WHOLE - 1)
    page = client.get(f"/hubs/nearest/?ward={old.pk}").content.decode()
    assert re.findall(r'href="/hubs/nearest/\?ward=(\w+)"', page)[0] == likeliest.pk
    _shown, following, _routed = start(client, old)
    values = re.findall(r'<option value="(\w*)"', client.get(following).content.decode())
    assert (values[:2], len(values)) == (["", likeliest.pk], 1 + old.area.wards.active().count())


def test_addresses_survive_a_second_switch(switch, walsall):
    old, other, new, last = switch
    carry([(old, new)])
    Ward.objects.filter(pk=new.pk).update(active=False)
    new.refresh_from_db()
    carry([(new, last)])
    assert Ward.objects.get(pk=old.pk).today == last


def test_staff_see_what_hangs_and_carry_it(signed_in, staff_admin, busy, switch):
    old, other, new, _next = switch
    browser = signed_in(staff_admin)
    page = browser.get(PAGE).content.decode()
    assert old.name in page and f'name="{old.pk}"' in page and f'name="{other.pk}"' not in page
    assert "1 follower" in page and "Nothing to go by" in page
    done = browser.post(PAGE, {old.pk: new.pk}, follow=True).content.decode()
    assert "1 ward carried over." in done and "Nothing hangs on a ward that is out of use." in done


def test_the_list_of_wards_leads_there_for_staff_alone(signed_in, staff_admin, walsall_editor):
    assert PAGE in signed_in(staff_admin).get("/admin/areas/ward/").content.decode()
    assert PAGE not in signed_in(walsall_editor).get("/admin/areas/ward/").content.decode()


def test_a_ward_of_another_area_is_never_chosen(signed_in, staff_admin, busy, switch, dudley):
    old = switch[0]
    signed_in(staff_admin).post(PAGE, {old.pk: dudley.wards.active().first().pk})
    old.refresh_from_db()
    assert old.carried_at is None and hanging(old)["postings"] == 1


def test_the_same_name_is_offered_where_there_is_nothing_to_compare(switch):
    old, _other, new, nxt = switch
    assert succession.proposed(old, [new, nxt]) is None
    nxt.name = old.name
    assert succession.proposed(old, [new, nxt]) == nxt


def square(edition, code, west, width):
    ring = [[west, 0], [west + width, 0], [west + width, 1], [west, 1], [west, 0]]
    return Boundary.objects.create(
        edition=edition,
        kind="ward",
        code=code,
        name=code,
        geometry=json.dumps({"type": "Polygon", "coordinates": [ring]}),
    )


def test_the_ward_that_takes_most_of_it_is_proposed(switch):
    old, other, new, nxt = switch
    before = Edition.objects.create(kind="boundaries", name="2025", checksum="a", state="superseded")
    after = Edition.objects.create(kind="boundaries", name="2026", checksum="b", state="active")
    square(before, old.pk, 0, 10)
    square(before, other.pk, 50, 10)
    square(after, new.pk, 0, 7)
    square(after, nxt.pk, 7, 10)
    assert succession.propose(after) == 1
    old.refresh_from_db()
    other.refresh_from_db()
    assert (old.successor, old.successor_share, other.successor) == (new, 70, None)
    assert succession.proposed(old, [nxt, new]) == new


def test_page_asks_the_same_number_of_questions_for_one_and_for_many(signed_in, staff_admin, busy, switch, walsall):
    browser = signed_in(staff_admin)
    browser.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        browser.get(PAGE)
    for ward in walsall.wards.active()[:8]:
        Ward.objects.filter(pk=ward.pk).update(active=False)
        busy.named_wards.add(ward)
    with CaptureQueriesContext(connection) as many:
        browser.get(PAGE)
    assert len(one) == len(many)


# ---- links with the code of an old ward ------------------------------------------------------------------------------
def start(client, ward):
    """The first answer after a link with the code of `ward`; the page of the second, and what the draft keeps."""
    path = f"/report/?ward={ward.pk}"
    shown = client.get(path).content.decode()
    answer(client, path, sort="concern")
    following = answer(client, "/report/what/", category="asb-vehicle").url
    return shown, following, Draft.objects.get().answers["routed"]


@pytest.mark.parametrize("share", [None, WHOLE])
def test_report_goes_on_with_the_one_ward_that_took_its_place(client, switch, share):
    old, _other, new, _next = switch
    Ward.objects.filter(pk=old.pk).update(successor=new, successor_share=share)
    carry([(old, new)])
    shown, following, routed = start(client, old)
    assert "New 1, Walsall" in shown and "The council changed its wards" not in shown
    assert (following, routed["ward"], routed["area"]) == ("/report/where/exactly/", new.pk, "walsall")
    assert routed["basis"] == f"chosen ward {old.name} ({old.pk}), not in use -> New 1, Walsall"


def test_report_asks_where_several_wards_share_the_place_of_the_old_one(client, switch):
    old, _other, new, nxt = switch
    Ward.objects.filter(pk=old.pk).update(successor=new, successor_share=WHOLE - 1)
    carry([(old, new)])
    shown, following, routed = start(client, old)
    assert f"we no longer use {old.name} as it was" in shown
    assert (following, routed["ward"], routed["area"]) == ("/report/where/ward/", "", "walsall")
    page = client.get(following).content.decode()
    assert f"we no longer use {old.name} as it was" in page and "New 1" in page and "New 2" in page
    assert answer(client, following, ward=nxt.pk).url == "/report/where/exactly/"
    assert Draft.objects.get().answers["routed"]["basis"] == (
        f"chosen ward {old.name} ({old.pk}), not in use -> Walsall; chosen ward -> New 2, Walsall"
    )


def test_report_takes_it_where_somebody_does_not_know_the_new_ward(client, switch):
    _shown, following, _routed = start(client, switch[0])  # nothing was carried yet
    assert following == "/report/where/ward/"
    assert answer(client, following, ward="").url == "/report/where/exactly/"
    routed = Draft.objects.get().answers["routed"]
    assert (routed["area"], routed["ward"], switch[0].name in routed["basis"]) == ("walsall", "", True)


@pytest.fixture
def coming(walsall):
    """A ward that the council has made and the loaded data do not know yet."""
    return Ward.objects.create(
        code="E05999999", area=walsall, name="Comingham", in_force_from=today_in_london(), active=False
    )


NEW = "This ward is new. Our maps do not have it yet, so we still use the ward from before."


def test_report_never_takes_a_ward_of_an_edition_to_come(client, coming):
    shown, following, routed = start(client, coming)
    assert (following, routed["ward"]) == ("/report/where/ward/", "")
    question = client.get(following).content.decode()
    assert [(NEW in page, "no longer use" in page) for page in (shown, question)] == [(True, False)] * 2
    page = client.get(f"/hubs/nearest/?ward={coming.pk}").content.decode()
    assert (NEW in page, "no longer use" in page) == (True, False)


BEGINS = {
    "en-gb": "This ward begins on 4 May 2099.", "ur": "یہ وارڈ 4 مئی 2099 سے شروع ہوگا۔",
    "pl": "Ten okręg zacznie istnieć 4 maja 2099.", "ro": "Acest sector va exista din 4 mai 2099.",
}  # fmt: skip


@pytest.mark.parametrize("language", BEGINS)
def test_ward_to_come_says_from_when_wherever_it_is_asked_for(client, coming, language):
    Ward.objects.filter(pk=coming.pk).update(in_force_from="2099-05-04")
    start = "" if language == "en-gb" else f"/{language}"
    pages = [coming.get_absolute_url(), f"/follow/?ward={coming.pk}", f"/hubs/nearest/?ward={coming.pk}"]
    pages += [f"/report/?ward={coming.pk}"]
    said = {page: html.unescape(client.get(f"{start}{page}").content.decode()) for page in pages}
    assert [page for page, text in said.items() if BEGINS[language] not in text] == []
    assert [page for page, text in said.items() if "no longer use" in text or NEW in text] == []


def test_report_asks_for_the_ward_of_today_and_says_when_the_new_one_begins(client, coming):
    Ward.objects.filter(pk=coming.pk).update(in_force_from="2099-05-04")
    _shown, following, routed = start(client, coming)
    assert (routed["ward"], routed["begins"]) == ("", "2099-05-04")
    assert BEGINS["en-gb"] in client.get(following).content.decode()


def test_ward_to_come_is_told_from_one_that_has_begun_or_is_in_use(walsall, coming):
    Ward.objects.filter(area=walsall, active=True).update(in_force_from=None)  # as in a pack without dates
    assert (coming.begins, coming.coming) == (None, False)
    coming.in_force_from = today_in_london() + timedelta(days=1)
    assert (coming.begins, coming.coming) == (coming.in_force_from, True)
    coming.active = True
    assert coming.coming is False


def test_to_follow_a_ward_by_a_name_that_none_in_use_has_offers_the_wards(client, busy, switch, coming):
    old, _other, _new, likeliest = switch
    Ward.objects.filter(pk=old.pk).update(successor=likeliest, successor_share=WHOLE - 1, name="Oldborough")
    carry([(old, likeliest)])
    in_use = {ward.pk for ward in old.area.wards.active()}
    for ward, said in ((old, "we no longer use Oldborough as it was"), (coming, NEW)):
        ward.refresh_from_db()
        found = client.get(f"/follow/?q={ward.name}")
        assert (found.status_code, found["Location"]) == (302, f"/follow/?ward={ward.pk}")
        assert client.get(f"/?q={ward.name}")["Location"] == ward.get_absolute_url()
        text = client.get(found["Location"]).content.decode()
        offered = re.findall(r'href="\?ward=(E\w+)"', text)
        assert (said in text, set(offered), 'name="email"' in text) == (True, in_use, False)


def test_following_a_split_ward_looks_it_up_once(client, busy, switch):
    old, _other, _new, likeliest = switch
    Ward.objects.filter(pk=old.pk).update(successor=likeliest, successor_share=WHOLE - 1)
    carry([(old, likeliest)])
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/follow/?ward={old.pk}")
    looked_up = [query for query in asked if f'"areas_ward"."code" = \'{old.pk}\'' in query["sql"]]
    assert len(looked_up) == 1


def test_better_places_keep_the_old_ward(client, switch):
    old = switch[0]
    there = answer(client, f"/report/?ward={old.pk}", sort="harm").url
    assert (there, client.get(there).status_code) == (f"/report/help/safe/?ward={old.pk}", 200)


def test_nearest_hub_of_an_old_ward(client, switch):
    old, _other, new, _next = switch
    Ward.objects.filter(pk=new.pk).update(lat=52.6, lon=-2.0)
    page = client.get(f"/hubs/nearest/?ward={old.pk}").content.decode()
    assert f"we no longer use {old.name} as it was" in page and f"/hubs/nearest/?ward={new.pk}" in page
    assert "Front counters near" not in page
    carry([(old, new)])
    assert "Front counters near the middle of New 1" in client.get(f"/hubs/nearest/?ward={old.pk}").content.decode()


def test_heir_is_found_across_two_switches_unless_one_of_them_split_it(switch):
    old, _other, new, last = switch
    carry([(old, new)])
    Ward.objects.filter(pk=new.pk).update(active=False)
    carry([(new, last)])
    assert Ward.objects.get(pk=old.pk).heir == last
    Ward.objects.filter(pk=new.pk).update(successor_share=60)
    assert Ward.objects.get(pk=old.pk).heir is None
