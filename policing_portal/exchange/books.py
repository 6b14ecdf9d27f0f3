"""Which tables go in and out as CSV, by the model whose list they stand at."""

from .postings import Postings
from .tables import Table

TABLES: dict[str, type[Table]] = {"hubs.posting": Postings}
