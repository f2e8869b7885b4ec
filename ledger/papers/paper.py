"""The page of an official document (GB/T 9704): type area, running head, foot, headings and running text.

Positions are millimetres from the top left. What is drawn next begins at y.
"""

import math
from pathlib import Path
from typing import BinaryIO

from ledger.papers import words
from ledger.papers.fonts import Face
from ledger.papers.pdf import About, Attachment
from ledger.papers.pen import Pen
from ledger.papers.typesetting import MM, Type, width, wrap

LEFT, RIGHT, TOP, BOTTOM = 28.0, 184.0, 37.0, 262.0
WIDTH = RIGHT - LEFT
GREY = 0.945

TITLE = Type(Face.SERIF_BOLD, 22)
BUREAU = Type(Face.SERIF_BOLD, 16)
HEADING = Type(Face.SANS_MEDIUM, 16)
SUBHEADING = Type(Face.SERIF_BOLD, 12)
TEXT = Type(Face.SERIF, 10.5)
SMALL = Type(Face.SERIF, 9)
FORM_LABEL = Type(Face.SANS, 10.5)
SIGNED = Type(Face.SERIF, 14)

_TEXT_LEADING, _FORM_LEADING, _SMALL_LEADING = 18 / MM, 15.5 / MM, 14 / MM
_FORM_ROW = 7.6
_LOOSEST = 0.14
"""How far running text is spread to end at the margin, in its size."""
_GAP = 4.5
"""Between a table and the heading that follows."""


