"""What staff may word anew in a mail: its subject and its news, never the frame around them.

The frame (templates/emails/_reporter.txt and its like) keeps the link, the reference, that nobody reads answers, and whom to
call. What staff write is text: a closed list of placeholders is filled in, and nothing of it is ever run as a template.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from areas.models import Area, Force

# The mails, by the names of their templates.
MAILS = sorted(path.stem for path in (settings.BASE_DIR / "templates" / "emails").glob("[!_]*.txt"))
MARK = "\x02"  # stands round the news of a mail where they are to be found

PLACEHOLDER = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
CODE = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
LINK = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)[^\s<>\"]*", re.IGNORECASE)
ANSWERS = re.compile(r"\b(?:reply|answer|respond|write back) to (?:this|our) (?:e-?mail|mail|message)\b", re.IGNORECASE)
# Whoever stands beside somebody's screen reads the subject: it says nothing of the police or of what happened.
TELLING = re.compile(
    r"\b(?:polic\w*|crim\w*|concern\w*|report\w*|offen[cs]\w*|abus\w*|drugs?|violen\w*|assault\w*|hate|rape\w*|victim\w*|witness\w*"
    r"|officer\w*|commander\w*|anti-?social|neighbours?|domestic|weapon\w*|kni(?:fe|ves)|guns?|safety|stalk\w*|harass\w*)\b",
    re.IGNORECASE,
)

VALUES = {
    "reference": lambda words: words["reference"],
    "due": lambda words: words["due"],
    "record_by": lambda words: words["record_by"],
    "area": lambda words: words["area"].name if words["area"] else "",
    "ward": lambda words: words["ward"].name if words["ward"] else "",
    "category": lambda words: words["category"],
    "portal_name": lambda words: words["force"].portal_name,
    "emergency_phone": lambda words: words["force"].emergency_phone,
    "non_emergency_phone": lambda words: words["force"].non_emergency_phone,
    "minutes": lambda words: words["force"].safety_minutes,
    "place": lambda words: words["follows"].words,
    "days": lambda words: words["days"],
    "day": lambda words: words["day"],
    "meeting": lambda words: words["meeting"],
    "when": lambda words: words["meeting"].when,
    "expires": lambda words: words["expires"],
}
# What a mail may say: in its news, and in its subject.
OF_ONE = {
    "brief_person": ("day portal_name", "day"),
    "given_person": ("day portal_name", "day"),
    "confirm_follower": ("portal_name days", "portal_name"),
    "news_follower": ("place portal_name", "place portal_name"),
    "question_team": ("meeting when area portal_name", "meeting when area"),
    "referral_partner": ("reference expires portal_name", "reference"),
    "safety_duty": ("reference area ward category due minutes portal_name", "reference"),
}
OF_A_CRIME = ("reference area ward category record_by portal_name", "reference record_by")
OF_THE_REPORTER = ("due portal_name emergency_phone non_emergency_phone", "")
OF_THE_FORCE = ("reference area ward category due portal_name", "reference due")


# Who reads a mail, by the end of its name.
READERS = {
    "reporter": "whoever told us",
    "follower": "those who follow a place",
    "commander": "the commander",
    "person": "one of our own people",
    "desk": "the force desk",
    "duty": "whoever is on duty",
    "team": "those who hold a meeting",
    "partner": "a partner",
}


def reader(mail: str) -> str:
    """To whom `mail` goes, in words."""
    return READERS[mail.rpartition("_")[2]]


def braced(name: str) -> str:
    """A placeholder as it stands in a text."""
    return f"{{{{ {name} }}}}"


class Unusable(ValueError):
    """A wording that can't be sent; `str()` says why, for staff."""


@dataclass(frozen=True)
class Worded:
    """A mail's subject and news as staff worded them, filled in. Where one is empty, the shipped words stand."""

    subject: str
    news: str


def may_say(mail: str) -> tuple[list[str], list[str]]:
    """The names of the placeholders of the news and of the subject of `mail`."""
    of_a_crime = OF_A_CRIME if mail.startswith("unrecorded_") else OF_THE_FORCE
    group = OF_THE_REPORTER if mail.endswith("_reporter") else of_a_crime
    news, subject = OF_ONE.get(mail, group)
    return news.split(), subject.split()


