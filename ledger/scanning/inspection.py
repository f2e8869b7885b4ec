"""Sample inspections: what was found in a batch that was opened on site, and letting a unit's goods go on."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.cases.queries import holds_on
from ledger.cases.rules import HoldKind
from ledger.cases.service import set_hold
from ledger.db import thousandths
from ledger.duties import Part, SecondPersonNeeded, check_duty
from ledger.events.models import Batch
from ledger.events.queries import items_in
from ledger.events.workflow import State
from ledger.goods.models import Item
from ledger.journal.service import record
from ledger.scanning.models import Inspection
from ledger.scanning.queries import passages_of
from ledger.scanning.rules import (
    EventNotOpen,
    InspectedAlready,
    LiftedAlready,
    NotAllCounted,
    NotToInspect,
    Seal,
    Stage,
)
from ledger.scanning.service import check_supervisors
from ledger.units.models import User


def inspect(
    session: Session,
    batch: Batch,
    *,
    found: Mapping[int, Decimal],
    seal_found: str,
    seal: Seal,
    new_seal: str,
    deviation: str,
    hold_reason: str,
    opener: User,
    witness: User,
    at: datetime,
) -> Inspection:
    """Record what opener and witness, a supervisor, found in a sample: how much of each line, by the lines' ids.

    It fails if anything is not as it was packed, or if deviation says so. Then its goods are held for hold_reason,
    and none of the unit's are destroyed at the event until lift().

    Raises EventNotOpen, NotToInspect, InspectedAlready, NotAllCounted, TookPart or DutyConflict.
    """
    held = dict(items_in(session, [batch.id]).get(batch.id, []))
    _check_is_to_inspect(session, batch)
    if {item.id for item in held} != found.keys():
        raise NotAllCounted
    _check_people(session, batch, held, opener, witness)
    inspection = Inspection(
        event_id=batch.event_id,
        batch=batch,
        unit_id=batch.unit_id,
        opened_by=opener,
        witness=witness,
        at=at,
        seal=seal,
        seal_found=seal_found,
        new_seal=new_seal,
        counts=[[item.id, thousandths(found[item.id]), thousandths(packed)] for item, packed in held.items()],
        deviation=deviation,
        is_passed=not deviation
        and (seal, seal_found) == (Seal.WHOLE, batch.seal)
        and all(found[item.id] == packed for item, packed in held.items()),
    )
    session.add(inspection)
    data = {
        "batch": batch.id,
        "number": batch.number,
        "code": batch.code,
        "event": batch.event_id,
        "witness": witness.login,
        "seal": seal,
        "seal_packed": batch.seal,
        "seal_found": seal_found,
        "new_seal": new_seal,
        "counts": inspection.counts,
        "deviation": deviation,
    }
    act = "sample.passed" if inspection.is_passed else "sample.failed"
    record(session, act, by=opener, at=at, unit=batch.unit, data=data)
    if not inspection.is_passed:
        _hold(session, held.keys(), hold_reason, by=opener, at=at)
    session.flush()  # callers show it
    return inspection


def lift(session: Session, inspection: Inspection, *, reason: str, by: User, confirmer: User, at: datetime) -> None:
    """Let a unit's goods go on after a failed sample, in writing and confirmed by another person.

    What was in the sample itself stays held until its holds are released.

    Raises EventNotOpen, LiftedAlready, SecondPersonNeeded or DutyConflict.
    """
    batch = inspection.batch
    if batch.event.state is not State.OPEN:
        raise EventNotOpen
    if not inspection.stops:
        raise LiftedAlready
    if by.id == confirmer.id:
        raise SecondPersonNeeded
    check_duty(Part.CONFIRMER, confirmer.id, {Part.INSPECTOR: [inspection.opened_by_id]})
    inspection.lifted_at, inspection.lifted_by, inspection.confirmed_by = at, by, confirmer
    inspection.lift_reason = reason
    data = {
        "batch": batch.id,
        "number": batch.number,
        "event": batch.event_id,
        "unit_name": batch.unit.name,
        "reason": reason,
        "confirmed_by": confirmer.login,
    }
    record(session, "sample.lifted", by=by, at=at, unit=batch.unit, data=data)


def _check_is_to_inspect(session: Session, batch: Batch) -> None:
    if batch.event.state is not State.OPEN:
        raise EventNotOpen
    passed = passages_of(session, [batch.id])[batch.id].passed
    if not batch.is_sample or Stage.RECEIVE not in passed or Stage.DESTROY in passed:
        raise NotToInspect(number=batch.number)
    if session.scalar(select(Inspection.id).where(Inspection.batch_id == batch.id)) is not None:
        raise InspectedAlready(number=batch.number)


def _check_people(session: Session, batch: Batch, items: Iterable[Item], opener: User, witness: User) -> None:
    packers = {Part.PACKER: [batch.packer_id or 0], Part.CHECKER: [batch.checker_id or 0]}
    check_duty(Part.INSPECTOR, opener.id, packers)
    check_duty(Part.SUPERVISOR, witness.id, {Part.INSPECTOR: [opener.id]})
    check_supervisors(session, {item.id for item in items}, [witness])


def _hold(session: Session, items: Collection[Item], reason: str, *, by: User, at: datetime) -> None:
    """Stop what is in a failed sample wherever it goes, as after a count; who confirms counts releases it."""
    holds = holds_on(session, {item.case_id for item in items})
    held = {hold.item_id for hold in holds if hold.kind is HoldKind.SHORTAGE}
    for item in items:
        if item.id not in held:
            case = session.get_one(Case, item.case_id)
            set_hold(session, case, item, kind=HoldKind.SHORTAGE, reason=reason, by=by, at=at)
