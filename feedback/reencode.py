"""One photo in, one clean JPEG out: a program of its own, so that nothing in a file can hurt the process that took it.

    python feedback/reencode.py SOURCE TARGET PIXELS EDGE

It knows nothing of the portal. It may use MEMORY and SECONDS and no more, whatever the file says of itself; what goes over ends
here alone. It prints the size of what it wrote ("2560 1920"), or a word that says why there is nothing (see `Unusable`).

MEMORY is little, because the web worker that waits has its own beside it: both together stay under 300 MB. So the decoded file is
all that is ever held whole: what becomes of it is made in strips and laid down on disk until the decoded file is gone.
"""

import math
import resource
import struct
import sys

from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP")  # Pillow reads many more, and each is a way in
MEMORY = 190 * 1024 * 1024  # bytes of data: 40 megapixels decoded once, or 14 of a WebP, which needs more
ROOM = MEMORY - 20 * 1024 * 1024  # without Python itself
WEBP = 12  # bytes that decoding takes for a pixel: libwebp has two pictures, and gives a third
SECONDS = 15  # of the processor
STRIP = 4 * 1024 * 1024  # bytes of the decoded file that are worked on at a time
AROUND = 1  # lines of the result that each strip sees beyond its own, so that no seam shows
QUALITY = 85

# What a broken Exif block makes Pillow raise.
BROKEN = (
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    ZeroDivisionError,
    struct.error,
)

Image.MAX_IMAGE_PIXELS = None  # the limit here is our own, and stricter
Turn = Image.Transpose
UPRIGHT = {
    2: Turn.FLIP_LEFT_RIGHT, 3: Turn.ROTATE_180, 4: Turn.FLIP_TOP_BOTTOM, 5: Turn.TRANSPOSE, 6: Turn.ROTATE_270,
    7: Turn.TRANSVERSE, 8: Turn.ROTATE_90,
}  # fmt: skip


class Unusable(Exception):
    """Why there is no photo: `pixels` or `memory`. Without a word, it can't be read."""


def limit_itself():
    """Take away what a hostile file would use."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Width and height that the header of a WebP states. Pillow would take memory for them before it tells."""
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return None
    kind, number = head[12:16], lambda at, bytes_: int.from_bytes(head[at : at + bytes_], "little")
    if kind == b"VP8X":
        return number(24, 3) + 1, number(27, 3) + 1
    if kind == b"VP8L":
        return (number(21, 4) & 0x3FFF) + 1, (number(21, 4) >> 14 & 0x3FFF) + 1
    return number(26, 2) & 0x3FFF, number(28, 2) & 0x3FFF


def opened(source: str, pixels: int) -> Image.Image:
    """The image of `source`, of which only the header was read. Raises `Unusable`."""
    with open(source, "rb") as file:
        stated = webp_size(file.read(30))
    if stated and stated[0] * stated[1] > pixels:
        raise Unusable("pixels")
    if stated and stated[0] * stated[1] * WEBP > ROOM:
        raise Unusable("memory")
    image = Image.open(source, formats=FORMATS)
    if image.width * image.height > pixels:
        raise Unusable("pixels")
    return image


def decoded(image: Image.Image, edge: int) -> Image.Image:
    """`image` with its pixels, no larger than it must be. Raises `Unusable`, and what decoders raise."""
    if image.format == "WEBP":
        data, _when, _long = image._get_next()  # type: ignore[attr-defined]
        image._decoder = None  # type: ignore[attr-defined]  # Pillow would keep its two pictures beside a copy of ours
        mode = image.rawmode  # type: ignore[attr-defined]
        return Image.frombuffer(mode, image.size, data, "raw", mode, 0, 1)
    needs = kept_apart(image)
    image.draft("RGB", (edge, edge))
    try:
        image.load()
    except OSError as error:  # libjpeg says the same of a broken file and of too little memory
        if needs + 4 * image.width * image.height > ROOM:
            raise Unusable("memory") from error
        raise
    return image


def kept_apart(image: Image.Image) -> int:
    """The bytes in which libjpeg gathers a JPEG that comes in several scans, beside the picture itself."""
    layers = getattr(image, "layer", None) or [(0, 0, 0, 0)]
    most = max(across * down for _id, across, down, _table in layers) or 1
    return 2 * image.width * image.height * sum(across * down for _id, across, down, _table in layers) // most


def turned(image: Image.Image) -> int:
    """The Exif number of how the camera was held; 1 where it is not said or makes no sense."""
    try:
        return image.getexif().get(0x0112, 1)
    except BROKEN:  # the block is thrown away all the same
        return 1


def plain(part: Image.Image) -> Image.Image:
    """`part` in red, green and blue: what can be seen through stands on white, 16 bits become 8."""
    if part.mode.startswith("I") or part.mode == "F":
        part = part.convert("F").point(lambda value: value / 256 + 0).convert("L")
    if part.has_transparency_data:
        part = part.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", part.size, "white"), part).convert("RGB")
    return part if part.mode == "RGB" else part.convert("RGB")


def shrunk(image: Image.Image, edge: int, aside: str) -> Image.Image:
    """`image` anew with at most `edge` pixels a side, which carries nothing else over. The file `aside` is written over.

    It is made in strips that lie in that file until the decoded picture is gone, so there are never two.
    """
    scale = max(1.0, max(image.size) / edge)
    width, height = (max(1, round(side / scale)) for side in image.size)
    lines = max(1, int(STRIP / (4 * image.width * scale)))
    with open(aside, "wb") as file:
        for top in range(0, height, lines):
            file.write(strip_of(image, top, min(top + lines, height), (width, height)).tobytes())
    image.close()
    with open(aside, "rb") as file:
        return Image.frombytes("RGB", (width, height), file.read())


def strip_of(image: Image.Image, top: int, bottom: int, size: tuple[int, int]) -> Image.Image:
    """The lines from `top` to `bottom` of what `image` is in that size."""
    by = image.height / size[1]
    above = max(0, math.floor((top - AROUND) * by))
    part = image.crop((0, above, image.width, min(image.height, math.ceil((bottom + AROUND) * by))))
    part.info = {k: v for k, v in image.info.items() if k == "transparency"}
    seen = (0, top * by - above, image.width, min(bottom * by - above, part.height))
    return plain(part).resize((size[0], bottom - top), Image.Resampling.HAMMING, box=seen)


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """`image` as the person saw it, by the Exif number."""
    turn = UPRIGHT.get(orientation)
    return image if turn is None else image.transpose(turn)


def reencode(source: str, target: str, pixels: int, edge: int) -> tuple[int, int]:
    """Write the photo of `source` anew to `target`: the first picture of several, upright, without a word beside it.

    Returns width and height. Raises `Unusable`, and whatever a decoder likes to raise: then the program ends with 1.
    """
    try:
        image = opened(source, pixels)
        orientation = turned(image)
        clean = upright(shrunk(decoded(image, edge), edge, target), orientation)
    except MemoryError as error:
        raise Unusable("memory") from error
    clean.save(target, "JPEG", quality=QUALITY, optimize=True)
    return clean.size


if __name__ == "__main__":
    limit_itself()
    try:
        sys.stdout.write("{} {}\n".format(*reencode(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
    except Unusable as why:
        sys.stdout.write(f"{why}\n")
