"""Figures that devices send, maybe long after they were counted: each is kept once, as it came, and answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ledger.duties import Part
from ledger.errors import N_, LedgerError, Message
from ledger.journal.service import record_refusal
from ledger.stocktake.models import CountBatch, CountEntry, CountExtra, CountLine, Stocktake
from ledger.stocktake.queries import moved_since_frozen
from ledger.stocktake.rules import Taken
from ledger.stocktake.service import Found, begin_as, may_count_as, note_row
from ledger.stocktake.workflow import BLIND, FigureLate, NotAsked
from ledger.units.models import User

MOVED = N_("Noted. Goods of this line came or went since the count began, so the count will say nothing about it.")
Row = CountLine | CountExtra | CountBatch
KINDS: Mapping[str, Any] = {
    "line": CountLine,
    "extra": CountExtra,
    "batch": CountBatch,
}
"""By what a device names what it has counted: “line-12”."""


class Unreadable(Exception):
    """What was typed is no figure: with the message and its facts."""

    def __init__(self, message: str, facts: Mapping[str, object]) -> None:
        super().__init__(message)
        self.message, self.facts = message, facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A figure on its way: when it was entered by the device's clock, which was behind ours by offset_ms."""

    id: str
    device: str
    row: str
    typed: Mapping[str, str]
    at: datetime
    offset_ms: int


def take(
    session: Session,
    count: Stocktake,
    sent: Sent,
    read: Callable[[Row, datetime], Found],
    *,
    by: User,
    at: datetime,
) -> CountEntry:
    """Keep a figure, and return what became of it; one that is known already changes nothing.

    Nothing that was counted is refused without being kept: what comes too late stays beside the count. read says what
    was typed of a row, and found at a time; it may raise Unreadable.
    """
    known = session.get(CountEntry, sent.id)
    if known is not None:
        return known
    counted_at = min(sent.at + timedelta(milliseconds=sent.offset_ms), at)
    entry = CountEntry(
        id=sent.id,
        stocktake_id=count.id,
        user_id=by.id,
        device=sent.device,
        row=sent.row,
        typed=dict(sent.typed),
        at=sent.at,
        offset_ms=sent.offset_ms,
        received_at=at,
        taken=Taken.KEPT,
    )
    try:
        row = row_of(session, entry)
        if row is None:
            raise NotAsked
        part = _part_of(session, count, row, by=by, at=at)
    except LedgerError as error:
        entry.taken, entry.told = Taken.LATE, _told(error.message, error.facts)
        if error.is_business_act:
            record_refusal(session, error, attempted="stocktakes.note", by=by, at=at, unit=count.unit)
    else:
        try:
            note_row(row, part, read(row, counted_at), at=counted_at)
            begin_as(count, part, by)
            if _has_moved(session, count, row):
                entry.taken, entry.told = Taken.MOVED, _told(MOVED, {})
        except (Unreadable, LedgerError) as error:
            entry.taken, entry.told = Taken.WRONG, _told(error.message, error.facts)
    session.add(entry)
    session.flush()
    return entry


def row_of(session: Session, entry: CountEntry) -> Row | None:
    """Return what a figure is of, unless there is no such thing in its count."""
    kind, _, key = entry.row.partition("-")
    row: Row | None = session.get(KINDS[kind], int(key))
    return row if row is not None and row.stocktake_id == entry.stocktake_id else None


def _part_of(session: Session, count: Stocktake, row: Row, *, by: User, at: datetime) -> Part:
    """Return as which counter a figure is taken. Raises FigureLate, NotAsked or what may_count_as raises."""
    finished = {count.first_id: count.first_done_at, count.second_id: count.second_done_at}
    if count.state not in BLIND or finished.get(by.id):
        raise FigureLate
    part = may_count_as(session, count, by, at=at)
    if not row.is_for(part):
        raise NotAsked
    return part


def _has_moved(session: Session, count: Stocktake, row: Row) -> bool:
    moved = moved_since_frozen(session, count, [row])
    return isinstance(row, CountLine) and (row.item_id, row.place_id) in moved


def _told(message: str, facts: Mapping[str, object]) -> dict[str, object]:
    return {"message": message, "facts": {name: str(fact) for name, fact in facts.items()}}


def told_in(entry: CountEntry) -> tuple[str, Mapping[str, object]] | None:
    """Return what a counter was told of a figure, as a message and its facts, if there was anything to say."""
    if entry.told is None:
        return None
    facts = entry.told["facts"]
    return entry.told["message"], {name: Message(fact) if fact else fact for name, fact in facts.items()}
