"""The look: the styleguide shows each piece, no template carries inline code or facts of the force, error pages always render."""

import json
import re
from collections import Counter
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django import forms
from django.contrib.sessions.backends.db import SessionStore
from django.template import Context, Template
from django.template.loader import get_template
from django.test import RequestFactory
from django.test.signals import template_rendered

from policing_portal.styleguide import styleguide
from policing_portal.templatetags.look import control, first_id, trend, when

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PARTIALS = {f"_partials/{path.name}" for path in (ROOT / "templates/_partials").glob("*.html")}
STYLES = sorted((ROOT / "static/scss").glob("*.scss"))
ERRORS = ["400", "403", "404", "405", "413", "429", "500", "503"]

# The emergency numbers, the force's names and addresses are facts of the force pack.
FORCE_WORDS = ["emergency_phone", "non_emergency_phone", "textphone_emergency", "name", "short_name", "portal_name"]


def styleguide_page(query="", session=None):
    """The styleguide as HTML, rendered without a database."""
    request = RequestFactory().get(f"/styleguide/?{query}")
    if session is not None:
        request.session = session
    return styleguide(request).content.decode()


class Ids(HTMLParser):
    """The ids of a page and what refers to them."""

    REFERENCES = ("for", "aria-describedby", "aria-controls", "aria-labelledby")

    def __init__(self, page):
        super().__init__()
        self.ids, self.referred = Counter(), set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids.update(filter(None, [attrs.get("id")]))
        for name in self.REFERENCES:
            self.referred.update((attrs.get(name) or "").split())
        href = attrs.get("href", "") or ""
        self.referred.update([href[1:]] if href.startswith("#") else [])


# ---- the styleguide
def test_styleguide_shows_every_partial():
    seen = set()

    def note(template, **kwargs):
        seen.add(template.name)

    template_rendered.connect(note)
    try:
        styleguide_page()
    finally:
        template_rendered.disconnect(note)
    assert {name for name in PARTIALS if name not in seen} == set()


@pytest.mark.parametrize("query", ["", "dir=rtl", "staff=1"])
def test_styleguide_refers_only_to_ids_that_stand_once(query):
    page = Ids(styleguide_page(query))
    assert {name for name, count in page.ids.items() if count > 1} == set()
    assert page.referred - set(page.ids) == set()


def test_styleguide_turns_round_for_right_to_left():
    assert '<html lang="en-gb" dir="rtl"' in styleguide_page("dir=rtl")


def test_public_frame_leaves_the_session_alone():
    session = SessionStore()
    styleguide_page(session=session)
    assert session.accessed is False


# ---- what templates must not hold
@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_template_has_no_inline_code(path):
    text = path.read_text()
    # A script may stand in a page as data (JSON) or with an address; the content policy blocks anything else.
    scripts = [
        tag for tag in re.findall(r"<script\b[^>]*>", text) if "src=" not in tag and "application/json" not in tag
    ]
    assert scripts + re.findall(r"<style\b|\sstyle=|\son[a-z]+=[\"']|javascript:", text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_template_holds_no_fact_of_the_force(path):
    words = set()
    for pack in (ROOT / "areas/data").glob("*/force.json"):
        facts = json.loads(pack.read_text())
        words |= {facts[key] for key in FORCE_WORDS} | {facts["name"].removesuffix(" Police")}
        words |= {facts["website"].split("//")[1]}
    assert words
    text = path.read_text()
    assert [word for word in words if re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w.])", text)] == []


@pytest.mark.parametrize("name", sorted(PARTIALS))
def test_partial_says_what_it_takes(name):
    text = (ROOT / "templates" / name).read_text()
    assert text.startswith(("{% comment %}", "{% load "))
    assert len(re.findall(r"{% comment %}\n.+?\n{% endcomment %}", text, re.DOTALL)) == 1


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_ask_for_nothing_of_gov_uk_alone(path):
    text = re.sub(r"//.*", "", path.read_text())
    assert re.findall(r"GDS Transport|/assets/|crest|crown|url\(", text) == []


# ---- error pages
@pytest.mark.parametrize("code", ERRORS)
def test_error_page_renders_with_nothing_given(code):
    page = get_template(f"{code}.html").render()
    assert page.count("<h1") == 1
    assert "What to do next" in page


@pytest.mark.parametrize("code", ["500", "503"])
def test_error_page_needs_no_site_map_and_no_collected_files(code, settings):
    settings.ROOT_URLCONF = "policing_portal.formats"
    settings.STORAGES = {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    assert "<h1" in get_template(f"{code}.html").render()


@pytest.mark.parametrize("code", ERRORS)
def test_error_page_names_the_emergency_number_when_it_can(code):
    page = get_template(f"{code}.html").render(
        {"force": {"emergency_phone": "000", "non_emergency_phone": "001"}, "request_id": "7f3a"}
    )
    assert "call 000" in page and "call 001" in page and "7f3a" in page


# ---- form parts
class SmallForm(forms.Form):
    place = forms.CharField(label="Place", help_text="<b>Where</b>", max_length=20)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    story = forms.CharField(label="Story", max_length=5000, widget=forms.Textarea(attrs={"rows": 4}))


def drawn(field, words=""):
    """`field` through field.html as HTML, with `words` after "with field=field"."""
    source = "{% include '_partials/field.html' with field=field " + words + " only %}"
    return Template(source).render(Context({"field": field}))


def test_field_ties_hint_and_error_to_the_control():
    page = drawn(SmallForm({})["place"])
    assert 'aria-describedby="id_place-hint id_place-error"' in page
    assert 'aria-invalid="true"' in page
    assert 'class="govuk-input govuk-input--error"' in page


def test_field_escapes_a_plain_hint():
    assert "<b>Where</b>" not in drawn(SmallForm()["place"])
    assert "&lt;b&gt;Where&lt;/b&gt;" in drawn(SmallForm()["place"])


def test_field_leaves_required_to_the_server():
    assert " required" not in control(SmallForm()["place"])


def test_field_that_is_counted_is_never_cut():
    page = drawn(SmallForm()["story"], "count_to=5000")
    assert 'data-maxlength="5000"' in page and " maxlength=" not in page
    assert 'aria-describedby="id_story-info"' in page and 'id="id_story-info"' in page


def test_error_summary_leads_to_the_first_choice():
    form = SmallForm({})
    assert first_id(form["kind"]) == "id_kind_0"
    page = Template("{% include '_partials/error_summary.html' %}").render(Context({"form": form}))
    assert re.findall(r'href="#(\w+)"', page) == ["id_place", "id_kind_0", "id_story"]


def test_error_summary_is_silent_while_nothing_was_sent():
    assert Template("{% include '_partials/error_summary.html' %}").render(Context({"form": SmallForm()})).strip() == ""


# ---- words and lines
def test_when_speaks_london_time_in_summer():
    assert when(datetime(2021, 7, 1, 13, 10, tzinfo=UTC)) == "Thursday 1 July, 2:10pm (2021)"


def test_when_is_silent_about_nothing():
    assert when(None) == ""


def test_trend_starts_at_zero():
    assert trend([0, 5, 10], width=108, height=58) == {
        "points": "4.0,54.0 54.0,29.0 104.0,4.0",
        "x": "104.0",
        "y": "4.0",
    }


def test_trend_of_one_value_is_no_line():
    assert trend([3]) == {}
