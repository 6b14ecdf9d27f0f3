"""The styleguide: each piece of the portal in all its states, with made-up data, for designers and browser tests.

The site map has it only with DEBUG on. It needs no database.
"""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace as Sample

from django import forms
from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.shortcuts import render

from areas.models import Force, Language, Notice
from feedback.clock import Clock
from feedback.lifecycle import Status

from .languages import Choice

MOMENT = datetime(2026, 11, 23, 14, 10, tzinfo=UTC)
LONG = (
    "Every evening since the clocks went back, between about half past six and eleven, ten or more people on small motorbikes "
    "race between the canal bridge and the shops, and older neighbours no longer dare to go to the evening surgery. "
)
UNBROKEN = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 2
ARABIC = "منذ أسبوع تتجمع دراجات نارية كل مساء قرب الحديقة ولا يستطيع الأطفال العبور بأمان."
URDU = "ہر شام پارک کے پاس موٹر سائیکلیں تیز چلتی ہیں۔"

FORCE = Force(
    name="Sample Police",
    short_name="SP",
    portal_name="Your police in Sampleshire",
    emergency_phone="000",
    non_emergency_phone="001",
    website="https://police.example.org/",
    exit_url="https://weather.example.org/",
    not_watched_notice="This service is not watched round the clock, and no officer is being sent.",
    independent_note="This is a styleguide with made-up people and places.",
)
ATTRIBUTIONS = [Sample(attribution="Contains made-up data.")]

AREA = Sample(name="Northmoor", slug="northmoor")
WARD = Sample(name="Canal Side", code="E05000000")

CLOCKS = [
    Clock("due", "Reply due in 2 days 4 hours", datetime(2026, 11, 26, 14, 10, tzinfo=UTC)),
    Clock("soon", "Reply due in 3 hours", datetime(2026, 11, 23, 17, 10, tzinfo=UTC)),
    Clock("missed", "Reply missed by 5 hours", datetime(2026, 11, 23, 9, 10, tzinfo=UTC)),
    Clock("answered", "Answered in 31 hours", datetime(2026, 11, 22, 16, 2, tzinfo=UTC)),
    Clock("late", "Answered late: it took 4 days 2 hours", datetime(2026, 11, 21, 11, 30, tzinfo=UTC)),
    Clock("none", "No reply is due"),
]
OPENINGS = [
    Sample(state="open", words="Open now, until 10pm"),
    Sample(state="closed", words="Closed, opens 8am tomorrow"),
    Sample(state="holiday", words="Closed for the bank holiday"),
    Sample(state="unknown", words="Call first: we have not checked these hours lately"),
]
HUBS = [Sample(name="Station Road Hub", slug="station-road", distance="0.4 miles", opening=OPENINGS[0])]
ENTRIES = [
    Sample(side="public", who="", at=MOMENT - timedelta(days=2), what="You told us", text=LONG),
    Sample(
        side="system",
        who="The portal",
        at=MOMENT - timedelta(days=2),
        what="Sent to Northmoor, because of the postcode",
        text="",
    ),
    Sample(
        side="force",
        who="PC Demo Person, Canal Side team",
        at=MOMENT,
        what="Replied",
        text="We walked there on Friday.\nWe go again on Tuesday.",
    ),
    Sample(side="public", who="", at=MOMENT, what="You wrote again", text=ARABIC),
    Sample(side="force", who="", at=MOMENT - timedelta(days=400), what="Closed", text=UNBROKEN),
]
PRIORITIES = [
    Sample(
        pk=1,
        title="Motorbikes on the towpath",
        you_said="They race there after school.",
        since=date(2026, 9, 4),
        people_words="about 25 people",
        done=[
            Sample(day=date(2026, 10, 20), text="The council put a barrier up."),
            Sample(day=date(2026, 10, 9), text="Two patrols a week, on Fridays and Saturdays."),
        ],
        outcome="Half as many calls since.",
        ended_on=date(2026, 11, 13),
        stale=False,
        days_silent=10,
    ),
    Sample(
        pk=2,
        title="Parking at the school",
        you_said="Cars stand on the zigzags.",
        since=date(2026, 7, 2),
        people_words="fewer than 5 people",
        done=[],
        outcome="",
        ended_on=None,
        stale=True,
        days_silent=118,
    ),
    Sample(
        pk=3,
        title=URDU,
        you_said=LONG,
        since=date(2026, 11, 2),
        people_words="",
        done=[Sample(day=date(2026, 11, 9 - number), text=UNBROKEN) for number in range(5)],
        outcome="",
        ended_on=None,
        stale=False,
        days_silent=3,
    ),
]
MEETINGS = [
    Sample(
        title="Beat surgery at the library",
        starts=MOMENT,
        when="Thursday 26 November, 6pm to 7:30pm",
        where_words="Canal Side",
        online="https://x.example",
    ),
    Sample(
        title="Public meeting at the town hall",
        starts=MOMENT,
        when="Friday 27 November, 6pm to 7:30pm",
        where_words="Canal Side",
        cancelled=True,
    ),
    Sample(
        title=URDU, starts=MOMENT, when="Friday 2 October, 6pm to 7:30pm", where_words=LONG, over=True, summary="Short."
    ),
]
FIGURES = [
    Sample(
        value="84%",
        sentence="of concerns had a proper reply in 72 hours in October.",
        comparison="September: 79%. All areas: 81%.",
        values=[71, 74, 70, 76, 79, 84],
        trend_words="Rising from 71% in May to 84% in October",
        table_url="#figures",
    ),
    Sample(
        value="31 hours",
        sentence="is the middle time to a reply.",
        comparison="",
        values=[],
        trend_words="",
        table_url="",
    ),
    Sample(
        value="",
        sentence="We show a share only from 20 concerns on.",
        comparison="",
        values=[3],
        trend_words="",
        table_url="#figures",
    ),
]


