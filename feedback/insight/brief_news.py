"""What changed in an area since yesterday began, by the value of the queue's filter `news`."""

from django.db.models import Count, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import ngettext

from accounts.stamp import midnight
from areas.models import Force
from feedback.lifecycle import Status
from feedback.models.concern import Concern

from .growth import DAY


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


def counted(lists: dict) -> dict:
    """How many concerns of one area each of `lists` (querysets by name) has, in one question."""
    groups = {name: rows.order_by().values("area").annotate(n=Count("pk")).values("n") for name, rows in lists.items()}
    numbers = {f"{name}_n": Coalesce(Subquery(group), 0) for name, group in groups.items()}
    row = Force.objects.annotate(**numbers).values(*numbers).get()
    return {name: row[f"{name}_n"] for name in lists}


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
