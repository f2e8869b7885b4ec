"""Setting text: how wide it is, and where its lines end."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from ledger.papers.fonts import Face
from ledger.papers.pdf import load_faces

MM = 72 / 25.4
NARROWEST = 0.8
"""How far a figure is squeezed before it is set smaller."""

_CHAIN = (Face.SERIF, Face.SANS)
_CLOSING = "，。、；：？！）〕》”’％·～—…"
_OPENING = "（〔《“‘"
_PIECE = re.compile(rf"[{_OPENING}]*(?:[!-~]+|.)(?:\u00a0[^\s、，；]+)*[{_CLOSING}]*")
"""What is never broken: a sign or a run of Latin and digits, with the marks that may not leave it, or a tied unit."""

_PART = re.compile(r"[^-/]*[-/]+|[^-/]+")
"""Where a run that is wider than its room is broken first."""


class Type(NamedTuple):
    """A face at a size in points."""

    face: Face
    size: float


class Fitted(NamedTuple):
    """Lines that fit their room when they are set at size and squeezed to a share of their width."""

    lines: tuple[str, ...]
    size: float
    squeeze: float = 1


class _Widths(dict[str, float]):
    """The advance of each character in thousandths of the size, taken from the first face of the chain that has it."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        self.face = face

    def __missing__(self, sign: str) -> float:
        code = ord(sign)
        faces = [load_faces()[face].face for face in chain(self.face)]
        width = next((face.charWidths[code] for face in faces if code in face.charToGlyph), 1000)
        self[sign] = width
        return float(width)


def chain(face: Face) -> tuple[Face, ...]:
    """Return where a character of face is looked for."""
    return (face, *_CHAIN)


def runs(text: str, face: Face) -> Iterator[tuple[Face, str]]:
    """Yield text in runs that one face of the chain can print."""
    run, current = "", face
    for sign in text:
        owner = _owner(sign, face)
        if owner is not current and run:
            yield current, run
            run = ""
        run, current = run + sign, owner
    if run:
        yield current, run


def width(text: str, kind: Type) -> float:
    """Return how wide text is, in millimetres."""
    return sum(map(_widths(kind.face).__getitem__, text)) * kind.size / 1000 / MM


def wrap(text: str, kind: Type, room: float) -> list[str]:
    """Return text as lines of at most room millimetres. A single run that is wider is broken anywhere."""
    widths: Mapping[str, float] = _widths(kind.face)
    limit = room * MM * 1000 / kind.size
    if "\n" not in text and sum(map(widths.__getitem__, text)) <= limit:
        return [text]
    return [line for part in text.split("\n") for line in _lines(part, widths, limit)]


def fit(text: str, kind: Type, room: float) -> Fitted:
    """Return text wrapped into room, squeezed a little where that saves a line."""
    lines = wrap(text, kind, room)
    if len(lines) > 1:
        squeeze = 0.92
        fewer = wrap(text, kind, room / squeeze)
        if len(fewer) < len(lines):
            return Fitted(tuple(fewer), kind.size, squeeze)
    return Fitted(tuple(lines), kind.size)


def squeezed(text: str, kind: Type, room: float) -> Fitted:
    """Return text in one line: squeezed, then set a point smaller, then squeezed as far as it takes."""
    needed = width(text, kind)
    if needed <= room:
        return Fitted((text,), kind.size)
    if needed * NARROWEST <= room:
        return Fitted((text,), kind.size, room / needed)
    size = kind.size - 1
    return Fitted((text,), size, min(1, room / width(text, Type(kind.face, size))))


def fit_figure(text: str, kind: Type, room: float) -> Fitted:
    """Return text in one line, unless that could not be read."""
    fitted = squeezed(text, kind, room)
    if fitted.squeeze >= NARROWEST:
        return fitted
    return Fitted(tuple(wrap(text, Type(kind.face, fitted.size), room)), fitted.size)


def _lines(text: str, widths: Mapping[str, float], limit: float) -> Iterator[str]:
    line, used = "", 0.0
    for piece in _pieces(text, widths, limit):
        needed = sum(map(widths.__getitem__, piece))
        if line and used + needed > limit:
            yield line.rstrip(" ")
            line, used = "", 0.0
        if line or piece != " ":
            line, used = line + piece, used + needed
    yield line


def _pieces(text: str, widths: Mapping[str, float], limit: float) -> Iterator[str]:
    for piece in _PIECE.findall(text):
        if sum(map(widths.__getitem__, piece)) <= limit:
            yield piece
            continue
        for part in _PART.findall(piece):
            if sum(map(widths.__getitem__, part)) <= limit:
                yield part
            else:
                yield from part


@cache
def _widths(face: Face) -> _Widths:
    return _Widths(face)


@cache
def _owner(sign: str, face: Face) -> Face:
    code = ord(sign)
    return next((one for one in chain(face) if code in load_faces()[one].face.charToGlyph), face)
