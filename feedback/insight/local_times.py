"""The week by its hours: when people wrote, and when they say that it happens, as far as their own words can be read."""

from django.utils.translation import gettext as _

from .local_table import WEEK, Table


def happens(seen) -> Table:
    """When people say that it happens: how many name each hour of the week."""
    every, read = next(iter(seen.counted("times")), (0, 0))
    note = _("Of %(every)d that say when, %(read)d could be read. An hour without a day counts for each day.")
    title = _("When they say it happens")
    return _week("happens", title, seen.counted("happens"), note % {"every": every, "read": read})


def hours(seen) -> Table:
    """When people told us."""
    note = _("When they wrote, which need not be when it happened.")
    return _week("hours", _("When people told us"), seen.counted("hours"), note)


def _week(name, title, counted, note) -> Table:
    """The hours of a week, an hour a row and a day a column, of rows of day, hour and number; nothing where there are none."""
    counts = {(day, hour): n for day, hour, n in counted}
    rows = [[f"{hour:02}–{hour + 1:02}", *(counts.get((day, hour), 0) for day in range(7))] for hour in range(24)]
    days = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    return Table(name, title, [_("Hour"), *days], rows if counts else [], 1, WEEK, note)