@dataclass(frozen=True)
class Around:
    """What wordings are looked at beside: the hosts that they may lead to, and the names that no reporter's subject says."""

    hosts: frozenset
    names: tuple

    @classmethod
    def now(cls) -> "Around":
        """As the force and its areas are called today; one look for as many wordings as there are."""
        site, *names = Force.objects.values_list("website", "name", "short_name").first() or ("",)
        hosts = {urlsplit(url).hostname for url in (site, settings.BASE_URL)} - {None}
        return cls(frozenset(hosts), (*filter(None, names), *Area.objects.values_list("name", flat=True)))


def faults(mail: str, subject: str, news: str, around: Around | None = None) -> dict[str, list[str]]:
    """Why this wording of `mail` can't be used, in sentences for staff by the field that they are about; empty where it can."""
    around = around or Around.now()
    in_news, in_subject = may_say(mail)
    found = {
        "subject": [*_foreign(subject, in_subject), *_links(subject, around)],
        "text": [*_foreign(news, in_news), *_links(news, around)],
    }
    if len(subject.splitlines()) > 1:
        found["subject"].append("A subject is one line.")
    if mail.endswith("_reporter") and (word := _telling(subject, around)):
        found["subject"].append(
            f"Others may see the subject on a screen. Leave out “{word}”: it says whom or what it is about."
        )
    if ANSWERS.search(news):
        found["text"].append("Nobody reads answers to this mail, so don't ask for any.")
    return {field: sentences for field, sentences in found.items() if sentences}


def _foreign(text, names):
    """What stands in braces and may not."""
    wrong = [name for name in PLACEHOLDER.findall(text) if name not in names]
    known = ", ".join(map(braced, names)) or "nothing"
    if wrong:
        yield f"This mail does not know {braced(wrong[0])}. In braces it knows: {known}."
    elif CODE.search(PLACEHOLDER.sub("", text)):
        yield f"Braces and per cent signs are not carried out. In braces it knows: {known}."


def _links(text, around):
    """Links and addresses that are not the portal's or the force's own."""
    for link in LINK.findall(text):
        if not _own(link, around):
            yield f"{link} is not the portal's or the force's own site. The mail has its own link below your words."
    if "@" in LINK.sub("", text):
        yield "No e-mail addresses: people answer on the page to which the mail leads."


def _own(link, around) -> bool:
    """Whether a link leads to the portal or the force; one that can't be read leads nowhere of ours."""
    try:
        at = urlsplit(link if "://" in link else f"https://{link}")
    except ValueError:
        return False
    return at.hostname in around.hosts and at.scheme in ("http", "https") and "@" not in at.netloc


def _telling(subject, around) -> str:
    """The first word of a reporter's subject that tells a bystander something, or ""."""
    if found := TELLING.search(subject):
        return found.group()
    return next((name for name in around.names if re.search(rf"\b{re.escape(name)}\b", subject, re.IGNORECASE)), "")


def filled(mail: str, subject: str, news: str, words: dict) -> Worded:
    """The wording with its placeholders filled in from `words`, what the mail's template is given. Raises `Unusable`.

    A line with a placeholder that has nothing to say is left out; a subject with one gives way to the shipped one.
    """
    wrong = [sentence for sentences in faults(mail, subject, news).values() for sentence in sentences]
    if wrong:
        raise Unusable(" ".join(wrong))
    try:
        lines = [_line(line, words) for line in news.splitlines()]
        heading = _line(subject, words)
    except (LookupError, AttributeError, TypeError) as error:
        raise Unusable(f"This mail does not know what to say for {error}.") from error
    kept = "\n".join(line for line in lines if line is not None).strip()
    return Worded(subject=" ".join((heading or "").split()), news=kept)


def _line(line, words) -> str | None:
    """One line, filled in once: what is filled in is never looked at again. None where something has nothing to say."""
    said = {name: str(VALUES[name](words) or "") for name in PLACEHOLDER.findall(line)}
    return PLACEHOLDER.sub(lambda found: said[found.group(1)], line) if all(said.values()) else None
