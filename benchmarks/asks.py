"""What is asked: real requests as they come from the proxy in front, each from one of many callers."""

import json
import uuid
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from areas.models import Area, Postcode
from areas.routing import route
from feedback.clock import add_hours
from feedback.intake import places
from feedback.intake.journey import Journey, _hash
from feedback.models import Draft
from feedback.models.sealing import seal
from hubs.models import Hub

from .town import text

HOST = "portal.example"
CALLERS = 5000  # addresses; one alone would queue up on the one row that counts its calls
FALLBACK = [
    "WS1 1AA",
    "B1 1AA",
    "CV1 1AA",
    "B62 2AA",
    "WV1 1AA",
    "B36 9AA",
    "B43 5AA",
]  # known without data


@dataclass
class Ask:
    """One request."""

    method: str
    path: str
    headers: dict = field(default_factory=dict)
    body: bytes = b""

    def wire(self) -> bytes:
        """The bytes that go over the connection."""
        headers = {"Host": HOST, "X-Forwarded-Proto": "https", **self.headers}
        if self.body:
            headers["Content-Length"] = str(len(self.body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + self.body

    def through(self, client: Client):
        """The same request through Django's test client, which the queries are counted with."""
        headers = {"Host": HOST, "X-Forwarded-Proto": "https", **self.headers}
        kind = headers.pop("Content-Type", "")
        return client.generic(self.method, self.path, self.body, content_type=kind, headers=headers, secure=True)


class Asks:
    """Makes the requests of each figure; the same ones in every run, but for keys and times."""

    def __init__(self):
        self.chance = Random(72)
        stored = Postcode.objects.filter(edition__state="active", area__isnull=False).order_by("postcode")
        inside = list(stored.values_list("postcode", "lat", "lon"))
        self.places = self.chance.sample(inside, min(len(inside), 3000))
        self.areas = list(Area.objects.all())

    def _from_somewhere(self, **headers) -> dict:
        number = self.chance.randrange(CALLERS)
        return {"X-Forwarded-For": f"198.18.{number // 250}.{number % 250}", **headers}

    def _postcode(self) -> str:
        return self.chance.choice(self.places)[0] if self.places else self.chance.choice(FALLBACK)

    # ---- telling us --------------------------------------------------------------------------------------------------
    def told_by_form(self, number: int) -> list[Ask]:
        """The last form of `number` journeys whose drafts are made here: each with a contact, the costliest kind."""
        drafts, asks, expires = [], [], add_hours(timezone.now(), Draft.HOURS)
        routes = [places.kept(route(postcode=self._postcode())) for _time in range(50)]
        for _time in range(number):
            journey = Journey.__new__(Journey)  # as the server has it after the last question
            journey.cookie = uuid.uuid4().hex + uuid.uuid4().hex[:11]
            journey.answers = self._answers(self.chance.choice(routes))
            journey.draft = Draft(token_hash=_hash(journey.cookie), sealed=seal(journey.answers), expires=expires)
            drafts.append(journey.draft)
            body = urlencode({"form_key": journey.form_key, "send": journey.send_key}).encode()
            headers = self._from_somewhere(**{
                "Content-Type": "application/x-www-form-urlencoded",
                "Cookie": f"{settings.JOURNEY_COOKIE_NAME}={journey.cookie}",
                "Sec-Fetch-Site": "same-origin",
            })  # fmt: skip
            asks.append(Ask("POST", reverse("intake:check"), headers, body))
        Draft.objects.bulk_create(drafts, batch_size=2000)
        return asks

    def _answers(self, routed: dict) -> dict:
        number = self.chance.randrange(10**9)
        contact = {"name": "Sam Demo", "email": f"sam.{number}@example.com", "phone": "01632 960001"}
        return {
            "kind": "concern", "category": "asb-vehicle", "also": [], "routed": routed, "question": {}, "spot": True,
            "place": "by the canal", "times": "Friday evenings", "text": text(self.chance), "photos": [], "reach": "yes",
            "contact": contact | {"safe_to_contact": True}, "key": str(uuid.uuid4()), "begun": 0.0,
        }  # fmt: skip

    def told_by_api(self, number: int) -> list[Ask]:
        """The same through the API, each with a key of its own."""
        asks = []
        for _time in range(number):
            body = {
                "category": "asb-vehicle", "text": text(self.chance), "postcode": self._postcode(),
                "place": "by the canal", "name": "Sam Demo", "email": f"sam.{self.chance.randrange(10**9)}@example.com",
                "phone": "01632 960001", "safe_to_contact": True,
            }  # fmt: skip
            headers = self._from_somewhere(**{"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())})
            asks.append(Ask("POST", "/api/v1/concerns/", headers, json.dumps(body).encode()))
        return asks

    def bare_insert(self) -> list[Ask]:
        """The same words for the bare form."""
        asks = []
        for _time in range(500):
            body = {
                "category": "asb-vehicle", "text": text(self.chance), "postcode": self._postcode()[:8],
                "place": "by the canal", "name": "Sam Demo", "email": f"sam.{self.chance.randrange(10**9)}@example.com",
                "phone": "01632 960001",
            }  # fmt: skip
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            asks.append(Ask("POST", "/insert/", headers, urlencode(body).encode()))
        return asks

    # ---- the force's side --------------------------------------------------------------------------------------------
    def signed_in(self, path: str, people) -> list[Ask]:
        """`path` for each of these people, signed in."""
        asks = []
        for person in people:
            client = Client()
            client.force_login(person)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            asks.append(Ask("GET", path, self._from_somewhere(Cookie=f"{settings.SESSION_COOKIE_NAME}={cookie}")))
        return asks

    # ---- where -------------------------------------------------------------------------------------------------------
    def by_postcode(self) -> list[Ask]:
        """`locate` by full postcodes of the force."""
        return [
            Ask("GET", "/api/v1/locate/?" + urlencode({"postcode": self._postcode()}), self._from_somewhere())
            for _time in range(3000)
        ]

    def by_point(self) -> list[Ask]:
        """`locate` by the points of such postcodes; none where the data is not there."""
        return [
            Ask("GET", f"/api/v1/locate/?lat={lat:.6f}&lon={lon:.6f}", self._from_somewhere())
            for _postcode, lat, lon in self.places
        ]

    # ---- reading -----------------------------------------------------------------------------------------------------
    def pages(self) -> dict[str, list[str]]:
        """Paths of the pages that the public reads most."""
        wards = [area.wards.active().first() for area in self.areas]
        return {
            "home": ["/"],
            "area": [area.get_absolute_url() for area in self.areas],
            "ward": [ward.get_absolute_url() for ward in wards],
            "hub": [hub.get_absolute_url() for hub in Hub.objects.all()[:7]],
        }

    def read(self, paths: list[str], **headers) -> list[Ask]:
        """These pages as they stand in the store of pages, or with `headers` of one's own."""
        return [Ask("GET", path, self._from_somewhere(**headers)) for path in paths]

    def read_afresh(self, paths: list[str]) -> list[Ask]:
        """These pages with a query that no page keeps, so that each is made anew."""
        return [Ask("GET", f"{path}?made={number}", self._from_somewhere()) for number in range(50) for path in paths]
