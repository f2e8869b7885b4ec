"""Spellings: which texts count as equal, and how text is kept."""

import re
import unicodedata

_OPENING = "〔[【（﹝［｛{《<"
_CLOSING = "〕]】）﹞］｝}》>"
_BRACKETS = str.maketrans(_OPENING + _CLOSING, "(" * len(_OPENING) + ")" * len(_CLOSING))
_SPACE = re.compile(r"\s+")


def clean(text: str) -> str:
    """Return text as it is kept: composed, without control characters, single spaces. Rare characters stay."""
    kept = "".join(sign for sign in unicodedata.normalize("NFC", text) if sign.isspace() or sign.isprintable())
    return _SPACE.sub(" ", kept).strip()


def fold(text: str) -> str:
    """Return text for comparing and searching: width, case and the style of brackets make no difference."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_BRACKETS)
    return _SPACE.sub(" ", folded).strip()


def case_key(number: str) -> str:
    """Return the number of a case or decision for comparing: without spaces, any spelling of its brackets."""
    return fold(number).replace(" ", "")
