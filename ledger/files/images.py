"""Making a picture safe to keep: upright, small enough to look at, and without anything but its pixels."""

from io import BytesIO
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

from ledger.errors import N_, LedgerError

MOST_PIXELS = 40_000_000
"""Of what is handed in; telephones take 12 million, some more."""
LONGEST_SIDE = 1600
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP")


class NotAPicture(LedgerError):
    """A file that cannot be read as a picture, whatever its name says."""

    code = "not_a_picture"
    message = N_("This is no picture that can be read. Take it as JPEG, PNG or WebP.")


class TooManyPixels(LedgerError):
    """A picture that would fill the memory when it is opened."""

    code = "too_many_pixels"
    message = N_("This picture has more than %(most)s million pixels. Take it in a smaller size.")


def clean_picture(source: IO[bytes]) -> bytes:
    """Return a picture as an upright JPEG of at most LONGEST_SIDE pixels a side, without place, device or thumbnail.

    Its size is read from its head before anything is decoded. Raises NotAPicture or TooManyPixels.
    """
    try:
        with Image.open(source, formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise TooManyPixels(most=MOST_PIXELS // 1_000_000)
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return _as_jpeg(ImageOps.exif_transpose(picture))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        raise NotAPicture from None


def _as_jpeg(picture: Image.Image) -> bytes:
    """Return the pixels alone, what is transparent on white."""
    paper = Image.new("RGB", picture.size, "white")
    if picture.has_transparency_data:
        pixels = picture.convert("RGBA")
        paper.paste(pixels, mask=pixels.getchannel("A"))
    else:
        paper.paste(picture.convert("RGB"))
    kept = BytesIO()
    paper.save(kept, "JPEG", quality=QUALITY, optimize=True)
    return kept.getvalue()
