"""Stop the news of priorities: from the link in a mail, or from the mail program's own button."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from feedback.models import Contact
from feedback.stopping import message_of

from .views import private


@csrf_exempt  # mail programs send this form by themselves (RFC 8058); only the signed address gives the right, never a cookie
@private
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request, token):
    """Ask, because mail scanners open every link; stop on the click. Where the address is gone, nothing is left to stop."""
    message = message_of(token)
    if message is None:
        raise Http404
    if request.method == "POST":
        contact = Contact.objects.filter(concern__notifications__message_id=message).first()
        if contact:
            contact.stop_news()
    return render(request, "tracking/stop.html", {"stopped": request.method == "POST"})
