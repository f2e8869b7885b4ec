"""Drawing on the pages of one file: text, rules, boxes, codes and pictures, in millimetres from the top left.

Text is drawn as it is: nothing in it is markup. Pages are kept until the end, so that one can be turned back to when
the number of pages is known.
"""

import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

from ledger import rehearsal
from ledger.papers import words
from ledger.papers.fonts import Face
from ledger.papers.pdf import About, Attachment, load_faces, open_canvas, picture, save, show_page
from ledger.papers.typesetting import MM, NARROWEST, Type, runs, squeezed, width

A4 = (210.0, 297.0)
RULE = 0.5
"""How thick a rule is, in points."""

_REHEARSAL = Type(Face.SANS_MEDIUM, 15)
_REHEARSAL_GREY, _REHEARSAL_EVERY = 0.78, (70.0, 37.0)
"""Of the words on every page of a rehearsal: so near to each other that no label can be cut out without them."""

Align = Literal["left", "centre", "right"]
Points = Sequence[tuple[float, float]]
_FRAGMENTS = 20_000
"""How many pieces of text are kept ready: names and units repeat."""


@dataclass(slots=True)
class _Page:
    code: list[str] = field(default_factory=lambda: [f"{RULE} w"])
    packed: bytes = b""
    pictures: list[tuple[bytes, float, float, float, float]] = field(default_factory=list)
    outline: list[tuple[str, int]] = field(default_factory=list)

    def pack(self) -> None:
        """Keep what was drawn so far in little room: there may be thousands of pages."""
        self.packed, self.code = zlib.compress(self.whole().encode(), 1), []

    def whole(self) -> str:
        """Return all that was drawn."""
        before = [zlib.decompress(self.packed).decode()] if self.packed else []
        return "\n".join([*before, *self.code])


