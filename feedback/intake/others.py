"""Whether the question if others told us, too, is to be asked: decided anew whenever the place or the matter changes."""

from areas.models import Ward
from feedback.models import Category, Concern, Voice


def asked_again(told: dict, changed) -> dict:
    """What the draft keeps of the question, where `changed` (names of answers) bear on it: "ask", or "" for no question."""
    if not {"kind", "category", "routed"} & set(changed):
        return {}
    ward, code = told.get("routed", {}).get("ward"), told.get("category")
    if not (ward and code) or told.get("kind") != Concern.Kind.CONCERN:
        return {"known": ""}
    known = Voice.objects.known(Ward.objects.get(code=ward), Category.objects.get(code=code))
    return {"known": "ask" if known else ""}
