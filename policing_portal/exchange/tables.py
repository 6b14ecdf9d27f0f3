"""A table of staff's as CSV: which columns, which of them name a row, what a file would change, and how that is written."""

import hashlib
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import ForeignKey
from import_export.resources import ModelResource
from import_export.results import RowResult

from .cells import Refused, slashed
from .known import AT_ONCE, Keeper, Known
from .relations import pairs

LETTERS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")  # nothing that a spreadsheet takes for a number
SAME, NEW, CHANGED, WRONG = "same", "new", "changed", "wrong"
KINDS = {RowResult.IMPORT_TYPE_NEW: NEW, RowResult.IMPORT_TYPE_UPDATE: CHANGED, RowResult.IMPORT_TYPE_SKIP: SAME}
NEWER = "Somebody has changed this since your file was written, so yours is not taken. Export anew and make your change there."


@dataclass
class Line:
    """What a row of the file would do. `facts`: column, before, after; of a wrong row column, sentence.

    `version`: of what stood there, "" where nothing did. `unseen`: it changes a row of which the file does not say in which
    version it saw it; `last`: when that was changed last, and by whom.
    """

    number: int
    kind: str
    label: str
    facts: list = field(default_factory=list)
    version: str = ""
    instance: Any = None
    unseen: bool = False
    last: str = ""

    def refuse(self, words: str, column: str = "") -> None:
        """Make it a wrong row, for one more reason."""
        if self.kind != WRONG:
            self.kind, self.facts = WRONG, []
        self.facts.append([column, words])


def version_of(cells: dict) -> str:
    """Eight letters that are other ones once a cell is."""
    return hashlib.sha256(repr(sorted(cells.items())).encode()).hexdigest()[:8].translate(LETTERS)


