"""What changed in an area since yesterday began, by the value of the queue's filter `news`."""

from django.utils.translation import ngettext

from feedback.lifecycle import Status
from feedback.models.concern import Concern

from .growth import DAY, midnight


def wrote_again(concerns):
    """Those of `concerns` to which the person wrote since yesterday began."""
    updates = Concern._meta.get_field("updates").related_model
    lately = updates._default_manager.filter(kind=updates.Kind.MESSAGE, at__gte=midnight(DAY))
    return concerns.filter(pk__in=lately.values("concern"))


NEWS = {
    "received": lambda concerns: concerns.filter(received_at__gte=midnight(DAY)),
    "answered": lambda concerns: concerns.filter(answered_at__gte=midnight(DAY)),
    "closed": lambda concerns: concerns.filter(status=Status.RESOLVED, resolved_at__gte=midnight(DAY)),
    "turned": lambda concerns: concerns.overdue().filter(due_at__gte=midnight(DAY)),
    "wrote": wrote_again,
}


def told(name, number) -> str:
    """What so many of that name are called."""
    words = {
        "received": ngettext("concern came in", "concerns came in", number),
        "answered": ngettext("was answered", "were answered", number),
        "closed": ngettext("was closed", "were closed", number),
        "turned": ngettext("reply went past its time", "replies went past their time", number),
        "wrote": ngettext("person wrote again", "people wrote again", number),
    }
    return words[name]
