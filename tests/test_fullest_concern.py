"""The page of one concern of which everything is true costs few statements."""

import re

import pytest
from pytest_django.asserts import assertInHTML

from feedback.casework.actform import ActForm
from feedback.models import Partner, Problem, StandardText
from hubs.models import Absence

from .test_performance_guards import statements

pytestmark = pytest.mark.django_db

MOST = 25


@pytest.fixture
def fullest(make_concern, walsall, bloxwich_west, walsall_officer, walsall_commander, officer_of, team_of):
    """In safety review, given, of a problem, with contact details, a question, a crime, a pause, colleagues and neighbours."""
    for _number in range(3):
        make_concern(walsall, ward=bloxwich_west)
    concern = make_concern(
        walsall, ward=bloxwich_west, contact={"email": "sam@example.com", "safe_to_contact": True, "name": "Sam"}
    )
    away = officer_of(walsall, "away")
    Absence.objects.create(person=away, cover=walsall_officer)
    problem = Problem.objects.create(area=walsall, title="Bikes on the green")
    concern.assign(officer=away, team=team_of(walsall), by=walsall_commander)
    concern.link_to(problem, by=walsall_commander)
    concern.ask("Which evening?", by=walsall_commander)
    concern.review_safety(True, "Look at this.", by=walsall_commander)
    concern.disclose_crime("", "He broke the fence.", by=walsall_commander)
    concern.refresh_from_db()
    return concern


@pytest.mark.parametrize("who", ["commander", "officer"])
def test_fullest_concern_asks_less_than_25_times(signed_in, fullest, walsall_commander, walsall_officer, who):
    client = signed_in({"commander": walsall_commander, "officer": walsall_officer}[who])
    path = fullest.get_absolute_url()
    client.get(path)  # what is kept is kept from here on
    assert statements(client, path) < MOST
    assert b"Sam" not in client.get(path).content


def test_choices_follow_the_facts_at_once(signed_in, fullest, walsall_commander, officer_of, walsall):
    """What is kept of the lists is asked anew when somebody is posted, a partner renamed or a text approved."""
    client, path = signed_in(walsall_commander), fullest.get_absolute_url()
    client.get(path)
    late = officer_of(walsall, "new.colleague")
    Partner.objects.filter(area=walsall).update(name="Demo Renamed Council")
    StandardText.objects.create(title="Demo Fresh Text", text="We came.", expires="2099-01-01")
    text = client.get(path).content.decode()
    assert [words in text for words in (str(late), "Demo Renamed Council", "Demo Fresh Text")] == [True, True, True]


def test_choices_of_one_area_are_never_anothers(
    signed_in, fullest, make_concern, dudley, commander_of, walsall_officer
):
    text = signed_in(walsall_officer).get(fullest.get_absolute_url()).content.decode()
    assert "Demo Away" in text
    theirs = make_concern(dudley)
    text = signed_in(commander_of(dudley)).get(theirs.get_absolute_url()).content.decode()
    assert "Demo Away" not in text


def test_only_fields_that_are_the_same_for_all_are_kept(signed_in, fullest, make_concern, walsall, walsall_commander):
    client, path = signed_in(walsall_commander), fullest.get_absolute_url()
    forms = client.get(path).context["forms"] + [client.get(path).context["next"]]
    kept = {(str(form.act), name) for form in forms if form for name in form.fields if form.same_for_all(name)}
    own = {
        ("split", "text"), ("crime", "crime_reference"), ("assign", "officer"), ("assign", "team"), ("problem", "problem"),
    }  # fmt: skip
    assert (own & kept, ("note", "text") in kept, ("resolve", "outcome") in kept) == (set(), True, True)
    typed = client.post(f"{path}note/", {"version": fullest.version, "seen": 0, "text": ""})
    bound = typed.context["form"]
    assert (typed.status_code, bound.same_for_all("text")) == (422, "")
    assert b'id="note-text-error"' in typed.content
    assert b'id="note-text-error"' not in client.get(path).content


def test_the_hidden_inputs_are_those_that_django_draws(signed_in, fullest, walsall_commander):
    page = signed_in(walsall_commander).get(fullest.get_absolute_url())
    hidden = [field for form in page.context["forms"] for field in form.hidden_fields()]
    assert len(hidden) > 20
    for field in hidden:
        value = "" if field.value() is None else field.value()
        assertInHTML(
            f'<input type="hidden" name="{field.html_name}" value="{value}" id="{field.auto_id}">',
            page.content.decode(),
        )


def test_a_page_from_kept_fields_is_the_page_drawn_anew(signed_in, fullest, walsall_commander, monkeypatch):
    client, path = signed_in(walsall_commander), fullest.get_absolute_url()
    client.get(path)
    kept = re.sub(rb'(csrfmiddlewaretoken" value="|nonce=")[^"]*', b"", client.get(path).content)
    monkeypatch.setattr(ActForm, "same_for_all", lambda form, name: "")
    anew = re.sub(rb'(csrfmiddlewaretoken" value="|nonce=")[^"]*', b"", client.get(path).content)
    assert kept == anew
