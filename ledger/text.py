"""Spellings: which texts count as equal, and how text is kept."""

import re
import unicodedata
from functools import lru_cache

_OPENING = "〔[【（﹝［｛{《<"
_CLOSING = "〕]】）﹞］｝}》>"
_BRACKETS = str.maketrans(_OPENING + _CLOSING, "(" * len(_OPENING) + ")" * len(_CLOSING))
_DASHES = re.compile(r"[‐‑‒–—―−﹣－]+")
_ANY_BRACKET = re.compile(f"[{re.escape(_OPENING + _CLOSING)}]")


def clean(text: str) -> str:
    """Return text as it is kept: composed, without control characters, single spaces. Rare characters stay."""
    if not text.isprintable():
        text = "".join(sign for sign in text if sign.isspace() or sign.isprintable())
    return " ".join(unicodedata.normalize("NFC", text).split())


def clean_lines(text: str | None) -> str:
    """Return text of several paragraphs, each clean, without empty ones."""
    return "\n".join(line for each in (text or "").splitlines() if (line := clean(each)))


def fold(text: str) -> str:
    """Return text for comparing and searching: width, case and the style of brackets make no difference."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if _ANY_BRACKET.search(folded):
        folded = folded.translate(_BRACKETS)
    return " ".join(folded.split())


@lru_cache(8192)
def case_key(number: str) -> str:
    """Return the number of a case or decision for comparing: without spaces, any spelling of brackets and dashes."""
    return _DASHES.sub("-", fold(number).replace(" ", ""))


def for_workbook(text: str) -> str:
    """Return text as XlsxWriter writes it for text: what begins with <r> it may take for markup, formulas and all."""
    return f"{text} " if text.startswith("<r>") else text
