"""Photos in the journey: up to three, none needed, each shown as it is kept."""

from django.http import Http404

from feedback import photos as store

from .forms import PhotosForm
from .views import ask, go_on, journey_page


@journey_page
def photos(request, journey):
    """Do you have photos? A refused one is told with its reason, and stops nothing."""
    form, kept = PhotosForm(journey.data), journey.answers.get("photos", [])
    if not journey.takes(form):
        return _show(request, journey, form, kept)
    if number := journey.data.get("remove"):
        left = [photo for at, photo in enumerate(kept, 1) if str(at) != number]
        store.remove(photo["name"] for photo in kept if photo not in left)
        return go_on(journey, "intake:photos", photos=left)
    taken, refused = store.take(request, store.MOST - len(kept))
    if not (taken or refused):
        return go_on(journey, photos=kept)
    if not refused:
        return go_on(journey, "intake:photos" if "more" in journey.data else None, photos=kept + taken, refused=[])
    journey.keep(photos=kept + taken, refused=refused)
    form.refuse(refused)
    return journey.carry(_show(request, journey, form, kept + taken))


def _show(request, journey, form, kept):
    numbered = [{**photo, "number": number} for number, photo in enumerate(kept, 1)]
    return ask(request, journey, "photos", form, photos=numbered, room=store.MOST - len(kept))


@journey_page
def photo(request, journey, number):
    """A photo of this journey, for the browser that sent it."""
    kept = journey.answers.get("photos", [])
    if not 1 <= number <= len(kept):
        raise Http404
    return store.served(kept[number - 1]["name"], number)
