"""What pages read about cases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from ledger.cases.models import Case
from ledger.cases.rules import AppealPeriods, Verdict, verdict
from ledger.goods.models import Item
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


def verdict_on(item: Item, case: Case, *, periods: AppealPeriods, today: date) -> Verdict:
    """Return whether this line may be destroyed today."""
    held = standing(item)
    kept = [position for position in held if position.account in (Account.SEIZED, Account.STORED)]
    return verdict(
        decision=case.decision,
        served_on=case.served_on,
        is_left=bool(kept),
        is_stored=all(position.account is Account.STORED for position in kept),
        periods=periods,
        today=today,
    )
