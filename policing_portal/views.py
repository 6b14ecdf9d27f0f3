"""The front hall: the front page, the small pages that every site owes, health, and error pages."""

from django.http import JsonResponse
from django.shortcuts import render


def home(request):
    """The front page."""
    return render(request, "home.html")


def healthz(request):
    """The process is up."""
    return JsonResponse({"status": "ok"})


def csrf_failure(request, reason=""):
    """A form that came without its key."""
    return render(request, "403.html", status=403)


def privacy(request):
    """What the portal keeps, why and for how long."""
    return render(request, "privacy.html")


def accessibility(request):
    """The accessibility statement that the law asks for."""
    return render(request, "accessibility.html")


def readyz(request):
    """Ready to take a concern."""
    return JsonResponse({"status": "ok"})
