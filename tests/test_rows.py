"""What is written with a ready statement is what the model would have saved."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from feedback.models import Concern, ConcernUpdate, Contact, Draft, Notification
from feedback.models.rows import put_in


def stored(row, *, without=()):
    """The columns of a row as the database has them."""
    values = type(row).objects.filter(pk=row.pk).values().get()
    return {name: value for name, value in values.items() if name not in {"id", *without}}


@pytest.fixture
def told(make_concern, walsall):
    return make_concern(walsall)


@pytest.mark.parametrize(
    "make",
    [
        lambda concern: ConcernUpdate(concern=concern, kind="received", side="public", public=True, at=concern.received_at),
        lambda concern: Notification(concern=concern, kind="received", recipient="commander", due=concern.received_at,
                                     created=concern.received_at),
    ],
)  # fmt: skip
def test_row_put_in_is_the_row_that_is_saved(told, make):
    one, other = make(told), make(told)
    put_in(one)
    other.save()
    unlike = {"message_id"}
    assert stored(one, without=unlike) == stored(other, without=unlike)


def test_concern_put_in_is_the_concern_that_is_saved(told):
    copies = []
    for number, write in enumerate([put_in, lambda row: row.save(force_insert=True)]):
        copy = Concern.objects.get(pk=told.pk)
        copy.pk, copy._state.adding = None, True
        copy.reference, copy.key_hash = f"WMP-TEST-{number}", f"{number:064}"
        write(copy)
        copies.append(stored(copy, without={"reference", "key_hash"}))
    assert copies[0] == copies[1] == stored(told, without={"reference", "key_hash"})


def test_rows_put_in_together_each_get_their_own_key(told):
    rows = [ConcernUpdate(concern=told, kind="note", side="system", text=word) for word in ("one", "two")]
    put_in(*rows)
    assert [ConcernUpdate.objects.get(pk=row.pk).text for row in rows] == ["one", "two"]


def test_row_put_in_is_no_new_row_any_more(told):
    line = ConcernUpdate(concern=told, kind="note", side="system")
    put_in(line)
    assert (line._state.adding, line._state.db) == (False, "default")


def test_row_that_breaks_a_rule_of_the_database_is_refused(told):
    first = Contact.objects.filter(concern=told).first() or Contact.build(concern=told, name="Sam")
    if first._state.adding:
        put_in(first)
    with pytest.raises(IntegrityError), transaction.atomic():
        put_in(Contact.build(concern=told, name="Sam"))


def test_draft_is_kept_over_itself_and_opens_until_its_time_is_over(db):
    draft = Draft(token_hash="t" * 64)
    draft.keep({"text": "one"})
    draft.keep({"text": "two"})
    opened = Draft.open("t" * 64)
    Draft.objects.update(expires=timezone.now())
    assert (opened.answers, Draft.objects.count(), Draft.open("t" * 64)) == ({"text": "two"}, 1, None)
