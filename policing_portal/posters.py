"""A poster for each ward, to hang up in a shop or surgery: who answers here, and a square that a phone's camera opens."""

import segno
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.caching import read_page
from areas.models import Ward


@read_page
def poster(request, slug, code):
    """The poster of a ward in use, on one sheet of A4 in print. 404 for another ward."""
    ward = _ward_in_use(slug, code)
    address = f"{settings.BASE_URL.partition('://')[2]}{ward.get_absolute_url()}".split("/")
    return render(request, "areas/poster.html", {"ward": ward, "area": ward.area, "address": address})


@read_page
def square(request, slug, code):
    """The square as an SVG file: on the poster, and for a newsletter or a notice of one's own."""
    response = HttpResponse(content_type="image/svg+xml")
    _square(_ward_in_use(slug, code)).save(response, kind="svg", scale=10, border=4)  # type: ignore[arg-type]
    response["Content-Disposition"] = f'attachment; filename="{code}.svg"'
    return response


def _ward_in_use(slug, code) -> Ward:
    return get_object_or_404(Ward.objects.active().select_related("area"), code=code, area__slug=slug)


def _square(ward) -> segno.QRCode:
    """The QR code of a ward's page in the reader's language; level M still reads with a crease through it."""
    return segno.make_qr(settings.BASE_URL + ward.get_absolute_url(), error="m")