def _row(words, clock, owner="", safety=False, ward=WARD.name):
    return Sample(
        reference="SPX-7K4Q-29MR",
        first_words=words,
        ward=ward,
        category="Vehicles and bikes",
        clock=clock,
        owner_label=owner,
        safety=safety,
        get_absolute_url="#queue",
    )


ROWS = [
    _row("He waits outside the house most nights", CLOCKS[1], safety=True),
    _row("Motorbikes race on the towpath after school", CLOCKS[2]),
    _row(ARABIC, CLOCKS[0], "Canal Side team"),
    _row(LONG[:140], CLOCKS[3], "PC Demo Person"),
    _row(UNBROKEN, CLOCKS[4], "Canal Side team", ward=""),
]


class SampleForm(forms.Form):
    """One of each kind of field."""

    place = forms.CharField(
        label="Where does it happen?", help_text="A street, a park or a shop is enough.", max_length=200
    )
    postcode = forms.CharField(
        label="Postcode", widget=forms.TextInput(attrs={"autocomplete": "postal-code", "spellcheck": "false"})
    )
    email = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"})
    )
    times = forms.IntegerField(label="How often in a week?", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    story = forms.CharField(
        label="What has been happening?",
        help_text="Say it in your own words.",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    kind = forms.ChoiceField(
        label="What is it about?",
        choices=[("bikes", "Bikes and cars"), ("noise", "Noise"), ("other", "Something else")],
        widget=forms.RadioSelect,
    )
    other = forms.CharField(label="What is it, in a few words?", required=False)
    days = forms.MultipleChoiceField(
        label="On which days?",
        choices=[("week", "Weekdays"), ("weekend", "Saturday or Sunday")],
        widget=forms.CheckboxSelectMultiple,
    )
    safe = forms.BooleanField(
        label="It is safe to write to me there", help_text="Choose this only if nobody else reads your messages."
    )
    team = forms.ChoiceField(label="Team", choices=[("", "Any team"), ("canal", "Canal Side team")])
    photo = forms.FileField(label="A picture", required=False)
    password = forms.CharField(label="Password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = f"Tell us about this: {field.label.lower().rstrip('?')}"
        self.fields["email"].error_messages["invalid"] = "Write an e-mail address like name@example.org"
        self.fields["kind"].error_messages["invalid_choice"] = "Choose what it is about"
        self.fields["kind"].hints = {"bikes": "Racing, parking, noise from engines."}


class SampleFilter(forms.Form):
    """A queue's filters."""

    q = forms.CharField(label="Words or reference", required=False)
    status = forms.ChoiceField(label="State", choices=[("", "Any"), *Status.choices], required=False)
    mine = forms.BooleanField(label="Only mine", required=False)


def styleguide(request):
    """Every piece in every state: `?dir=rtl` turned round, `?draft=1` unreviewed, `?staff=1` in the staff frame."""
    wrong = SampleForm({"email": "no-at-sign", "story": LONG * 20, "kind": "none"}, auto_id="wrong_%s")
    return render(
        request,
        "styleguide.html",
        {
            "base": "staff.html" if request.GET.get("staff") else "base.html",
            "direction": "rtl" if request.GET.get("dir") == "rtl" else "ltr",
            "force": FORCE,
            "languages": [Choice("ur", "اردو", "?dir=rtl"), Choice("pl", "Polski", "?dir=ltr")],
            "unreviewed": Language(code="pl", name="Polish") if request.GET.get("draft") else None,
            "attributions": ATTRIBUTIONS,
            "notices": [Notice(text="The counter at Sample Street is closed until Monday. Use Other Street instead.")],
            "area": AREA,
            "ward": WARD,
            "hubs": HUBS,
            "clocks": CLOCKS,
            "openings": OPENINGS,
            "statuses": Status.choices,
            "entries": ENTRIES,
            "priorities": PRIORITIES,
            "meetings": MEETINGS,
            "figures": FIGURES,
            "rows": ROWS,
            "fresh": SampleForm(auto_id="fresh_%s"),
            "wrong": wrong,
            "filters": SampleFilter({"status": "received"}),
            "page": Paginator(range(100), 25).page(2),
            "notes": [Message(messages.SUCCESS, "Saved."), Message(messages.ERROR, "Somebody saved before you.")],
            "my_areas": [AREA, Sample(name="Southmoor", slug="southmoor")],
            "my_area": AREA,
            "my_role": "commander",
            "long": LONG,
            "arabic": ARABIC,
        },
    )
