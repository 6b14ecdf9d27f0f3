"""Photos: made anew without anything else in them, kept apart, and never a reason to refuse what somebody wrote."""

import io
import os
import re
import subprocess
import sys
import time
import uuid
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.urls import reverse
from PIL import Image, ImageChops, ImageCms, PngImagePlugin

from feedback import photos, reencode
from feedback.management.commands.sweep import clear_photos
from feedback.models import Category, Concern, ConcernUpdate, Draft, Photo, ReadLog
from feedback.models.codes import follow_code
from feedback.tracking import photos as tracking_photos

from .racing import race
from .test_intake import answer, draft, hidden_fields, send, text_of, walk

pytestmark = pytest.mark.django_db

SECRET = b"PLANTED-BY-THE-CAMERA"
WORD = SECRET.decode()
PROGRAM = photos._made_anew


@pytest.fixture(autouse=True)
def made_anew_here(monkeypatch):
    """A program for each photo takes a second to start: most tests do in their own process what it does."""

    def made_anew(source, target):
        try:
            return reencode.reencode(source, target, photos.PIXELS, photos.EDGE)
        except reencode.Unusable as why:
            raise photos.PhotoRefused(str(why)) from why
        except (OSError, SyntaxError, ValueError) as error:
            raise photos.PhotoRefused("unreadable") from error

    monkeypatch.setattr(photos, "_made_anew", made_anew)


# ---- what people send ------------------------------------------------------------------------------------------------


