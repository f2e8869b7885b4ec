"""The page that checks a manifest in a browser without a network: one file, made of ledger/front/src/verify."""

from html import escape
from pathlib import Path

import orjson

NAME = "verify.html"
_BUILT = Path(__file__).parents[1] / "static" / "dist"
_KEY = 'value=""'


def verify_page(key: str) -> bytes:
    """Return the page with the journal's public key filled in."""
    names: dict[str, str] = orjson.loads((_BUILT / "manifest.json").read_bytes())
    return (_BUILT / names[NAME]).read_text("utf-8").replace(_KEY, f'value="{escape(key)}"', 1).encode()
