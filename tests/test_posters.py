"""The poster of a ward: its square leads to the ward's page, in the reader's language."""

import io

import pytest
import segno
from django.conf import settings

from areas.models import Ward
from policing_portal import languages

pytestmark = pytest.mark.django_db


def test_poster_shows_the_square_and_the_address_of_the_ward(client, bloxwich_west):
    page = client.get(f"{bloxwich_west.get_absolute_url()}poster/").content.decode()
    assert f'src="{bloxwich_west.get_absolute_url()}poster.svg"' in page
    assert f"testserver{bloxwich_west.get_absolute_url()}</p>" in page.replace("<wbr>", "")


def test_poster_in_another_language_leads_to_that_language(client, bloxwich_west, monkeypatch):
    monkeypatch.setattr(languages, "has_catalogue", lambda code: True)
    page = client.get(f"/ur{bloxwich_west.get_absolute_url()}poster/").content.decode()
    assert f"testserver/ur{bloxwich_west.get_absolute_url()}</p>" in page.replace("<wbr>", "")


def test_square_alone_is_a_file(client, bloxwich_west):
    answer = client.get(f"{bloxwich_west.get_absolute_url()}poster.svg")
    expected = io.BytesIO()
    segno.make_qr(settings.BASE_URL + bloxwich_west.get_absolute_url(), error="m").save(
        expected, kind="svg", scale=10, border=4
    )
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Content-Disposition"] == f'attachment; filename="{bloxwich_west.code}.svg"'
    assert answer.content == expected.getvalue()


def test_ward_of_another_area_or_not_in_use_has_no_poster(client, bloxwich_west):
    gone = Ward.objects.filter(active=False).select_related("area").first()
    assert client.get(f"/areas/dudley/wards/{bloxwich_west.code}/poster/").status_code == 404
    assert client.get(f"{gone.get_absolute_url()}poster/").status_code == 404
