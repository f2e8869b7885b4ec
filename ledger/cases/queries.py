"""What pages read about cases."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from ledger.cases.models import Case, Hold
from ledger.cases.rules import AppealPeriods, LineFacts, Stage, Terms, Verdict, verdict
from ledger.goods.filters import Condition
from ledger.goods.models import Item, Movement, Position
from ledger.goods.periods import BEIJING
from ledger.goods.queries import standing
from ledger.goods.rules import Account
from ledger.text import case_key

PAGE = 50


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


def at_stage(stage: Stage, *, periods: AppealPeriods, today: date) -> Condition:
    """Return what asks of a line whether its case is at this stage today."""
    if stage is Stage.HELD:
        held = or_(Hold.item_id.is_(None), Hold.item_id == Item.id)
        query = select(Item.id).join(Hold, Hold.case_id == Item.case_id).where(Hold.released_at.is_(None), held)
        asked = select(Hold.id).where(Hold.case_id == Item.case_id, Hold.released_at.is_(None), held)
        return Condition(query.distinct(), asked.correlate(Item).exists())
    over = periods.over_since(today)
    said = {
        Stage.UNDECIDED: and_(Case.served_on.is_(None), Case.decision == ""),
        Stage.UNSERVED: and_(Case.served_on.is_(None), Case.decision != ""),
        Stage.OPEN_TO_APPEAL: Case.served_on > over,
        Stage.FINAL: Case.served_on <= over,
    }
    query = select(Item.id).join(Case, Case.id == Item.case_id).where(said[stage])
    asked = select(Case.id).where(Case.id == Item.case_id, said[stage])
    return Condition(query, asked.correlate(Item).exists())


def cases_to_store(session: Session, unit_ids: Collection[int]) -> Sequence[Case]:
    """Return the cases of these units of which goods are still with the officers, longest waiting first."""
    held = select(Item.case_id).join(Position, Position.item_id == Item.id)
    held = held.where(Item.unit_id.in_(unit_ids), Position.account == Account.SEIZED, Position.quantity > 0)
    return session.scalars(select(Case).where(Case.id.in_(held)).order_by(Case.id).limit(PAGE)).all()


def newest_movement(session: Session, case: Case) -> int:
    """Return the id of the newest movement of the case's goods, 0 if there is none."""
    of_case = select(func.max(Movement.id)).join(Item, Item.id == Movement.item_id).where(Item.case_id == case.id)
    return session.scalar(of_case) or 0


def hold_of(item: Item, holds: Iterable[Hold]) -> Hold | None:
    """Return the first of these holds that stops this line."""
    return next((hold for hold in holds if hold.case_id == item.case_id and hold.item_id in (None, item.id)), None)


def verdict_on(item: Item, case: Case, *, hold: Hold | None, is_approved: bool, terms: Terms, today: date) -> Verdict:
    """Return whether this line may be destroyed today.

    hold stands on it or its case; is_approved says whether the reservation on its goods is an approval.
    """
    held = standing(item)
    free = [position for position in held if position.account is Account.STORED and position.free]
    accounts = {position.account for position in held}
    counted = [position.counted_at for position in free]
    facts = LineFacts(
        decision=case.decision,
        served_on=case.served_on,
        hold=(hold.kind, _day(hold.set_at)) if hold else None,
        is_left=bool(accounts & LEFT),
        is_destroyed=Account.DESTROYED in accounts,
        is_stored=bool(free),
        is_seized=Account.SEIZED in accounts,
        is_approved=is_approved or bool(accounts & ON_ITS_WAY),
        is_out=accounts & LEFT == {Account.SAMPLED},
        counted_on=_day(min(at for at in counted if at)) if counted and all(counted) else None,
    )
    return verdict(facts, terms=terms, today=today)


ON_ITS_WAY = frozenset({Account.PACKED, Account.LOADED, Account.RECEIVED})
LEFT = ON_ITS_WAY | {Account.SEIZED, Account.STORED, Account.SAMPLED}


def _day(at: datetime) -> date:
    return at.astimezone(BEIJING).date()
