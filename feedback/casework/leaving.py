"""What leaves the portal, as a file or on paper: its name, and that nothing in it says who told us or how to reach anybody."""

import re

from django.utils.text import slugify

from accounts.stamp import today_in_london
from feedback.personal import EMAIL, NAME, PHONE, find

LEFT_OUT = {PHONE: "[phone left out]", EMAIL: "[e-mail left out]"}
OWN_NAME = "[their name left out]"
INTRODUCED = re.compile(
    r"\b(?:my (?:full )?name is|my name's|i am|i'm|i’m|this is|regards,?|yours,?|sincerely,?|faithfully,?|signed,?|thanks,?"
    r"|thank you,?)\s+(?:(?:mr|mrs|ms|miss|mx|dr)\.?\s+)?$",
    re.IGNORECASE,
)


def filename(what: str, rows: int, user) -> str:
    """Such as `concerns-2026-11-28-12-by-sergeant-demo-lee.csv`; a name in other letters gives way to the collar number."""
    who = slugify(str(user)) if slugify(user.name) else slugify(user.collar_number or "") or f"person-{user.pk}"
    return f"{what}-{today_in_london()}-{rows}-by-{who}.csv"


def masked(text: str, own: str = "") -> str:
    """`text` without phone numbers, e-mail addresses and the name of whoever wrote it, saying where they stood.

    Their name is `own`, and any with which they introduce themselves or sign. Names of others stay: they are what it is about.
    """
    parts, at = [], 0
    for start, end, instead in sorted(_to_leave_out(text, own), key=lambda one: (one[0], -one[1])):
        if start >= at:
            parts += [text[at:start], instead]
            at = end
    return "".join([*parts, text[at:]])


def _to_leave_out(text, own):
    """From where to where, and what stands there instead."""
    for finding in find(text):
        if finding.kind in LEFT_OUT:
            yield finding.start, finding.end, LEFT_OUT[finding.kind]
        elif finding.kind == NAME and INTRODUCED.search(text[max(finding.start - 40, 0) : finding.start]):
            yield finding.start, finding.end, OWN_NAME
    parts = [re.escape(part) for part in own.split()]
    # The whole name however it is written; a part of it only with a capital: Ms Green told us of the village green.
    ways = [r"\s+".join(parts), *(rf"(?-i:(?=[^\W\d_a-z])){part}" for part in parts if len(part) > 2)]
    for way in filter(None, ways):
        for hit in re.finditer(rf"(?<![\w-])(?i:{way})(?![\w-])", text):
            yield hit.start(), hit.end(), OWN_NAME
