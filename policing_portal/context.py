"""What every template may use."""

from areas.models import Edition, Force


def force(request):
    """`force`: the force's words; `attributions`: what the loaded data asks us to show. Read only when a template asks."""
    return {"force": Force.objects.first(), "attributions": Edition.objects.filter(state=Edition.State.ACTIVE)}
