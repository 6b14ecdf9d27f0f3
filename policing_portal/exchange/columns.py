"""Columns: what stands in a cell is written only where it differs from what it said before."""

from import_export.fields import Field

from .cells import Refused


def alike(cell: str, other: str) -> bool:
    """Whether two cells say the same; spreadsheets end lines within a cell in their own way."""
    return cell == other or cell.replace("\r\n", "\n") == other.replace("\r\n", "\n")


class Column(Field):
    """A column: what stands in it is written only where it differs from what it said before."""

    def save(self, instance, row, is_m2m=False, *, table=None, **kwargs):
        before = table.before.get(self.column_name)
        if before is None or not alike(row[self.column_name], before):
            self.put(instance, self.widget.clean(row[self.column_name], row, table=table))

    def put(self, instance, value) -> None:
        """Give `instance` the value, without writing it to the database."""
        setattr(instance, self.attribute, value)


class Check(Column):
    """A column for people's eyes: written out, and refused where it says something else than the row it stands in."""

    def put(self, instance, value) -> None:
        now = self.get_value(instance)
        if value and value != now:
            raise Refused(f"This is “{now or ''}”, not “{value}”. Look whether the row is about the right one.")


class Many(Column):
    """Several rows of another table. `planned` until it is written."""

    def put(self, instance, value) -> None:
        planned(instance)[self.attribute] = value

    def get_value(self, instance):
        there = planned(instance).get(self.attribute)
        if there is not None:
            return there
        return list(getattr(instance, self.attribute).all()) if instance.pk else []


def planned(instance) -> dict:
    """What is to be written beside the row itself: name of the relation -> rows."""
    return instance.__dict__.setdefault("_planned", {})
