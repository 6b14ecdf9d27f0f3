"""A real Chromium, a real server, and a helper that looks at each page as a strict visitor would.

Every page that `look` is called for passes axe-core without a violation and leaves screenshots at three widths in
var/screenshots. A request to another host, an error on the console or a page that breaks the policy fails the test.
"""

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = ROOT / "var" / "screenshots"
WIDTHS = (360, 768, 1280)
# axe-core's own rules for these standards; "best-practice" keeps headings and landmarks in order.
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Playwright's loop runs in the tests' own thread, so Django takes it for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory):
    """On SQLite a file instead of memory: server and test then have connections of their own, as in life."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "browser.sqlite3")


def missing(what):
    words = f"!!!!! {what} IS NOT ON THIS MACHINE: no page was tested in a browser."
    pytest.fail(words) if os.environ.get("CI") == "true" else pytest.skip(words)


@pytest.fixture(scope="session")
def chromium():
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        missing("CHROMIUM (Debian: apt-get install chromium)")
    if not AXE.exists():
        missing("AXE-CORE (make build)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        axe = json.loads((AXE.parent / "package.json").read_text())["version"]
        PROGRAMS[:] = [f"axe-core {axe}", f"Chromium {browser.version.partition('.')[0]}"]
        yield browser
        browser.close()


LOOKED_AT: dict[str, int] = {}  # what axe-core looked at in this run: name of the page -> faults found
PROGRAMS: list[str] = []  # what looked


def pytest_sessionfinish(session):
    """Write down what was looked at, for the accessibility statement; one of two that share the work tells nothing."""
    if LOOKED_AT and not hasattr(session.config, "workerinput"):
        found = {
            "day": datetime.now(UTC).date().isoformat(),
            "pages": len(LOOKED_AT),
            "widths": list(WIDTHS),
            "standards": STANDARDS,
            "faults": sum(LOOKED_AT.values()),
            "programs": PROGRAMS,
            "looked_at": sorted(LOOKED_AT),
        }
        (ROOT / "var").mkdir(exist_ok=True)
        (ROOT / "var" / "accessibility.json").write_text(json.dumps(found, indent=2) + "\n")


class Visitor:
    """Somebody at a browser. `went` lists the other hosts that were asked, `said` what the console complained about.

    `also`: hosts beside the portal's own that this visitor means to go to.
    """

    def __init__(self, chromium, base, folder, *, also=(), **options):
        self.base, self.folder, self.javascript = base, folder, options.get("java_script_enabled", True)
        self.hosts = {urlsplit(base).netloc, *also}
        self.context = chromium.new_context(locale="en-GB", timezone_id="Europe/London", **options)
        self.context.set_default_timeout(20_000)
        self.context.route("**/*", self._watch)
        self.page = self.context.new_page()
        self.went, self.said = [], []
        self.page.on("console", lambda message: message.type == "error" and self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def _watch(self, route):
        if urlsplit(route.request.url).netloc in self.hosts:
            return route.continue_()
        self.went.append(route.request.url)
        return route.fulfill(body="<title>Elsewhere</title>", content_type="text/html")

    def go(self, path, name=""):
        self.page.goto(self.base + path)
        if name:
            self.look(name)
        return self

    def look(self, name):
        """axe finds nothing on this page, it never scrolls sideways, and its picture is kept at three widths."""
        page = self.page
        page.wait_for_load_state("networkidle")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=self.folder / f"{name}-{width}.png", full_page=True, timeout=60_000)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} is {wide} px too wide at {width}"
            if self.javascript:  # axe itself needs it
                found = self.violations()
                LOOKED_AT[name] = LOOKED_AT.get(name, 0) + len(found)
                assert found == [], f"{name} at {width}"
        return self

    def violations(self):
        """What axe-core finds, a line each. `evaluate` passes a strict content policy; a script tag would not."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", STANDARDS
        )
        return [
            f"{one['id']}: {node['html'][:200]} -- {node['failureSummary'][:200]}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    def choose(self, name, value):
        self.page.check(f'[name="{name}"][value="{value}"]')

    def press(self, words):
        self.page.get_by_role("button", name=words, exact=True).first.click()
        self.page.wait_for_load_state()

    def follow(self, words):
        self.page.get_by_role("link", name=words, exact=True).first.click()
        self.page.wait_for_load_state()

    def text(self):
        return self.page.inner_text("main")

    def cookies(self):
        return {cookie["name"] for cookie in self.context.cookies()}


@pytest.fixture
def visitor(chromium, live_server, request):
    """Makes visitors: `visitor()`, or `visitor(java_script_enabled=False)`; each must have stayed on this host."""
    made = []

    def make(**options):
        folder = SCREENSHOTS / ("javascript" if options.get("java_script_enabled", True) else "plain")
        folder.mkdir(parents=True, exist_ok=True)
        made.append(Visitor(chromium, live_server.url, folder, **options))
        return made[-1]

    yield make
    for one in made:
        one.context.close()
    if not request.node.get_closest_marker("leaves"):
        assert [url for one in made for url in one.went] == []
    assert [words for one in made for words in one.said] == []
