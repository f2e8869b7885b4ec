"""Planned counts: what is to be counted by when, by whom, and beginning it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.duties import Part, check_duty
from ledger.goods.models import Place
from ledger.goods.rules import PlaceKind
from ledger.journal.service import record
from ledger.permissions import Permission
from ledger.stocktake.models import CountPlan, Stocktake
from ledger.stocktake.rules import SealedBatch
from ledger.stocktake.service import names_of, open_stocktake
from ledger.stocktake.workflow import Kind, NoOneLeft, PlannerCounts, PlanOver, Scope
from ledger.units.models import Unit, User
from ledger.units.queries import holders
from ledger.units.service import check_not_shadowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be counted: the whole store where neither locations nor cases are named."""

    kind: Kind
    due_on: date
    places: Sequence[Place] = ()
    cases: Sequence[Case] = ()
    counters: Sequence[User] = ()

    @property
    def scope(self) -> Scope:
        """Of what the goods are counted."""
        return Scope.LOCATIONS if self.places else Scope.CASES if self.cases else Scope.STORE


def plan_count(session: Session, unit: Unit, wish: Wish, *, by: User, at: datetime) -> CountPlan:
    """Plan a count of a unit's goods. An unannounced one is in the journal, but in no unit's part of it.

    Raises DutyConflict, ResetShadow, NoOneLeft or PlannerCounts if the people named cannot count there.
    """
    _check_counters(session, unit, wish, by=by, at=at)
    first, second = [*wish.counters, None, None][:2]
    plan = CountPlan(
        unit=unit,
        kind=wish.kind,
        scope=wish.scope,
        scope_ids=[*(place.id for place in wish.places), *(case.id for case in wish.cases)],
        words=names_of(wish.places, wish.cases),
        due_on=wish.due_on,
        first=first,
        second=second,
        planned_by_id=by.id,
        planned_at=at,
    )
    session.add(plan)
    session.flush()  # the entry names its id
    data = {
        "id": plan.id,
        "unit": unit.id,
        "kind": plan.kind,
        "scope": plan.scope,
        "of": plan.scope_ids,
        "words": plan.words,
        "due_on": plan.due_on.isoformat(),
        "counters": [person.login for person in plan.named],
    }
    record(session, "stocktake.planned", by=by, at=at, unit=_told_to(plan), data=data)
    return plan


def begin(
    session: Session,
    plan: CountPlan,
    *,
    by: User,
    at: datetime,
    batches: Sequence[SealedBatch] = (),
    being_packed: Sequence[tuple[str, str]] = (),
) -> Stocktake:
    """Open the stocktake of a plan: only now are the books frozen. Raises PlanOver or what open_stocktake raises.

    batches are the sealed ones that belong to what is counted, being_packed the open ones, of which it says that it
    does not count them; ledger.events.queries finds both.
    """
    if not plan.is_waiting:
        raise PlanOver
    places, cases = places_of(session, plan), cases_of(session, plan)
    return open_stocktake(
        session,
        plan.unit,
        places,
        cases=cases,
        plan=plan,
        batches=batches,
        being_packed=being_packed,
        by=by,
        at=at,
    )


def cancel_plan(session: Session, plan: CountPlan, *, reason: str, by: User, at: datetime) -> None:
    """Give a planned count up. Raises PlanOver."""
    if not plan.is_waiting:
        raise PlanOver
    plan.cancelled_at, plan.remark = at, reason
    data = {"id": plan.id, "reason": reason}
    record(session, "stocktake.plan_cancelled", by=by, at=at, unit=_told_to(plan), data=data)


def places_of(session: Session, plan: CountPlan) -> Sequence[Place]:
    """Return the locations that a plan counts wholly."""
    query = select(Place).where(Place.unit_id == plan.unit_id, Place.kind == PlaceKind.LOCATION)
    if plan.scope is not Scope.STORE:
        query = query.where(Place.id.in_(plan.scope_ids if plan.scope is Scope.LOCATIONS else []))
    return session.scalars(query.order_by(Place.name)).all()


def cases_of(session: Session, plan: CountPlan) -> Sequence[Case]:
    """Return the cases whose goods a plan counts."""
    wanted = plan.scope_ids if plan.scope is Scope.CASES else []
    return session.scalars(select(Case).where(Case.id.in_(wanted)).order_by(Case.id)).all()


def _told_to(plan: CountPlan) -> Unit | None:
    return None if plan.kind is Kind.UNANNOUNCED else plan.unit


def _check_counters(session: Session, unit: Unit, wish: Wish, *, by: User, at: datetime) -> None:
    """Say at once what would come to light at the end."""
    people = {person.id for person in wish.counters}
    for part, person in zip((Part.FIRST_COUNTER, Part.SECOND_COUNTER), wish.counters, strict=False):
        earlier = {Part.FIRST_COUNTER: [wish.counters[0].id]} if part is Part.SECOND_COUNTER else {}
        check_duty(part, person.id, earlier)
        check_not_shadowed(session, person, people - {person.id}, at=at)
    if wish.kind is Kind.UNANNOUNCED and by.id in people:
        raise PlannerCounts
    if people and not {person.id for person in holders(session, unit, Permission.CONFIRM_COUNT)} - people:
        raise NoOneLeft
