import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from pdfs import fonts_of, pictures_of, text_of
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from ledger.papers.fonts import FOLDER, Face, NotPrintable, check_printable, missing
from ledger.papers.pdf import About
from ledger.papers.pen import Pen
from ledger.papers.typesetting import Type, runs, width

ABOUT = About(title="", author="", made_at=datetime(2027, 3, 15, tzinfo=UTC))
RARE = "𬭚䶮𫖮㛃𬉼鿍"
NOWHERE = "\U0002fa1d\u0378"
"""A character that the fonts lack, and a code that has none."""
SOURCES = Path(__file__).parents[2] / "ledger/front/node_modules/@expo-google-fonts"
SERIF = SOURCES / "noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf"


def test_every_common_character_and_rare_ones_can_be_printed():
    assert missing("鹭江市〔2027〕第 1 号，𬭚䶮𫖮 ²×～—…“”（）￥%Ωé") == []


def test_what_no_font_has_is_named():
    assert missing(f"甲{NOWHERE}乙{NOWHERE}") == sorted(NOWHERE)
    with pytest.raises(NotPrintable) as refusal:
        check_printable({"lines": [{"name": f"甲{NOWHERE[0]}"}], "count": 3})

    assert refusal.value.facts["characters"] == f"{NOWHERE[0]}（U+2FA1D）"


def test_serif_keeps_every_character_of_its_family():
    with TTFont(SERIF, lazy=True) as whole, TTFont(Face.SERIF.path, lazy=True) as cut:
        assert cut.getBestCmap().keys() == whole.getBestCmap().keys()


@pytest.mark.parametrize("face", Face)
def test_digits_are_equally_wide_with_their_outlines_in_the_middle(face):
    with TTFont(face.path, lazy=True) as font:
        names = font.getBestCmap()
        for digit in "0123456789":
            advance, bearing = font["hmtx"][names[ord(digit)]]
            glyph = font["glyf"][names[ord(digit)]]
            assert bearing == glyph.xMin
            assert abs((glyph.xMin + glyph.xMax) / 2 - advance / 2) < 20

    assert width("1111", Type(face, 9)) == pytest.approx(width("8888", Type(face, 9)))


def test_what_a_face_lacks_is_taken_from_the_next():
    assert list(runs("鹭𬭚牌", Face.SANS_MEDIUM)) == [
        (Face.SANS_MEDIUM, "鹭"),
        (Face.SERIF, "𬭚"),
        (Face.SANS_MEDIUM, "牌"),
    ]


def test_licences_stand_beside_the_fonts():
    texts = [path.read_text() for path in FOLDER.glob("*.OFL.txt")]

    assert len(texts) == 2
    assert all("SIL OPEN FONT LICENSE" in text.upper() for text in texts)


@pytest.fixture(scope="module")
def specimen(tmp_path_factory):
    """Seven hundred different characters, more than a subset of a font holds, and the rare ones at the end."""
    path = tmp_path_factory.mktemp("specimen") / "specimen.pdf"
    signs = [chr(code) for code in range(0x4E00, 0x4E00 + 700 - len(RARE))] + list(RARE)
    pen = Pen(path, about=ABOUT)
    for place, sign in enumerate(signs):
        row, column = divmod(place, 25)
        pen.text(10 + column * 7.5, 20 + row * 9.5, sign, Type(Face.SERIF, 18))
    pen.finish()
    return path, signs


def test_every_character_is_drawn_as_its_font_draws_it(specimen):
    path, signs = specimen
    page = pictures_of(path, dpi=200)[0]
    source = ImageFont.truetype(SERIF, 50)
    for place, sign in enumerate(signs):
        row, column = divmod(place, 25)
        left, base = (10 + column * 7.5) * 200 / 25.4, (20 + row * 9.5) * 200 / 25.4
        drawn = shape(page.crop((int(left) - 3, int(base) - 50, int(left) + 56, int(base) + 16)))
        meant, other = (shape(written(text, source)) for text in (sign, signs[place - 1]))
        assert likeness(drawn, meant) > max(0.5, likeness(drawn, other)), sign


def test_the_text_layer_gives_every_character_back(specimen):
    path, signs = specimen

    assert sorted("".join(text_of(path).split())) == sorted(signs)


def test_every_font_is_embedded_and_cut(specimen):
    path, _ = specimen

    assert len(fonts_of(path)) == 4
    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in fonts_of(path))
    assert subprocess.run(["qpdf", "--check", path], check=False, capture_output=True).returncode == 0


def written(sign: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    picture = Image.new("L", (80, 80), 255)
    ImageDraw.Draw(picture).text((10, 0), sign, font=font, fill=0)
    return picture


def shape(picture: Image.Image) -> Image.Image:
    """Return what is dark, in the middle of a square, a little blurred."""
    dark = ImageChops.invert(picture)
    ink = dark.crop(dark.getbbox())
    square = Image.new("L", (64, 64))
    square.paste(ink, ((64 - ink.width) // 2, (64 - ink.height) // 2))
    return square.filter(ImageFilter.GaussianBlur(1.2))


def likeness(one: Image.Image, other: Image.Image) -> float:
    """Return the share of ink that two shapes have in common."""
    both = sum(ImageChops.darker(one, other).tobytes())
    either = sum(ImageChops.lighter(one, other).tobytes())
    return both / either
