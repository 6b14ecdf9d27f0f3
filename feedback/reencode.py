"""One photo in, one clean JPEG out: a program of its own, so that nothing in a file can hurt the process that took it.

    python feedback/reencode.py SOURCE TARGET PIXELS EDGE

It knows nothing of the portal. It may use MEMORY and SECONDS and no more, whatever the file says of itself; what goes over ends
here alone. It prints the size of what it wrote ("2560 1920"), or a word that says why there is nothing (see `Unusable`).
"""

import resource
import struct
import sys

from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP")  # Pillow reads many more, and each is a way in
MEMORY = 270 * 1024 * 1024  # bytes of data: 40 megapixels decoded once, or 12 of a WebP, which needs more
SECONDS = 15  # of the processor
STRIP = 64  # lines of the result that are made at a time
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
    image = Image.open(source, formats=FORMATS)
    if image.width * image.height > pixels:
        raise Unusable("pixels")
    return image


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
    return part.convert("RGB")


def shrunk(image: Image.Image, edge: int) -> Image.Image:
    """`image` on a new canvas with at most `edge` pixels a side, which carries nothing else over.

    It goes there in strips, so that beside the decoded file there is never a second copy of it.
    """
    image.draft("RGB", (edge, edge))  # a JPEG is decoded no larger than it must be
    image.load()
    by = max(1, max(image.size) // edge)
    canvas = Image.new("RGB", (-(-image.width // by), -(-image.height // by)))
    for top in range(0, image.height, STRIP * by):
        strip = image.crop((0, top, image.width, min(top + STRIP * by, image.height)))
        strip.info = {k: v for k, v in image.info.items() if k == "transparency"}
        canvas.paste(plain(strip).reduce(by), (0, top // by))
    canvas.thumbnail((edge, edge))
    return canvas


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
        clean = upright(shrunk(image, edge), orientation)
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