class Paper:
    """Draws one document, page after page."""

    def __init__(
        self, target: BinaryIO | Path, *, about: About, head: tuple[str, str], digest: str = "", mark: str = ""
    ) -> None:
        self.pen = Pen(target, about=about)
        self.y = TOP
        self._under_part = 0.0
        self._head = head
        self._digest = digest
        self._mark = mark
        """What every page says of the whole paper, in a frame at its foot: that it is not decided yet."""

    @property
    def room(self) -> float:
        """What is left of the type area."""
        return BOTTOM - self.y

    @property
    def is_fresh(self) -> bool:
        """Whether nothing stands on this page yet."""
        return self.y == TOP

    def new_page(self) -> None:
        """Go on at the top of an empty page, under its running head."""
        self.pen.new_page()
        self.y = TOP
        left, right = self._head
        self.pen.text(RIGHT, TOP - 5, right, SMALL, align="right")
        self.pen.in_room(LEFT, TOP - 5, left, SMALL, room=WIDTH - width(right, SMALL) - 5)
        self.pen.rules([(LEFT, TOP - 3.4, RIGHT, TOP - 3.4)])

    def need(self, height: float) -> None:
        """Go on to a new page if this one has less room than height."""
        if self.room < height and not self.is_fresh:
            self.new_page()

    def part(self, title: str, note: str = "", *, on_new_page: bool = True, room: float = 40) -> None:
        """Begin a part: 一、汇总; with a remark on its units at the right."""
        if on_new_page and not self.is_fresh:
            self.new_page()
        self.need(room)
        self.y += 0 if self.is_fresh else _GAP + 2
        self.pen.bookmark(title, 0)
        self.pen.text(LEFT, self.y + 6.2, title, HEADING)
        self.pen.text(RIGHT, self.y + 6.2, note, SMALL, align="right")
        self.y += 9
        self._under_part = self.y

    def heading(self, title: str, note: str = "") -> None:
        """Draw the heading of a section, a remark on its units at the right: see heading_height for what it takes."""
        self.y += self.heading_height() - 7.1
        self.pen.text(LEFT, self.y + 5, title, SUBHEADING)
        if note:
            self.pen.text(RIGHT, self.y + 5, note, SMALL, align="right")
        self.y += 7.1

    def heading_height(self) -> float:
        """Return how much a section's heading takes here."""
        return 7.1 + (0 if self.y in {TOP, self._under_part} else _GAP)

    def paragraph(self, text: str, *, indent: float = 2) -> None:
        """Draw running text, its first line indented by so many characters, its lines spread to the margin."""
        lead = TEXT.size * indent / MM
        lines = wrap("　" * round(indent) + text, TEXT, WIDTH)
        self.need(len(lines) * _TEXT_LEADING)
        for number, line in enumerate(lines):
            self.y += _TEXT_LEADING
            x = LEFT
            if number == 0:
                line, x = line[round(indent) :], LEFT + lead  # noqa: PLW2901 - the indent is room, not text
            slack = (RIGHT - x - width(line, TEXT)) * MM / max(len(line) - 1, 1)
            is_last = number == len(lines) - 1
            spacing = 0 if is_last else max(0, min(slack, _LOOSEST * TEXT.size))
            self.pen.text(x, self.y - 1.9, line, TEXT, spacing=spacing)
        self.y += 1.6

    def title(self, text: str) -> None:
        """Draw a title in the middle, in as many lines as it takes."""
        for line in title_lines(text):
            self.y += 30 / MM
            self.pen.text((LEFT + RIGHT) / 2, self.y, line, TITLE, align="centre")

    def form_head(self, unit: str, title: str, number: str) -> None:
        """Draw whose form this is, what it is called, and its number at the right."""
        for line in wrap(unit, BUREAU, WIDTH):
            self.y += 22 / MM
            self.pen.text((LEFT + RIGHT) / 2, self.y, line, BUREAU, align="centre")
        self.title(title)
        self.y += 8
        self.pen.in_room(RIGHT, self.y, number, TEXT, room=WIDTH, align="right")
        self.y += 2.5

    def note(self, text: str) -> None:
        """Draw a remark in small type."""
        for line in wrap(text, SMALL, WIDTH):
            self.need(_SMALL_LEADING)
            self.y += _SMALL_LEADING
            self.pen.text(LEFT, self.y - 1.3, line, SMALL)

    def form(self, *cells: str, label_width: float = 25) -> None:
        """Draw one row of a form, of labels on grey and what is filled in beside each: label, text, label, text."""
        pairs = list(zip(cells[::2], cells[1::2], strict=True))
        wide = WIDTH / len(pairs)
        filled = [wrap(text, TEXT, wide - label_width - 4) for _, text in pairs]
        most = max(map(len, [*filled, *(label.split("\n") for label, _ in pairs)]))
        height = _FORM_ROW + (most - 1) * _FORM_LEADING
        self.need(height)
        for place, ((label, _), lines) in enumerate(zip(pairs, filled, strict=True)):
            x = LEFT + place * wide
            self.form_cell(x, label_width, height, label)
            self.pen.box(x + label_width, self.y, wide - label_width, height)
            self.block(x + label_width + 2, self.y + height / 2, lines, TEXT, _FORM_LEADING)
        self.y += height

    def form_cell(self, x: float, wide: float, height: float, label: str) -> None:
        """Draw a label on grey in a frame; y stays."""
        self.pen.fill(x, self.y, wide, height, grey=GREY)
        self.pen.box(x, self.y, wide, height)
        self.block(x + wide / 2, self.y + height / 2, label.split("\n"), FORM_LABEL, _FORM_LEADING, is_centred=True)

    def block(
        self, x: float, middle: float, lines: list[str], kind: Type, leading: float, *, is_centred: bool = False
    ) -> None:
        """Draw lines around a middle; y stays."""
        y = middle - (len(lines) - 1) / 2 * leading + 0.38 * kind.size / MM
        for line in lines:
            self.pen.text(x, y, line, kind, align="centre" if is_centred else "left")
            y += leading

    def end(self) -> None:
        """Say that nothing follows, so that nothing can be added."""
        self.need(14)
        self.y += 7
        self.pen.text((LEFT + RIGHT) / 2, self.y - 2, words.END, SMALL, align="centre")

    def sign(self, bureau: str, day: str) -> None:
        """Draw bureau and date at the end of a paper, in the middle of each other."""
        self.need(24)
        self.y += 12
        middle = RIGHT - 8 - max(width(bureau, SIGNED), width(day, SIGNED)) / 2
        self.pen.text(middle, self.y, bureau, SIGNED, align="centre")
        self.pen.text(middle, self.y + 8.5, day, SIGNED, align="centre")

    def finish(self, attachments: tuple[Attachment, ...] = ()) -> int:
        """Number the pages, write the file, and return how many pages it has."""
        pages, y = self.pen.pages, BOTTOM + 9
        digest = f"{words.DIGEST} {self._digest}" if self._digest else ""
        for page in range(1, pages + 1):
            self.pen.turn_to(page)
            number = words.PAGE.format(page=page, pages=pages)
            is_odd = page % 2 == 1
            self.pen.text(RIGHT if is_odd else LEFT, y, number, TEXT, align="right" if is_odd else "left")
            self.pen.text(LEFT if is_odd else RIGHT, y, digest, SMALL, align="left" if is_odd else "right")
            if self._mark:
                wide, middle = width(self._mark, FORM_LABEL) + 4, (LEFT + RIGHT) / 2
                self.pen.text(middle, y, self._mark, FORM_LABEL, align="centre")
                self.pen.box(middle - wide / 2, y - 4.6, wide, 6.2)
        self.pen.finish(attachments)
        return pages


def title_lines(title: str) -> list[str]:
    """Return a title in lines of about the same length, broken by sense where it can be."""
    whole = width(title, TITLE)
    if whole <= WIDTH:
        return [title]
    aim = whole / math.ceil(whole / WIDTH)
    places = {title.find(word, start) for word in words.TITLE_BREAKS for start in range(1, len(title))}
    fitting = [place for place in sorted(places) if place > 0 and width(title[:place], TITLE) <= WIDTH]
    if not fitting:
        return wrap(title, TITLE, WIDTH)
    place = min(fitting, key=lambda place: abs(width(title[:place], TITLE) - aim))
    return [title[:place], *title_lines(title[place:])]
