"""What is doubtful in the goods lists: of goods that are still there, for only those can still be looked at."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from ledger.cases.alerts import DAYS_TO_DECIDE, OF_CASES, Alert
from ledger.cases.models import Case
from ledger.cases.queries import ANNOUNCED, WAITING
from ledger.cases.rules import kept_before
from ledger.errors import N_, Message
from ledger.goods.classes import TOBACCO, EnvClass
from ledger.goods.measures import find_measure
from ledger.goods.models import HOLDS_SOME, Item, Position
from ledger.goods.periods import BEIJING
from ledger.goods.queries import MANY
from ledger.goods.rules import HELD

SHOWN = 50
"""How many lines or cases of each kind are named."""
LATEST = 2_000
"""How many of the newest lines has_doubts() looks through: the first page asks it each time."""

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
    """Return the first lines of these units that should be looked at, those that are alike together, and how many.

    MANY + 1 stands for more, here and below.
    """
    order = _ALIKE.get(doubt, (Item.case_id, Item.number))
    return _first(session, _doubtful(session, unit_ids, doubt).order_by(*order, Item.id))


def cases_alerted(
    session: Session, unit_ids: Collection[int], alert: Alert, *, today: date
) -> tuple[Sequence[Case], int]:
    """Return the first cases of these units whose goods call for this, one of OF_CASES, and how many."""
    query = _alerted(unit_ids, alert, today).options(joinedload(Case.unit)).order_by(Case.id)
    return _first(session, query)


def lines_alerted(
    session: Session, unit_ids: Collection[int], alert: Alert, *, storage_days: int, today: date
) -> tuple[Sequence[Item], int]:
    """Return the first lines of these units that call for this, none of OF_CASES, and how many; see alerts()."""
    latest = today - timedelta(days=storage_days)
    said = {
        Alert.TOBACCO: or_(*((Item.category + Item.name).contains(word) for word in TOBACCO)),
        Alert.HAZARDOUS: Item.env_class == EnvClass.HAZARDOUS,
        Alert.LONG_KEPT: _kept_since_before(latest),
    }[alert]
    query = select(Item).join(Case, Case.id == Item.case_id).where(Item.unit_id.in_(unit_ids), said, _is_held())
    return _first(session, query.order_by(Item.case_id, Item.number, Item.id))


def has_doubts(session: Session, unit_ids: Collection[int], doubts: Collection[Doubt], *, today: date) -> bool:
    """Whether there is anything to look at: a case that waits, or one of the newest lines for these reasons."""
    newest = select(Item.id).where(Item.unit_id.in_(unit_ids)).order_by(Item.id.desc()).offset(LATEST).limit(1)
    after = session.scalar(newest) or 0
    if any(session.scalar(select(_alerted(unit_ids, alert, today).exists())) for alert in OF_CASES):
        return True
    return any(session.scalar(select(_doubtful(session, unit_ids, doubt, after).exists())) for doubt in doubts)


def _first(session: Session, query: Select[Row]) -> tuple[Sequence[Row], int]:
    rows = session.scalars(query.limit(SHOWN + 1)).all()
    if len(rows) <= SHOWN:
        return rows, len(rows)
    counted = select(func.count()).select_from(query.order_by(None).limit(MANY + 1).subquery())
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


def _alerted(unit_ids: Collection[int], alert: Alert, today: date) -> Select[Case]:
    """Return the query for cases of these units whose goods call for this; the index of the undecided leads to them."""
    cases = select(Case).where(Case.unit_id.in_(unit_ids))
    held = select(Item.id).where(Item.case_id == Case.id, _is_held())
    if alert is Alert.NOTICE_OVER:
        return cases.where(ANNOUNCED, Case.noticed_until < today, exists(held))
    if alert is Alert.TERM_OVER:
        kept = and_(Case.detained_on.is_(None), Case.kept_on < kept_before(today))
        detained = and_(Case.detained_on.is_not(None), Case.detained_until < today)
        return cases.where(WAITING, or_(kept, detained), exists(held))
    is_late = _kept_since_before(today - timedelta(days=DAYS_TO_DECIDE))
    return cases.where(WAITING, exists(held.where(is_late)))


def _kept_since_before(day: date) -> ColumnElement[bool]:
    """Whether a unit has a line of Case since before this day; see ledger.cases.queries.kept_of."""
    return or_(Case.registered_at < datetime.combine(day, time(), BEIJING), Item.stored_on < day)


def _is_held() -> ColumnElement[bool]:
    """Whether some of a line is still in the unit's hands."""
    held = select(Position.item_id).where(Position.item_id == Item.id, Position.account.in_(HELD))
    return exists(held.where(HOLDS_SOME))