class Table(ModelResource):
    """One table. It is made for one file or one export, and one person."""

    title: ClassVar[str] = ""  # how the list is called, in the plural
    most: ClassVar[int] = 10_000  # rows of one file: what is written in well under five seconds, also on a slow machine
    keys: ClassVar[tuple] = ()  # columns that together name a row
    path: ClassVar[str] = ""  # from a row to its area
    lead: ClassVar[str] = ""  # what the page says of this table
    joined: ClassVar[tuple] = ()  # relations that an export reads along
    many: ClassVar[tuple] = ()  # relations with several rows

    def __init__(self, keeper: Keeper):
        super().__init__()
        self._meta.skip_diff = True
        self.keeper, self.known = keeper, Known(keeper)
        self.before: dict = {}
        self.after: dict = {}
        self.instance: Any = None
        self.day_first: bool | None = None
        self.stock: dict = {}  # the rows that were read, by their keys
        self.stood: dict = {}  # primary key -> what was read
        self.taken: dict = {}  # keys of the file's rows -> number of the row
        self.columns = {one.column_name: one for one in self.get_import_fields()}

    @classmethod
    def names(cls) -> list[str]:
        """The headings, in order."""
        return [*(cls.fields[name].column_name for name in cls._meta.fields), "version"]

    @classmethod
    def kept_with(cls):
        """The model with whose list in the admin this table is kept."""
        return cls._meta.model

    @classmethod
    def opens(cls, keeper: Keeper) -> bool:
        """Whether somebody who reaches so far may send in a file of this table."""
        return keeper.areas is None or bool(keeper.areas and cls.path)

    # ---- out -----------------------------------------------------------------------------------------------------------
    def rows(self):
        """What this person may take away, in an order that stays."""
        rows = self._meta.model._default_manager.select_related(*self.joined).prefetch_related(*self.many)
        return self.keeper.within(rows, self.path).order_by(*self.order)

    order: ClassVar[tuple] = ("pk",)

    def cells(self, instance) -> dict:
        """Column -> cell of a row as it stands, or as it is meant to be."""
        return {name: column.export(instance) for name, column in self.columns.items()}

    def lines_out(self):
        """The headings, then each row's cells, its version last."""
        yield self.names()
        for instance in self.iter_queryset(self.rows()):
            cells = self.cells(instance)
            yield [*cells.values(), version_of(cells)]

    def get_chunk_size(self):
        return AT_ONCE

    # ---- in: what a file would change ----------------------------------------------------------------------------------
    def examine(self, sheet, tick=lambda done: None) -> list[Line]:
        """A `Line` for each row of `sheet`; nothing is written. `tick` is told how many rows are done."""
        self.day_first = _day_first(
            cells[at]
            for at, name in enumerate(sheet.header)
            if name in self.columns and self.columns[name].widget.dated
            for _number, cells in sheet.rows
        )
        if self.day_first:
            sheet.notes.append("Dates such as 31/03/2026 were read as day, month, year.")
        lines: list[Line] = []
        rows = sheet.dicts()
        while some := list(islice(rows, AT_ONCE)):
            self.load([row for _number, row in some])
            lines += [self.line(number, row) for number, row in some]
            tick(len(lines))
        self.judge(lines)
        if self.known.mended:
            words = "Excel had eaten zeros in front of collar numbers; they were put back where the name beside them fits: {}."
            sheet.notes.append(words.format(", ".join(sorted(self.known.mended)[:20])))
        return lines

    def load(self, rows) -> None:
        """Read the rows of the database that these rows of the file (dicts) may be about, into `stock`."""
        if not self.stock:
            for instance in self.iter_queryset(self.rows()):
                self.keep(instance)

    def keep(self, instance) -> None:
        """Have a row of the database at hand, and remember how it stood."""
        self.stock[self.key_of(instance)] = instance
        self.stood[instance.pk] = self.facts_of(instance)

    def key_of(self, instance) -> tuple:
        """The cells that name a row."""
        return tuple(self.columns[name].export(instance) for name in self.keys)

    def facts_of(self, instance) -> tuple:
        """All that stands in a row of the database, and beside it."""
        own = tuple(getattr(instance, one.attname) for one in self._meta.model._meta.concrete_fields)
        return (*own, *(frozenset(self.beside_of(one) for one in getattr(instance, name).all()) for name in self.many))

    def beside_of(self, one):
        """What is remembered of a row that stands beside another."""
        return one.pk

    def beside(self, name: str, keys) -> dict:
        """Primary key -> what stands beside that row in the relation `name` now."""
        return pairs(self._meta.model._meta.get_field(name), keys)

    def line(self, number: int, row: dict) -> Line:
        """What one row of the file would do."""
        self.before, self.after, self.instance, self.number = {}, {}, None, number
        result = self.import_row(row, None, row_number=number, dry_run=True, table=self)
        if result.errors:
            raise result.errors[0].error
        label = self.label(row)
        version = version_of(self.before) if self.before else ""
        if result.validation_error:
            line = Line(number, WRONG, label, version=version)
            for name, words in self._said(result.validation_error):
                line.refuse(words, name)
            return line
        kind = KINDS[result.import_type]
        unseen = kind == CHANGED and not self.row_version
        return Line(number, kind, label, self._facts(), version, self.instance, unseen)

    def label(self, row: dict) -> str:
        """How a row is called in the list of what would change."""
        return ", ".join(filter(None, (row[name].strip() for name in self.keys if name in row)))[:200]

    def _facts(self) -> list:
        return [
            [name, self.before.get(name, ""), cell]
            for name, cell in self.after.items()
            if cell != self.before.get(name, "")
        ]

    def _said(self, error: ValidationError):
        """Each (column, sentence) of what was refused."""
        named = {column.attribute: name for name, column in self.columns.items()}
        if not hasattr(error, "error_dict"):
            return [("", words) for words in error.messages]
        return [
            (named.get(name, name if name in self.columns else ""), words)
            for name, errors in error.error_dict.items()
            for words in ValidationError(errors).messages
        ]

    # ---- the steps of `import_row` -------------------------------------------------------------------------------------
    def get_or_init_instance(self, instance_loader, row):
        instance = self.find(row)
        self.before = self.cells(instance) if instance else {}
        self.instance = instance or self.init_instance(row)
        return self.instance, instance is None

    def find(self, row: dict):
        """The row of the database that this row of the file names, or None for a new one. Raises ValidationError."""
        errors, key = {}, []
        for name in self.keys:
            column = self.columns[name]
            try:
                value = column.widget.clean(row[name], row, table=self)
                key.append(column.widget.render(value))
            except Refused as refusal:
                errors[column.attribute] = ValidationError(str(refusal))
        if errors:
            raise ValidationError(errors)
        return self.stock.get(tuple(key))

    def skip_row(self, instance, original, row, import_validation_errors=None):
        if import_validation_errors:
            return False
        self.after = self.cells(instance)
        self._once()
        return bool(self.before) and self.after == self.before

    def _once(self) -> None:
        key = tuple(self.after[name] for name in self.keys)
        if any(key) and key in self.taken:
            raise ValidationError(f"Row {self.taken[key]} is about the same.")
        self.taken[key] = self.number

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        errors = dict(import_validation_errors or {})
        if not errors:
            self.refuse_newer(instance)
            try:
                self.check(instance)
            except ValidationError as refusal:
                errors = refusal.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def refuse_newer(self, instance) -> None:
        """Refuse a row that was changed since the file was written."""
        version = self.row_version
        if version and version != (version_of(self.before) if self.before else ""):
            raise ValidationError(
                NEWER if self.before else "This is there no longer, or what names it was changed in the file."
            )

    row_version, number = "", 0

    def before_import_row(self, row, **kwargs):
        self.row_version = row.get("version", "").strip()

    def check(self, instance) -> None:
        """Refuse, as ValidationError, a new or changed row that breaks the model's rules or is not this person's to write."""
        relations = [one.name for one in instance._meta.concrete_fields if isinstance(one, ForeignKey)]
        instance.clean_fields(exclude=relations)
        instance.clean()
        instance.validate_constraints()

    def own_fields(self) -> list[str]:
        """The fields of a row that a file can change."""
        fields = {one.name for one in self._meta.model._meta.concrete_fields}
        return [
            one.attribute for name, one in self.columns.items() if one.attribute in fields and name not in self.keys
        ]

    def in_order(self, changed: list) -> list:
        """Changed rows in the order in which they are written."""
        return changed

    def tell(self, lines: list[Line]) -> None:
        """Tell those whom it concerns what `lines` changed, once that is written."""

    def judge(self, lines: list[Line]) -> None:
        """Refuse what is wrong only together: rules between rows."""

    def save_instance(self, instance, is_create, row, **kwargs):
        """Nothing: what is written is written later, all at once."""

    def save_m2m(self, instance, row, **kwargs):
        """Nothing, likewise."""


def _day_first(cells) -> bool | None:
    """Whether dates with slashes have the day first: False where some have not, None where the file does not show it."""
    found = [pair for cell in cells if (pair := slashed(cell))]
    if any(second > 12 for _first, second in found):
        return False
    return True if any(first > 12 for first, _second in found) else None
