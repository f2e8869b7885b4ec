"""Closing periods of the store ledger (结账): two people seal the figures of a unit and those below it in the journal.

A movement belongs to the period in which its entry was written, so the figures of a period that is over stay as they
are whether it is closed or not; closing says who answers for them, and lets anybody see that they are still the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.duties import Part, check_duty
from ledger.errors import N_, LedgerError
from ledger.goods.periods import Period
from ledger.goods.statement import Statement, statement
from ledger.journal.models import JournalEntry
from ledger.journal.service import canonical, record
from ledger.stocktake.queries import units_counted_blind
from ledger.store.models import PeriodClosing
from ledger.units.models import Unit, User
from ledger.units.queries import ids_below

ACT = "period.closed"


class NoUsualPeriod(LedgerError):
    """Any days are no period of the accounts."""

    code = "no_usual_period"
    message = N_("Only a whole month, quarter, half-year or year is closed.")


class NotOver(LedgerError):
    """The period goes on, or its last entries may still be written."""

    code = "period_not_over"
    message = N_("This period can be closed when it is over, after %(last)s.")
    is_business_act = True


class ClosedAlready(LedgerError):
    """A period is closed once."""

    code = "period_closed_already"
    message = N_("This period is closed already.")


class OutOfOrder(LedgerError):
    """Months, quarters, half-years and years are closed each in their order once a first one is."""

    code = "period_out_of_order"
    message = N_("Periods are closed in order: the next one of this kind begins on %(next)s.")
    is_business_act = True


class BeingCounted(LedgerError):
    """Figures are hidden from those who would sign for them."""

    code = "period_being_counted"
    message = N_("Goods are being counted, and who counts must not see these figures. Wait until that is over.")
    is_business_act = True


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed period, and whether the movements still add up to what was sealed."""

    closing: PeriodClosing
    holds: bool


def close_period(
    session: Session, unit: Unit, period: Period, *, custodian: User, checker: User, at: datetime
) -> PeriodClosing:
    """Seal what the movements say of a period that is over, of a unit and all below it. The door commits.

    Raises NoUsualPeriod, NotOver, ClosedAlready, OutOfOrder, BeingCounted or DutyConflict.
    """
    obstacle = obstacle_to(session, unit, period, at=at)
    if obstacle:
        raise obstacle
    check_duty(Part.CHECKER, checker.id, {Part.CUSTODIAN: [custodian.id]})
    figures = _figures(unit, period, _told(session, unit, period))
    digest = _digest(figures)
    people = {
        part.value: {"id": person.id, "login": person.login, "name": person.name}
        for part, person in ((Part.CUSTODIAN, custodian), (Part.CHECKER, checker))
    }
    data = {"span": period.span, "figures": figures, "digest": digest, "people": people}
    entry = record(session, ACT, by=custodian, at=at, unit=unit, data=data)
    closing = PeriodClosing(
        unit_id=unit.id,
        span=period.span,
        first=period.first,
        last=period.last,
        digest=digest,
        entry_seq=entry.seq,
        closed_at=entry.recorded_at,
        custodian_id=custodian.id,
        checker_id=checker.id,
    )
    session.add(closing)
    session.flush()
    return closing


def obstacle_to(session: Session, unit: Unit, period: Period, *, at: datetime) -> LedgerError | None:
    """Return what forbids to close a period now; None if nothing does."""
    if period.span is None:
        return NoUsualPeriod()
    if at < period.end:
        return NotOver(last=period.last)
    if _closing_of(session, unit, period):
        return ClosedAlready()
    of_kind = select(PeriodClosing.last).where(PeriodClosing.unit_id == unit.id, PeriodClosing.span == period.span)
    last = session.scalar(of_kind.order_by(PeriodClosing.last.desc()).limit(1))
    if last and period.first != last + timedelta(days=1):
        return OutOfOrder(next=last + timedelta(days=1))
    if units_counted_blind(session, ids_below(session, [unit.id])):
        return BeingCounted()
    return None


def closed(session: Session, unit: Unit, period: Period) -> Closed | None:
    """Return how a period was closed, None if it is not, after adding up its movements afresh."""
    closing = _closing_of(session, unit, period)
    if closing is None:
        return None
    entry = session.get_one(JournalEntry, closing.entry_seq)
    sealed = orjson.loads(entry.body)["data"]
    now = _digest(_figures(unit, period, _told(session, unit, period)))
    return Closed(closing, holds=now == closing.digest == sealed["digest"] == _digest(sealed["figures"]))


def closings_of(session: Session, unit: Unit) -> Sequence[PeriodClosing]:
    """Return the closed periods of a unit, newest first."""
    query = select(PeriodClosing).where(PeriodClosing.unit_id == unit.id)
    return session.scalars(query.order_by(PeriodClosing.last.desc(), PeriodClosing.first).limit(24)).all()


def _closing_of(session: Session, unit: Unit, period: Period) -> PeriodClosing | None:
    return session.scalar(select(PeriodClosing).filter_by(unit_id=unit.id, first=period.first, last=period.last))


def _told(session: Session, unit: Unit, period: Period) -> Statement:
    return statement(session, ids_below(session, [unit.id]), period, veiled=(), afresh=True)


def _figures(unit: Unit, period: Period, told: Statement) -> dict[str, object]:
    """Return what is sealed."""
    return {
        "unit": unit.code,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "groups": told.rows(),
    }


def _digest(figures: dict[str, object]) -> str:
    return sha256(canonical(figures)).hexdigest()
