"""What became of confiscated goods in a period, as it is reported to the department of finance (罚没财物管理办法).

Per category and per unit: what was there, came, went and is there, with the cases and lines, the value as far as it
is known, and what sales brought. Quantities and values are those of the store ledger, told apart more finely.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from ledger.errors import N_, Message
from ledger.goods.models import Item, Movement
from ledger.goods.periods import Period
from ledger.goods.rules import HELD, Account, Act
from ledger.goods.statement import Balance, Cause, Group, Moved, balances, cause_of, in_order, statement
from ledger.goods.sums import of_units
from ledger.journal.models import JournalEntry
from ledger.journal.queries import entries_before


class Side(StrEnum):
    """What a figure says."""

    OPENING = "opening"
    CAME = "came"
    WENT = "went"
    CLOSING = "closing"


SIDE_NAMES: dict[Side, Message] = {
    Side.OPENING: N_("There at the beginning"),
    Side.CAME: N_("Came in"),
    Side.WENT: N_("Disposed of or gone"),
    Side.CLOSING: N_("There at the end"),
}


class Place(NamedTuple):
    """Where a figure stands: all that came or went has no cause."""

    side: Side
    cause: Cause | None = None


@dataclass(slots=True)
class Figure:
    """Cases and lines are counted once, however often goods of theirs moved. Money is in fen."""

    cases: set[int] = field(default_factory=set)
    lines: set[int] = field(default_factory=set)
    unvalued: set[int] = field(default_factory=set)
    """The lines among them of which no value was entered."""
    quantities: dict[str, Decimal] = field(default_factory=dict)
    value: Decimal = Decimal(0)
    proceeds: int = 0


Figures = dict[Place, Figure]


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of all goods, of each category and of each unit, by its id."""

    whole: Figures
    categories: dict[str, Figures]
    units: dict[int, Figures]


def report(session: Session, unit_ids: Collection[int], period: Period) -> Report:
    """Return what movements and disposals of these units' goods say of a period."""
    before, until = entries_before(session, period.begin), entries_before(session, period.end)
    moved = statement(session, unit_ids, period, veiled=(), finely=True).moved
    found = Report({}, defaultdict(dict), defaultdict(dict))
    for figures, part in _parts(found, moved):
        _fill(figures, part)
    held = ((Place(side), line) for side, seq in ((Side.OPENING, before), (Side.CLOSING, until))
            for line in _held(session, unit_ids, seq))  # fmt: skip
    for place, line in (*held, *_came_and_went(session, unit_ids, before, until)):
        for figures in (found.whole, found.categories[line.category], found.units[line.unit_id]):
            _count(figures, place, line)
    for unit_id, account, proceeds in _proceeds(session, unit_ids, before, until):
        for figures in (found.whole, found.units[unit_id]):
            for place in (Place(Side.WENT), Place(Side.WENT, account)):
                figures.setdefault(place, Figure()).proceeds += proceeds
    return found


class _Line(NamedTuple):
    id: int
    case_id: int
    unit_id: int
    category: str
    is_unvalued: bool


_LINE = (Item.id, Item.case_id, Item.unit_id, Item.category, Item.value.is_(None))


def _parts(found: Report, moved: Iterable[Moved]) -> Iterable[tuple[Figures, Sequence[Moved]]]:
    """Yield the movements of each part of the report with its figures."""
    by_category, by_unit = defaultdict[str, list[Moved]](list), defaultdict[int, list[Moved]](list)
    for each in moved:
        by_category[each.way.category].append(each)
        by_unit[each.way.unit_id].append(each)
    yield found.whole, [each for part in by_unit.values() for each in part]
    yield from ((found.categories[category], part) for category, part in by_category.items())
    yield from ((found.units[unit_id], part) for unit_id, part in by_unit.items())


