"""Months and waits told apart by category, ward or hub, and streets in whatever way they were written."""

import re
from collections import Counter
from string import capwords

from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from accounts.stamp import LONDON

from .local_table import Table, last_months, name_of, since, where_and_when

STREETS = 10
BY = {
    "category": ("Category", "category__name", ""),
    "ward": ("Ward", "ward__name", "No ward"),
    "hub": ("Hub of the team", "team__hub__name", "No team"),
}
SHORT = {
    "st": "street", "rd": "road", "ave": "avenue", "av": "avenue", "ln": "lane", "dr": "drive", "cl": "close", "cres": "crescent",
    "gdns": "gardens", "gr": "grove", "pl": "place", "sq": "square", "terr": "terrace", "ct": "court",
}  # fmt: skip
WORD = re.compile(r"[\w'’-]+")
WIDE = 7  # months beside each other


def months_by(seen, by) -> Table:
    """Concerns received in each month, a row for each category, ward or hub; the picture shows the last whole month."""
    head, field, none = BY[by]
    every = last_months(WIDE)
    told = seen.concerns.filter(received_at__gte=since(every)).order_by()
    counted = told.annotate(month=TruncMonth("received_at", tzinfo=LONDON)).values_list(field, "month")
    counts: dict = {}
    for label, moment, n in counted.annotate(n=Count("pk")):
        counts.setdefault(label or none, Counter())[moment.date()] += n
    rows = [[label, *(given[month] for month in every)] for label, given in counts.items()]
    rows.sort(key=lambda row: (-sum(row[1:]), str(row[0])))
    return Table("months", _("Concerns by month"), [head, *map(name_of, every)], rows, WIDE - 1)


def street_of(place: str) -> str:
    """The street of a place as people write it, spelled in one way: without what follows a comma, "St" at its end in full."""
    words = WORD.findall(place.partition(",")[0].lower())
    return " ".join([*words[:-1], SHORT.get(words[-1], words[-1]) if len(words) > 1 else words[-1]]) if words else ""


def streets(seen) -> Table:
    """The places that people named most often, each ward's by themselves and in any spelling; those named once are left out."""
    counts: Counter = Counter()
    for place, ward, _words, n in where_and_when(seen):
        if place:
            counts[street_of(place), ward or ""] += n
    wards = Counter(street for (street, _ward), n in counts.items() if n > 1)
    often = sorted(((n, street, ward) for (street, ward), n in counts.items() if n > 1 and street), key=_most)
    rows = [
        [f"{capwords(street)} ({ward})" if wards[street] > 1 and ward else capwords(street), n]
        for n, street, ward in often[:STREETS]
    ]
    return Table("streets", _("Places named most often"), [_("Place"), _("Concerns")], rows, 1)


def _most(found):
    n, street, ward = found
    return -n, street, ward
