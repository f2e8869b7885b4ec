"""A paper told block by block, so that what is drawn and what is handed out to be edited say the same."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ledger.papers import report_words as words
from ledger.papers.paper import LEFT, RIGHT, SMALL, Paper
from ledger.papers.pictures import SIZE, for_paper
from ledger.papers.table import CELL, LINE, Grid, draw_grid
from ledger.papers.typesetting import MM, wrap

_LABEL, _BAR = 50.0, 62.0
"""Widths of a bar's label and of the longest bar; what is left is for its figures."""
_GREY = 0.45
_CAPTION = 4.6


class Part(NamedTuple):
    """The heading of a part, with a remark on its units."""

    title: str
    note: str = ""


class Text(NamedTuple):
    """A paragraph."""

    text: str


class Bar(NamedTuple):
    """A bar, as long as its share of the longest one, with its figures in words."""

    label: str
    share: float
    figures: str


class Bars(NamedTuple):
    """A chart of bars; the figures stand beside each, so that nobody has to measure."""

    title: str
    note: str
    rows: Sequence[Bar]


class Plate(NamedTuple):
    """A picture, by the SHA-256 of its file, and what is written under it."""

    sha256: str
    caption: str


class Plates(NamedTuple):
    """Pictures, two beside each other."""

    rows: Sequence[Plate]


Block = Part | Text | Grid | Bars | Plates


def draw_block(paper: Paper, block: Block, pictures: Mapping[str, bytes]) -> None:
    """Draw a block on the page, or on the next if this one has no room for it."""
    match block:
        case Part():
            paper.part(block.title, block.note, on_new_page=False, room=60)
        case Text():
            paper.paragraph(block.text)
        case Grid():
            draw_grid(paper, block)
        case Bars():
            _draw_bars(paper, block)
        case Plates():
            for start in range(0, len(block.rows), 2):
                _draw_plates(paper, block.rows[start : start + 2], pictures)


def _draw_bars(paper: Paper, bars: Bars) -> None:
    paper.need(paper.heading_height() + min(len(bars.rows), 3) * LINE)
    paper.heading(bars.title, bars.note)
    start = LEFT + _LABEL + 2
    for row in bars.rows:
        paper.need(LINE)
        pen, y, base = paper.pen, paper.y, paper.y + LINE / 2 + 0.38 * CELL.size / MM
        pen.in_room(LEFT, base, row.label, CELL, room=_LABEL)
        pen.fill(start, y + 1.2, max(row.share * _BAR, 0.3), LINE - 2.4, grey=_GREY)
        pen.rules([(start, y, start, y + LINE)])
        pen.in_room(RIGHT, base, row.figures, CELL, room=RIGHT - start - _BAR - 1, align="right")
        paper.y += LINE


def _draw_plates(paper: Paper, plates: Sequence[Plate], pictures: Mapping[str, bytes]) -> None:
    wide, high = SIZE
    captions = [wrap(plate.caption, SMALL, wide) for plate in plates]
    height = high + _CAPTION * max(map(len, captions)) + 4
    paper.need(height)
    for place, (plate, lines) in enumerate(zip(plates, captions, strict=True)):
        x, y, pen = LEFT if place == 0 else RIGHT - wide, paper.y + 1, paper.pen
        if content := pictures.get(plate.sha256):
            pen.picture(x, y, wide, high, for_paper(content))
        else:
            pen.text(x + wide / 2, y + high / 2, words.PICTURE_APART, SMALL, align="centre")
        pen.box(x, y, wide, high)
        for number, line in enumerate(lines, start=1):
            pen.text(x + wide / 2, y + high + number * _CAPTION, line, SMALL, align="centre")
    paper.y += height
