"""Photos on the reporter's own page. They have a page of their own, so that no message is ever lost with one."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from feedback import photos as store
from feedback.lifecycle import NoMorePhotos

from . import door
from .forms import MorePhotosForm
from .views import of_another, private, to


@private
@require_http_methods(["GET", "HEAD", "POST"])
def photos(request):
    """The photos of the concern that is open, and room for more."""
    concern = door.opened_concern(request)
    if concern is None:
        return to("start")
    form, kept = MorePhotosForm(request.POST if request.method == "POST" else None, concern=concern), []
    if form.of_another:
        return of_another(request)
    if form.is_valid():
        kept, refused, again = _taken(request, concern, form.cleaned_data["key"])
        if again or (kept and not refused):
            return to(f"{reverse('tracking:concern')}?done=photos#done")
        form.refuse(refused)
        form.renew()
    sent = concern.photos.numbered()
    context = {"form": form, "photos": sent, "kept": len(kept), "room": len(sent) < store.MOST_OF_A_CONCERN}
    return render(request, "tracking/photos.html", context)


def _taken(request, concern, key) -> tuple[list, list, bool]:
    """What `store.take` gives of this form, and whether it came before: then its photos are there, and none is kept."""
    if concern.updates.filter(key=key).exists():
        return [], [], True
    kept, refused = store.take(request, _room(concern))
    try:
        again = kept and concern.take_photos(kept, key=key) is None  # the same form came at the same moment
    except NoMorePhotos as full:  # another page sent some meanwhile
        store.remove(photo["name"] for photo in kept)
        return [], [{"label": _("Photos"), "why": str(full)}], False
    if again:
        store.remove(photo["name"] for photo in kept)
        return [], [], True
    return kept, refused, False


def _room(concern) -> int:
    return min(store.MOST, store.MOST_OF_A_CONCERN - concern.photos.count())


@private
@require_safe
def photo(request, number):
    """A photo of the concern that is open, for the person who sent it."""
    concern = door.opened_concern(request)
    one = concern.photos.number(number) if concern else None
    if one is None:
        raise Http404
    return store.served(one.name, number)
