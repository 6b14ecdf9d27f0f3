"""Much that was told, and months of stop and search, written at once: for figures, and for pages that show them."""

import uuid
from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone

from feedback import clock
from feedback.insight import figures
from feedback.models import Category, Concern, ConcernUpdate, Rating

HEAD = "Type,Date,Gender,Self-defined ethnicity,Object of search,Outcome"
ETHNICITIES = [
    "White - English/Welsh/Scottish/Northern Irish/British",
    "Asian/Asian British - Pakistani",
    "Not stated",
    "",
]
OBJECTS = ["Controlled drugs", "Offensive weapons", "Stolen goods"]
OUTCOMES = ["A no further action disposal", "Arrest", "Community resolution", ""]


def tell(area, at, number, *, code="asb-vehicle", hours=None, **fields):
    """Write `number` concerns of one moment at once: `tell(walsall, datetime(...), 8, code="road-parking", hours=10)`."""
    category = Category.objects.get(code=code)
    due_at = clock.add_hours(at, 72) if fields.get("kind", "concern") == "concern" else None
    rows = [
        Concern(
            reference=uuid.uuid4().hex[:20], category=category, text="Told.", area=area, received_at=at,
            due_at=due_at, answered_at=hours and clock.add_hours(at, hours), key_hash=uuid.uuid4().hex,
            desk_reason="" if area else "unplaced", **fields,
        )
        for _number in range(number)
    ]  # fmt: skip
    return Concern.objects.bulk_create(rows)


def rate(concerns, good):
    """Replies to `concerns`, which people rated on their day; `good` of them with yes."""
    lines = [
        ConcernUpdate(concern=one, kind="reply", at=one.received_at, side="force", by_label="") for one in concerns
    ]
    replies = zip(concerns, ConcernUpdate.objects.bulk_create(lines), strict=True)
    Rating.objects.bulk_create(
        Rating(concern=one, reply=reply, answer="yes" if n < good else "no", at=one.received_at)
        for n, (one, reply) in enumerate(replies)
    )


def tell_a_year(area, ward):
    """Concerns of thirteen months and a little, of six kinds, what people thought of the replies, and the figures of all that."""
    now = timezone.now()
    codes = Category.objects.filter(sensitive=False).values_list("code", flat=True)[:6]
    for days in range(15, 430, 30):
        at, concerns = now - timedelta(days=days), []
        for number, code in enumerate(codes):
            concerns += tell(area, at, 6 + number, code=code, ward=ward, hours=20 + 5 * number)
        tell(area, at, 12, hours=30)  # of no ward
        rate(concerns[:25], 18)
    return figures.freeze(now)


def searched(folder, months=3):
    """Load so many months of stop and search, as data.police.uk publishes them."""
    for month in range(1, months + 1):
        year, before = divmod(12 * 2026 + month - 1 - max(0, months - 10), 12)
        name = f"{year}-{before + 1:02}"
        rows = [
            f"Person search,{name}-{1 + n % 27:02}T12:00:00+00:00,Male,"
            f"{ETHNICITIES[n % 4]},{OBJECTS[n % 3]},{OUTCOMES[n // 2 % 4]}"
            for n in range(60 + month)
        ]
        path = folder / f"{name}-west-midlands-stop-and-search.csv"
        path.write_bytes(("\r\n".join([HEAD, *rows]) + "\n").encode())
        call_command("load_stop_and_search", str(path), verbosity=0)
