"""Packing approved goods into sealed batches, opening them again, and the generations of their labels."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.cases.queries import hold_of, holds_on
from ledger.cases.rules import HOLD_NAMES
from ledger.codes import GENERATIONS, RANDOM_SIGNS, is_last, new_code, next_generation
from ledger.destruction.models import ApplicationLine
from ledger.destruction.workflow import State as ApplicationState
from ledger.duties import Part, check_duty
from ledger.events.models import Batch, Event, Packing
from ledger.events.workflow import (
    PACKING,
    STATE_NAMES,
    ApplicationNotInPlan,
    BatchEmpty,
    BatchLeft,
    BatchNotSealed,
    BatchSealed,
    EventMovedOn,
    LabelsUsedUp,
    NotInPlan,
    OtherClass,
    State,
    TooLight,
)
from ledger.goods.periods import BEIJING
from ledger.goods.queries import accounts_at
from ledger.goods.rules import ACCOUNT_NAMES, Account, Act, NothingToMove, NotReserved, PlaceKind
from ledger.goods.service import Move, Spot, move, place
from ledger.journal.service import record
from ledger.store.rules import OnHold
from ledger.units.models import Unit, User, Waiver
from ledger.units.service import check_not_shadowed
from ledger.units.waivers import waiver_for


def pack(
    session: Session,
    event: Event,
    unit: Unit,
    goods: Mapping[ApplicationLine, Decimal],
    *,
    packer: User,
    checker: User,
    at: datetime,
    batch: Batch | None = None,
) -> Batch:
    """Put approved goods into a batch, a fresh one if none is given, before a second pair of eyes.

    Raises EventMovedOn, NotInPlan, ApplicationNotInPlan, BatchSealed, OtherClass, OnHold, DutyConflict, NotReserved,
    what move() raises, or ValueError for a batch of another unit or event.
    """
    _check_packing(event)
    if batch is not None and (batch.event_id, batch.unit_id) != (event.id, unit.id):
        raise ValueError(f"batch {batch.id} is not {unit.code}'s at event {event.id}")
    if not any(slot.unit_id == unit.id for slot in event.slots):
        raise NotInPlan(unit=unit.name)
    for line, quantity in goods.items():
        _check_line(line, unit, quantity)
    _check_planned(event, goods)
    first = next(iter(goods), None)
    if first is None:
        raise NothingToMove
    batch = batch or _new_batch(session, event, unit, first)
    if batch.is_sealed:
        raise BatchSealed(number=batch.number)
    for line in goods:
        if (line.item.env_class, line.treatment) != (batch.env_class, batch.treatment):
            raise OtherClass(name=line.item.name)
    _check_not_held(session, goods)
    waiver = _check_packers(session, unit, goods, packer, checker, at=at)
    moves = [
        Move(line.item_id, quantity, Spot(Account.STORED, line.place_id), Spot(Account.PACKED, batch.place_id))
        for line, quantity in goods.items()
    ]
    people = {Part.PACKER: packer, Part.CHECKER: checker}
    data = {"batch": batch.id, "number": batch.number, "code": batch.code, **({"waiver": waiver.id} if waiver else {})}
    move(session, moves, act=Act.PACK, people=people, by=packer, at=at, unit=unit, data=data)
    for line, quantity in goods.items():
        _note_packed(batch, line, quantity)
    batch.packer, batch.checker, batch.packed_at = packer, checker, at
    if waiver and waiver not in batch.waivers:
        batch.waivers.append(waiver)
    session.flush()  # callers show what it holds
    return batch


def seal(
    session: Session, batch: Batch, *, seal_no: str, gross_kg: Decimal, tare_kg: Decimal, by: User, at: datetime
) -> None:
    """Close a batch under a numbered seal, weighed; a label printed before names another seal and becomes void.

    Raises EventMovedOn, BatchSealed, BatchEmpty, TooLight or LabelsUsedUp.
    """
    _check_packing(batch.event)
    if batch.is_sealed:
        raise BatchSealed(number=batch.number)
    if not batch.held:
        raise BatchEmpty(number=batch.number)
    if not 0 <= tare_kg < gross_kg:
        raise TooLight
    if batch.is_printed:
        _renew_label(batch)
    batch.seal, batch.gross_kg, batch.tare_kg, batch.sealed_at = seal_no, gross_kg, tare_kg, at
    data = {**_named(batch), "seal": seal_no, "gross_kg": f"{gross_kg:f}", "tare_kg": f"{tare_kg:f}"}
    record(session, "batch.sealed", by=by, at=at, unit=batch.unit, data=data)


def unpack(session: Session, batch: Batch, *, reason: str, custodian: User, second: User, at: datetime) -> None:
    """Bring all of a batch's goods back to where they lay in the store; their approval stands.

    Raises BatchEmpty, BatchLeft, or what move() raises.
    """
    if not batch.held:
        raise BatchEmpty(number=batch.number)
    if not lies_packed(session, batch):
        raise BatchLeft(number=batch.number)
    bring_back(session, batch, Account.PACKED, Act.UNPACK, reason=reason, custodian=custodian, second=second, at=at)


def bring_back(
    session: Session,
    batch: Batch,
    account: Account,
    act: Act,
    *,
    reason: str,
    custodian: User,
    second: User,
    at: datetime,
) -> None:
    """Take a batch apart that lies at account, its goods back to the store and under their approval.

    Raises what move() raises.
    """
    moves = [
        Move(
            each.line.item_id,
            each.quantity,
            Spot(account, batch.place_id),
            Spot(Account.STORED, each.line.place_id),
        )
        for each in batch.held
    ]
    people = {Part.CUSTODIAN: custodian, Part.CHECKER: second}
    data = {**_named(batch), "reason": reason}
    move(session, moves, act=act, people=people, by=custodian, at=at, unit=batch.unit, data=data)
    for each in batch.held:
        each.line.packed -= each.quantity
        if account is Account.PACKED:
            batch.contents.remove(each)
            session.delete(each)
        else:
            each.returned_at = at
    batch.seal, batch.sealed_at = "", None


def reprint(session: Session, batch: Batch, *, reason: str, by: User, at: datetime) -> None:
    """Give a sealed batch a label of the next generation; scanners refuse the older one from now on.

    Raises BatchNotSealed or LabelsUsedUp.
    """
    if not batch.is_sealed:
        raise BatchNotSealed(number=batch.number)
    before = batch.code
    _renew_label(batch)
    data = {**_named(batch), "voided": before, "reason": reason}
    record(session, "label.reprinted", by=by, at=at, unit=batch.unit, data=data)


def lies_packed(session: Session, batch: Batch) -> bool:
    """Whether all of a batch still lies packed in its unit's store."""
    return accounts_at(session, batch.place_id) == {Account.PACKED}


