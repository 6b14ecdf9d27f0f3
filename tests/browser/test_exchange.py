"""A file of postings in a browser, with and without scripts: sent, looked at while it is read, decided on, applied."""

import pytest

from accounts.models import Import
from hubs.models import Posting
from policing_portal.exchange import work

from .test_people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_postings_are_taken_out_changed_in_a_spreadsheet_and_sent_in(
    scripts, visitor, staff_admin, walsall_officer, dudley_officer
):
    one = visitor(java_script_enabled=scripts).go("/accounts/login/")
    one.page.fill('[name="login"]', staff_admin.email)
    one.page.fill('[name="password"]', PASSWORD)
    one.press("Sign in")
    one.go("/admin/hubs/posting/", "exchange-list")
    with one.page.expect_download() as download:
        one.page.get_by_role("link", name="Export", exact=True).click()
    data = download.value.path().read_bytes()
    one.follow("Import")
    one.look("exchange-bring")
    one.page.set_input_files(
        '[name="file"]', {"name": "postings.csv", "mimeType": "text/csv", "buffer": b"zz,person\r\n1,2\r\n"}
    )
    one.press("See what it would change")
    one.look("exchange-unreadable")
    assert "There is no column “zz” here." in one.text()
    wrong = data.replace(b",100,", b",300,", 1).replace(b"member", b"Sergeant", 1)
    right = (
        data.replace(b",100,", b",60,", 1)
        + b"officer.dudley@example.org,,walsall-neighbourhood,member,2020-01-01,2020-12-31,50,,,\r\n"
    )
    for name, content in (("wrong", wrong), ("right", right)):
        one.go("/admin/hubs/posting/import/")
        one.page.set_input_files('[name="file"]', {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": content})
        one.press("See what it would change")
        one.page.goto(one.page.url + "?still")
        one.look("exchange-waiting")
        assert "0 of" in one.text()
        work.examine.func(Import.objects.first().pk)
        one.follow("Look again")
        one.look(f"exchange-{name}")
    one.press("Apply all of it")
    work.apply.func(Import.objects.first().pk)
    # The page looks again by itself, with scripts or without.
    one.page.get_by_text("Done. Everything that this file changes is in effect").wait_for()
    one.look("exchange-applied")
    assert sorted(Posting.objects.values_list("share", flat=True)) == [50, 60, 100]
