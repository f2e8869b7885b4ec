"""Tables of official documents: closed frames, bands above the rows they hold for, and rules for where a page may end.

A band never ends a page; the last three rows stay together; a note or sum is never parted from its row; a table under
50 mm is not broken. On every further page the head is repeated, and so are the bands in force, with （续）.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import NamedTuple

from ledger.papers import words
from ledger.papers.fonts import Face
from ledger.papers.paper import GREY, LEFT, RIGHT, WIDTH, Paper
from ledger.papers.pen import Align
from ledger.papers.typesetting import MM, Fitted, Type, fit, fit_figure, width, wrap

LINE = 6.25
"""Height of a row of one line."""
FURTHER = 25.4 / 72 * 11.8
"""What each further line adds."""
PADDING = 1.0

HEAD = Type(Face.SANS_MEDIUM, 9)
CELL = Type(Face.SERIF, 9)
SUM = Type(Face.SERIF_BOLD, 9)

_ALIGNS: dict[str, Align] = {"l": "left", "c": "centre", "r": "right"}
_LONGEST = 12
"""The most lines of text that a row has on one page."""
_TOGETHER = 3
_KNOWN = 20_000
"""How many wrapped texts are remembered: names repeat."""
_SHORT = 50.0


class Column(NamedTuple):
    """One column: its head, its width in millimetres, and how its cells stand."""

    head: str
    width: float
    align: Align = "left"
    in_one_line: bool = False
    """Numbers never wrap; they are squeezed."""


def columns(heads: Sequence[str], widths: Sequence[float], kinds: str) -> list[Column]:
    """Return columns; kinds has a letter for each: l, c, or in one line L, C, and R for figures at the right."""
    triples = zip(heads, widths, kinds, strict=True)
    return [Column(head, wide, _ALIGNS[kind.lower()], in_one_line=kind.isupper()) for head, wide, kind in triples]


class Row(NamedTuple):
    """Cells; no is the line's number, where rows are counted; mark is how its place is asked for."""

    cells: Sequence[str]
    is_sum: bool = False
    no: int | None = None
    mark: str = ""


class Band(NamedTuple):
    """A line across the table that holds for the rows under it: level 0 is grey, level 1 stands within it."""

    left: str
    right: str
    level: int = 0
    mark: str = ""


class Remark(NamedTuple):
    """Lines under a row, from the second column on, that stay with it."""

    text: str


Item = Row | Band | Remark


class Grid(NamedTuple):
    """A table, told: whoever sets it decides where it is broken."""

    columns: Sequence[Column]
    items: Sequence[Item]
    title: str = ""
    note: str = ""


PageFoot = Callable[[int, int, int], tuple[str, str]]
"""Given the first and last number on a page and how many there are, what the page's last row says."""


@dataclass(slots=True)
class _Set:
    """An item, set: how high it is, and the lines of its cells."""

    item: Item
    height: float
    cells: Sequence[Fitted] = ()


