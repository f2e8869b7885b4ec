"""What is doubtful in the goods lists: of goods that are still there, for only those can still be looked at."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from ledger.cases.models import Case
from ledger.errors import N_, Message
from ledger.goods.measures import find_measure
from ledger.goods.models import Item, Position
from ledger.goods.periods import BEIJING
from ledger.goods.rules import HELD

SHOWN = 50
"""How many lines or cases of each kind are named."""
LATEST = 2_000
"""How many of the newest lines has_doubts() looks through: the first page asks it each time."""
DAYS_TO_DECIDE = 120
"""A case is decided within 90 days, or 30 more (市场监督管理行政处罚程序规定 64): after that it waits for a reason."""

Row = TypeVar("Row")


class Doubt(StrEnum):
    """Why a line should be looked at."""

    SAME_LINE = "same_line"
    SAME_SEAL = "same_seal"
    NO_VALUE = "no_value"
    UNKNOWN_MEASURE = "unknown_measure"


DOUBT_NAMES: dict[Doubt, Message] = {
    Doubt.SAME_LINE: N_("Perhaps entered twice: same case, name, specification and quantity"),
    Doubt.SAME_SEAL: N_("Same seal number on several lines"),
    Doubt.NO_VALUE: N_("Without a value"),
    Doubt.UNKNOWN_MEASURE: N_("Unit of measure that the dictionary does not know"),
}

_ALIKE: dict[Doubt, tuple[Any, ...]] = {
    Doubt.SAME_LINE: (Item.case_id, Item.name, Item.spec, Item.measure, Item.quantity),
    Doubt.SAME_SEAL: (Item.unit_id, Item.seal),
}
"""In what lines are alike that are suspected to be one; a seal number is a unit's own."""


def lines_in_doubt(session: Session, unit_ids: Collection[int], doubt: Doubt) -> tuple[Sequence[Item], int]:
    """Return the first lines of these units that should be looked at, those that are alike together, and how many."""
    order = _ALIKE.get(doubt, (Item.case_id, Item.number))
    return _first(session, _doubtful(session, unit_ids, doubt).order_by(*order, Item.id))


def undecided_cases(session: Session, unit_ids: Collection[int], *, today: date) -> tuple[Sequence[Case], int]:
    """Return the first cases of these units that hold goods for longer than a decision may take, and how many."""
    query = _undecided(unit_ids, today).options(joinedload(Case.unit)).order_by(Case.id)
    return _first(session, query)


def has_doubts(session: Session, unit_ids: Collection[int], doubts: Collection[Doubt], *, today: date) -> bool:
    """Whether there is anything to look at: a case without a decision, or one of the newest lines for these reasons."""
    newest = select(Item.id).where(Item.unit_id.in_(unit_ids)).order_by(Item.id.desc()).offset(LATEST).limit(1)
    after = session.scalar(newest) or 0
    if session.scalar(select(_undecided(unit_ids, today).exists())):
        return True
    return any(session.scalar(select(_doubtful(session, unit_ids, doubt, after).exists())) for doubt in doubts)


def _first(session: Session, query: Select[Row]) -> tuple[Sequence[Row], int]:
    rows = session.scalars(query.limit(SHOWN + 1)).all()
    if len(rows) <= SHOWN:
        return rows, len(rows)
    counted = select(func.count()).select_from(query.order_by(None).subquery())
    return rows[:SHOWN], session.scalar(counted) or 0


def _doubtful(session: Session, unit_ids: Collection[int], doubt: Doubt, after: int = 0) -> Select[Item]:
    """Return the query for lines of these units, with ids above after, that should be looked at."""
    ours = select(Item).where(Item.unit_id.in_(unit_ids), Item.id > after)
    there = ours.where(_is_held())
    if doubt is Doubt.NO_VALUE:
        return there.where(Item.value.is_(None))
    if doubt is Doubt.UNKNOWN_MEASURE:
        used = session.scalars(ours.with_only_columns(Item.measure).distinct())
        return there.where(Item.measure.in_([measure for measure in used if find_measure(measure) is None]))
    alike = there.with_only_columns(Item.id, func.count().over(partition_by=_ALIKE[doubt]).label("times"))
    if doubt is Doubt.SAME_SEAL:
        alike = alike.where(Item.seal != "")
    counted = alike.subquery()
    return select(Item).where(Item.id.in_(select(counted.c.id).where(counted.c.times > 1)))


def _undecided(unit_ids: Collection[int], today: date) -> Select[Case]:
    latest = today - timedelta(days=DAYS_TO_DECIDE)
    is_old = or_(Case.registered_at < datetime.combine(latest, time(), BEIJING), Item.stored_on < latest)
    has_goods = exists(select(Item.id).where(Item.case_id == Case.id, is_old, _is_held()))
    return select(Case).where(Case.unit_id.in_(unit_ids), Case.decision == "", has_goods)


def _is_held() -> ColumnElement[bool]:
    """Whether some of a line is still in the unit's hands."""
    held = select(Position.item_id).where(Position.item_id == Item.id, Position.account.in_(HELD))
    return exists(held.where(Position.quantity > 0))
