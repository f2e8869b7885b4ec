"""Where people sign a paper by hand: a frame for each, with the day."""

from collections.abc import Sequence

from ledger.papers import words
from ledger.papers.paper import FORM_LABEL, LEFT, SMALL, WIDTH, Paper

_HEIGHT, _GAP, _INSET = 34.0, 3.0, 3.0
_FIELD = 15.0
_ABREAST = {1: 2, 2: 2, 4: 2}
"""How many stand beside each other, of so many; else three."""


def draw_signers(paper: Paper, signers: Sequence[str]) -> None:
    """Draw a frame for each of these, part and name; frames beside each other stay on one page."""
    abreast = _ABREAST.get(len(signers), 3)
    wide = (WIDTH - (abreast - 1) * _GAP) / abreast
    for start in range(0, len(signers), abreast):
        paper.need(_HEIGHT + _GAP)
        paper.y += _GAP
        for place, signer in enumerate(signers[start : start + abreast]):
            _draw(paper, LEFT + place * (wide + _GAP), wide, signer)
        paper.y += _HEIGHT


def _draw(paper: Paper, x: float, wide: float, signer: str) -> None:
    pen, y = paper.pen, paper.y
    pen.box(x, y, wide, _HEIGHT)
    pen.in_room(x + _INSET, y + 6.8, signer, FORM_LABEL, room=wide - 2 * _INSET)
    pen.box(x + _INSET, y + 9.5, wide - 2 * _INSET, _FIELD, dash="2 2")
    with pen.coloured(0.5, 0.5, 0.5):
        pen.text(x + wide / 2, y + 18, words.SIGN_HERE, SMALL, align="centre")
    pen.in_room(x + _INSET, y + 30.5, words.SLIP_DAY, SMALL, room=wide - 2 * _INSET)
