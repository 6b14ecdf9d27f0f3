"""Photos from the outside: taken in without trust, kept out of the web's reach, handed out to be looked at and no more.

A photo is refused with a sentence, and nothing else is: no text ever waits for a photo or fails with one.
"""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from io import BytesIO
from pathlib import Path

from csp.constants import HEADER
from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import throttle
from feedback import reencode

FIELD = "photos"
MOST = 3  # with one sending
MOST_OF_A_CONCERN = 12
BYTES = 8 * 1024 * 1024
PIXELS = 40_000_000
EDGE = 2560  # pixels of the longer side as kept: a number plate across a street can be read
WAIT = 40  # seconds for one photo
NAME = 32  # random hexadecimal digits

WHY = {
    "large": gettext_lazy("It is larger than 8 MB. Choose a smaller one, or send it in a smaller size."),
    "pixels": gettext_lazy("It has more than 40 million pixels. Take it again in a smaller size."),
    "memory": gettext_lazy("It is too large for us to open. Save it as a JPEG, or in a smaller size, and try again."),
    "unreadable": gettext_lazy("We can't open it as a photo. We take JPEG, PNG and WebP."),
    "many": gettext_lazy("We take three photos at a time."),
    "disk": gettext_lazy("We have no room for photos just now. What you wrote is not touched by that."),
}

_one_at_a_time = threading.Lock()  # so that a process and the one that it starts stay small


class PhotoRefused(Exception):
    """A photo that was not taken. `str()` is a sentence for the person."""

    def __init__(self, why):
        super().__init__(str(WHY.get(why, why)))


# ---- coming in -------------------------------------------------------------------------------------------------------


class PhotoUploads(FileUploadHandler):
    """Streams what comes in the field of photos to disk, and stops keeping it where it is too large or too much.

    It never refuses the form: what was not kept says why, in `trouble`. Files of other fields go to the next handler.
    """

    number = 0

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.file = None
        if self.field_name != FIELD:
            return
        self.number += 1
        self.trouble = "many" if self.number > MOST else ""
        if not self.trouble:
            self._try(self._begin)
        raise StopFutureHandlers

    def _begin(self):
        self.file = TemporaryUploadedFile(self.file_name, self.content_type, 0, self.charset)

    def receive_data_chunk(self, raw_data, start):
        if self.field_name != FIELD:
            return raw_data
        if start + len(raw_data) > BYTES:
            self.trouble = self.trouble or "large"
        if not self.trouble:
            self._try(lambda: self.file.write(raw_data))
        return None

    def _try(self, do):
        try:
            do()
        except OSError:
            self.trouble = "disk"

    def file_complete(self, file_size):
        if self.field_name != FIELD:
            return None
        if not self.trouble:
            self._try(self.file.flush)
        if self.trouble and self.file:
            self._try(self.file.close)
        upload = UploadedFile(BytesIO(), self.file_name) if self.trouble else self.file
        upload.trouble, upload.size = self.trouble, file_size  # type: ignore[union-attr]
        return upload


def take(request, room: int) -> tuple[list[dict], list[dict]]:
    """The photos of a form: those kept (dicts name, width, height), and those refused (dicts label, why).

    `room`: how many more there may be.
    """
    kept, refused = [], []
    for upload in request.FILES.getlist(FIELD):
        try:
            if len(kept) >= room:
                raise PhotoRefused("many")
            kept.append(_taken(request, upload))
        except PhotoRefused as why:
            refused.append({"label": str(upload.name)[:80], "why": str(why)})
    return kept, refused


def _taken(request, upload) -> dict:
    if upload.trouble:
        raise PhotoRefused(upload.trouble)
    try:
        throttle.count("photo", throttle.caller_of(request), settings.PHOTO_RATE)
    except throttle.TooMany as error:
        raise PhotoRefused(str(error)) from error
    try:
        return keep(upload.temporary_file_path())
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PhotoRefused("disk" if isinstance(error, OSError) else "unreadable") from error


def keep(source: str) -> dict:
    """Keep the photo in the file `source`, made anew. Returns dict name, width, height. Raises `PhotoRefused`, OSError."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.disk_usage(folder()).free < settings.PHOTO_DISK_RESERVE * 1024 * 1024:
        raise PhotoRefused("disk")
    name = new_name()
    handle, target = tempfile.mkstemp(dir=folder(), prefix="new-")
    os.close(handle)
    try:
        width, height = _made_anew(source, target)
        path_of(name).parent.mkdir(mode=0o700, exist_ok=True)
        os.replace(target, path_of(name))
    finally:
        Path(target).unlink(missing_ok=True)
    return {"name": name, "width": width, "height": height}


def _made_anew(source, target) -> tuple[int, int]:
    """Let a program of its own, which may use little, write `target`; its size in pixels."""
    command = [sys.executable, "-I", reencode.__file__, source, target, str(PIXELS), str(EDGE)]
    with _one_at_a_time:
        done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT, check=False)  # noqa: S603 our own program
    said = done.stdout.split()
    if done.returncode or len(said) != 2:
        raise PhotoRefused(said[0] if said and not done.returncode else "unreadable")
    return int(said[0]), int(said[1])


# ---- the files -------------------------------------------------------------------------------------------------------


def folder() -> Path:
    """Where photos lie: no address of the web leads there."""
    return Path(settings.MEDIA_ROOT) / "photos"


def new_name() -> str:
    """A random name, which nobody can guess."""
    return secrets.token_hex(NAME // 2)


def path_of(name: str) -> Path:
    """The file of the photo with that random name."""
    return folder() / name[:2] / f"{name}.jpg"


def copied(name: str) -> str:
    """The name of another file with the same photo; "" where that file is gone or there is no room for it."""
    other = new_name()
    try:
        path_of(other).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(path_of(name), path_of(other))
    except OSError:
        path_of(other).unlink(missing_ok=True)
        return ""
    return other


def touch(names) -> None:
    """Say that these files are still wanted, though no row says so yet."""
    for name in names:
        if path_of(name).exists():
            os.utime(path_of(name))


def remove(names) -> None:
    """Delete the files of these names; those that are gone are gone."""
    for name in names:
        path_of(name).unlink(missing_ok=True)


def files(older_than: float) -> dict[str, Path]:
    """Every file that nobody touched for so many hours, by its name; unfinished ones, too."""
    before = time.time() - older_than * 3600
    found = [*folder().glob("??/*.jpg"), *folder().glob("new-*")] if folder().exists() else []
    return {path.stem: path for path in found if path.stat().st_mtime < before}


# ---- going out -------------------------------------------------------------------------------------------------------


def served(name: str, number: int) -> FileResponse:
    """The photo for whoever may see it: a picture and nothing else, kept by no cache. `number`: what it is called."""
    try:
        file = path_of(name).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type="image/jpeg", filename=_("photo-%d.jpg") % number)
    response[HEADER] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
