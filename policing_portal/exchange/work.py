"""What the worker does with a file: find out what it would change, and later write that. Each task carries an id alone.

To find out writes to no table of staff's and holds no lock. To apply, everything is found out once more, outside any
transaction, and compared with what was shown; then one short transaction locks the rows, looks whether they are still the
same, and writes.
"""

import gc
from collections import Counter
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django_tasks import task

from accounts.models import Import, ImportFile, ImportLine
from feedback import clock
from policing_portal.staffing.aftermath import MODELS, Missed, missed, standing

from .books import TABLES
from .known import Keeper
from .reading import Sheet
from .tables import CHANGED, SAME, WRONG, Line
from .writing import Moved, plan, portions, refuse_moved, write

CHANGED_SINCE = (
    "Somebody has changed rows of this file since you looked at what it would change, so nothing was applied. "
    "Look again, then decide anew."
)
BROKEN = "While it was being written, somebody else changed what it builds on. Nothing was applied. Look again, then decide anew."
NOT_YOURS = "You may no longer change this list, so nothing was applied."
LAST = ("history_date", "history_user__name")
QUIET = -10  # behind the mail
MISSED = "missed"  # kind of a line that says who is missed since the file was applied


class Gone(Exception):
    """Somebody threw the file away meanwhile."""


@task(priority=QUIET)
def examine(pk: int) -> str:
    """Find out what the import would change, row by row; returns its state. Done again, it begins anew."""
    one = Import.objects.filter(pk=pk, state=Import.State.READING).select_related("by").first()
    if one is None:
        return "nothing to do"
    try:
        lines, notes = looked_at(one)
        tell_last(one.read_by, [line for line in lines if line.unseen and line.kind == CHANGED])
        kept_lines(one, lines)
    except Gone:
        return "thrown away"
    counts = Counter(line.kind for line in lines)
    state = Import.State.WRONG if counts[WRONG] else Import.State.FOUND
    values = {kind: counts[kind] for kind in ("new", "changed", "same", "wrong")}
    values["unseen"] = sum(line.unseen and line.kind == CHANGED for line in lines)
    one.become(state, only_from=(Import.State.READING,), notes=notes, done=one.rows, **values)
    return state


def looked_at(one: Import) -> tuple[list[Line], list[str]]:
    """A line for each row of the file, and what is to be said of the whole. Raises `Gone`."""
    file = ImportFile.objects.filter(whole=one).first()
    if file is None:
        raise Gone
    table = TABLES[one.table](Keeper.writing(one.by))
    sheet = Sheet(file.header, file.cells)
    lines = table.examine(sheet, lambda done: _seen(one, done))
    one.read_by = table
    return lines, list(dict.fromkeys([*one.notes, *sheet.notes]))


def tell_last(table, lines: list[Line]) -> None:
    """Say of each of `lines` when what it would overwrite was changed last, and by whom."""
    model = table._meta.model
    if not hasattr(model, "history"):
        return
    key = model._meta.pk.name
    for some in portions(lines):
        rows = model.history.filter(**{f"{key}__in": [line.instance.pk for line in some]})
        newest = {row[0]: row[1:] for row in rows.order_by("history_date", "history_id").values_list(key, *LAST)}
        for line in some:
            if line.instance.pk in newest:
                when, who = newest[line.instance.pk]
                line.last = f"changed on {date_format(localtime(when), 'j F Y, H:i')} by {who or 'nobody named'}"[:200]


def _seen(one: Import, done: int) -> None:
    """Say how far it is, in a write of its own."""
    if not Import.objects.filter(pk=one.pk, state=one.state).update(done=done, seen_at=timezone.now()):
        raise Gone


def kept_lines(one: Import, lines: list[Line]) -> None:
    """Keep what was found, in writes of their own, none of them long."""
    ImportLine.objects.filter(whole=one).delete()
    for some in portions(lines):
        ImportLine.objects.bulk_create(
            ImportLine(
                whole=one,
                number=line.number,
                kind=line.kind,
                label=line.label,
                facts=line.facts,
                version=line.version,
                last=line.last,
            )
            for line in some
        )
        _seen(one, one.rows)