def _fill(figures: Figures, moved: Sequence[Moved]) -> None:
    """Put in the quantities, per unit of measure, and the values."""
    for balance in balances(moved, Group.HELD):
        for place, quantity in _told(balance):
            figures.setdefault(place, Figure()).quantities[balance.measure] = quantity
    for balance in balances((_as_value(each) for each in moved), Group.HELD):
        for place, value in _told(balance):
            figures.setdefault(place, Figure()).value = value


def _as_value(moved: Moved) -> Moved:
    """Return a movement whose quantity is money, which is added up across units of measure."""
    return Moved(moved.way._replace(measure=""), moved.is_before, moved.amount._replace(quantity=moved.amount.value))


def _told(balance: Balance) -> Iterable[tuple[Place, Decimal]]:
    """Yield what there is to tell of a balance."""
    sums = {
        Place(Side.OPENING): balance.opening,
        Place(Side.CAME): balance.all_came,
        **{Place(Side.CAME, cause): part for cause, part in in_order(balance.came)},
        Place(Side.WENT): balance.all_went,
        **{Place(Side.WENT, cause): part for cause, part in in_order(balance.went)},
        Place(Side.CLOSING): balance.closing,
    }
    return ((place, amount) for place, amount in sums.items() if amount)


def _count(figures: Figures, place: Place, line: _Line) -> None:
    figure = figures.setdefault(place, Figure())
    figure.cases.add(line.case_id)
    figure.lines.add(line.id)
    if line.is_unvalued:
        figure.unvalued.add(line.id)


def _held(session: Session, unit_ids: Collection[int], seq: int) -> Iterable[_Line]:
    """Yield the lines of which something was held after entry seq."""
    signed = case(
        (Movement.target_account.in_(HELD) & Movement.source_account.not_in(HELD), Movement.quantity),
        (Movement.source_account.in_(HELD) & Movement.target_account.not_in(HELD), -Movement.quantity),
        else_=0,
    )
    there = (
        select(Movement.item_id)
        .where(Movement.entry_seq <= seq)
        .group_by(Movement.item_id)
        .having(func.sum(signed) > 0)
    )
    query = select(*_LINE).where(Item.unit_id.in_(unit_ids), Item.id.in_(there))
    return (_Line(*row) for row in session.execute(query))


def _came_and_went(
    session: Session, unit_ids: Collection[int], before: int, until: int
) -> Iterable[tuple[Place, _Line]]:
    """Yield the lines of which something came or went, under their cause and under all that did."""
    query: Select[*tuple[Any, ...]] = (
        select(Movement.act, Movement.source_account, Movement.target_account, *_LINE)
        .join(Item, Item.id == Movement.item_id)
        .where(Movement.entry_seq > before, Movement.entry_seq <= until, of_units(unit_ids))
        .distinct()
    )
    for act, source, target, *facts in session.execute(query):
        if (source in HELD) != (target in HELD):
            side = Side.CAME if target in HELD else Side.WENT
            line = _Line(*facts)
            yield Place(side), line
            yield Place(side, cause_of(act, target)), line


def _proceeds(
    session: Session, unit_ids: Collection[int], before: int, until: int
) -> Iterable[tuple[int, Account, int]]:
    """Yield what sales brought: the unit, what became of the goods, and the money that the entry says."""
    query = select(JournalEntry.unit_id, JournalEntry.body).where(
        JournalEntry.act.in_([f"goods.{Act.DISPOSE}", f"goods.{Act.COUNTER_ENTRY}"]),
        JournalEntry.seq > before,
        JournalEntry.seq <= until,
        JournalEntry.unit_id.in_(unit_ids),
    )
    for unit_id, body in session.execute(query):
        data = orjson.loads(body)["data"]
        proceeds = data.get("proceeds")
        if unit_id is not None and proceeds:
            _item, _quantity, source, _place, target, *_ = data["moves"][0]
            yield unit_id, Account(target if proceeds > 0 else source), proceeds  # a sale taken back brings less
