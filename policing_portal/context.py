"""What every template may use."""

from django.utils.functional import SimpleLazyObject

from areas.models import Edition, Force


def force(request):
    """`force`: the force's words; `attributions`: what the loaded data asks us to show. Read only when a template asks."""
    return {"force": SimpleLazyObject(Force.objects.first), "attributions": SimpleLazyObject(_attributions)}


def _attributions():
    """The editions in use whose licence asks for a line."""
    return [edition for edition in Edition.objects.filter(state=Edition.State.ACTIVE) if edition.attribution]