@task(priority=QUIET)
def apply(pk: int) -> str:
    """Write all that the import changes, or nothing; returns its state. Done twice, it is written once."""
    one = Import.objects.filter(pk=pk, state=Import.State.APPLYING).select_related("by").first()
    if one is None:
        return "nothing to do"
    if not TABLES[one.table].opens(Keeper.writing(one.by)):
        return _refused(one, NOT_YOURS)
    try:
        lines, _notes = looked_at(one)
    except Gone:
        return "thrown away"
    before = standing_before(one.read_by, lines)
    shown = dict(one.lines.values_list("number", "version"))
    if any(line.kind == WRONG or shown.get(line.number) != line.version for line in lines):
        return _refused(one, CHANGED_SINCE)
    work = [line for line in lines if line.kind != SAME]
    ready = plan(one.read_by, work)
    try:
        with unswept(), transaction.atomic():
            if not one.become(Import.State.APPLIED, only_from=(Import.State.APPLYING,)):
                return "nothing to do"
            refuse_moved(one.read_by, lines)
            write(one.read_by, work, by=one.by, reason=f"Import {one.pk}: {one.name}"[:100], ready=ready)
    except Moved:
        return _refused(one, CHANGED_SINCE)
    except (IntegrityError, ValidationError) as refusal:
        words = refusal.messages if isinstance(refusal, ValidationError) else []
        return _refused(one, BROKEN, *words)
    one.read_by.tell(work)
    # Told afterwards, as nobody can write while the rows are written; `what_is_missed` then knows it by the first line.
    found = [["", [], 0], *([one.words, one.wards, one.more] for one in missed(before))]
    ImportLine.objects.bulk_create(
        ImportLine(whole=one, number=number, kind=MISSED, facts=facts) for number, facts in enumerate(found)
    )
    return Import.State.APPLIED


@contextmanager
def unswept():
    """What was read of a long file is not looked through for garbage again and again while others wait for the rows."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def standing_before(table, lines) -> list:
    """The postings that may end, or lose what they name, when the changed ones of `lines` are written."""
    path = MODELS.get(table._meta.model._meta.label_lower.replace(".", "_"))
    return standing(path, [line.instance.pk for line in lines if line.kind == CHANGED]) if path else []


def what_is_missed(one: Import) -> list | None:
    """A `Missed` for everything that nobody answers for since the file was applied; None while that is being found out."""
    facts = list(one.lines.filter(kind=MISSED).values_list("facts", flat=True))
    over = not one.ended_at or (timezone.now() - one.ended_at).total_seconds() > 60
    return [Missed(*fact) for fact in facts[1:]] if facts or over else None


def _refused(one: Import, *words: str) -> str:
    one.become(Import.State.REFUSED, only_from=(Import.State.APPLYING,), refusal=list(words))
    return Import.State.REFUSED


@task(priority=QUIET)
def forget(pk: int) -> None:
    """Throw away what the file held; an import that nobody decided on is over."""
    for one in Import.objects.filter(pk=pk):
        one.become(Import.State.DROPPED, only_from=(Import.State.FOUND, Import.State.WRONG, Import.State.READING))
        one.forget()


def send_in(sheet: Sheet, *, table: str, name: str, by) -> Import:
    """Take the rows of a file for `table` (such as hubs.posting), and have the worker look at them."""
    with transaction.atomic():
        one = Import.objects.create(table=table, name=name[:120], by=by, rows=len(sheet.rows), notes=sheet.notes)
        ImportFile.objects.create(whole=one, header=sheet.header, cells=sheet.rows)
        examine.enqueue(one.pk)
        forget.using(run_after=clock.add_days(timezone.now(), Import.KEEP_DAYS)).enqueue(one.pk)
    return one


def look_again(one: Import) -> bool:
    """Have the worker look anew; False where there is nothing to look at any more."""
    again = (Import.State.FOUND, Import.State.WRONG, Import.State.REFUSED)
    with transaction.atomic():
        if not ImportFile.objects.filter(whole=one).exists():
            return False
        done = one.become(Import.State.READING, only_from=again, done=0, refusal=[], overwrites=False)
        if done:
            examine.enqueue(one.pk)
    return done


def decide(one: Import, *, overwrite: bool = False) -> bool:
    """Have the worker apply it; False where it can't be any more, or nobody said to `overwrite` what the file had not seen."""
    if one.unseen and not overwrite:
        return False
    with transaction.atomic():
        overwrites = bool(one.unseen)
        done = one.become(Import.State.APPLYING, only_from=(Import.State.FOUND,), done=0, overwrites=overwrites)
        if done:
            apply.enqueue(one.pk)
    return done


def throw_away(one: Import) -> bool:
    """Be done with it, without a change; False where it is being applied, or was."""
    open_still = (Import.State.READING, Import.State.FOUND, Import.State.WRONG, Import.State.REFUSED)
    with transaction.atomic():
        done = one.become(Import.State.DROPPED, only_from=open_still)
        if done:
            one.forget()
    return done
