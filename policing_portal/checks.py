"""What `manage.py check --deploy` says beyond Django's own."""

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security, deploy=True)
def second_factor_in_production(app_configs, **kwargs):
    """Everybody who works with concerns needs a second factor where the portal is for real."""
    if settings.PRODUCTION and not settings.REQUIRE_MFA:
        return [Error("REQUIRE_MFA is off, so a password alone opens what people told us.", id="portal.E001")]
    return []
