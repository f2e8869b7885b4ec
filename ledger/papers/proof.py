"""Part 七 of a manifest: what proves it, and how anybody checks that. It fits one page."""

from ledger import codes
from ledger.papers import figures, qr, words
from ledger.papers.content import Proof
from ledger.papers.fonts import Face
from ledger.papers.paper import FORM_LABEL, LEFT, RIGHT, SMALL, SUBHEADING, TEXT, WIDTH, Paper
from ledger.papers.typesetting import Type, wrap

_OFFLINE, _ONLINE = 40.0, 26.0
_CODES = 53.0
_FIRST, _LAST = 48.0, 38.0
"""Widths of the cells with the two codes."""
_LABEL = 30.0
_TITLE = Type(Face.SANS_MEDIUM, 10.5)
_TEXT = Type(Face.SERIF, 9.5)


def draw_proof(paper: Paper, number: str, proof: Proof) -> None:
    """Draw all of the part."""
    paper.part(words.PROOF)
    paper.paragraph(words.PROOF_REMARK)
    paper.y += 1.5
    _draw_codes(paper, proof)
    paper.y += _CODES + 3.4
    for label, text in zip(words.PROOF_ROWS, _facts(number, proof), strict=True):
        paper.form(label, text, label_width=_LABEL)
    if proof["is_trial_seal"]:
        paper.y += 1
        paper.note(words.TRIAL_SEAL)
    paper.y += 3
    paper.pen.text(LEFT, paper.y + 5, words.CHECKING, SUBHEADING)
    paper.y += 7
    for place, step in enumerate(words.CHECKING_STEPS, 1):
        paper.pen.text(LEFT, paper.y + 4, f"{place}.", SMALL)
        for line in wrap(step, SMALL, WIDTH - 6):
            paper.pen.text(LEFT + 6, paper.y + 4, line, SMALL)
            paper.y += 4.8


def _draw_codes(paper: Paper, proof: Proof) -> None:
    pen, top = paper.pen, paper.y
    left, right = LEFT + _FIRST, RIGHT - _LAST
    pen.box(LEFT, top, WIDTH, _CODES)
    pen.rules([(x, top, x, top + _CODES) for x in (left, right)])
    pen.modules(LEFT + (_FIRST - _OFFLINE) / 2, top + 4, _OFFLINE, qr.code(proof["compact"], "M"))
    pen.text(LEFT + _FIRST / 2, top + _CODES - 3.4, words.OFFLINE, FORM_LABEL, align="centre")
    middle = (right + RIGHT) / 2
    if proof["verify_url"]:
        pen.modules(middle - _ONLINE / 2, top + 7, _ONLINE, qr.code(proof["verify_url"], "M"))
        pen.in_room(middle, top + 39, _code_of(proof["verify_url"]), TEXT, room=_LAST - 2, align="centre")
        pen.text(middle, top + _CODES - 3.4, words.ONLINE, FORM_LABEL, align="centre")
    else:
        paper.block(middle, top + _CODES / 2, wrap(words.NO_ADDRESS, SMALL, _LAST - 6), SMALL, 5, is_centred=True)
    y = top + 7.6
    offline = words.OFFLINE_MEANS.format(seq=proof["seq"], size=proof["size"])
    meanings = [(words.OFFLINE_TITLE, offline)]
    meanings += [(words.ONLINE_TITLE, words.ONLINE_MEANS)] if proof["verify_url"] else []
    for title, text in meanings:
        pen.text(left + 3, y, title, _TITLE)
        for line in wrap(text, _TEXT, right - left - 6):
            y += 5.2
            pen.text(left + 3, y, line, _TEXT)
        y += 7.4


def _facts(number: str, proof: Proof) -> list[str]:
    """Return what stands in the rows."""
    halves = [f"{figures.digest(whole[:32])}\n{figures.digest(whole[32:])}" for whole in _digests(proof)]
    sha256, sm3, root = halves
    sealed_at = figures.moment(proof["sealed_at"], with_seconds=True)
    checkpoint_at = figures.moment(proof["checkpoint_at"], with_seconds=True)
    position = words.POSITION.format(seq=proof["seq"], at=sealed_at)
    checkpoint = words.CHECKPOINT.format(size=proof["size"], at=checkpoint_at)
    return [number, sha256, sm3, position, checkpoint, root, proof["key"], proof["certificate"], words.ATTACHED]


def _digests(proof: Proof) -> tuple[str, str, str]:
    return proof["sha256"], proof["sm3"], proof["root"]


def _code_of(address: str) -> str:
    last = address.rsplit("/", 1)[-1]
    return codes.shown(last.upper()) if len(last) == codes.LENGTH else last
