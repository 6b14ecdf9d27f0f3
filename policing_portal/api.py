"""The API's router and its errors, which are always JSON."""

from rest_framework.views import exception_handler


def json_errors(error, context):
    """DRF's handler."""
    return exception_handler(error, context)


urlpatterns: list = []
