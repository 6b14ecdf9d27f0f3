"""Pages of one's own account whose buttons could do nothing here: a sentence stands in their place, and nothing is written."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
@login_required
def address(request):
    """By which address somebody signs in, and who changes it."""
    words = "A staff admin changes your address. Ask one of them."
    return render(
        request, "account/said.html", {"title": "Your e-mail address", "fact": request.user.email, "words": words}
    )


@require_safe
@login_required
def connections(request):
    """That the force's own sign-in needs no connecting; 404 where there is none."""
    if not settings.OIDC_ISSUER:
        raise Http404
    words = "Your account is found by your e-mail address. Nothing needs to be connected."
    return render(request, "account/said.html", {"title": "The force's own sign-in", "words": words})