def encoded(image, kind="JPEG", **options):
    """`image` as a file of that kind."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def picture(size=(60, 40), mode="RGB"):
    """A picture whose left half is dark and whose right half is light."""
    image = Image.new("L", size, 30)
    image.paste(220, (size[0] // 2, 0, *size))
    return image.convert(mode)


def camera_exif(orientation=1):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x9286] = orientation, WORD, WORD
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 36.0, 1.0), 3: "W", 4: (2.0, 0.0, 1.0), 29: WORD})
    return exif


def planted(kind):
    """A picture with a word planted everywhere that this kind of file has room for it."""
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options = {"exif": camera_exif(), "icc_profile": profile, "xmp": xmp}
    if kind == "JPEG":
        options["comment"] = SECRET
    if kind == "PNG":
        options = {"pnginfo": PngImagePlugin.PngInfo(), "icc_profile": profile, "exif": camera_exif()}
        options["pnginfo"].add_text("Comment", WORD)
        options["pnginfo"].add_text("Packed", WORD, zip=True)
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp.decode())
    return encoded(picture(), kind, **options) + b"GIF89a\x21\xfe" + SECRET + b"<script>PK\x03\x04"


def pixel_bomb(size=(13300, 13300)):
    """A PNG of 21 kB that would be 177 million pixels."""
    return encoded(Image.new("1", size), "PNG", optimize=True)


def upload(*contents, name="IMG_1.jpg"):
    return {"photos": [SimpleUploadedFile(name, content, "image/jpeg") for content in contents]}


def to_photos(client, *contents, follow=False, **fields):
    hidden = hidden_fields(client.get("/report/photos/"))
    return client.post("/report/photos/", hidden | upload(*contents) | fields, follow=follow)


def made(content, tmp_path):
    """The photo that `content` becomes, as an image."""
    source = tmp_path / "source"
    source.write_bytes(content)
    return Image.open(photos.path_of(photos.keep(str(source))["name"]))


# ---- made anew -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_beside_the_picture_survives(kind, tmp_path):
    content = planted(kind)
    assert content.count(SECRET) >= 2
    image = made(content, tmp_path)
    image.load()
    raw = photos.path_of(os.path.basename(image.filename)[:32]).read_bytes()
    assert (image.format, image.size, image.mode) == ("JPEG", (60, 40), "RGB")
    assert (SECRET in raw, b"Exif" in raw, b"ICC_PROFILE" in raw, b"<x:xmpmeta" in raw) == (False,) * 4
    assert set(image.info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert raw.endswith(b"\xff\xd9")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photo_stands_upright(orientation, tmp_path):
    image = made(encoded(picture(), exif=camera_exif(orientation)), tmp_path)
    turned = orientation >= 5
    dark = {1: (5, 20), 2: (55, 20), 3: (55, 20), 4: (5, 20), 5: (20, 5), 6: (20, 5), 7: (20, 55), 8: (20, 55)}
    assert image.size == ((40, 60) if turned else (60, 40))
    assert image.getpixel(dark[orientation])[0] < 60


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png_becomes_the_same_picture(mode, tmp_path):
    image = picture(mode=mode) if mode != "I;16" else picture().convert("I").point(lambda v: v * 256).convert("I;16")
    image = made(encoded(image, "PNG"), tmp_path)
    assert image.getpixel((5, 20))[0] < 70
    assert image.getpixel((55, 20))[0] > 180


def test_cmyk_is_read_as_it_looks(tmp_path):
    image = made(encoded(picture(mode="CMYK")), tmp_path)
    assert (image.getpixel((5, 20))[0] < 70, image.getpixel((55, 20))[0] > 180) == (True, True)


def test_what_can_be_seen_through_stands_on_white(tmp_path):
    assert made(encoded(Image.new("RGBA", (9, 9), (255, 0, 0, 0)), "PNG"), tmp_path).getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_a_moving_picture_the_first_is_kept(kind, tmp_path):
    frames = [picture(), Image.new("RGB", (60, 40), "red")]
    image = made(encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True), tmp_path)
    assert (getattr(image, "n_frames", 1), image.getpixel((5, 20))[0] < 60) == (1, True)


@pytest.mark.slow
def test_large_photo_is_kept_smaller(tmp_path):
    image = made(encoded(picture((4000, 3000)), quality=40), tmp_path)
    assert image.size == (2560, 1920)
    assert photos.path_of(os.path.basename(image.filename)[:32]).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not a photo", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        encoded(picture(), "GIF"), encoded(picture(), "TIFF"), encoded(picture(), "BMP"), encoded(picture())[:-200],
    ],
    ids=["empty", "text", "svg", "webp", "gif", "tiff", "bmp", "cut off"],
)  # fmt: skip
def test_what_is_no_photo_is_refused(content, tmp_path):
    with pytest.raises(photos.PhotoRefused, match="We take JPEG, PNG and WebP"):
        made(content, tmp_path)
    assert [path for path in photos.folder().rglob("*") if path.is_file()] == []


def webp_header(width, height):
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00" + size + b"\x00" * 20


@pytest.mark.parametrize(
    "content", [pixel_bomb(), webp_header(16000, 16000), pixel_bomb((6400, 6400))], ids=["png", "webp", "little over"]
)
def test_too_many_pixels_are_refused_from_the_header(content, tmp_path):
    for seen in (content, content[:80]):  # nothing behind the header is needed for it
        with pytest.raises(photos.PhotoRefused, match="40 million pixels"):
            made(seen, tmp_path)


@pytest.mark.parametrize("kind", ["lossy", "lossless"])
def test_header_of_a_webp_is_read_right(kind):
    content = encoded(picture((123, 77)), "WEBP", lossless=kind == "lossless")
    assert reencode.webp_size(content[:30]) == (123, 77)


@pytest.mark.slow
def test_a_program_of_its_own_makes_the_photo(tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "_made_anew", PROGRAM)
    assert made(planted("PNG"), tmp_path).size == (60, 40)
    with pytest.raises(photos.PhotoRefused, match="40 million pixels"):
        made(pixel_bomb(), tmp_path)


# A web worker that takes photos, and how much it and the program that it starts hold at most, in MB: pages that several processes
# share are counted once (PSS). It prints that, and what became of the photo.
WORKER = """
import os, sys, threading, time
from pathlib import Path
from policing_portal.wsgi import application
from django.test import Client
from feedback import photos
assert Client(SERVER_NAME="localhost").get("/healthz").status_code == 200
most, there = 0, True

def held(pid):
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))

def watch():
    global most
    while there:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        try:
            most = max(most, held("self") + sum(map(held, children)))
        except (OSError, StopIteration):
            pass  # it has just ended
        time.sleep(0.005)

watcher = threading.Thread(target=watch)
watcher.start()
try:
    said = "{width} {height}".format(**photos.keep(sys.argv[1]))
except photos.PhotoRefused as why:
    said = str(why)
