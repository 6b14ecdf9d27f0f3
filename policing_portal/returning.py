"""What somebody sent after their sign-in had ended waits, sealed, in their session until they have signed in again."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from feedback.models.sealing import seal, unseal

KEY = "typed"
LIMIT = 60_000  # characters
ENTRANCES = (settings.LOGIN_URL, "/admin/login/")


def keep_what_was_typed(get_response):
    """Whoever is led to the sign-in because their time was over is told so, and finds what they typed again afterwards."""

    def middleware(request):
        response = get_response(request)
        ended = getattr(request, "ended", None)
        if ended is None or not response.get("Location", "").startswith(ENTRANCES):
            return response
        messages.warning(request, ended.words)
        if request.method != "POST":
            return response
        fields = [(name, value) for name, values in request.POST.lists() for value in values if name not in UNKEPT]
        if sum(len(value) for _name, value in fields) > LIMIT:
            messages.warning(request, _("It was too long to keep. Go back: your browser may still have it."))
            return response
        request.session[KEY] = seal({"person": ended.person, "path": request.get_full_path(), "fields": fields})
        return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': reverse('typed')})}")

    return middleware


UNKEPT = {"csrfmiddlewaretoken", "password", "oldpassword", "password1", "password2"}


@never_cache
@login_required
def typed(request):
    """Show what waits, with one button that sends it again; POST throws it away."""
    sealed = request.session.get(KEY)
    kept = unseal(sealed) if sealed else None
    if request.method == "POST" or kept is None or kept["person"] != request.user.pk:
        request.session.pop(KEY, None)
        return redirect(settings.LOGIN_REDIRECT_URL)
    words = [value for _name, value in kept["fields"] if " " in value.strip()]
    return render(request, "account/typed.html", {**kept, "words": words})


@never_cache
def stay(request):
    """Somebody is still here: 204 with `X-Ends-In`, the seconds left; 401 once it is over."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    return HttpResponse(status=204, headers={"X-Ends-In": str(request.ends_in)})
