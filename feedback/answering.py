"""Who answers for a concern now: whoever has it, who covers for them, or, where they work there no longer, the team."""

from django.utils.translation import gettext as _

from areas.models import Area
from hubs.models import Posting


def _posting(concern):
    """The posting through which the concern's officer answers today in its area, or None."""
    here = Posting.objects.answering().filter(person=concern.officer_id, team__hub__area=concern.area_id)
    return here.for_words().first()


def _leads(concern) -> bool:
    return Area.objects.led_by(concern.officer).filter(pk=concern.area_id).exists()


def who_answers(concern) -> str:
    """The officer as the public may know them, or "X answers for Y"; "" where the team answers. Never an absence."""
    if concern.officer is None:
        return ""
    posting = _posting(concern)
    if posting and posting.away:
        return posting.answers_words
    if posting or _leads(concern):
        return str(concern.officer) if concern.officer.public_name else _("An officer of the team")
    return ""


def note_for_colleagues(concern) -> str:
    """What colleagues must know of who has it: "" where that person answers themselves; never why they don't."""
    if concern.officer is None or concern.area_id is None:
        return ""
    posting = _posting(concern)
    if posting and posting.away:
        return _("%(cover)s answers now") % {"cover": posting.cover}
    if posting or _leads(concern):
        return ""
    if concern.officer.postings.current().filter(team__hub__area=concern.area_id).exists():
        return _("The team answers now")
    return _("Works here no longer: give it to somebody else")