there = False
watcher.join()
print(most // 1024, said, sep="|")
"""
TOO_MUCH = "It is too large for us to open. Save it as a JPEG, or in a smaller size, and try again."


def wide():
    return Image.linear_gradient("L").resize((7300, 5400))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "becomes"),
    [
        (pixel_bomb, "It has more than 40 million pixels. Take it again in a smaller size."),
        (lambda: encoded(wide().convert("RGBA"), "PNG", compress_level=1), "2560 1894"),
        (lambda: encoded(wide().convert("RGB")), "2560 1894"),
        (lambda: encoded(wide().convert("RGB"), progressive=True, subsampling=0, quality=50), TOO_MUCH),
        (lambda: encoded(wide().convert("RGB").resize((4000, 3000)), progressive=True, quality=50), "2560 1920"),
        (lambda: encoded(wide().resize((4000, 3000)).convert("RGB"), "WEBP", lossless=True, quality=0, method=0), "2560 1920"),
        (lambda: encoded(wide().resize((4000, 3000)).convert("RGB"), "WEBP", quality=30, method=0), "2560 1920"),
        (lambda: encoded(Image.linear_gradient("L").resize((39_000, 1000)).convert("RGB")), "2560 66"),
        (lambda: encoded(Image.linear_gradient("L").resize((1000, 39_000)).convert("RGBA"), "PNG"), "66 2560"),
    ],
    ids=["bomb", "png", "jpeg", "large progressive", "progressive", "lossless webp", "webp", "wide", "tall"],
)  # fmt: skip
def test_a_worker_and_its_program_stay_under_300_mb(content, becomes, tmp_path):
    """Whatever comes in, and what a person is told of it is true: a photo that we can't hold is called too large, not broken."""
    source = tmp_path / "source"
    source.write_bytes(content())
    env = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "policing_portal.settings", "ENV_FILE": "", "SECRET_KEY": "plain", "DEBUG": "True",
        "FIELD_KEYS": "A" * 43 + "=", "DATABASE_URL": "sqlite://:memory:", "BASE_URL": "http://localhost",
        "MEDIA_ROOT": str(tmp_path / "media"), "PHOTO_DISK_RESERVE": "0",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", WORKER, source], capture_output=True, text=True, timeout=120, env=env)
    assert done.returncode == 0, done.stderr
    most, said = done.stdout.splitlines()[-1].split("|")
    assert said == becomes
    assert 60 < int(most) < 300
    print(most)


def test_webp_too_large_to_decode_is_told_from_its_header(tmp_path):
    with pytest.raises(photos.PhotoRefused, match="It is too large for us to open."):
        made(webp_header(6300, 6300), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(6000, 1500), (1500, 6000)])
def test_strips_leave_no_seam(size, tmp_path):
    """A smooth picture, made smaller in strips, is as smooth as made smaller at once."""
    smooth = Image.linear_gradient("L").resize(size).convert("RGB")
    image = made(encoded(smooth, "PNG", compress_level=1), tmp_path)
    at_once = smooth.resize(image.size, Image.Resampling.HAMMING)
    differ = ImageChops.difference(image.convert("L"), at_once.convert("L")).getextrema()
    assert differ[1] <= 4


# ---- in the journey --------------------------------------------------------------------------------------------------


def test_photos_travel_with_the_concern(client):
    walk(client, "/report/photos/")
    assert to_photos(client, planted("JPEG"), planted("PNG")).url == "/report/contact/"
    answer(client, "/report/contact/", reach="no")
    assert "2 photos" in text_of(client.get("/report/check/"))
    send(client)
    concern = Concern.objects.get()
    assert [photo.number for photo in concern.photos.numbered()] == [1, 2]
    assert "Your 2 photos are with it." in text_of(client.get("/report/sent/"))
    assert draft()["photos"] == []


def test_photo_of_the_journey_is_shown_to_its_browser_alone(client):
    walk(client, "/report/photos/")
    to_photos(client, planted("JPEG"))
    response = client.get("/report/photos/1/")
    assert SECRET not in b"".join(response)
    assert (response["Content-Type"], response["Content-Security-Policy"], response["Cache-Control"]) == (
        "image/jpeg", "default-src 'none'; sandbox", "no-store",
    )  # fmt: skip
    client.cookies.clear()
    assert client.get("/report/photos/1/").status_code == 404


def test_photo_can_be_taken_back(client):
    walk(client, "/report/photos/")
    to_photos(client, encoded(picture()), encoded(picture()))
    names = [photo["name"] for photo in draft()["photos"]]
    assert to_photos(client, remove="1").url == "/report/photos/"
    assert [photo["name"] for photo in draft()["photos"]] == names[1:]
    assert [photos.path_of(name).exists() for name in names] == [False, True]


