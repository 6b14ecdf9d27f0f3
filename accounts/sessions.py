"""How long somebody stays signed in: half an hour without a click, half a day in all."""

from dataclasses import dataclass
from functools import partial

from django.apps import apps
from django.conf import settings
from django.contrib import auth
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connection
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from .asking import one_row

IDLE = 30 * 60  # seconds
WHOLE = settings.SESSION_COOKIE_AGE
BY_ITSELF = "by-itself"  # in an address that a page asks for without anybody's click: that is no sign of anybody
NOTE_EVERY = 60  # seconds between two notes of when somebody was last here: each costs a write


SESSION_SQL = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(DatabaseStore):
    """Django's in the database, read by a plain question: every request of somebody signed in asks it first."""

    def load(self):
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        row = one_row(SESSION_SQL, [self.session_key, now])
        if row is None:
            self._session_key = None
        return self.decode(row[0]) if row else {}


@dataclass(frozen=True)
class Ended:
    """A sign-in whose time was over when this request came: `person` (an id), and a sentence for them."""

    person: int
    words: str


class SignedIn(AuthenticationMiddleware):
    """Django's, but a sign-in ends in time. Looked at when somebody asks who it is, so that public pages read no session."""

    def process_request(self, request):
        super().process_request(request)
        request.user = SimpleLazyObject(partial(person_of, request))


def person_of(request):
    """Who is signed in now. A sign-in that is over is ended, and told in `request.ended`; `request.ends_in`: seconds left."""
    if not hasattr(request, "_cached_user"):
        session, now = request.session, int(timezone.now().timestamp())
        if auth.SESSION_KEY in session:
            _end_in_time(request, session, now)
        request._cached_user = auth.get_user(request)
    return request._cached_user


def end_everywhere(person) -> None:
    """Sign `person` out wherever they are signed in."""
    for one in apps.get_model("usersessions", "UserSession").objects.filter(user=person):
        one.end()


def begin(session) -> None:
    """Somebody has just signed in."""
    session["began"] = session["seen"] = int(timezone.now().timestamp())


def _end_in_time(request, session, now):
    if "began" not in session:
        begin(session)
    idle, whole = IDLE - (now - session["seen"]), WHOLE - (now - session["began"])
    clicked = BY_ITSELF not in request.GET
    request.ends_in = max(min(IDLE if clicked else idle, whole), 0)
    if min(idle, whole) <= 0:
        words = _("You were signed out, because nothing happened for 30 minutes. Please sign in again.")
        if whole <= 0:
            words = _("You were signed out, because you had been signed in for 12 hours. Please sign in again.")
        request.ended = Ended(int(session[auth.SESSION_KEY]), words)
        session.flush()
    elif clicked and now - session["seen"] >= NOTE_EVERY:
        session["seen"] = now
