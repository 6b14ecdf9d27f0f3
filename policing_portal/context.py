"""What every template may use."""

from functools import partial

from django.utils.functional import SimpleLazyObject

from accounts.caching import fact
from areas.models import Edition, Force


def force(request):
    """`force`: the force's words; `attributions`: what the loaded data asks us to show. Read only when a template asks."""
    return {
        "force": SimpleLazyObject(partial(fact, request, "force", Force.objects.first)),
        "attributions": SimpleLazyObject(partial(editions_in_use, request)),
    }


def editions_in_use(request) -> list:
    """The `Edition`s of official data that routing and maps read now."""
    return fact(request, "editions", lambda: list(Edition.objects.filter(state=Edition.State.ACTIVE)))