def test_refused_photo_never_refuses_the_concern(client):
    walk(client, "/report/photos/")
    page = to_photos(client, pixel_bomb(), encoded(picture()))
    assert page.status_code == 200
    assert "IMG_1.jpg: It has more than 40 million pixels." in text_of(page)
    assert answer(client, "/report/photos/").url == "/report/contact/"
    answer(client, "/report/contact/", reach="no")
    send(client)
    assert Concern.objects.get().photos.count() == 1
    receipt = text_of(client.get("/report/sent/"))
    assert "One photo was not taken. All that you wrote was. IMG_1.jpg : It has more than 40 million pixels." in receipt


def test_file_above_8_mb_is_refused_while_it_comes(client, settings):
    walk(client, "/report/photos/")
    page = to_photos(client, encoded(picture()) + b"\0" * photos.BYTES)
    assert "It is larger than 8 MB." in text_of(page)
    assert draft()["photos"] == []


def test_of_many_photos_three_are_taken(client):
    walk(client, "/report/photos/")
    page = to_photos(client, *[encoded(picture((9, 9)))] * 7)
    assert text_of(page).count("We take three photos at a time.") >= 4
    assert len(draft()["photos"]) == 3


def test_full_disk_refuses_photos_and_never_text(client, settings):
    settings.PHOTO_DISK_RESERVE = 10**9
    walk(client, "/report/photos/")
    assert "We have no room for photos just now." in text_of(to_photos(client, encoded(picture())))
    answer(client, "/report/photos/")
    answer(client, "/report/contact/", reach="no")
    send(client)
    assert (Concern.objects.count(), Photo.objects.count()) == (1, 0)


def test_disk_that_fails_while_a_photo_comes_is_told(client, monkeypatch):
    monkeypatch.setattr(photos.PhotoUploads, "_begin", lambda self: (_ for _ in ()).throw(OSError(28, "full")))
    walk(client, "/report/photos/")
    assert "We have no room for photos just now." in text_of(to_photos(client, encoded(picture())))


def test_photos_are_counted_against_their_rate(client, settings):
    settings.PHOTO_RATE = "1/hour"
    walk(client, "/report/photos/")
    assert "That was too often" in text_of(to_photos(client, encoded(picture()), encoded(picture())))
    assert len(draft()["photos"]) == 1


def test_too_large_a_form_keeps_what_was_written(client):
    walk(client, "/report/photos/")
    assert client.post("/report/photos/", upload(b"\0" * 31 * 1024 * 1024)).status_code == 413
    assert draft()["text"] == "Off-road bikes on the green."


def test_next_concern_does_not_inherit_the_photos(client):
    walk(client, "/report/photos/")
    to_photos(client, encoded(picture()))
    answer(client, "/report/contact/", reach="no")
    send(client)
    answer(client, "/report/", sort="concern")
    assert "photos" not in draft_of_now()


def draft_of_now():
    return Draft.objects.order_by("-expires").first().answers


# ---- afterwards ------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_photo(make_concern, walsall, tmp_path):
    """A concern of Walsall with one photo."""
    source = tmp_path / "photo.jpg"
    source.write_bytes(planted("JPEG"))
    return make_concern(walsall, photos=[photos.keep(str(source))])


def url_of(concern, number=1):
    return reverse("casework:photo", args=[concern.reference, number])


