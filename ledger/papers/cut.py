"""Cutting the fonts of the papers from the whole families, once, at set-up.

Layout tables and hints go: nothing here shapes text, and they are half of a file. Serif keeps every character, so that
rare names print; the other faces keep the common ones and leave the rest to it. The digits of Serif are given one
width, so that figures stand in columns.
"""

import shutil
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from ledger.papers.fonts import CHARACTERS, FOLDER, Face

_SOURCES = {
    Face.SERIF: "noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf",
    Face.SERIF_BOLD: "noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf",
    Face.SANS: "noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
    Face.SANS_MEDIUM: "noto-sans-sc/500Medium/NotoSansSC_500Medium.ttf",
}
_DIGIT_ADVANCE = {Face.SERIF: 562, Face.SERIF_BOLD: 596}
_DROPPED = "BASE GDEF GPOS GSUB GlyphOrder STAT gasp prep vhea vmtx VORG".split()


def cut_fonts(packages: Path) -> None:
    """Write the faces, their licences and the list of their characters, from npm's folder of the two families."""
    FOLDER.mkdir(exist_ok=True)
    characters: set[int] = set()
    for face, source in _SOURCES.items():
        path = packages / source
        characters |= _cut(path, face)
        shutil.copyfile(path.parents[1] / "LICENSE_FONT", FOLDER / f"{path.parents[1].name}.OFL.txt")
    CHARACTERS.write_text("".join(map(chr, sorted(characters))), encoding="utf-8")


def _cut(source: Path, face: Face) -> set[int]:
    """Write one face and return the code points that it has."""
    options = Options(layout_features=[], hinting=False, name_IDs=["*"], notdef_outline=True, recalc_timestamp=False)
    options.drop_tables += _DROPPED
    with TTFont(source, recalcBBoxes=False, recalcTimestamp=False, lazy=True) as font:
        available = set(font.getBestCmap())
        kept = available if face is Face.SERIF else {code for code in available if _is_common(chr(code))}
        cutter = Subsetter(options)
        cutter.populate(unicodes=kept)
        cutter.subset(font)
        if face in _DIGIT_ADVANCE:
            _widen_digits(font, _DIGIT_ADVANCE[face])
        font.save(face.path)
    return kept


def _is_common(sign: str) -> bool:
    """Whether sign is Latin, punctuation, or one of the 7 445 characters of GB 2312."""
    try:
        sign.encode("gb2312")
    except UnicodeEncodeError:
        return sign < "\u2e80"
    return True


def _widen_digits(font: TTFont, advance: int) -> None:
    """Give the ten digits one advance, their outlines in the middle of it."""
    names = font.getBestCmap()
    for digit in "0123456789":
        name = names[ord(digit)]
        width, bearing = font["hmtx"][name]
        shift = (advance - width) // 2
        glyph = font["glyf"][name]
        glyph.coordinates.translate((shift, 0))
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (advance, bearing + shift)
