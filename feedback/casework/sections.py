"""The parts of the dashboard, each for those in one role: figures that open their lists, and what comes next."""

from django.db.models import Q
from django.template.loader import render_to_string

from areas.models import Area
from feedback.insight.brief import Brief
from feedback.models import Concern, ReadLog

from .rows import for_rows, rows_of

PAGE = 25
SHORT = 5


class Count:
    """How many, told no further than 1,000: as a number, in words, and as yes or no."""

    LIMIT = 1000

    def __init__(self, number):
        self.number = number

    @classmethod
    def of(cls, queryset):
        """How many of a queryset, counted no further than 1,000."""
        return cls(queryset.order_by()[: cls.LIMIT + 1].count())

    @classmethod
    def figures(cls, queryset, **more):
        """`ConcernQuerySet.figures` as counts."""
        return {name: cls(number) for name, number in queryset.figures(**more).items()}

    def __bool__(self):
        return self.number > 0

    def __str__(self):
        return f"{self.LIMIT:,}+" if self.number > self.LIMIT else f"{self.number:,}"


def sections_for(user, reach, area, stamp):
    """The parts of the dashboard for somebody with this reach; None where a part is not theirs."""
    yield area and area_section(user, area, stamp)
    yield reach.desk and desk_section(user)
    yield reach.departments and department_section(user, reach)
    yield reach.overview and {"template": "casework/_force.html", "rows": force_rows()}
    yield reach.auditor and {"template": "casework/_readings.html", "readings": readings()}


def area_section(user, area, stamp):
    """The brief of one area: what must be decided, what changed since yesterday, which replies come first, what left."""
    brief = Brief(user, area, stamp)
    waiting = list(for_rows(brief.here).awaiting_reply().in_due_order()[:SHORT])
    return {
        "template": "casework/_area.html",
        "area": area,
        "brief": brief,
        "drawn": brief.kept("drawn", lambda: draw(brief)),
        "open": Count(brief.figures["open"]),
        "waiting": rows_of(waiting),
        "moved": brief.moved,
        "shown": len(waiting),
    }


def draw(brief) -> str:
    """The brief as its reader sees it on the dashboard."""
    shown = {"brief": brief, "slug": brief.area.slug, "open": Count(brief.figures["open"])}
    return render_to_string("casework/_brief.html", shown)


def desk_section(user):
    """What the force desk looks after: what has no place, what no area may decide, safety reviews, vacant commands."""
    every = Concern.objects.visible_to(user).at_desk(user)
    held = every.open()
    reasons = Concern.DeskReason
    waiting = list(for_rows(held).in_due_order()[:SHORT])
    return {
        "template": "casework/_desk.html",
        "unopened": Count.of(every.safety_missed()),
        "counts": Count.figures(
            held,
            review=Q(safety=True),
            unplaced=Q(desk_reason=reasons.UNPLACED),
            about=Q(desk_reason=reasons.ABOUT_COMMANDER),
            moved=Q(desk_reason=reasons.MOVED_TOO_OFTEN),
            vacant=Q(desk_reason="", safety=False),
        ),
        "waiting": rows_of(waiting),
        "shown": len(waiting),
    }


def department_section(user, reach):
    """What was handed to the person's departments."""
    handed = Concern.objects.visible_to(user).filter(department__in=reach.departments).open()
    waiting = list(for_rows(handed).in_due_order()[:PAGE])
    return {
        "template": "casework/_department.html",
        "count": Count.of(handed),
        "waiting": rows_of(waiting),
        "shown": len(waiting),
    }


def force_rows():
    """The areas side by side: figures, never text."""
    figures = Concern.figures_by_area()
    return [{"area": area, **figures.get(area.pk, {})} for area in Area.objects.all()]


def readings():
    """The newest lines of the read log."""
    return ReadLog.objects.select_related("person", "concern")[:PAGE]