def test_staff_see_photos_with_their_concern_and_each_opening_is_written_down(
    signed_in, with_photo, walsall_officer, dudley_officer
):
    client = signed_in(walsall_officer)
    assert url_of(with_photo) in client.get(with_photo.get_absolute_url()).content.decode()
    response = client.get(url_of(with_photo))
    assert SECRET not in b"".join(response)
    headers = {name: response[name] for name in ("Content-Type", "X-Content-Type-Options", "Content-Security-Policy")}
    assert headers == {
        "Content-Type": "image/jpeg",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    assert {"no-store", "private"} <= set(re.split(r",\s*", response["Cache-Control"]))
    assert response["Content-Disposition"] == 'inline; filename="photo-1.jpg"'
    read = ReadLog.objects.get(what="photo")
    assert (read.person, read.concern, read.why, read.door) == (
        walsall_officer,
        with_photo,
        "photo 1",
        "casework:photo",
    )
    assert [client.get(url_of(with_photo, number)).status_code for number in (0, 2)] == [404, 404]
    assert signed_in(dudley_officer).get(url_of(with_photo)).status_code == 404


def refuse_the_log(execute, sql, params, many, context):
    if sql.startswith("INSERT") and ReadLog._meta.db_table in sql:
        raise DatabaseError("the disk is full")
    return execute(sql, params, many, context)


def test_reading_that_cannot_be_written_down_shows_no_photo(signed_in, with_photo, walsall_officer):
    client = signed_in(walsall_officer)
    with connection.execute_wrapper(refuse_the_log):
        assert client.get(url_of(with_photo)).status_code == 503
    assert client.get(url_of(with_photo)).status_code == 200


@pytest.fixture
def opened(client, make_concern, walsall):
    """A client with the reporter's own page open, and its concern."""
    key = uuid.uuid4()
    concern = make_concern(walsall, key=key)
    client.post(reverse("tracking:start"), {"reference": concern.reference, "code": follow_code(key)})
    return client, concern


def photo_key(page):
    return page.context["form"]["key"].value()


def more_photos(client, *contents, key=None):
    key = key or photo_key(client.get("/track/photos/"))
    return client.post("/track/photos/", {**upload(*contents), "key": key})


def test_one_form_of_photos_counts_once(opened):
    client, concern = opened
    key = photo_key(client.get("/track/photos/"))
    for _click in range(3):
        assert more_photos(client, planted("JPEG"), key=key).url == "/track/concern/?done=photos#done"
    assert (concern.photos.count(), ConcernUpdate.objects.filter(kind="message").count()) == (1, 1)
    assert len([path for path in photos.folder().rglob("*.jpg")]) == 1
    more_photos(client, planted("PNG"))  # a page shown anew is a new form
    assert concern.photos.count() == 2


def test_a_form_without_photos_is_no_thanks_for_any(opened):
    client, _concern = opened
    more_photos(client, planted("JPEG"))
    assert more_photos(client).status_code == 200


@pytest.mark.parametrize("key", ["", "x", "57ddd836-0d05-4ec3-9eea-35a670e3d17c"])
def test_photos_without_a_key_of_ours_are_asked_for_again(key, opened):
    client, concern = opened
    page = client.post("/track/photos/", {**upload(planted("JPEG")), "key": key})
    assert (page.status_code, concern.photos.count()) == (200, 0)
    assert more_photos(client, planted("JPEG"), key=photo_key(page)).status_code == 303


def test_what_was_refused_can_be_sent_anew_from_the_same_page(opened):
    client, concern = opened
    page = more_photos(client, b"no photo", encoded(picture()))
    assert more_photos(client, planted("JPEG"), key=photo_key(page)).status_code == 303
    assert concern.photos.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_form_of_photos_at_the_same_moment_is_kept_once(make_concern, walsall, tmp_path):
    concern, key = make_concern(walsall), uuid.uuid4()
    source = tmp_path / "photo.jpg"
    source.write_bytes(planted("JPEG"))
    kept = [photos.keep(str(source)) for _each in range(4)]
    taken = race([partial(concern.take_photos, [one], key=key) for one in kept])
    assert sorted(type(one).__name__ for one in taken) == ["ConcernUpdate"] + ["NoneType"] * 3
    assert concern.photos.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_photos_of_several_pages_at_the_same_moment_stay_within_the_most(make_concern, walsall, tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "MOST_OF_A_CONCERN", 3)
    concern = make_concern(walsall)
    source = tmp_path / "photo.jpg"
    source.write_bytes(planted("JPEG"))
    kept = [[photos.keep(str(source)) for _each in range(2)] for _page in range(4)]
    taken = race([partial(concern.take_photos, some, key=uuid.uuid4()) for some in kept])
    assert sorted(type(one).__name__ for one in taken) == ["ConcernUpdate"] + ["NoMorePhotos"] * 3
    assert (concern.photos.count(), concern.updates.filter(kind="message").count()) == (2, 1)


def test_photos_for_which_there_is_no_room_any_more_are_told_and_thrown_away(opened, monkeypatch):
    client, concern = opened
    monkeypatch.setattr(photos, "MOST_OF_A_CONCERN", 2)
    monkeypatch.setattr(tracking_photos, "_room", lambda concern: 3)  # as it was before another page sent some
    page = more_photos(client, planted("JPEG"), planted("JPEG"), planted("JPEG"))
    assert "You have sent as many photos as we can take with one concern." in text_of(page)
    assert (page.status_code, concern.photos.count(), list(photos.folder().rglob("*.jpg"))) == (200, 0, [])
    assert more_photos(client, planted("JPEG"), key=photo_key(page)).status_code == 303


def test_person_adds_photos_later(opened, walsall_officer):
    client, concern = opened
    done = more_photos(client, planted("JPEG"), planted("WEBP"))
    assert (done.status_code, done.url) == (303, "/track/concern/?done=photos#done")
    assert "We have 2 photos more." in text_of(client.get(done.url))
    update = ConcernUpdate.objects.get(kind="message")
    assert (update.text, update.public, update.photos.count()) == ("2 photos were added.", True, 2)
    assert concern.notifications.filter(kind="message", update=update).count() == 1
    assert "See your 2 photos" in text_of(client.get("/track/concern/"))
    assert SECRET not in b"".join(client.get("/track/photos/2/"))


def test_photos_stand_in_the_thread_with_what_they_came_with(client, make_concern, walsall, tmp_path):
    key, source = uuid.uuid4(), tmp_path / "photo.jpg"
    source.write_bytes(planted("JPEG"))
    one = make_concern(walsall, key=key, photos=[photos.keep(str(source)), photos.keep(str(source))])
    client.post("/track/", {"reference": one.reference, "code": follow_code(key)})
    one.take_message("They came back.")
    one.take_photos([photos.keep(str(source))])
    page = client.get("/track/concern/")
    assert [(entry.what, [photo.number for photo in entry.photos]) for entry in page.context["entries"]] == [
        ("Told us", [1, 2]), ("Wrote to us", []), ("Wrote to us", [3]),
    ]  # fmt: skip
    shown = page.content.decode().partition('class="portal-timeline"')[2].partition("</ol>")[0]
    assert re.findall(r'<img src="([^"]+)"', shown) == [f"/track/photos/{number}/" for number in (1, 2, 3)]
    Category.objects.filter(pk=one.category_id).update(sensitive=True)
    assert "<img" not in client.get("/track/concern/").content.decode()


def test_refused_photo_on_the_own_page_is_told(opened):
    client, _concern = opened
    page = more_photos(client, b"no photo", encoded(picture()))
    assert "open it as a photo. We take JPEG, PNG and WebP." in text_of(page)
    assert "We have one photo more." in text_of(page)


def test_photos_of_others_are_not_found(client, with_photo):
    assert client.get("/track/photos/1/").status_code == 404
    assert client.get("/track/photos/").url == "/track/"


def test_concern_has_an_end_of_photos(opened, monkeypatch):
    client, concern = opened
    monkeypatch.setattr(photos, "MOST_OF_A_CONCERN", 1)
    more_photos(client, encoded(picture()))
    assert "as many photos as we can take" in text_of(more_photos(client, encoded(picture())))
    assert concern.photos.count() == 1


# ---- rows and files --------------------------------------------------------------------------------------------------


def test_file_goes_with_its_row(with_photo, django_capture_on_commit_callbacks):
    path = photos.path_of(with_photo.photos.get().name)
    with django_capture_on_commit_callbacks(execute=True):
        with_photo.photos.all().delete()
    assert path.exists() is False


def test_integrity_finds_a_row_without_file_and_a_file_without_row(with_photo, walsall_officer, capsys):
    call_command("check_integrity")
    path = photos.path_of(with_photo.photos.get().name)
    other = photos.path_of("0" * 32)
    other.parent.mkdir(exist_ok=True)
    path.rename(other)
    os.utime(other, (time.time() - 30 * 3600,) * 2)
    with pytest.raises(CommandError):
        call_command("check_integrity")
    said = capsys.readouterr().out
    assert "1 photos whose file is gone" in said
    assert "1 files of photos that belong to nothing" in said


def test_sweep_clears_what_was_never_sent_and_nothing_else(with_photo, client, tmp_path):
    source = tmp_path / "unsent.jpg"
    source.write_bytes(encoded(picture()))
    old, young = (photos.path_of(photos.keep(str(source))["name"]) for _n in range(2))
    unfinished = photos.folder() / "new-x"
    unfinished.touch()
    sent = photos.path_of(with_photo.photos.get().name)
    for path in (old, unfinished, sent):
        os.utime(path, (time.time() - 26 * 3600,) * 2)
    assert clear_photos() == 2
    assert [path.exists() for path in (old, unfinished, young, sent)] == [False, False, True, True]


def test_going_on_with_a_journey_keeps_its_photos(client):
    walk(client, "/report/photos/")
    to_photos(client, encoded(picture()))
    path = photos.path_of(draft()["photos"][0]["name"])
    os.utime(path, (time.time() - 26 * 3600,) * 2)
    answer(client, "/report/contact/", reach="no")
    assert clear_photos() == 0
