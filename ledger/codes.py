"""Label codes: what a QR label carries and what a person can type when it cannot be read."""

import secrets
import unicodedata

from stdnum.iso7064 import mod_97_10

from ledger import rehearsal
from ledger.errors import N_, LedgerError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and capitals without I, L, O and U, which are mistaken for 1, 1, 0 and V."""

RANDOM_SIGNS = 9
_BITS = 5
LENGTH = RANDOM_SIGNS + 1 + 2
GENERATIONS = 16
"""How many labels one after the other share their random signs; the other half of the alphabet is for rehearsals."""
_IN_DIGITS = {ord(sign): str(int(sign, 36)) for sign in ALPHABET}
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})


class BadCode(LedgerError):
    """What was typed or read is no label code."""

    code = "bad_code"
    message = N_("“%(text)s” is not a label code. A code has 12 signs, for example 7KD4-M2QX-9R41.")


class ForeignCode(BadCode):
    """The code of a label that a rehearsal printed, read where goods are real."""

    code = "foreign_code"
    message = N_("The label %(text)s is from a rehearsal; nothing of it counts here.")


def new_code(generation: int = 0) -> str:
    """Return a fresh code of twelve signs: nine random, one generation (0 to 15), two check digits (ISO 7064).

    In a rehearsal the generations are those from 16 to 31, by which every reader tells its labels from real ones.
    """
    if rehearsal.is_on():
        generation += GENERATIONS
    drawn = secrets.randbits(RANDOM_SIGNS * _BITS)  # asking for each sign by itself takes ten times as long
    stem = "".join(ALPHABET[drawn >> place * _BITS & (1 << _BITS) - 1] for place in range(RANDOM_SIGNS))
    return _complete(stem, generation)


def next_generation(code: str) -> str:
    """Return the code of the reprint that voids code. Raises ValueError if there can be none, see is_last."""
    if is_last(code):
        raise ValueError(f"{code} is the last of its labels")
    return _complete(code[:RANDOM_SIGNS], ALPHABET.index(code[RANDOM_SIGNS]) + 1)


def is_last(code: str) -> bool:
    """Whether no reprint can void this label."""
    return ALPHABET.index(code[RANDOM_SIGNS]) % GENERATIONS == GENERATIONS - 1


def rehearsed(code: str) -> str:
    """Return the code that the first label of the same batch has in a rehearsal."""
    return _complete(code[:RANDOM_SIGNS], GENERATIONS)


def is_foreign(code: str) -> bool:
    """Whether a code is a rehearsal's where goods are real, or a real one in a rehearsal."""
    return (ALPHABET.index(code[RANDOM_SIGNS]) >= GENERATIONS) is not rehearsal.is_on()


def read_code(text: str) -> str:
    """Return the code in text, whatever was scanned (an address ending in it) or typed (4-4-4, small letters).

    Raises BadCode if there is none or its check digits do not fit, or ForeignCode for one of a rehearsal. A rehearsal
    reads real ones, too: its goods and locations have theirs.
    """
    signs = unicodedata.normalize("NFKC", text).rsplit("/", 1)[-1].upper().translate(_ALIKE)
    code = "".join(sign for sign in signs if not sign.isspace() and sign not in "-–—")
    if len(code) != LENGTH or not set(code) <= set(ALPHABET) or not mod_97_10.is_valid(code):
        raise BadCode(text=text[:40])
    if is_foreign(code) and not rehearsal.is_on():
        raise ForeignCode(text=shown(code))
    return code


def shown(code: str) -> str:
    """Return code as people read it, 4-4-4."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def _complete(stem: str, generation: int) -> str:
    if not 0 <= generation < len(ALPHABET):
        raise ValueError(f"no generation {generation}")
    body = stem + ALPHABET[generation]
    return f"{body}{98 - int(body.translate(_IN_DIGITS) + '00') % 97:02}"  # five times as fast as the library's