class Table:
    """Draws one table, over as many pages as it takes, onto a paper."""

    def __init__(self, paper: Paper, columns: Sequence[Column], *, page_foot: PageFoot | None = None) -> None:
        self.places: dict[str, tuple[int, float]] = {}
        """Page and base line of what was marked."""
        self._paper = paper
        self._columns = columns
        self._page_foot = page_foot
        self._foot_height = LINE if page_foot else 0
        self._edges = [LEFT]
        for column in columns:
            self._edges.append(self._edges[-1] + column.width)
        self._edges[-1] = RIGHT
        self._fitted: dict[tuple[int, str, bool], Fitted] = {}
        self._rules: list[tuple[float, float, float, float]] = []
        self._bands: dict[int, Band] = {}
        self._numbers: list[int] = []
        self._start = 0.0
        self._cells_start: float | None = None

    def draw(self, items: Iterable[Item], *, title: str = "", note: str = "") -> None:
        """Draw the table under its title, with a remark on units at the right."""
        groups = _with_tail(self._groups(items))
        opening = LINE + self._foot_height + (self._paper.heading_height() if title else 0)
        ahead: list[list[_Set]] = []
        for group in groups:
            ahead.append(group)
            if opening + sum(map(_height, ahead)) > _SHORT:
                break
        whole = opening + sum(map(_height, ahead))
        self._paper.need(max(min(whole, _SHORT), opening + _height(ahead[0]) if ahead else 0))
        if title:
            self._paper.heading(title, note)
        self._open()
        for group in chain(ahead, groups):
            self._place(group)
        self._close()

    def _place(self, group: list[_Set]) -> None:
        """Draw what stays together, on a new page if this one has no room for it."""
        if _height(group) > self._room and self._paper.y > self._start + LINE:
            self._break(group)
        for one in group:
            if one.height > self._room:
                self._break([one])
            self._draw(one)

    @property
    def _room(self) -> float:
        return self._paper.room - self._foot_height

    def _break(self, group: list[_Set]) -> None:
        """End the page, and repeat on the next what the coming rows stand under."""
        self._close()
        self._paper.new_page()
        self._open()
        first = group[0].item
        level = first.level if isinstance(first, Band) else len(self._bands)
        for band in list(self._bands.values())[:level]:
            self._draw(self._set_band(Band(f"{band.left}{words.CONTINUED}", "", band.level)), is_repeated=True)

    def _open(self) -> None:
        """Draw the head of the table."""
        paper, pen = self._paper, self._paper.pen
        self._start = y = paper.y
        pen.fill(LEFT, y, WIDTH, LINE, grey=GREY)
        self._rules.append((LEFT, y, RIGHT, y))
        self._cells_start = y
        for column, (left, right) in zip(self._columns, pairwise(self._edges), strict=True):
            base = y + LINE / 2 + 0.38 * HEAD.size / MM
            pen.in_room((left + right) / 2, base, column.head, HEAD, room=right - left - PADDING, align="centre")
        self._advance(LINE)

    def _close(self) -> None:
        """Draw the last row of the page and the rules of the frame."""
        if self._page_foot and self._numbers:
            left, right = self._page_foot(self._numbers[0], self._numbers[-1], len(self._numbers))
            self._end_cells()
            self._sides(left, right, CELL, self._paper.y, LINE)
            self._advance(LINE)
        self._end_cells()
        self._rules += [(x, self._start, x, self._paper.y) for x in (LEFT, RIGHT)]
        self._paper.pen.rules(self._rules)
        self._rules, self._numbers = [], []

    def _draw(self, one: _Set, *, is_repeated: bool = False) -> None:
        item, y = one.item, self._paper.y
        if not isinstance(item, Remark) and item.mark and not is_repeated:
            self.places[item.mark] = (self._paper.pen.pages, y + one.height / 2 + 0.38 * CELL.size / MM)
        if isinstance(item, Row):
            if self._cells_start is None:
                self._cells_start = y
            self._draw_cells(item, one, y)
        elif isinstance(item, Band):
            self._end_cells()
            if not is_repeated:
                self._bands = {level: band for level, band in self._bands.items() if level < item.level}
                self._bands[item.level] = item
            self._draw_band(item, one, y)
        else:
            self._end_cells()
            self._rules.append((self._edges[1], y, self._edges[1], y + one.height))
            self._draw_lines(self._edges[1] + PADDING, y + one.height / 2, one.cells[0], CELL.face)
        self._advance(one.height)

    def _draw_cells(self, row: Row, one: _Set, y: float) -> None:
        if row.no is not None:
            self._numbers.append(row.no)
        kind = SUM if row.is_sum else CELL
        for column, (left, right), fitted in zip(self._columns, pairwise(self._edges), one.cells, strict=True):
            align = column.align
            x = left + PADDING if align == "left" else right - PADDING if align == "right" else (left + right) / 2
            self._draw_lines(x, y + one.height / 2, fitted, kind.face, align)

    def _draw_lines(self, x: float, middle: float, fitted: Fitted, face: Face, align: Align = "left") -> None:
        kind = Type(face, fitted.size)
        base = middle - (len(fitted.lines) - 1) / 2 * FURTHER + 0.38 * kind.size / MM
        for line in fitted.lines:
            if line:
                self._paper.pen.text(x, base, line, kind, align=align, squeeze=fitted.squeeze)
            base += FURTHER

    def _draw_band(self, band: Band, one: _Set, y: float) -> None:
        if band.level == 0:
            self._paper.pen.fill(LEFT, y, WIDTH, one.height, grey=GREY)
        lines = one.cells[0].lines
        for number, left in enumerate(lines):
            right = band.right if number == len(lines) - 1 else ""
            self._sides(left, right, _band_type(band), y + number * FURTHER, one.height - (len(lines) - 1) * FURTHER)

    def _sides(self, left: str, right: str, kind: Type, y: float, height: float) -> None:
        base = y + height / 2 + 0.38 * kind.size / MM
        self._paper.pen.text(LEFT + PADDING, base, left, kind)
        room = WIDTH - 2 * PADDING - (width(left, kind) + PADDING if left and right else 0)
        self._paper.pen.in_room(RIGHT - PADDING, base, right, CELL, room=room, align="right")

    def _advance(self, height: float) -> None:
        self._paper.y += height
        self._rules.append((LEFT, self._paper.y, RIGHT, self._paper.y))

    def _end_cells(self) -> None:
        """Draw the rules between the columns of the rows above."""
        if self._cells_start is not None:
            y = self._paper.y
            self._rules += [(x, self._cells_start, x, y) for x in self._edges[1:-1]]
            self._cells_start = None

    def _groups(self, items: Iterable[Item]) -> Iterator[list[_Set]]:
        """Yield what stays together: bands, the row under them, its remarks and sums."""
        group: list[_Set] = []
        has_row = False
        for item in items:
            is_tied = isinstance(item, Remark) or (isinstance(item, Row) and item.is_sum)
            if has_row and not is_tied:
                yield group
                group, has_row = [], False
            has_row = has_row or isinstance(item, Row)
            group += self._set(item)
        if group:
            yield group

    def _set(self, item: Item) -> list[_Set]:
        if isinstance(item, Band):
            return [self._set_band(item)]
        if isinstance(item, Remark):
            lines = wrap(item.text, CELL, RIGHT - self._edges[1] - 2 * PADDING)
            parts = [tuple(lines[start : start + _LONGEST]) for start in range(0, len(lines), _LONGEST)]
            return [_Set(item, _height_of(len(part)), [Fitted(part, CELL.size)]) for part in parts]
        cells = [self._fit(number, text, is_sum=item.is_sum) for number, text in enumerate(item.cells)]
        lines_of = max(len(cell.lines) for cell in cells)
        if lines_of <= _LONGEST:
            return [_Set(item, _height_of(lines_of), cells)]
        return [*self._parts(item, cells, lines_of)]

    def _parts(self, row: Row, cells: Sequence[Fitted], lines_of: int) -> Iterator[_Set]:
        """Yield a row of more lines than one may have in parts, the further ones marked （续） in the first column."""
        for start in range(0, lines_of, _LONGEST):
            part = [cell._replace(lines=cell.lines[start : start + _LONGEST] or ("",)) for cell in cells]
            if start:
                part[0] = self._fit(0, words.CONTINUED, is_sum=False)
                row = row._replace(no=None, mark="")
            yield _Set(row, _height_of(max(len(cell.lines) for cell in part)), part)

    def _set_band(self, band: Band) -> _Set:
        kind, room = _band_type(band), WIDTH - 2 * PADDING
        lines = wrap(band.left, kind, room)
        if width(lines[-1], kind) + width(band.right, CELL) + 2 > room:
            lines.append("")
        return _Set(band, _height_of(len(lines)), [Fitted(tuple(lines), kind.size)])

    def _fit(self, number: int, text: str, *, is_sum: bool) -> Fitted:
        column, kind = self._columns[number], SUM if is_sum else CELL
        room = column.width - 2 * PADDING
        if column.in_one_line:
            return fit_figure(text, kind, room)
        known = self._fitted.get((number, text, is_sum))
        if known is None:
            if len(self._fitted) > _KNOWN:
                self._fitted.clear()
            known = self._fitted[number, text, is_sum] = fit(text, kind, room)
        return known


def draw_grid(paper: Paper, grid: Grid) -> None:
    """Draw a table as it is told."""
    Table(paper, grid.columns).draw(grid.items, title=grid.title, note=grid.note)


def _band_type(band: Band) -> Type:
    return HEAD if band.level == 0 else SUM


def _height_of(lines: int) -> float:
    return LINE + (lines - 1) * FURTHER


def _height(group: Sequence[_Set]) -> float:
    return sum(one.height for one in group)


def _with_tail(groups: Iterator[list[_Set]]) -> Iterator[list[_Set]]:
    """Yield the groups, the last three as one."""
    held: deque[list[_Set]] = deque()
    for group in groups:
        held.append(group)
        if len(held) > _TOGETHER:
            yield held.popleft()
    if held:
        yield list(chain.from_iterable(held))
