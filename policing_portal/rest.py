"""What Django REST framework reads before any view exists: strict JSON in, pages out."""

from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser


class StrictJSONParser(JSONParser):
    """JSON only."""


class Pages(PageNumberPagination):
    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100
