"""Photos on the reporter's own page. They have a page of their own, so that no message is ever lost with one."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from feedback import photos as store
from feedback.intake.forms import PhotosForm

from . import door
from .views import private, to


@private
@require_http_methods(["GET", "HEAD", "POST"])
def photos(request):
    """The photos of the concern that is open, and room for more."""
    concern = door.opened_concern(request)
    if concern is None:
        return to("start")
    form, kept = PhotosForm(request.POST if request.method == "POST" else None), []
    if form.is_valid():
        room = min(store.MOST, store.MOST_OF_A_CONCERN - concern.photos.count())
        kept, refused = store.take(request, room)
        form.refuse(refused)
        if kept:
            concern.take_photos(kept)
        if kept and not refused:
            return to("concern")
    sent = concern.photos.numbered()
    context = {"form": form, "photos": sent, "kept": len(kept), "room": len(sent) < store.MOST_OF_A_CONCERN}
    return render(request, "tracking/photos.html", context)


@private
@require_safe
def photo(request, number):
    """A photo of the concern that is open, for the person who sent it."""
    concern = door.opened_concern(request)
    one = concern.photos.number(number) if concern else None
    if one is None:
        raise Http404
    return store.served(one.name, number)
