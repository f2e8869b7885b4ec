"""Labels of batches and storage locations. No quantity and no party: counts are blind, and labels travel."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from ledger import codes, rehearsal
from ledger.papers import qr, words
from ledger.papers.fonts import Face, check_printable
from ledger.papers.label import Label, LabelSheet, LocationLabel
from ledger.papers.pdf import About
from ledger.papers.pen import A4, Pen
from ledger.papers.typesetting import Type, width, wrap


class _Form(NamedTuple):
    """Where the labels of a sheet are, and how their parts are placed on each; millimetres and points."""

    page: tuple[float, float]
    size: tuple[float, float]
    columns: int
    rows: int
    left: float
    top: float
    pitch: float
    """From the left edge of one column to that of the next."""
    qr: tuple[float, float, float]
    """Left, top and side of the code."""
    edge: float
    """Nothing is nearer to the edge."""
    batch: float
    small: float
    mark: float
    code: float
    note: float = 0
    """Size of event and place at the foot; 0 where there is no room."""


_FORMS = {
    LabelSheet.SHEET_3X8: _Form(A4, (70, 37), 3, 8, 0, 0.5, 70, (5, 6, 25), 4, 16, 7.5, 7, 9),
    LabelSheet.SHEET_2X7: _Form(A4, (99.1, 38.1), 2, 7, 4.65, 15.15, 101.6, (5, 5.5, 27), 4, 18, 8, 8, 10),
    LabelSheet.SINGLE_100X70: _Form((100, 70), (100, 70), 1, 1, 0, 0, 100, (4, 16.5, 38), 4, 27, 9.5, 12, 13, 8),
    LabelSheet.SINGLE_60X40: _Form((60, 40), (60, 40), 1, 1, 0, 0, 60, (3.5, 4, 25), 2.5, 13, 7, 6.5, 9, 6.5),
}
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
"""The same labels are the same file, whenever they are printed."""

_LEVEL: Literal["Q"] = "Q"
_GAP = 0.5
_MARK_HEIGHT = 0.57
_MOST_LINES = 2


class _Content(NamedTuple):
    """What is drawn of a label beside its code, whatever it is a label of."""

    title: str
    heading: str
    lines: Sequence[tuple[str, str]]
    """Texts for small labels, the weightiest first, each with an ending that stays when the text is shortened."""
    rows: Sequence[tuple[str, tuple[str, str]]]
    """The same for large ones, each with its name."""
    env_class: str = ""
    note: str = ""
    piece: str = ""


def draw_labels(
    labels: Sequence[Label | LocationLabel], sheet: LabelSheet, target: BinaryIO | Path, *, start: int = 1
) -> int:
    """Draw labels on pages of sheet, the first at place start, counted from 1, and return the number of pages.

    Raises NotPrintable if no font has a character of a label.
    """
    check_printable([astuple(label) for label in labels])
    form = _FORMS[sheet]
    title = _content(labels[0]).title if labels else words.LABELS
    pen = Pen(target, size=form.page, about=About(title=title, author="", made_at=_UNDATED))
    longest = max((label.payload for label in labels), key=len, default="")
    version = qr.version_for(longest, _LEVEL)
    draw = _draw_large if sheet is LabelSheet.SINGLE_100X70 else _draw_small
    for place, label in enumerate(labels, start - 1):
        on_page = place % (form.columns * form.rows)
        if place >= start and on_page == 0:
            pen.new_page()
        row, column = divmod(on_page, form.columns)
        corner = (form.left + column * form.pitch, form.top + row * form.size[1])
        draw(pen, form, label, corner, qr.code(label.payload, _LEVEL, version))
    pen.finish()
    return pen.pages


def draw_calibration(sheet: LabelSheet, target: BinaryIO | Path) -> int:
    """Draw the edges of all labels of a sheet and a rule of 50 mm, to be held against it, and return 1, the pages."""
    form = _FORMS[sheet]
    text = words.CALIBRATION.format(sheet=sheet.value)
    pen = Pen(target, size=form.page, about=About(title=text, author="", made_at=_UNDATED))
    for row in range(form.rows):
        for column in range(form.columns):
            pen.box(form.left + column * form.pitch, form.top + row * form.size[1], *form.size, dash="2 2")
    x, y = form.left + form.edge, form.top + form.size[1] / 2
    pen.rules([(x, y, x + 50, y), *((x + tick, y - 2, x + tick, y + 2) for tick in range(0, 51, 10))])
    pen.text(x, y - 4, text, Type(Face.SANS, form.small))
    pen.finish()
    return pen.pages


def _content(label: Label | LocationLabel) -> _Content:
    if isinstance(label, LocationLabel):
        texts = (label.unit, ""), (label.path if label.path != label.name else "", "")
        title = f"{words.LOCATION_LABELS} {label.unit}"
        return _Content(title, label.name, texts, [*zip(words.LOCATION_ROWS, texts, strict=True)])
    goods = _goods(label)
    facts = (label.unit, ""), goods, (label.seal or words.NOTHING, ""), (label.method, "")
    return _Content(
        title=f"{words.LABELS} {label.event}",
        heading=f"{words.REHEARSAL} {label.batch}" if rehearsal.is_on() else label.batch,
        lines=[(label.unit, ""), goods, ("　".join(part for part in (label.method, label.seal) if part), "")],
        rows=[*zip(words.LABEL_ROWS, facts, strict=True)],
        env_class=label.env_class,
        note=f"{label.event}　{label.site}",
        piece=words.PIECE.format(n=label.number, all=label.of),
    )


def _draw_small(
    pen: Pen, form: _Form, label: Label | LocationLabel, corner: tuple[float, float], rows: qr.Rows
) -> None:
    """Draw the code at the left, everything else in a column beside it."""
    content = _content(label)
    left, top, side = corner[0] + form.qr[0], corner[1] + form.qr[1], form.qr[2]
    pen.modules(left, top, side, rows)
    x = left + side * (1 + qr.QUIET / len(rows)) + _GAP
    room = corner[0] + form.size[0] - form.edge - x
    y = top - 1.2 + form.batch * 0.27
    pen.in_room(x, y, content.heading, Type(Face.SANS_MEDIUM, form.batch), room=room)
    small, leading = Type(Face.SANS, form.small), form.small * 0.4
    y += form.small * 0.1
    bottom = top + side - 0.4
    mark = bottom - form.code * 0.36 - form.mark * _MARK_HEIGHT
    lines = [line for fact in content.lines for line in _shortened(*fact, small, room) if line]
    for line in lines[: int((mark - y - 0.7) / leading)]:
        y += leading
        pen.text(x, y, line, small)
    _draw_class(pen, x, mark, content.env_class, form.mark)
    pen.in_room(x, bottom, codes.shown(label.code), Type(Face.SANS, form.code), room=room)
    if form.note:
        right = corner[0] + form.size[0] - form.edge
        _draw_note(pen, content, (left, right), corner[1] + form.size[1] - 3, form.note)


def _draw_large(
    pen: Pen, form: _Form, label: Label | LocationLabel, corner: tuple[float, float], rows: qr.Rows
) -> None:
    """Draw a label that is read from afar: number and class above, code at the left, facts beside it."""
    content = _content(label)
    left, top, side = corner[0] + form.qr[0], corner[1] + form.qr[1], form.qr[2]
    right = corner[0] + form.size[0] - form.edge
    mark = _class_width(content.env_class, form.mark)
    room = right - mark - left - 3
    pen.in_room(left, corner[1] + 10.6, content.heading, Type(Face.SANS_MEDIUM, form.batch), room=room)
    _draw_class(pen, right - mark, corner[1] + 3.5, content.env_class, form.mark)
    pen.rules([(left, corner[1] + 12.5, right, corner[1] + 12.5)], thick=0.8)
    pen.modules(left, top, side, rows)
    x = left + side * (1 + qr.QUIET / len(rows)) + _GAP
    small, y = Type(Face.SANS, form.small), top + 2
    for name, fact in content.rows:
        pen.text(x, y, name, small)
        for line in _shortened(*fact, small, right - x - 10):
            pen.text(x + 10, y, line, small)
            y += 4.6
        y += 1.4
    kind = Type(Face.SANS_MEDIUM, form.code)
    pen.text(left + side / 2, top + side + 5.4, codes.shown(label.code), kind, align="centre")
    pen.rules([(left, top + side + 7.6, right, top + side + 7.6)], thick=0.8)
    _draw_note(pen, content, (left, right), top + side + 11.2, form.note)


def _draw_note(pen: Pen, content: _Content, edges: tuple[float, float], y: float, size: float) -> None:
    """Draw event and place at the left edge, which package it is at the right one."""
    left, right = edges
    kind = Type(Face.SANS, size)
    pen.text(right, y, content.piece, kind, align="right")
    pen.text(left, y, _cut(content.note, "", kind, right - left - width(content.piece, kind) - 3), kind)


def _draw_class(pen: Pen, x: float, y: float, env_class: str, size: float) -> None:
    """Draw the class down and to the right of (x, y): its word, and a shape that tells it from afar."""
    if not env_class:
        return
    kind, high, wide = Type(Face.SANS_MEDIUM, size), size * _MARK_HEIGHT, _class_width(env_class, size)
    place = (x + wide / 2, y + high / 2 + size * 0.13, words.ENV_CLASSES[env_class], kind)
    if env_class == "hazardous":
        pen.fill(x, y, wide, high)
        with pen.coloured(1, 1, 1):
            pen.text(*place, align="centre")
        return
    pen.box(x, y, wide, high)
    if env_class == "electronic":
        pen.box(x + 0.5, y + 0.5, wide - 1, high - 1)
    pen.text(*place, align="centre")


def _class_width(env_class: str, size: float) -> float:
    return width(words.ENV_CLASSES[env_class], Type(Face.SANS_MEDIUM, size)) + size * 0.4 if env_class else 0


def _goods(label: Label) -> tuple[str, str]:
    first = label.goods[0] if label.goods else words.NOTHING
    return first, words.MORE_NAMES.format(n=label.names) if label.names > 1 else ""


def _shortened(text: str, ending: str, kind: Type, room: float) -> list[str]:
    """Return text with its ending in at most two lines; a label is the one paper that may shorten."""
    lines = wrap(text + ending, kind, room)
    if len(lines) <= _MOST_LINES:
        return lines
    first = lines[0]
    return [first, _cut(text[len(first) :], ending, kind, room)]


def _cut(text: str, ending: str, kind: Type, room: float) -> str:
    if width(text + ending, kind) <= room:
        return text + ending
    while text and width(f"{text}…{ending}", kind) > room:
        text = text[:-1]
    return f"{text}…{ending}"
