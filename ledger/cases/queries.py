"""What pages read about cases."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from ledger.cases.alerts import Alert, Kept, alerts
from ledger.cases.models import Case, Hold
from ledger.cases.rules import CaseFacts, LineFacts
from ledger.goods.models import HOLDS_SOME, Item, Movement, Position
from ledger.goods.periods import BEIJING
from ledger.goods.queries import standing
from ledger.goods.rules import HELD, SOURCES, Account
from ledger.text import case_key

PAGE = 50
_STRETCH = 1_000
ANNOUNCED = and_(Case.decision_key == "", Case.party == "", Case.noticed_until.is_not(None))
"""Whether a case is of ownerless goods whose notice was published; the key of the decision has an index of its own."""
WAITING = and_(Case.decision_key == "", or_(Case.party != "", Case.noticed_until.is_(None)))
"""Whether a case waits for its decision."""


@dataclass(frozen=True, slots=True)
class CasePage:
    """A part of the list of cases, newest first, and the cursor to the older ones."""

    cases: Sequence[Case]
    older: int | None


def page_of_cases(
    session: Session, unit_ids: Collection[int], *, query: str = "", before: int | None = None
) -> CasePage:
    """Return cases of these units whose number, decision or party contains query, with ids below before."""
    wanted = select(Case).where(Case.unit_id.in_(unit_ids)).options(joinedload(Case.unit))
    if query.strip():
        key = case_key(query)
        wanted = wanted.where(
            or_(
                Case.number_key.contains(key, autoescape=True),
                Case.decision_key.contains(key, autoescape=True),
                Case.party.contains(query.strip(), autoescape=True),
            )
        )
    if before is not None:
        wanted = wanted.where(Case.id < before)
    rows = list(session.scalars(wanted.order_by(Case.id.desc()).limit(PAGE + 1)))
    return CasePage(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def cases_of(session: Session, items: Collection[Item]) -> dict[int, Case]:
    """Return the cases of these lines by their ids."""
    ids = {item.case_id for item in items}
    return {case.id: case for case in session.scalars(select(Case).where(Case.id.in_(ids)))}


def holds_on(session: Session, case_ids: Collection[int], *, released: bool = False) -> Sequence[Hold]:
    """Return the holds that stand on these cases and their lines, oldest first; the released ones if asked for."""
    state = Hold.released_at.is_not(None) if released else Hold.released_at.is_(None)
    query = select(Hold).where(Hold.case_id.in_(case_ids), state).order_by(Hold.set_at, Hold.id)
    return session.scalars(query.options(joinedload(Hold.set_by))).all()


def cases_to_store(session: Session, unit_ids: Collection[int]) -> Sequence[Case]:
    """Return the cases of these units of which goods are still with the officers, longest waiting first."""
    seized = select(Position.item_id, Item.case_id).join(Item, Item.id == Position.item_id)
    seized = seized.where(Position.account == Account.SEIZED, HOLDS_SOME, Item.unit_id.in_(unit_ids))
    found, last = dict[int, None](), 0
    while len(found) < PAGE:  # along the lines: the first ones are soon enough for a page
        rows = session.execute(seized.where(Position.item_id > last).order_by(Position.item_id).limit(_STRETCH)).all()
        found |= dict.fromkeys(row.case_id for row in rows)
        if len(rows) < _STRETCH:
            break
        last = rows[-1].item_id
    return session.scalars(select(Case).where(Case.id.in_(list(found)[:PAGE])).order_by(Case.id)).all()


def newest_movement(session: Session, case: Case) -> int:
    """Return the id of the newest movement of the case's goods, 0 if there is none."""
    of_case = select(func.max(Movement.id)).join(Item, Item.id == Movement.item_id).where(Item.case_id == case.id)
    return session.scalar(of_case) or 0


def hold_of(item: Item, holds: Iterable[Hold]) -> Hold | None:
    """Return the first of these holds that stops this line."""
    return first_hold(holds, item.case_id, item.id)


def first_hold(holds: Iterable[Hold], case_id: int, item_id: int) -> Hold | None:
    """Return the first of these holds that stops a line of this case."""
    return next((hold for hold in holds if hold.case_id == case_id and hold.item_id in (None, item_id)), None)


class Held(Protocol):
    """What a position, or a row of its columns, says of where some of a line lies."""

    account: Any
    quantity: Any
    reserved: Any
    counted_at: Any


def facts_on(held: Iterable[Held], case: CaseFacts, *, hold: Hold | None, is_approved: bool) -> LineFacts:
    """Return what decides whether a line may be destroyed of which this is held.

    hold stands on it or its case; is_approved says whether the reservation on its goods is an approval.
    """
    here = [position for position in held if position.quantity and position.account not in SOURCES]
    accounts = {position.account for position in here}
    counted = [
        position.counted_at
        for position in here
        if position.account is Account.STORED and position.quantity > position.reserved
    ]
    return LineFacts(
        case=case,
        hold=(hold.kind, day_of(hold.set_at)) if hold else None,
        is_left=bool(accounts & HELD),
        is_destroyed=Account.DESTROYED in accounts,
        is_stored=bool(counted),
        is_seized=Account.SEIZED in accounts,
        is_approved=is_approved or bool(accounts & ON_ITS_WAY),
        is_out=accounts & HELD == {Account.SAMPLED},
        counted_on=day_of(min(counted)) if counted and all(counted) else None,
    )


def alerts_of(
    items: Collection[Item], cases: Mapping[int, Case], *, storage_days: int, today: date
) -> dict[int, dict[Alert, date | None]]:
    """Return what is to be done about each of these lines that is still held; cases are those of the lines, by id."""
    return {
        item.id: alerts(kept_of(item, cases[item.case_id]), storage_days=storage_days, today=today)
        for item in items
        if any(position.account in HELD for position in standing(item))
    }


def kept_of(item: Item, case: Case) -> Kept:
    """Return what is known of goods that a unit has: since the case was registered, or longer by an imported list."""
    registered = day_of(case.registered_at)
    return Kept(
        case=case.facts,
        since=min(registered, item.stored_on or registered),
        name=item.name,
        category=item.category,
        env_class=item.env_class,
    )


ON_ITS_WAY = frozenset({Account.PACKED, Account.LOADED, Account.RECEIVED})


def day_of(at: datetime) -> date:
    """Return the day in Beijing."""
    return at.astimezone(BEIJING).date()
