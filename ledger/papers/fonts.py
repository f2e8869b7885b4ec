"""The fonts of all papers: which faces there are, and which characters they can print.

The faces are cut from Noto Serif SC (宋体) and Noto Sans SC (黑体) at set-up (ledger/papers/cut.py). Knowing what they
can print costs a small file; the faces themselves are loaded when the first paper is drawn.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from ledger.errors import N_, LedgerError

FOLDER = Path(__file__).parent / "fonts"
CHARACTERS = FOLDER / "characters.txt"
"""Every character that some face of the chain has."""

_SPACING = "\n"


class Face(StrEnum):
    """A face of the papers. What it lacks is printed in the next of the chain: itself, SERIF, SANS."""

    SERIF = "NotoSerifSC-Regular"
    SERIF_BOLD = "NotoSerifSC-Bold"
    SANS = "NotoSansSC-Regular"
    SANS_MEDIUM = "NotoSansSC-Medium"

    @property
    def path(self) -> Path:
        """Where its cut font is."""
        return FOLDER / f"{self}.ttf"


class NotPrintable(LedgerError):
    """A paper would hold characters that none of its fonts has."""

    code = "not_printable"
    message = N_("This cannot be printed: the fonts lack %(characters)s. Correct the text, then try again.")


def missing(text: str) -> list[str]:
    """Return the characters of text that no face has, each once, in order of their code points."""
    return sorted(set(text).difference(_printable(), _SPACING))


def check_printable(part: object) -> None:
    """Raise NotPrintable, naming each character with its code point, if a text in part holds what no face has.

    Part is a text, or lists and mappings of texts, however deep: all that a paper is drawn from.
    """
    signs: set[str] = set()
    for text in _texts(part):
        signs.update(text)
    if lacking := missing("".join(signs)):
        raise NotPrintable(characters="、".join(f"{sign}（U+{ord(sign):04X}）" for sign in lacking))


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from _texts(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _texts(value)


@cache
def _printable() -> frozenset[str]:
    return frozenset(CHARACTERS.read_text(encoding="utf-8"))
