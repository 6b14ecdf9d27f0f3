from functools import lru_cache

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.utils.translation.trans_real import translation


class PortalConfig(AppConfig):
    name = "policing_portal"
    verbose_name = "The front hall"

    def ready(self):
        # What is written in the code is English already, so each look for it goes through the catalogues of all apps in
        # vain: a tenth of the time of a page. They never change while a process lives.
        english = translation(settings.LANGUAGE_CODE)
        english.gettext = lru_cache(maxsize=20_000)(english.gettext)


class PortalAdminConfig(AdminConfig):
    default_site = "policing_portal.admin_site.PortalAdminSite"
