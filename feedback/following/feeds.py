"""The news of an area, a ward or a topic as Atom: for feed readers, without an address. Only what the public reads anyway."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.caching import read_page
from areas.models import Area, Force, Ward
from feedback import clock

from . import news

DAYS = 90
MOST = 50


@read_page
def area(request, slug):
    """The news of an area and all its wards."""
    found = get_object_or_404(Area, slug=slug)
    items = _lately(area=found)
    return as_atom(items, words=str(found), page=found.get_absolute_url(), feed=request.path)


@read_page
def ward(request, slug, code):
    """The news of a ward, and of its area as a whole."""
    found = get_object_or_404(Ward.objects.select_related("area"), code=code, area__slug=slug)
    if (heir := found.heir) and heir != found:
        return redirect("areas:ward_feed", heir.area.slug, heir.pk, permanent=True)
    there = found.today
    if not there.active:
        raise Http404
    items = [item for item in _lately(area=found.area) if item.about(ward=there)]
    if found.divided:  # first, however long ago that was
        said = news.divided(found)
        items = [said, *(item for item in items if item.key != said.key)]
    return as_atom(items, words=f"{found}, {found.area}", page=found.get_absolute_url(), feed=request.path)


@read_page
def topic(request, code):
    """The news of one kind of concern, anywhere."""
    found = get_object_or_404(news.topics(), code=code)
    about = news.priorities_about(found)
    items = [item for item in _lately() if item.about(priorities=about)]
    return as_atom(items, words=_(found.name), page=reverse("local:priorities"), feed=request.path)


def _lately(*, area=None) -> list:
    now = timezone.now()
    return news.collect(clock.add_days(now, -DAYS), now, area=area, feed=True)


def as_atom(items, *, words, page, feed) -> HttpResponse:
    """`items` as RFC 4287 has it; `words` name what the feed is about, `page` and `feed` are paths."""
    force = Force.objects.get()
    made = Atom1Feed(
        title=_("News: %(place)s") % {"place": words}, link=settings.BASE_URL + page, description="",
        feed_url=settings.BASE_URL + feed, language=get_language(), author_name=force.name,
    )  # fmt: skip
    host = settings.BASE_URL.partition("://")[2]
    for item in items[:MOST]:
        made.add_item(
            title=item.title, link=settings.BASE_URL + item.path, description=item.text, categories=[item.section],
            pubdate=item.at, updateddate=item.at, unique_id=f"tag:{host},2026:{item.key}",
        )  # fmt: skip
    return HttpResponse(made.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
