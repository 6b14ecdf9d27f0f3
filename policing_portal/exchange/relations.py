"""What stands beside a row: relations with several rows of another table."""

from django.db.models import ManyToManyField


def through_of(relation: ManyToManyField):
    """The model between, and its columns for this side and the other."""
    through = relation.remote_field.through
    return through, f"{relation.m2m_field_name()}_id", f"{relation.m2m_reverse_field_name()}_id"


def pairs(relation: ManyToManyField, keys) -> dict:
    """Primary key of this side -> the keys of what stands beside it now."""
    through, here, there = through_of(relation)
    found: dict = {}
    for one, other in through._base_manager.filter(**{f"{here}__in": keys}).values_list(here, there):
        found.setdefault(one, set()).add(other)
    return {one: frozenset(others) for one, others in found.items()}
