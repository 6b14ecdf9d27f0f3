"""What every template may use."""

from functools import partial

from django.conf import settings
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.caching import fact
from areas.models import Edition, Force, Notice

from . import languages


def force(request):
    """`force`: the force's words; `attributions`: what the loaded data asks us to show; `tiles`: where a map's tiles are;
    `languages`: this page in the others; `unreviewed`: its language, where nobody has reviewed it yet; `notices`: those of all
    areas that show now.

    Read only when a template asks.
    """
    return {
        "force": SimpleLazyObject(partial(fact, request, "force", Force.objects.first)),
        "tiles": tiles(),
        "languages": SimpleLazyObject(partial(languages.choices, request)),
        "unreviewed": SimpleLazyObject(partial(languages.unreviewed, request)),
        "notices": SimpleLazyObject(partial(notices, request)),
        "attributions": SimpleLazyObject(partial(editions_in_use, request)),
    }


def editions_in_use(request) -> list:
    """The `Edition`s of official data that routing and maps read now."""
    return fact(request, "editions", lambda: list(Edition.objects.filter(state=Edition.State.ACTIVE)))


def tiles() -> dict:
    """Where a map's tiles are and what their owner wants said; an empty url where maps have none."""
    return {"url": settings.MAP_TILE_URL, "credit": settings.MAP_TILE_CREDIT}


def notices(request) -> list:
    """The `Notice`s that show now, of the whole force and of each area."""
    now = timezone.now()
    lasting = fact(request, "notices", lambda: list(Notice.objects.lasting()))
    return [notice for notice in lasting if notice.shows_at(now)]
