"""What the demo shows of coming in: photos, safety reviews, words for officers only, adverts, voices. All of it made up."""

import tempfile

from PIL import Image, ImageDraw

from feedback import clock, photos, reencode
from feedback.models import Concern, Photo, SafetyReview, SafetyRule, Voice
from feedback.models.sealing import seal

ADVERT = "Best price for your old boiler! Our fitters come the same day, call our office and say the word WARM."
SEEN = "[officers only 1] from [officers only 2] the road rides the loud bike. My number is in the form."
SEALED = {"1": "Demo Neighbour", "2": "number 14 of"}


def add(area) -> None:
    """All of it for one `area`, whose concerns and priorities are there."""
    newest = list(Concern.objects.filter(area=area, safety=False, kind="concern").order_by("-received_at", "-pk")[:4])
    if len(newest) == 4:
        _photos(newest[0])
        _sealed(newest[1])
        plain = Concern.objects.filter(area=area, safety=False, kind="concern", crime_disclosed_at=None, problem=None)
        advert = plain.exclude(pk__in=[one.pk for one in newest[:2]]).order_by("-received_at", "-pk").first()
        Concern.objects.filter(pk=advert and advert.pk).update(text=ADVERT, suspected=True)
    for number, concern in enumerate(Concern.objects.filter(area=area, safety=True).order_by("received_at")):
        _review(concern, opened=number > 0)
    for priority in area.priorities.filter(published=True, ended_on=None).exclude(ward=None)[:1]:
        _voices(priority)


def _photos(concern) -> None:
    Photo.attach(concern, [_photo(colour) for colour in ("#4a5a6a", "#7a4b00")])


def _photo(colour) -> dict:
    """A drawn street, kept as a photo that somebody sent would be."""
    image = Image.new("RGB", (1200, 800), "#c9d8e6")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 520, 1200, 800), fill="#6f7f6a")
    draw.polygon([(380, 800), (820, 800), (640, 520), (560, 520)], fill=colour)
    for left in range(40, 1200, 230):
        draw.rectangle((left, 300, left + 150, 520), fill="#a8674f")
        draw.polygon([(left - 15, 300), (left + 75, 220), (left + 165, 300)], fill="#5b3a2e")
    name = photos.new_name()
    photos.path_of(name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(suffix=".png") as drawn:
        image.save(drawn, "PNG")
        drawn.flush()
        width, height = reencode.reencode(drawn.name, str(photos.path_of(name)), photos.PIXELS, photos.EDGE)
    return {"name": name, "width": width, "height": height}


def _sealed(concern) -> None:
    Concern.objects.filter(pk=concern.pk).update(text=SEEN, sealed_words=seal(SEALED))


def _review(concern, *, opened) -> None:
    """A review that began with the concern; one that nobody opened stands as missed."""
    found = SafetyRule.objects.in_force().look(concern.text)
    at = concern.received_at
    review = SafetyReview.objects.create(
        concern=concern, at=at, due_at=clock.add_minutes(at, 15), alerted_at=at,
        opened_at=clock.add_minutes(at, 6) if opened else None, found=", ".join(one.words for one in found),
    )  # fmt: skip
    review.rules.set([one.rule for one in found])


def _voices(priority) -> None:
    concern = Concern.objects.filter(problem__priority=priority, category__sensitive=False).first()
    for number in range(6 if concern else 0):
        Voice.add(priority.ward, concern.category, caller=f"demo-{number}")
