"""Finding lines by any two or more characters of their texts, among millions, on both databases.

Chinese has no spaces and most of its words have two characters, for which SQLite's trigram index silently finds
nothing and PostgreSQL's takes half a second. So lines are indexed by their pairs of characters: in a full-text table
on SQLite, in an array with a GIN index on PostgreSQL. The index names candidates; the line's own text decides.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Text,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from ledger.db import add_rows
from ledger.goods.models import Item
from ledger.text import fold

INDEX = "item_grams"
"""A row per line: rowid is the line's id. Made by the migrations, filled by index_lines()."""
ROWS = table(INDEX, column("rowid", BigInteger), column("grams", Text().with_variant(ARRAY(Text), "postgresql")))
_HEX = 4
"""Hexadecimal digits of nearly every character."""
_PAIR = 2
_KNOWN = 8192
"""Texts whose pairs are remembered: the lines of a case share most of theirs."""


def search_text(texts: Iterable[str]) -> str:
    """Return what the search looks through: each text once, on a line of its own, folded."""
    return "\n".join(dict.fromkeys(_folded(part) for part in texts if part))


_folded = lru_cache(_KNOWN)(fold)


def grams(folded: str) -> list[str]:
    """Return the distinct pairs of neighbouring characters in each line of folded, as hexadecimal words.

    Hexadecimal, because tokenizers take words apart at signs that are part of our pairs.
    """
    return list(dict.fromkeys(chain.from_iterable(map(_pairs, folded.split("\n")))))


@lru_cache(_KNOWN)
def _pairs(line: str) -> list[str]:
    signs = line.encode("utf-16-be").hex()
    if len(signs) == _HEX * len(line):
        return [signs[at : at + 2 * _HEX] for at in range(0, len(signs) - _HEX, _HEX)]
    return [line[at : at + 2].encode("utf-16-be").hex() for at in range(len(line) - 1)]  # rare ones take twice the room


def index_lines(session: Session, rows: Sequence[tuple[int, str]]) -> None:
    """Add lines (id and search_text) to the index. They must not be in it yet."""
    as_stored: Callable[[list[str]], object] = " ".join if _is_sqlite(session) else list
    add_rows(session, ROWS, [{"rowid": item_id, "grams": as_stored(grams(folded))} for item_id, folded in rows])


def reindex_lines(session: Session, before: Sequence[tuple[int, str]], after: Sequence[tuple[int, str]]) -> None:
    """Replace the texts of lines in the index; before is what they were indexed with."""
    if not before:
        return
    if _is_sqlite(session):  # a full-text table that keeps no texts forgets a row only when told them
        forget = text(f"INSERT INTO {INDEX} ({INDEX}, rowid, grams) VALUES ('delete', :id, :grams)")  # noqa: S608
        session.execute(forget, [{"id": item_id, "grams": " ".join(grams(folded))} for item_id, folded in before])
    else:
        session.execute(text(f"DELETE FROM {INDEX} WHERE rowid = :id"), [{"id": item_id} for item_id, _ in before])  # noqa: S608
    index_lines(session, after)


@dataclass(frozen=True, slots=True)
class Matches:
    """What asks of an Item whether every word of a query occurs in its texts."""

    asked: ColumnElement[bool]
    held: ColumnElement[bool] | None
    """What the index says of a row of it: of all that match, and of some that do not unless it is exact.

    None for words of a single character, for which there is no pair to look up.
    """
    is_exact: bool


def matching(session: Session, query: str) -> Matches | None:
    """Return what asks of lines whether they match; None if query is empty."""
    words = fold(query).split()
    if not words:
        return None
    position = func.instr if _is_sqlite(session) else func.strpos
    asked = and_(*(position(Item.search_text, word) > 0 for word in words))
    pairs = sorted({pair for word in words for pair in grams(word)})
    held = _holds(session, pairs) if pairs else None
    return Matches(asked, held, is_exact=all(len(word) == _PAIR for word in words))


def _holds(session: Session, pairs: list[str]) -> ColumnElement[bool]:
    if _is_sqlite(session):
        query: BindParameter[str] = bindparam("pairs", " AND ".join(pairs), unique=True)
        return literal_column(INDEX).op("MATCH", is_comparison=True)(query)
    return literal_column(f"{INDEX}.grams", ARRAY(Text)).contains(cast(pairs, ARRAY(Text)))


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
