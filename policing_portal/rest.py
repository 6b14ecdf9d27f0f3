"""What Django REST framework reads before any view exists: strict JSON in, pages out."""

import json
import re

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser

HOSTILE = re.compile(r"\x00|[\ud800-\udfff]")  # no database keeps them, and nobody types them
DEPTH = 20
FIELDS = 50


def is_of_api(request) -> bool:
    """Whether a request is for the API, which answers in JSON whatever goes wrong; also for an address that it lacks."""
    return request.path == "/api" or request.path.startswith("/api/")


class StrictJSONParser(JSONParser):
    """JSON as an object or list, at most 20 deep, without doubled names, NaN, NUL or lone surrogates."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            data = json.loads(
                stream.read().decode("utf-8"), object_pairs_hook=_no_doubled_names, parse_constant=_no_constant
            )
        except (ValueError, RecursionError) as error:
            raise ParseError(_("This is not JSON that we can read.")) from error
        _refuse_hostile_values(data)
        return data


class OnlyJSON(DefaultContentNegotiation):
    """What can answer in one way answers in that way, whatever is asked for."""

    def select_renderer(self, request, renderers, format_suffix=None):
        if len(renderers) > 1:
            return super().select_renderer(request, renderers, format_suffix)
        return renderers[0], renderers[0].media_type


class Pages(PageNumberPagination):
    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100


def _no_doubled_names(pairs):
    if len(pairs) > FIELDS or len({name for name, _value in pairs}) != len(pairs):
        raise ValueError("a name comes twice, or too many names")
    return dict(pairs)


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


def _refuse_hostile_values(data):
    """Walk without recursion. Other control characters come along with pasted text: who takes words leaves them out."""
    level = [data]
    for _depth in range(DEPTH):
        deeper = []
        for value in level:
            if isinstance(value, dict):
                deeper += [*value.keys(), *value.values()]
            elif isinstance(value, list):
                deeper += value
            elif isinstance(value, str) and HOSTILE.search(value):
                raise ParseError(_("This text holds characters that we can't keep."))
        if not deeper:
            return
        level = deeper
    raise ParseError(_("This is nested too deeply."))