class Pen:
    """Draws one file. A text's place is that of its base line; sizes of text and rules are in points."""

    def __init__(self, target: BinaryIO | Path, *, about: About, size: tuple[float, float] = A4) -> None:
        self._height = size[1] * MM
        self._canvas: Any = open_canvas(target, size=(size[0] * MM, self._height), about=about)
        self._fonts = load_faces()
        self._fragments: dict[tuple[str, Type], str] = {}
        self._width = size[0]
        self._pages: list[_Page] = []
        self.cramped: set[str] = set()
        """What had to be squeezed further into its room than can be read."""
        self._begin()

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    def new_page(self) -> None:
        """Go on with an empty page."""
        self._page.pack()
        self._begin()

    def turn_to(self, page: int) -> None:
        """Go back to a page, counted from 1."""
        self._page = self._pages[page - 1]

    def text(
        self,
        x: float,
        y: float,
        text: str,
        kind: Type,
        *,
        align: Align = "left",
        squeeze: float = 1,
        spacing: float = 0,
    ) -> None:
        """Draw a line of text to the right of x, around it or to the left of it; spacing is in points."""
        if align != "left":
            advance = width(text, kind) * squeeze
            x -= advance if align == "right" else advance / 2
        fragment = self._fragments.get((text, kind)) or self._fragment(text, kind)
        place = f"{x * MM:.2f} {self._height - y * MM:.2f} Td"
        before = "" if squeeze == 1 else f"{squeeze * 100:.1f} Tz "
        after = "" if squeeze == 1 else " 100 Tz"
        if spacing:
            before, after = f"{before}{spacing:.3f} Tc ", f"{after} 0 Tc"
        self._page.code.append(f"BT {before}{place} {fragment}{after} ET")

    def in_room(self, x: float, y: float, text: str, kind: Type, *, room: float, align: Align = "left") -> None:
        """Draw a line of text, squeezed or smaller if it is wider than room."""
        fitted = squeezed(text, kind, room)
        if fitted.squeeze < NARROWEST:
            self.cramped.add(text)
        self.text(x, y, text, Type(kind.face, fitted.size), align=align, squeeze=fitted.squeeze)

    def rules(self, rules: Iterable[tuple[float, float, float, float]], *, thick: float = RULE, dash: str = "") -> None:
        """Draw straight rules from (x, y) to (x, y); dash is lengths in points, such as “2 2”."""
        code = "\n".join(f"{self._at(x0, y0)} m {self._at(x1, y1)} l" for x0, y0, x1, y1 in rules)
        self._stroke(code, thick, dash)

    def box(self, x: float, y: float, wide: float, high: float, *, thick: float = RULE, dash: str = "") -> None:
        """Draw a frame down and to the right of (x, y)."""
        self._stroke(self._area(x, y, wide, high), thick, dash)

    def fill(self, x: float, y: float, wide: float, high: float, *, grey: float = 0) -> None:
        """Fill an area with a grey between 0, black, and 1, white."""
        self._page.code.append(f"q {grey:.3f} g {self._area(x, y, wide, high)} f Q")

    def lines(self, lines: Iterable[Points], *, thick: float) -> None:
        """Draw lines through points, with round ends, as a pen would."""
        code = [" l ".join(self._at(x, y) for x, y in line).replace(" l ", " m ", 1) + " l" for line in lines if line]
        self._page.code.append(f"q 1 J 1 j {thick:.2f} w\n" + "\n".join(code) + "\nS Q")

    def circle(self, x: float, y: float, radius: float, *, thick: float = RULE, dash: str = "") -> None:
        """Draw a circle around (x, y)."""
        bend = radius * 0.5523
        quarters = [(radius, bend, bend, radius, 0.0, radius), (-bend, radius, -radius, bend, -radius, 0.0)]
        quarters += [(-a, -b, -c, -d, -e, -f) for a, b, c, d, e, f in quarters]
        curves = " ".join(
            f"{self._at(x + a, y + b)} {self._at(x + c, y + d)} {self._at(x + e, y + f)} c"
            for a, b, c, d, e, f in quarters
        )
        self._stroke(f"{self._at(x + radius, y)} m {curves}", thick, dash)

    def modules(self, x: float, y: float, side: float, rows: Sequence[Sequence[bool]]) -> None:
        """Draw the modules of a code as one shape, in a square of side millimetres."""
        if rehearsal.is_on():
            self.fill(x, y, side, side, grey=1)  # nothing lies under what is to be read
        scale, bottom = side * MM / len(rows), self._height - (y + side) * MM
        shape = [
            f"{start} {len(rows) - number - 1} {length} 1 re"
            for number, row in enumerate(rows)
            for start, length in _dark(row)
        ]
        place = f"{scale:.5f} 0 0 {scale:.5f} {x * MM:.2f} {bottom:.2f} cm"
        self._page.code.append(f"q {place}\n" + "\n".join(shape) + "\nf Q")

    @contextmanager
    def coloured(self, red: float, green: float, blue: float) -> Iterator[None]:
        """Draw in a colour within the block."""
        self._page.code.append(f"q {red} {green} {blue} rg {red} {green} {blue} RG")
        yield
        self._page.code.append("Q")

    def picture(self, x: float, y: float, wide: float, high: float, content: bytes) -> None:
        """Draw a JPEG down and to the right of (x, y)."""
        place = (x * MM, self._height - (y + high) * MM, wide * MM, high * MM)
        self._page.pictures.append((content, *place))

    def bookmark(self, title: str, level: int) -> None:
        """Let readers jump to this page by title; level 0 holds level 1."""
        self._page.outline.append((title, level))

    def finish(self, attachments: Sequence[Attachment] = ()) -> None:
        """Write the file."""
        for number, page in enumerate(self._pages):
            for content, *place in page.pictures:
                self._canvas.drawImage(picture(content), *place)
            self._canvas._code.append(page.whole())  # noqa: SLF001 - what drawing in reportlab comes down to
            for title, level in page.outline:
                key = f"{number}-{title}"
                self._canvas.bookmarkPage(key)
                self._canvas.addOutlineEntry(title, key, level)
            page.code, page.packed = [], b""
            show_page(self._canvas)
        save(self._canvas, attachments)

    def rectangle(self, x: float, y: float, wide: float, high: float) -> tuple[float, float, float, float]:
        """Return an area as PDF has it: left, bottom, right and top in points."""
        top = self._height - y * MM
        return x * MM, top - high * MM, (x + wide) * MM, top

    def _begin(self) -> None:
        """Go on with an empty page; in a rehearsal it says that it is one, under all that is drawn on it."""
        self._page = _Page()
        self._pages.append(self._page)
        if not rehearsal.is_on():
            return
        words_drawn = self._fragment(words.REHEARSAL_MARK, _REHEARSAL)
        wide, high = _REHEARSAL_EVERY
        for row in range(math.ceil(self._height / MM / high)):
            for column in range(math.ceil(self._width / wide)):
                place = self._at(column * wide + 30, row * high + 33)
                turned = f"q {_REHEARSAL_GREY} g 0.94 0.34 -0.34 0.94 {place} cm"
                self._page.code.append(f"{turned} BT 0 0 Td {words_drawn} ET Q")

    def _at(self, x: float, y: float) -> str:
        return f"{x * MM:.2f} {self._height - y * MM:.2f}"

    def _area(self, x: float, y: float, wide: float, high: float) -> str:
        return f"{self._at(x, y + high)} {wide * MM:.2f} {high * MM:.2f} re"

    def _stroke(self, code: str, thick: float, dash: str) -> None:
        if thick == RULE and not dash:
            self._page.code.append(f"{code} S")
        else:
            self._page.code.append(f"q {thick} w {f'[{dash}] 0 d 0.4 G' if dash else ''} {code} S Q")

    def _fragment(self, text: str, kind: Type) -> str:
        """Return the operators that show text, in the subsets of the faces that it takes."""
        doc = self._canvas._doc  # noqa: SLF001
        shown = []
        for face, run in runs(text.replace("\n", " "), kind.face):
            font = self._fonts[face]
            for subset, codes in font.splitString(run, doc):
                name = font.getSubsetInternalName(subset, doc)
                shown.append(f"{name} {kind.size:g} Tf <{codes.hex()}> Tj")
        if len(self._fragments) > _FRAGMENTS:
            self._fragments.clear()
        fragment = self._fragments[text, kind] = " ".join(shown)
        return fragment


def _dark(row: Sequence[bool]) -> Iterable[tuple[int, int]]:
    """Yield start and length of each run of dark modules."""
    start = None
    for place, is_dark in enumerate([*row, False]):
        if is_dark and start is None:
            start = place
        elif not is_dark and start is not None:
            yield start, place - start
            start = None
