"""Where people sign a paper by hand, or have signed it on a screen: a frame for each, with the day."""

from collections.abc import Iterator, Mapping, Sequence

from ledger.papers import figures, words
from ledger.papers.content import Strokes
from ledger.papers.paper import FORM_LABEL, LEFT, SMALL, WIDTH, Paper

_HEIGHT, _GAP, _INSET = 34.0, 3.0, 3.0
_FIELD = 15.0
_ABREAST = {1: 2, 2: 2, 4: 2}
"""How many stand beside each other, of so many; else three."""
_INK = 1.1
"""How thick a drawn signature is, in points."""


def draw_signers(paper: Paper, signers: Sequence[str]) -> None:
    """Draw a frame for each of these, part and name; frames beside each other stay on one page."""
    for x, wide, signer in _frames(paper, signers):
        _draw(paper, x, wide, signer)
        pen, y = paper.pen, paper.y
        with pen.coloured(0.5, 0.5, 0.5):
            pen.text(x + wide / 2, y + 18, words.SIGN_HERE, SMALL, align="centre")
        pen.in_room(x + _INSET, y + 30.5, words.SLIP_DAY, SMALL, room=wide - 2 * _INSET)


def draw_signed(paper: Paper, signed: Mapping[str, tuple[Strokes, str]]) -> None:
    """Draw a frame for each of these, part and name, with the signature in it and when it was given."""
    for x, wide, signer in _frames(paper, list(signed)):
        _draw(paper, x, wide, signer)
        strokes, at = signed[signer]
        draw_strokes(paper, (x + _INSET, paper.y + 9.5), (wide - 2 * _INSET, _FIELD), strokes)
        room = wide - 2 * _INSET
        paper.pen.in_room(x + _INSET, paper.y + 30.5, figures.moment(at, with_seconds=True), SMALL, room=room)


def draw_strokes(paper: Paper, corner: tuple[float, float], pad: tuple[float, float], drawn: Strokes) -> None:
    """Draw a signature from its points, as large as a place of this size allows."""
    if not drawn["strokes"] or not drawn["width"] or not drawn["height"]:
        return
    scale = min(pad[0] / drawn["width"], pad[1] / drawn["height"])
    left = corner[0] + (pad[0] - drawn["width"] * scale) / 2
    top = corner[1] + (pad[1] - drawn["height"] * scale) / 2
    lines = [[(left + point[0] * scale, top + point[1] * scale) for point in stroke] for stroke in drawn["strokes"]]
    paper.pen.lines(lines, thick=_INK)


def _frames(paper: Paper, signers: Sequence[str]) -> Iterator[tuple[float, float, str]]:
    """Yield where each frame is, and how wide, with who signs in it; y is the top of it."""
    abreast = _ABREAST.get(len(signers), 3)
    wide = (WIDTH - (abreast - 1) * _GAP) / abreast
    for start in range(0, len(signers), abreast):
        paper.need(_HEIGHT + _GAP)
        paper.y += _GAP
        for place, signer in enumerate(signers[start : start + abreast]):
            yield LEFT + place * (wide + _GAP), wide, signer
        paper.y += _HEIGHT


def _draw(paper: Paper, x: float, wide: float, signer: str) -> None:
    pen, y = paper.pen, paper.y
    pen.box(x, y, wide, _HEIGHT)
    pen.in_room(x + _INSET, y + 6.8, signer, FORM_LABEL, room=wide - 2 * _INSET)
    pen.box(x + _INSET, y + 9.5, wide - 2 * _INSET, _FIELD, dash="2 2")
