"""Problems in the steps of OSARA: nothing written is lost, closing needs answers, the commander publishes."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from areas.models import Priority
from feedback.lifecycle import Refused
from feedback.models import Problem
from feedback.models.problem import STEPS, AnswersNeeded, AssessmentNeeded, Changed, Over

pytestmark = pytest.mark.django_db

PROBLEMS = "/dashboard/problems/"


@pytest.fixture
def problem(walsall):
    return Problem.objects.create(area=walsall, title="Bikes on the green", objective="No bikes by June.")


def page(problem, act=""):
    return f"{PROBLEMS}{problem.pk}/{act}"


def steps(problem, **said):
    return {
        "title": problem.title,
        **{name: getattr(problem, name) for name in STEPS},
        "shown": problem.version,
        **said,
    }


def test_officer_begins_a_problem_of_the_own_area(signed_in, walsall_officer, walsall, dudley):
    client = signed_in(walsall_officer)
    answer = client.post(PROBLEMS, {"title": "Dark alley", "objective": "Light.", "area": walsall.pk})
    begun = Problem.objects.get()
    assert (answer.status_code, answer["Location"], begun.area) == (303, page(begun), walsall)
    assert client.post(PROBLEMS, {"title": "Dark alley", "area": dudley.pk}).status_code == 422
    assert client.post(PROBLEMS, {"area": walsall.pk}).status_code == 422
    assert Problem.objects.count() == 1


def test_problems_of_another_area_are_the_404_of_none(signed_in, problem, dudley_commander, walsall_commander, desk):
    client = signed_in(dudley_commander)
    assert problem.title not in client.get(PROBLEMS).content.decode()
    for act in ("", "close/", "publish/"):
        assert [client.get(page(problem, act)).status_code, client.post(page(problem, act)).status_code] == [404, 404]
    assert signed_in(desk).get(PROBLEMS).status_code == 404
    assert problem.title in signed_in(walsall_commander).get(PROBLEMS).content.decode()


def test_steps_are_kept(signed_in, problem, walsall_officer):
    client = signed_in(walsall_officer)
    assert client.post(page(problem), steps(problem, scanning="Every Friday.", analysis="A gap.")).status_code == 303
    problem.refresh_from_db()
    assert (problem.scanning, problem.analysis, problem.objective, problem.version) == (
        "Every Friday.", "A gap.", "No bikes by June.", 2,
    )  # fmt: skip
    assert problem.history.count() == 2


def test_second_of_two_writers_loses_nothing(signed_in, problem, walsall_officer):
    client, shown = signed_in(walsall_officer), steps(problem, scanning="Mine")
    problem.write({"scanning": "Theirs"}, version=1)
    answer = client.post(page(problem), shown)
    text = answer.content.decode()
    assert (answer.status_code, "Theirs" in text, "Mine" in text) == (409, True, True)
    problem.refresh_from_db()
    assert problem.scanning == "Theirs"
    assert client.post(page(problem), {**shown, "shown": 2}).status_code == 303
    problem.refresh_from_db()
    assert problem.scanning == "Mine"


def test_closing_needs_an_assessment_and_answers(signed_in, problem, make_concern, walsall, walsall_commander):
    concern, client = make_concern(walsall), signed_in(walsall_commander)
    concern.link_to(problem, by=walsall_commander)

    def closed(**typed):
        problem.refresh_from_db()
        return client.post(page(problem, "close/"), steps(problem, **typed), follow=True).content.decode()

    assert "Write the assessment first" in closed(scanning="Every Friday.")
    said = closed(assessment="Fewer bikes, by our count.")
    assert ("still wait for an answer" in said, "What you wrote is kept." in said) == (True, True)
    problem.refresh_from_db()
    assert (problem.scanning, problem.assessment) == ("Every Friday.", "Fewer bikes, by our count.")
    concern.refresh_from_db()
    concern.reply("The gap is closed.", by=walsall_commander)
    assert "ended on" in closed()
    problem.refresh_from_db()
    assert problem.ended_on is not None
    client.post(page(problem, "close/"), {"shown": problem.version, "again": "yes"})
    problem.refresh_from_db()
    assert problem.ended_on is None


def test_who_closes_what_somebody_else_wrote_meanwhile_loses_nothing(signed_in, problem, walsall_officer):
    client, shown = signed_in(walsall_officer), steps(problem, assessment="It worked.")
    problem.write({"scanning": "Theirs"}, version=1)
    answer = client.post(page(problem, "close/"), shown)
    text = answer.content.decode()
    assert (answer.status_code, "Theirs" in text, "It worked." in text) == (409, True, True)
    problem.refresh_from_db()
    assert (problem.ended_on, problem.assessment) == (None, "")
    assert client.post(page(problem, "close/"), {"shown": problem.version}).status_code == 422


def test_verbs_refuse_by_name(problem):
    for refused, waiting in ((AssessmentNeeded, 0), (AssessmentNeeded, 2)):
        with pytest.raises(refused):
            problem.close(waiting=waiting, version=1)
    problem.write({"assessment": "It worked."}, version=1)
    with pytest.raises(AnswersNeeded):
        problem.close(waiting=1, version=2)
    with pytest.raises(Changed):
        problem.close(waiting=0, version=1)
    problem.close(waiting=0, version=2)
    assert issubclass(Changed, Refused)


def test_what_has_ended_stays_as_it_was_assessed(signed_in, problem, walsall_commander):
    """No assessment is emptied afterwards, and what is closed becomes no new open priority."""
    problem.write({"assessment": "Fewer bikes, by our count."}, version=1)
    problem.close(waiting=0, version=2)
    with pytest.raises(Over):
        problem.write({"assessment": ""}, version=3)
    with pytest.raises(Over):
        problem.publish("Bikes", "Bikes.", version=3)
    client = signed_in(walsall_commander)
    refused = client.post(page(problem), steps(problem, assessment=""))
    assert (refused.status_code, "This problem has ended" in refused.content.decode()) == (409, True)
    said = {"title": "Bikes", "you_said": "Bikes.", "shown": problem.version}
    assert client.post(page(problem, "publish/"), said).status_code == 422
    shown = client.get(page(problem))
    assert ("Keep what I wrote" in shown.content.decode(), shown.context["publishing"]) == (False, None)
    assert "Fewer bikes, by our count." in shown.content.decode()
    problem.refresh_from_db()
    assert (problem.assessment, problem.priority, Priority.objects.count()) == ("Fewer bikes, by our count.", None, 0)
    problem.reopen(version=3)
    assert "Keep what I wrote" in client.get(page(problem)).content.decode()


def test_the_database_refuses_an_end_without_an_assessment(problem):
    with pytest.raises(IntegrityError, match="problem_ends_with_an_assessment|CHECK"), transaction.atomic():
        Problem.objects.filter(pk=problem.pk).update(ended_on="2026-11-01")


def test_everybody_in_it_gets_the_answer(signed_in, problem, make_concern, walsall, walsall_officer):
    concerns = [make_concern(walsall) for _each in range(3)]
    for concern in concerns:
        concern.link_to(problem, by=walsall_officer)
    client = signed_in(walsall_officer)
    shown = client.get(page(problem))
    assert [reference for reference, _version in shown.context["waiting"]] == [one.reference for one in concerns]
    picks = [f"{reference}:{version}" for reference, version in shown.context["waiting"]]
    together = reverse("casework:together")
    assert client.post(together, {"act": "reply", "pick": picks}).status_code == 200
    said = {
        "act": "reply",
        "who": "PC Demo",
        "last": "on",
        "pick": picks,
        "sure": "yes",
        "text": "The gap in the fence is closed.",
        "reason": "One problem.",
    }
    client.post(together, said)
    for concern in concerns:
        concern.refresh_from_db()
        assert (concern.answered_at is not None, concern.updates.get(kind="reply").public) == (True, True)
    assert client.get(page(problem)).context["waiting"] == []


def test_commander_makes_it_a_priority(signed_in, problem, walsall, bloxwich_west, walsall_commander):
    client = signed_in(walsall_commander)
    said = {"title": "Bikes", "you_said": "Bikes race here.", "ward": bloxwich_west.pk, "shown": 1}
    assert client.post(page(problem, "publish/"), said).status_code == 303
    problem.refresh_from_db()
    priority = Priority.objects.get()
    assert (problem.priority, priority.ward, priority.published, priority.area) == (
        priority,
        bloxwich_west,
        True,
        walsall,
    )
    assert "Bikes race here." in client.get(f"/priorities/?area={walsall.slug}").content.decode()
    again = client.post(page(problem, "publish/"), {**said, "shown": 2})
    assert (again.status_code, Priority.objects.count()) == (422, 1)


def test_who_publishes_what_was_changed_meanwhile_sees_it_and_can_send_again(signed_in, problem, walsall_commander):
    client = signed_in(walsall_commander)
    problem.write({"scanning": "Every Friday."}, version=1)
    said = {"title": "Bikes", "you_said": "Bikes race here.", "shown": 1}
    answer = client.post(page(problem, "publish/"), said)
    text = answer.content.decode()
    assert (answer.status_code, "Every Friday." in text, "Bikes race here." in text, Priority.objects.count()) == (
        409, True, True, 0,
    )  # fmt: skip
    again = answer.context["publishing"]
    assert client.post(page(problem, "publish/"), {**said, "shown": again["shown"].value()}).status_code == 303
    assert Priority.objects.get().you_said == "Bikes race here."


def test_officers_publish_nothing(signed_in, problem, walsall_officer):
    client = signed_in(walsall_officer)
    said = {"title": "Bikes", "you_said": "Bikes race here.", "shown": 1}
    assert client.post(page(problem, "publish/"), said).status_code == 403
    assert "Make it a priority" not in client.get(page(problem)).content.decode()
    assert Priority.objects.count() == 0


def test_fourth_priority_of_a_place_is_refused_in_words(signed_in, problem, walsall, walsall_commander):
    for number in range(3):
        Priority.objects.create(area=walsall, title=f"Number {number}", you_said="So.", published=True)
    said = {"title": "Bikes", "you_said": "Bikes race here.", "shown": 1}
    answer = signed_in(walsall_commander).post(page(problem, "publish/"), said)
    assert (answer.status_code, "Three priorities are open here already" in answer.content.decode()) == (422, True)
    problem.refresh_from_db()
    assert (problem.priority, problem.version) == (None, 1)


def test_list_says_who_waits_and_counts_only_what_one_may_see(
    signed_in, problem, make_concern, walsall, walsall_commander, dudley_commander
):
    for _each in range(2):
        make_concern(walsall).link_to(problem, by=walsall_commander)
    about = make_concern(walsall)
    about.link_to(problem, by=walsall_commander)
    about.name_person(walsall_commander, by=dudley_commander)
    rows = signed_in(walsall_commander).get(PROBLEMS).context["rows"]
    assert rows == [{"problem": problem, "concerns": 2, "waiting": 2}]
