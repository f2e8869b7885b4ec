"""QR codes as rows of dark and light modules, and the spelling that packs bytes into them."""

from typing import Literal

import qrcode
from qrcode.util import QRData

Rows = list[list[bool]]
QUIET = 4
"""How many modules around a code stay light."""

_LEVELS = {"M": qrcode.constants.ERROR_CORRECT_M, "Q": qrcode.constants.ERROR_CORRECT_Q}
_MASK = 2
"""Readers take any mask; choosing the prettiest takes four fifths of the time."""


def version_for(text: str, level: Literal["M", "Q"]) -> int:
    """Return the smallest version that text fits in."""
    version: int = _code(text, level, None).version
    return version


def code(text: str, level: Literal["M", "Q"], version: int | None = None) -> Rows:
    """Return the code of text, without its quiet zone. Capitals and digits take the least room."""
    rows: Rows = _code(text, level, version).modules
    return rows


def _code(text: str, level: Literal["M", "Q"], version: int | None) -> qrcode.QRCode:
    made = qrcode.QRCode(version=version, error_correction=_LEVELS[level], border=0, mask_pattern=_MASK)
    made.add_data(QRData(text.encode()), optimize=0)
    made.make(fit=version is None)
    return made
