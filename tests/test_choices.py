"""What a list offers to choose from by letters, for each field of each form: a team editor is offered their own area alone."""

import pytest
from django.contrib import admin
from django.urls import reverse

from areas.models import Area, Command, Priority, Ward
from hubs.models import Hub, Posting, Team

pytestmark = pytest.mark.django_db

# Where the rows lie that are of one area; people are looked up by name everywhere, see test_own_access.
AREA_OF = {
    Area: "pk", Ward: "area", Hub: "area", Team: "hub__area", Posting: "team__hub__area", Command: "area", Priority: "area",
}  # fmt: skip
FOR_ALL = {"accounts.user", "hubs.teamkind"}  # what an editor may be offered that is of no area


def fields():
    """(app, model, field, model that is offered) of every autocomplete of the admin."""
    for model, keeper in admin.site._registry.items():
        for name in keeper.autocomplete_fields:
            yield model._meta.app_label, model._meta.model_name, name, model._meta.get_field(name).remote_field.model


def offered(client, app, model, name):
    asked = {"app_label": app, "model_name": model, "field_name": name, "term": ""}
    answer, found = client.get(reverse("admin:autocomplete"), asked), []
    if answer.status_code != 200:
        return answer.status_code
    page = 1
    while True:
        told = client.get(reverse("admin:autocomplete"), asked | {"page": page}).json()
        found += [one["id"] for one in told["results"]]
        if not told["pagination"]["more"]:
            return found
        page += 1


@pytest.fixture
def both(walsall, dudley, team_of, officer_of, commander_of):
    for area in (walsall, dudley):
        officer_of(area)
        commander_of(area)
        Priority.objects.create(area=area, title="Bikes", you_said="Bikes.", published=True)


def test_an_editor_is_offered_rows_of_the_own_area_alone(signed_in, walsall_editor, walsall, both):
    client, wrong, seen = signed_in(walsall_editor), [], set()
    for app, model, name, related in fields():
        found = offered(client, app, model, name)
        where, label = AREA_OF.get(related), related._meta.label_lower
        if where is None and found != 403 and label not in FOR_ALL:
            wrong.append((app, model, name, "is offered"))
        elif where and found != 403:
            own = related.objects.filter(**{where: walsall.pk})
            if set(found) != {str(pk) for pk in own.values_list("pk", flat=True)}:
                wrong.append((app, model, name, found[:5]))
            seen.add(related)
    assert wrong == []
    assert seen == AREA_OF.keys()


@pytest.mark.parametrize("who", ["department_member", "desk", "overview"])
def test_those_without_the_admin_are_offered_nothing(who, request, signed_in, both):
    client = signed_in(request.getfixturevalue(who))
    assert {offered(client, app, model, name) for app, model, name, _related in fields()} == {302}
