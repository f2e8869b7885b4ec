"""What a camera sees: a film in which labels pass, for a browser that takes a film for its camera."""

import io
from collections.abc import Iterable
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFilter
from qrcode import QRCode

from ledger.codes import shown

FRAMES = 24
"""How many frames of the film a label is in, of 30 a second."""


def film(labels: Iterable[Image.Image], path: Path) -> Path:
    """Write a film in which one label after the other passes a carton, turned a little and out of focus."""
    luck = Random(7)  # noqa: S311 - any carton will do
    carton = Image.effect_noise((1280, 720), 60).filter(ImageFilter.GaussianBlur(2))
    with path.open("wb") as out:
        for label in labels:
            turned = label.rotate(luck.uniform(-40, 40), expand=True, fillcolor=128, resample=Image.Resampling.BICUBIC)
            for frame in range(FRAMES):
                picture = carton.copy()
                picture.paste(turned, (300 + 14 * frame, 120 + luck.randrange(-6, 6)))
                jpeg = io.BytesIO()
                picture.filter(ImageFilter.GaussianBlur(1)).convert("RGB").save(jpeg, "JPEG", quality=85)
                out.write(jpeg.getvalue())
    return path


def camera(path: Path) -> list[str]:
    """Return the flags of a browser whose camera sees this film again and again."""
    return [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
    ]


def label(code: str) -> Image.Image:
    """Return a printed label, 100 by 70 millimetres at 100 dpi."""
    qr = QRCode(border=4, box_size=7)
    qr.add_data(f"HTTPS://LEDGER.EXAMPLE/Q/{code}")
    paper = Image.new("L", (394, 276), 250)
    paper.paste(qr.make_image().convert("L"), (10, 10))
    ImageDraw.Draw(paper).text((20, 250), shown(code), fill=10)
    return paper
