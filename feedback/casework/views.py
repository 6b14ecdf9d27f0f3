"""The pages of casework that read: the dashboard and one concern."""

from django.http import Http404
from django.shortcuts import render

from feedback.access import Act, capacities, may, reach_of
from feedback.models import ReadLog, record_reading

from .acts import door
from .doors import find, staff_page
from .page import concern_page, frame
from .sections import sections_for


@staff_page
def dashboard(request):
    """What to decide today: of the chosen area, of the desk, of the department, of the force; or a start page in words."""
    reach = reach_of(request.user)
    framed = frame(request)
    area = chosen_area(request, framed)
    context = {**framed, "my_area": area, "reach": reach, "ask_area": len(framed["my_areas"]) > 1 and not area}
    context["sections"] = [section for section in sections_for(request.user, reach, area, request.stamp) if section]
    shown = sum(section.get("shown", 0) for section in context["sections"])
    if shown:
        record_reading(request.user, ReadLog.What.LIST, door=door(request), why=str(area or ""), rows=shown)
    if not (context["sections"] or context["ask_area"]):
        return render(request, "casework/start.html", context)
    return render(request, "casework/dashboard.html", context)


def chosen_area(request, framed):
    """The area of `?area=`, one's only area, or None; 404 for one that is not this person's today."""
    slug = request.GET.get("area")
    if not slug:
        return framed["my_area"]
    for area in framed["my_areas"]:
        if area.slug == slug:
            return area
    raise Http404


@staff_page
def concern(request, reference):
    """One concern: the person's words, what we know, what must happen next; everything else folded."""
    one = find(request, reference)
    role = ", ".join(sorted(capacities(request.user, one)))
    record_reading(request.user, ReadLog.What.CONCERN, door=door(request), concern=one, why=role)
    if may(request.user, Act.SAFETY, one):
        one.open_review(by=request.user)
    return concern_page(request, one)
