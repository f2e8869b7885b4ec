"""What movements add up to, up to an entry of the journal, and the sums that are carried forward (过次页).

Nothing that was entered changes, so what all movements up to an entry add up to is true for ever: it may be kept, and
what came later added to it. A carry that is missing costs time, never a figure.
"""

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Double, Select, case, cast, delete, func, insert, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from ledger.db import Quantity
from ledger.goods.models import Carried, Carry, Item, Movement
from ledger.goods.periods import Span, period_around
from ledger.goods.rules import Account, Act
from ledger.journal.queries import entries_before

WORTH = 5_000
"""Fewer movements than this are summed sooner than sums of them are read."""


class Way(NamedTuple):
    """From which account to which, by which act, in which unit of measure; where it is told, whose and what goods."""

    measure: str
    act: Act
    source: Account
    target: Account
    unit_id: int = 0
    category: str = ""


class Amount(NamedTuple):
    """A quantity, and the share of the lines' values that it stands for, in fen."""

    quantity: Decimal
    value: Decimal


Sums = dict[Way, Amount]
_NOTHING = Amount(Decimal(0), Decimal(0))


def sums_until(session: Session, unit_ids: Collection[int] | None, seq: int, *, finely: bool = False) -> Sums:
    """Return what the movements of these units' goods add up to, those of entry seq included; None is every unit.

    finely tells units and categories apart.
    """
    carried = _last_carry(session, seq)
    sums: Sums = {}
    if carried:
        _add(sums, session, _carried(unit_ids, carried, finely=finely))
    if carried < seq:
        _add(sums, session, _moved(unit_ids, carried, seq, finely=finely))
    return sums


def sums_between(
    session: Session,
    unit_ids: Collection[int] | None,
    after: int,
    until: int,
    *,
    before: Sums,
    finely: bool = False,
    afresh: bool = False,
) -> Sums:
    """Return the same for the entries after one and until another; afresh leaves alone what was carried forward.

    before are the sums until the first of the two.
    """
    if afresh or _last_carry(session, until) <= after:
        sums: Sums = {}
        _add(sums, session, _moved(unit_ids, after, until, finely=finely))
        return sums
    whole = sums_until(session, unit_ids, until, finely=finely)
    rest = {way: _less(amount, before.get(way, _NOTHING)) for way, amount in whole.items()}
    return {way: amount for way, amount in rest.items() if amount.quantity}


def to_carry(session: Session, day: date, *, worth: int = WORTH) -> tuple[int, Sums] | None:
    """Return the sums to carry forward at the beginning of day's month, with the last entry before it.

    None if they are carried already, or if they are not worth it: fewer movements came since those before.
    """
    seq = entries_before(session, period_around(day, Span.MONTH).begin)
    came = select(Movement.id).where(Movement.entry_seq > _last_carry(session, seq), Movement.entry_seq <= seq)
    if len(session.execute(came.limit(worth)).all()) < worth:
        return None
    return seq, sums_until(session, None, seq, finely=True)


def carry(session: Session, seq: int, sums: Sums) -> None:
    """Keep what all movements up to entry seq add up to, unless somebody did meanwhile. The door commits."""
    if session.get(Carry, seq):
        return
    session.execute(delete(Carried).where(Carried.seq == seq))  # a carry that was given up leaves its rows
    rows = [{"seq": seq, **way._asdict(), **amount._asdict()} for way, amount in sums.items()]
    if rows:
        session.connection().execute(insert(Carried), rows)
    session.add(Carry(seq=seq))  # last: from now on the database lets nobody touch the rows


def give_up_carries(session: Session) -> None:
    """Let the sums be made anew: what a line is summed up under, or its worth, was amended."""
    session.execute(delete(Carry))


def wrong_carries(session: Session) -> Iterator[int]:
    """Yield the entries at which something else is carried forward than the movements add up to."""
    before, sums = 0, Sums()
    for seq in session.scalars(select(Carry.seq).order_by(Carry.seq)).all():
        _add(sums, session, _moved(None, before, seq, finely=True))
        kept: Sums = {}
        _add(kept, session, _carried(None, seq, finely=True))
        if kept != sums:
            yield seq
        before = seq


def _last_carry(session: Session, seq: int) -> int:
    return session.scalar(select(func.max(Carry.seq)).where(Carry.seq <= seq)) or 0


def _add(sums: Sums, session: Session, query: Select[*tuple[Any, ...]]) -> None:
    for *way, quantity, value in session.execute(query):
        key = Way(*way)
        earlier = sums.get(key, _NOTHING)
        sums[key] = Amount(earlier.quantity + quantity, earlier.value + value)


def _less(amount: Amount, before: Amount) -> Amount:
    return Amount(amount.quantity - before.quantity, amount.value - before.value)


def _carried(unit_ids: Collection[int] | None, seq: int, *, finely: bool) -> Select[*tuple[Any, ...]]:
    ways = (Carried.measure, Carried.act, Carried.source, Carried.target)
    columns = _columns(ways, (Carried.unit_id, Carried.category), finely=finely)
    query: Select[*tuple[Any, ...]] = (
        select(*columns, _sum(Carried.quantity), _sum(Carried.value)).where(Carried.seq == seq).group_by(*columns)
    )
    return query if unit_ids is None else query.where(Carried.unit_id.in_(unit_ids))


def _moved(unit_ids: Collection[int] | None, after: int, until: int, *, finely: bool) -> Select[*tuple[Any, ...]]:
    ways = (Item.measure, Movement.act, Movement.source_account, Movement.target_account)
    columns = _columns(ways, (Item.unit_id, Item.category), finely=finely)
    query: Select[*tuple[Any, ...]] = (
        select(*columns, _sum(Movement.quantity), _sum(_share()))
        .join(Item, Item.id == Movement.item_id)
        .where(
            Movement.entry_seq > after,
            Movement.entry_seq <= until,
            Movement.source_account != Movement.target_account,
        )
        .group_by(*columns)
    )
    return query if unit_ids is None else query.where(of_units(unit_ids))


def of_units(unit_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that lines are these units', for movements of some entries.

    It is written so that no index of units answers it: the entries lead to few movements, a unit to all it ever had.
    """
    return (Item.unit_id + 0).in_(unit_ids)


def _columns(
    ways: tuple[InstrumentedAttribute[object], ...], finer: tuple[InstrumentedAttribute[object], ...], *, finely: bool
) -> tuple[InstrumentedAttribute[object], ...]:
    return ways + finer if finely else ways


def _sum(column: ColumnElement[Decimal] | InstrumentedAttribute[Decimal]) -> ColumnElement[Decimal]:
    return func.sum(column, type_=Quantity())


def _share() -> ColumnElement[Decimal]:
    """Return what part of the line's value a movement stands for: in fen, to thousandths, as quantities are kept.

    Thirds of a line then still add up to all of it when they are rounded to fen.
    """
    part = type_coerce(Movement.quantity, BigInteger) / cast(type_coerce(Item.quantity, BigInteger), Double)
    share = cast(func.round(cast(Item.value, Double) * 1000 * part), BigInteger)
    return case((Item.value.is_(None), 0), else_=share)
