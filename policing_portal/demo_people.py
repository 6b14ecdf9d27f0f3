"""Who signs in to the demo, in which teams, who is away, and the posts that teams should have. All of it made up."""

from django.contrib.auth.hashers import make_password

from accounts.models import ForceRole, User
from accounts.stamp import days_ago
from areas.models import Area, Editorship
from areas.models import Command as AreaCommand
from hubs.models import Absence, Department, Establishment, Hub, Move, Posting, StrengthTarget, Team, TeamKind

PASSWORD = "demo-portal-only"  # noqa: S105 the demo's own, printed at every start, refused in production
TEAMS = (
    ("neighbourhood", "Neighbourhood team"),
    ("response", "Response team"),
    ("local-investigation", "Local investigation team"),
)


def people_of_all() -> dict:
    """Every demo sign-in by the part of its address before the @."""
    password = make_password(PASSWORD)
    chief, constable = "Chief Superintendent", "Police Constable"
    rows = [
        ("desk", "Desk Officer", ""),
        ("overview", "Overview Reader", ""),
        ("department", "Standards Officer", "Sergeant"),
    ]
    rows += [("staff.admin", "Staff Admin", ""), ("auditor", "Auditor", "")]
    for area in Area.objects.all():
        rows += [
            (f"commander.{area.slug}", f"Commander, {area}", chief),
            (f"officer.{area.slug}", f"Officer, {area}", constable),
        ]
        rows += [
            (f"editor.{area.slug}", f"Team Editor, {area}", ""),
            (f"sergeant.{area.slug}", f"Sergeant, {area}", "Sergeant"),
            (f"inspector.{area.slug}", f"Inspector, {area}", "Inspector"),
        ]
        rows += [
            (f"pcso.{area.slug}", f"PCSO, {area}", "PCSO"),
            (f"response.{area.slug}", f"Response, {area}", constable),
        ]
    people = {}
    for number, (handle, name, rank) in enumerate(rows):
        person = User(email=f"{handle}@example.org", name=f"Demo {name}", rank=rank, password=password)
        person.collar_number, person.public_name = (
            f"D{number:04}",
            handle.split(".")[0] in {"commander", "officer", "sergeant"},
        )
        people[handle] = person
    for person in people.values():
        person.save()
    roles = {"desk": "desk", "overview": "overview", "staff.admin": "staff_admin", "auditor": "auditor"}
    for handle, role in roles.items():
        ForceRole.objects.create(person=people[handle], role=role, from_date="2023-04-03")
    for area in Area.objects.all():
        AreaCommand.objects.create(area=area, person=people[f"commander.{area.slug}"], from_date="2023-04-03")
        Editorship.objects.create(area=area, person=people[f"editor.{area.slug}"], from_date="2023-04-03")
    return people


def teams(people) -> None:
    """Teams at each area's first hub that is no custody suite, one for each department, and who is posted to them."""
    for area in Area.objects.all():
        hub = Hub.objects.filter(area=area, neighbourhood_base=True).first() or Hub.objects.filter(area=area).first()
        teams = {}
        for code, name in TEAMS:
            kind = TeamKind.objects.get(code=code)
            teams[code] = Team.objects.create(
                slug=f"{area.slug}-{code}", name=f"{area} {name.lower()}", kind=kind, hub=hub
            )
        wards = list(area.wards.active())
        teams["neighbourhood"].wards.set(wards)
        for handle, role in (
            ("officer", "member"), ("sergeant", "sergeant"), ("pcso", "member"), ("inspector", "inspector"),
        ):  # fmt: skip
            person = people[f"{handle}.{area.slug}"]
            posting = Posting.objects.create(
                person=person, team=teams["neighbourhood"], role=role, from_date="2023-04-03"
            )
            part = {"officer": wards[::2], "pcso": wards[1::2]}.get(handle, [])
            posting.named_wards.set(part)
        Absence.objects.create(
            person=people[f"pcso.{area.slug}"], cover=people[f"sergeant.{area.slug}"], kind="training"
        )
        Posting.objects.create(person=people[f"response.{area.slug}"], team=teams["response"], from_date="2023-04-03")
    kind = TeamKind.objects.get(code="area-command")
    for department in Department.objects.all():
        name = f"{department} duty team"
        Team.objects.create(slug=f"{department.code}-duty", name=name, kind=kind, department=department)
    standards = Team.objects.get(slug="professional-standards-duty")
    Posting.objects.create(person=people["department"], team=standards, from_date="2023-04-03")


def strength(people) -> None:
    """Posts that teams should have, what keeps people away, a move that is still to come, and the promised extra officers."""
    posts = {"neighbourhood": (4, 1), "response": (3, 1), "local-investigation": (2, 1)}
    for team in Team.objects.filter(kind__code__in=posts).select_related("kind", "hub__area"):
        members, sergeants = posts[team.kind.code]
        members += team.hub.area.order % 3
        for role, number in (("member", members), ("sergeant", sergeants)):
            Establishment.objects.create(team=team, role=role, posts=number, from_date="2023-04-03")
    StrengthTarget.objects.filter(baseline__isnull=True).update(baseline=10)
    for area in Area.objects.all():
        response = people[f"response.{area.slug}"]
        Absence.objects.create(
            person=response, from_date=days_ago(20 + area.order), until=days_ago(15), kind="abstraction"
        )
    first = Area.objects.first()
    mover, team = people[f"response.{first.slug}"], Team.objects.get(slug=f"{first.slug}-neighbourhood")
    facts = {"from_date": days_ago(-9), "reason": "More people on the beat before the winter."}
    Move.people([mover.postings.get()], team, by=people[f"commander.{first.slug}"], **facts)
