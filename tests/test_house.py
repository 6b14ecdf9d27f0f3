"""The plan of the house: doors lead one way, and what must stand in one place stands nowhere else."""

import ast
import functools
import json
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ["accounts", "areas", "hubs", "feedback", "policing_portal"]  # each may enter those before it
BANNED_ROOMS = {"common", "utils", "helpers", "services", "selectors", "signals"}
# Views that stay whole because every line is one step of one act.
LONGEST_VIEW = 25


# ---- reading code ----------------------------------------------------------------------------------------------------


def sources(root: Path):
    """(path, tree) of every module of ours below `root`, migrations left out."""
    for floor in FLOORS:
        for path in sorted((root / floor).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(root), parsed(path.read_text(), str(path))


@functools.cache
def parsed(text: str, path: str):
    """The tree of a module, made once for all tests."""
    return ast.parse(text, path)


@functools.cache
def nodes(tree) -> list:
    """Everything in a tree, walked once for all tests."""
    return list(ast.walk(tree))


def imported(path: Path, tree):
    """(line, module, inside a function) of every import, relative ones made whole."""
    functions = [node for node in nodes(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]
    inside = {
        id(node) for function in functions for node in nodes(function) if isinstance(node, ast.Import | ast.ImportFrom)
    }
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name, id(node) in inside
        elif isinstance(node, ast.ImportFrom):
            package = list(path.with_suffix("").parts[: -node.level]) if node.level else []
            module = ".".join([*package, *([node.module] if node.module else [])])
            yield node.lineno, module, id(node) in inside
            for name in node.names:
                yield node.lineno, f"{module}.{name.name}", id(node) in inside


def wrong_doors(root: Path) -> list[str]:
    """Imports that go up the stairs, hide inside a function, or go by name through importlib or a string."""
    found = []
    for path, tree in sources(root):
        here = FLOORS.index(path.parts[0])
        for line, module, inside in imported(path, tree):
            there = module.partition(".")[0]
            if there in FLOORS and FLOORS.index(there) > here:
                found.append(f"{path}:{line} imports {module}")
            if inside:
                found.append(f"{path}:{line} imports {module} inside a function")
            if there == "importlib":
                found.append(f"{path}:{line} goes round by importlib")
    return sorted(set(found))


def names_called(tree):
    """(line, dotted name) of every call, such as `datetime.now`."""
    for node in nodes(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, dotted(node.func), node


def dotted(node) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


# ---- doors -----------------------------------------------------------------------------------------------------------


def test_imports_lead_one_way():
    assert wrong_doors(ROOT) == []


@pytest.mark.parametrize(
    ("room", "code", "complaint"),
    [
        ("accounts/models.py", "from areas.models import Area\n", "accounts/models.py:1 imports areas.models"),
        ("areas/routing.py", "import feedback.clock\n", "areas/routing.py:1 imports feedback.clock"),
        ("areas/deep/er.py", "from policing_portal import views\n", "areas/deep/er.py:1 imports policing_portal"),
        (
            "feedback/casework/views.py",
            "def f():\n    from hubs.models import Hub\n    return Hub\n",
            "feedback/casework/views.py:2 imports hubs.models inside a function",
        ),
        ("hubs/models.py", "from importlib import import_module\n", "hubs/models.py:1 goes round by importlib"),
    ],
)
def test_door_checker_finds_a_wrong_import(tmp_path, room, code, complaint):
    path = tmp_path / room
    path.parent.mkdir(parents=True)
    path.write_text(code)
    assert complaint in wrong_doors(tmp_path)


def test_door_checker_lets_right_imports_pass(tmp_path):
    (tmp_path / "feedback" / "casework").mkdir(parents=True)
    (tmp_path / "feedback" / "casework" / "views.py").write_text(
        "from ..models import Concern\nfrom . import forms\nfrom accounts.models import User\nimport json\n"
    )
    assert wrong_doors(tmp_path) == []


def test_model_relations_lead_one_way():
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label not in FLOORS:
            continue
        for field in model._meta.get_fields():
            target = field.related_model if field.is_relation and not field.auto_created else None
            there = target and target._meta.app_label
            if there in FLOORS and FLOORS.index(there) > FLOORS.index(model._meta.app_label):
                wrong.append(f"{model._meta.label}.{field.name} -> {there}")
    assert wrong == []


def test_migrations_depend_one_way():
    wrong = []
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        if app in FLOORS:
            for there, other in migration.dependencies:
                if there in FLOORS and FLOORS.index(there) > FLOORS.index(app):
                    wrong.append(f"{app}.{name} needs {there}.{other}")
    assert wrong == []


def test_each_floor_has_one_newest_migration():
    """Two leaves would stop `migrate`."""
    graph = MigrationLoader(None).graph
    assert {app: len(graph.leaf_nodes(app)) for app in FLOORS if graph.leaf_nodes(app)} == {
        app: 1 for app in FLOORS if graph.leaf_nodes(app)
    }


def test_no_room_without_a_duty():
    """A room named for nothing fills with everything."""
    named = {path for path, _tree in sources(ROOT) if BANNED_ROOMS & {part.removesuffix(".py") for part in path.parts}}
    assert named == set()


# ---- one place for each duty -----------------------------------------------------------------------------------------

# Lengths of time in settings and in the throttle are plain seconds; these files alone may hold a timedelta.
CLOCKS = {Path("feedback/clock.py")}
# Dates (not times) of demo and commands may be counted by days: written out, so that each is looked at.
COUNT_DAYS = {
    Path("hubs/models/hub.py"): "bank holidays of the coming year",
    Path("hubs/opening.py"): "opening hours walk from one calendar day to the next",
    Path("policing_portal/staffing/today.py"): "a posting that follows another begins by the day after its last one",
    Path("policing_portal/styleguide.py"): "made-up moments that only developers see",
    Path("policing_portal/management/commands/demo.py"): "the demo spreads its concerns over thirteen months",
}
# Concerns outside visible_to: the worker, the intake and the reporter's own page have no signed-in reader.
OUTSIDE_THE_SCOPE = {
    Path("feedback/models/concern.py"): "the row's own lock and life",
    Path("feedback/models/counting.py"): "distinct people: no text and no reference leaves it, nobody reads a row",
    Path("feedback/insight/figures.py"): "published counts: no text, no reference, nobody reads a row",
    Path("feedback/insight/tallies.py"): "counts of one area, shown alike to all who work in it; nobody reads a row",
    Path("feedback/tracking/door.py"): "the reporter's page: found by reference and code",
    Path("feedback/post.py"): "the worker, which has no reader",
    Path("feedback/privacy.py"): "retention, erasure and subject access",
}
UNSCOPED = re.compile(
    r"\bConcern(?:Update)?\.(?:objects|_base_manager|_default_manager)\b(?!\s*\.(?:visible_to|none\(\)))"
)


def offences(find):
    return sorted(f"{path}:{line}" for path, tree in sources(ROOT) for line in find(path, tree))


def test_time_is_added_in_the_clock_alone():
    """72 hours across the night of 25 October are 72, because nothing else adds a timedelta."""

    def find(path, tree):
        if path in CLOCKS or path in COUNT_DAYS:
            return
        for line, module, _inside in imported(path, tree):
            if module.endswith(".timedelta") or module == "dateutil.relativedelta":
                yield line
        for line, name, _call in names_called(tree):
            if name.rpartition(".")[2] in {"timedelta", "relativedelta"}:
                yield line

    assert offences(find) == []


def test_clock_lint_fires():
    tree = ast.parse("import datetime\nx = datetime.timedelta(hours=72)\n")
    assert [name for _line, name, _call in names_called(tree)] == ["datetime.timedelta"]


def test_now_is_always_aware():
    naive = {"datetime.now", "datetime.datetime.now", "datetime.utcnow", "datetime.datetime.utcnow"}
    today = {"date.today", "datetime.date.today", "datetime.today", "timezone.localdate"}

    def find(path, tree):
        for line, name, call in names_called(tree):
            if name in naive and not call.args and not call.keywords or name in today:
                yield line

    assert offences(find) == []


def test_concerns_are_read_through_the_scope():
    found = []
    for path, _tree in sources(ROOT):
        if path.parts[0] == "feedback" and path not in OUTSIDE_THE_SCOPE and "commands" not in path.parts:
            text = (ROOT / path).read_text()
            found += [f"{path}:{text[: hit.start()].count(chr(10)) + 1}" for hit in UNSCOPED.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    ("code", "caught"),
    [
        ("Concern.objects.all()", True),
        ("get_object_or_404(Concern.objects, reference=r)", True),
        ("Concern._base_manager.get(pk=1)", True),
        ("ConcernUpdate.objects.filter(concern=c)", True),
        ("Concern.objects.visible_to(user).get(pk=1)", False),
        ("Concern.objects.none()", False),
    ],
)
def test_scope_lint_fires(code, caught):
    assert bool(UNSCOPED.search(code)) is caught


def test_nothing_prints_and_nothing_is_marked_safe():
    banned = {"print", "mark_safe", "SafeString", "format_html_join", "eval", "exec"}

    def find(path, tree):
        for line, name, _call in names_called(tree):
            if name.rpartition(".")[2] in banned and name != "self.stdout.print":
                yield line

    assert offences(find) == []


def test_each_kept_fact_has_a_name_of_its_own():
    """Two places that keep different things under one name would be given each other's."""
    made: dict[str, set] = {}
    for _path, tree in sources(ROOT):
        for _line, called, call in names_called(tree):
            if called in ("fact", "kept_fact") and len(call.args) > 1:
                name, make = [arg for arg in call.args if not ast.unparse(arg).endswith("request")][:2]
                if isinstance(name, ast.Constant | ast.JoinedStr):
                    made.setdefault(re.sub(r"{[^}]*}", "{}", ast.unparse(name)), set()).add(ast.unparse(make))
    assert {name: makes for name, makes in made.items() if len(makes) > 1} == {}
    assert len(made) > 20


def test_no_signal_receivers():
    """What must follow a change is written where the change is made."""
    words = ("django.dispatch", "django.db.models.signals", "django.core.signals")

    def find(path, tree):
        for line, module, _inside in imported(path, tree):
            if module.startswith(words):
                yield line

    assert offences(find) == []


def test_errors_are_caught_by_name():
    def find(path, tree):
        for node in nodes(tree):
            if isinstance(node, ast.ExceptHandler):
                caught = [node.type] if not isinstance(node.type, ast.Tuple) else node.type.elts
                if any(error is None or dotted(error) in {"Exception", "BaseException"} for error in caught):
                    yield node.lineno

    assert offences(find) == []


def test_csrf_is_never_switched_off():
    """But for the public journey, whose forms carry a signed key of their own: feedback/intake/journey.py says why.

    And for the one-click stop of RFC 8058, which mail programs send: its signed address gives the right, no cookie does;
    and for the change of language on the journey, which moves a browser's own cookie to another address and nothing else;
    and for the 404 of the API.
    """

    free = {
        "feedback/intake/views.py",
        "feedback/intake/service.py",
        "feedback/tracking/stop.py",
        "feedback/following/views.py",
        "policing_portal/languages.py",
        "policing_portal/api.py",
    }

    def find(path, tree):
        if str(path) in free:
            return
        for line, module, _inside in imported(path, tree):
            if module.endswith("csrf_exempt"):
                yield line

    assert offences(find) == []


def test_views_stay_short():
    """Fetch through the scope, one act, redirect or render: docstrings and decorators not counted."""
    long = []
    for path, tree in sources(ROOT):
        if path.name not in {"views.py", "places.py"}:
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
                lines = node.end_lineno - body[0].lineno + 1
                if lines > LONGEST_VIEW:
                    long.append(f"{path}:{node.lineno} {node.name} has {lines} lines")
    assert long == []


PACK = ROOT / "areas" / "data" / "west_midlands"
NATIONAL = {"bbc.co.uk"}  # whoever they are found with, they are nobody's own


def force_words():
    """A pattern of what the shipped pack alone may say: the force, its areas and wards' hubs, its links, its long phones."""
    packs = {name: (PACK / f"{name}.json").read_text() for name in ("force", "areas", "hubs", "channels", "partners")}
    names = {row["name"] for name in ("areas", "hubs") for row in json.loads(packs[name])}
    force, text = json.loads(packs["force"]), "".join(packs.values())
    names |= {force["name"].removesuffix(" Police"), force["headquarters"].partition(",")[0]}
    hosts = set(re.findall(r"https?://(?:www\.)?([\w.-]+)", text)) - NATIONAL
    phones = {phone for phone in re.findall(r'"([\d ]+)"', text) if len(phone.replace(" ", "")) > 8}
    words = "|".join(map(re.escape, sorted(names | hosts | phones)))
    return re.compile(rf"\b(?:{force['short_name']}\b|{force['website'].split('.')[1]}|{words})", re.IGNORECASE)


FORCE_WORDS = force_words()


def test_force_words_are_found():
    text = "WMP, West Midlands, Walsall, https://www.westmidlands.police.uk, Lloyd House, Bloxwich"
    assert len(FORCE_WORDS.findall(text)) == 6


def test_names_of_the_force_are_data():
    """Another force must be able to run this without editing Python or a template."""
    found = []
    for path, tree in sources(ROOT):
        if path.name.startswith("demo"):  # it shows the shipped pack
            continue
        docstrings = {id(node.value) for node in nodes(tree) if isinstance(node, ast.Expr)}
        for node in nodes(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                found += [f"{path}:{node.lineno} {word}" for word in FORCE_WORDS.findall(node.value)]
    for path in sorted([*(ROOT / "templates").rglob("*.*"), *(ROOT / "static").glob("[ijs]*/*.*")]):
        text = re.sub(r"(?s){% comment %}.*?{% endcomment %}|{#.*?#}", "", path.read_text())
        found += [f"{path.relative_to(ROOT)}: {word}" for word in FORCE_WORDS.findall(text)]
    assert found == []
