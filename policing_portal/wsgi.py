"""The WSGI door that gunicorn opens."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "policing_portal.settings")

application = get_wsgi_application()
