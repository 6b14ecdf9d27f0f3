"""What leaves the portal as a file: what the file is called, and that nothing in it says how to reach anybody."""

from django.utils.text import slugify

from accounts.stamp import today_in_london
from feedback.personal import EMAIL, PHONE, find

LEFT_OUT = {PHONE: "[phone left out]", EMAIL: "[e-mail left out]"}


def filename(what: str, rows: int, user) -> str:
    """Such as `concerns-2026-11-28-12-by-sergeant-demo-lee.csv`; a name in other letters gives way to the collar number."""
    who = slugify(str(user)) if slugify(user.name) else slugify(user.collar_number or "") or f"person-{user.pk}"
    return f"{what}-{today_in_london()}-{rows}-by-{who}.csv"


def masked(text: str) -> str:
    """`text` without phone numbers and e-mail addresses, saying where they stood."""
    parts, at = [], 0
    for finding in find(text):
        if finding.kind in LEFT_OUT:
            parts += [text[at : finding.start], LEFT_OUT[finding.kind]]
            at = finding.end
    return "".join([*parts, text[at:]])
