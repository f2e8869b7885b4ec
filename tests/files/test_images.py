"""Pictures are kept upright, small, and without anything but their pixels."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from ledger.files.images import LONGEST_SIDE, NotAPicture, TooManyPixels, clean_picture

ORIENTATION, GPS, MAKE = 0x0112, 0x8825, 0x010F


def picture(size=(40, 20), kind="JPEG", mode="RGB", **more):
    """Return a picture whose upper left corner is red."""
    drawn = Image.new(mode, size, "white" if mode in ("RGB", "L") else None)
    if mode == "RGB":
        drawn.paste((255, 0, 0), (0, 0, size[0] // 2, size[1] // 2))
    kept = BytesIO()
    drawn.save(kept, kind, **more)
    return BytesIO(kept.getvalue())


def opened(data):
    return Image.open(BytesIO(data))


def is_red(pixel):
    return pixel[0] > 200 and pixel[1] < 90 and pixel[2] < 90


def test_a_picture_stays_what_it_shows():
    kept = opened(clean_picture(picture()))

    assert (kept.format, kept.mode, kept.size) == ("JPEG", "RGB", (40, 20))
    assert is_red(kept.getpixel((3, 3)))
    assert not is_red(kept.getpixel((35, 15)))


@pytest.mark.parametrize(
    ("turn", "size", "red"),
    [(1, (40, 20), (3, 3)), (6, (20, 40), (16, 3)), (3, (40, 20), (36, 16)), (8, (20, 40), (3, 36))],
)
def test_it_is_upright_and_says_nothing_of_place_and_device(turn, size, red):
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = turn, "Telephone"
    exif.get_ifd(GPS)[1] = "N"

    data = clean_picture(picture(exif=exif, comment=b"a secret"))

    kept = opened(data)
    assert kept.size == size
    assert is_red(kept.getpixel(red))
    assert dict(kept.getexif()) == {}
    for trace in (b"Exif", b"Telephone", b"a secret", b"GPS"):
        assert trace not in data


@pytest.mark.parametrize("size", [(4000, 3000), (300, 4000), (1601, 10)])
def test_it_is_no_larger_than_needed(size):
    kept = opened(clean_picture(picture(size)))

    assert max(kept.size) == LONGEST_SIDE
    assert abs(kept.width / kept.height - size[0] / size[1]) < 0.2 * size[0] / size[1]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "L"),
        ("PNG", "LA"),
        ("PNG", "1"),
        ("WEBP", "RGBA"),
        ("JPEG", "CMYK"),
        ("JPEG", "L"),
    ],
)
def test_every_usual_kind_becomes_the_same(kind, mode):
    kept = opened(clean_picture(picture(kind=kind, mode=mode)))

    assert (kept.format, kept.mode) == ("JPEG", "RGB")


def test_what_is_transparent_becomes_white():
    kept = opened(clean_picture(picture(kind="PNG", mode="RGBA")))

    assert kept.getpixel((5, 5)) == (255, 255, 255)


def test_the_same_picture_becomes_the_same_bytes():
    assert clean_picture(picture()) == clean_picture(picture())


def test_a_huge_picture_is_refused_before_it_is_decoded():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")

    with pytest.raises((TooManyPixels, NotAPicture)):
        clean_picture(BytesIO(bomb))
    with pytest.raises(TooManyPixels):
        clean_picture(picture((8000, 5001), kind="PNG", mode="1"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(50),
        b"%PDF-1.7 no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script>alert(1)</script></html>",
        picture().getvalue()[:200],
        b"\xff\xd8\xff\xe0" + bytes(100),
        picture(kind="GIF").getvalue(),
        picture(kind="TIFF").getvalue(),
    ],
)
def test_what_is_no_picture_is_refused_in_words(data):
    with pytest.raises(NotAPicture):
        clean_picture(BytesIO(data))


def test_what_hides_behind_a_picture_is_not_kept():
    data = clean_picture(BytesIO(picture().getvalue() + b"<script>alert(1)</script>"))

    assert b"script" not in data
