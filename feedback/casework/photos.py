"""A photo of a concern, for those who may see the concern; each opening is written down first."""

from django.http import Http404
from django.views.decorators.http import require_safe

from feedback import photos
from feedback.models import ReadLog, record_reading

from .acts import door
from .doors import find, staff_page


@staff_page
@require_safe
def photo(request, reference, number):
    """One photo, by its number."""
    concern = find(request, reference)
    one = concern.photos.number(number)
    if one is None:
        raise Http404
    record_reading(request.user, ReadLog.What.PHOTO, door=door(request), concern=concern, why=f"photo {number}")
    return photos.served(one.name, number)
