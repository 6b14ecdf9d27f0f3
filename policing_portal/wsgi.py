"""The WSGI door that gunicorn opens."""

import os
import re

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "policing_portal.settings")

CHARSET = re.compile(r"(charset\s*=\s*)(?!\"?(?:utf-?8|us-ascii)\"?\s*(?:;|$))[^;]*", re.IGNORECASE)

django = get_wsgi_application()


def application(environ, start_response):
    """Django, told of no charset but our own.

    It reads the query in the declared charset while the request is made, before anything could refuse it, and fails at
    one such as "hex". Under a name that it does not know it waits for `refuse_hostile_input`.
    """
    environ["CONTENT_TYPE"] = CHARSET.sub(r"\1other", environ.get("CONTENT_TYPE", ""))
    return django(environ, start_response)
