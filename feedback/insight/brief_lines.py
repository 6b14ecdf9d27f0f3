"""What a line of the brief is, and the addresses that its number opens."""

from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

LIMIT = 1000  # numbers are told no further
LATELY = 5  # so many concerns that left are named
NAMED = 3  # so many wards or priorities are named; the list has them all


@dataclass(frozen=True)
class Line:
    """One sentence: `number` of what `words` say, which opens `href`; `more` are (words, href) that say why, or which.

    `mail` are its words in a letter, where they must differ: no names of officers travel by mail.
    """

    name: str
    number: int
    words: str
    href: str = ""
    tone: str = ""
    icon: str = "info"
    more: list = field(default_factory=list)
    mail: str = ""

    @property
    def shown(self) -> str:
        """The number, told no further than 1,000."""
        return f"{LIMIT:,}+" if self.number > LIMIT else f"{self.number:,}"

    @property
    def in_mail(self) -> str:
        """The sentence as a letter says it."""
        return f"{self.shown} {self.mail or self.words}"

    def mailed_href(self, area) -> str:
        """The address as a letter gives it: where the words leave something out, so does the address."""
        return f"{reverse('casework:dashboard')}?{urlencode({'area': area.slug})}" if self.mail else self.href


def listing(area, **asked) -> str:
    """The address of the queue of `area`, narrowed."""
    return f"{reverse('casework:queue')}?{urlencode({'area': area.slug, **asked})}"


def peoples(what, area) -> str:
    """The address of a list of the commander's people page: "wards", "priorities" or "people"."""
    return f"{reverse('people:look', args=[what])}?{urlencode({'area': area.slug})}"


def peoples_home(area) -> str:
    """The address of the commander's people page."""
    return f"{reverse('people:home')}?{urlencode({'area': area.slug})}"


def and_more(names) -> str:
    """The first few of `names`, and how many more there are."""
    shown = ", ".join(map(str, names[:NAMED]))
    rest = len(names) - NAMED
    return _("%(names)s and %(n)d more") % {"names": shown, "n": rest} if rest > 0 else shown