def _check_packing(event: Event) -> None:
    if event.state not in PACKING:
        raise EventMovedOn(state=STATE_NAMES[event.state])


def _renew_label(batch: Batch) -> None:
    if is_last(batch.code):
        raise LabelsUsedUp(number=batch.number, count=GENERATIONS)
    batch.code = next_generation(batch.code)


def _check_line(line: ApplicationLine, unit: Unit, quantity: Decimal) -> None:
    is_approved = line.application.state is ApplicationState.APPROVED and line.application.unit_id == unit.id
    left = line.open if is_approved else Decimal(0)
    if quantity > left:
        raise NotReserved(source=ACCOUNT_NAMES[Account.STORED], held=left, wanted=quantity)


def _check_planned(event: Event, goods: Collection[ApplicationLine]) -> None:
    """Raises ApplicationNotInPlan; as long as it is planned, a plan takes in what is packed."""
    for line in goods:
        if event.state is not State.PLANNING and line.application not in event.applications:
            raise ApplicationNotInPlan(number=line.application.number)


def _check_not_held(session: Session, goods: Collection[ApplicationLine]) -> None:
    holds = holds_on(session, {line.item.case_id for line in goods})
    for line in goods:
        if hold := hold_of(line.item, holds):
            raise OnHold(name=line.item.name, kind=HOLD_NAMES[hold.kind])


def _check_packers(
    session: Session,
    unit: Unit,
    goods: Mapping[ApplicationLine, Decimal],
    packer: User,
    checker: User,
    *,
    at: datetime,
) -> Waiver | None:
    """Return the waiver without which the checker could not be one of the applicants, if it took one."""
    applicants = {line.application.applicant_id for line in goods}
    waiver = waiver_of(session, unit, checker, at=at) if checker.id in applicants else None
    waived = [waiver.pair] if waiver else []
    check_duty(Part.CHECKER, checker.id, {Part.PACKER: [packer.id], Part.APPLICANT: applicants}, waived=waived)
    for person in (packer, checker):
        check_not_shadowed(session, person, applicants, at=at)
    return waiver


def waiver_of(session: Session, unit: Unit, checker: User, *, at: datetime) -> Waiver | None:
    """Return what lets somebody check the packing of goods of a unit that they applied for themselves."""
    parts = frozenset({Part.CHECKER, Part.APPLICANT})
    return waiver_for(session, unit, checker, parts, on=at.astimezone(BEIJING).date())


def _new_batch(session: Session, event: Event, unit: Unit, line: ApplicationLine) -> Batch:
    last = session.scalar(select(func.count(Batch.id)).where(Batch.event_id == event.id, Batch.unit_id == unit.id))
    number = f"{unit.code.removeprefix(event.unit.code + '-')}-{(last or 0) + 1:02}"
    code = new_code()
    batch = Batch(
        event=event,
        unit=unit,
        place=place(session, unit, PlaceKind.BATCH, f"{event.id}/{number}"),
        number=number,
        stem=code[:RANDOM_SIGNS],
        code=code,
        env_class=line.item.env_class,
        method=line.method,
        container_method=line.container_method,
    )
    session.add(batch)
    session.flush()  # the moves need its place, the entry its id
    return batch


def _note_packed(batch: Batch, line: ApplicationLine, quantity: Decimal) -> None:
    line.packed += quantity
    known = next((each for each in batch.held if each.line is line), None)
    if known is None:
        batch.contents.append(Packing(line=line, quantity=quantity))
    else:
        known.quantity += quantity


def _named(batch: Batch) -> dict[str, object]:
    return {"batch": batch.id, "number": batch.number, "code": batch.code, "event": batch.event_id}
