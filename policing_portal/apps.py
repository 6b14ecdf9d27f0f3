from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "policing_portal"
    verbose_name = "The front hall"
