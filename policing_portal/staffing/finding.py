"""What is wrong, and where each thing is put right: few rows of each kind at first, and all of one kind page by page."""

from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator

SHOWN = 12  # rows of one finding; the number says how many there are
ON_A_PAGE = 50  # where all of one finding are looked at


@dataclass
class Row:
    """One thing that is wrong: what, where it is put right ("" where this person can't), and what more there is to say."""

    text: str
    url: str = ""
    more: str = ""


@dataclass
class Finding:
    """Everything of one kind that is wrong."""

    key: str
    title: str
    fine: str  # said where nothing is wrong
    number: int = 0
    rows: list = field(default_factory=list)
    things: Any = ()
    row: Any = None
    page: Page | None = None

    def of(self, things, row) -> "Finding":
        """This finding with `row(thing)` of the first of `things`, a queryset or list; all are counted, few are read."""
        self.things, self.row = things, row
        first = list(things[: SHOWN + 1])
        self.rows = [row(thing) for thing in first[:SHOWN]]
        self.number = len(first) if len(first) <= SHOWN else len(things) if isinstance(things, list) else things.count()
        return self

    @property
    def more(self) -> bool:
        """Whether there are others than the rows that are shown first."""
        return self.row is not None and self.number > SHOWN

    def turn_to(self, number) -> None:
        """Show a page of all of it: `number` as the address says it."""
        if self.row is not None:
            self.page = Paginator(self.things, ON_A_PAGE).get_page(number)
            self.rows = [self.row(thing) for thing in self.page]
