"""Loads: what one vehicle brings for a unit, which scanned batches belong to it, and what the weighbridge says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ledger.events.models import Batch, Event
from ledger.events.workflow import State
from ledger.journal.service import record
from ledger.papers.fonts import check_printable
from ledger.scanning.models import Load, Posting
from ledger.scanning.rules import EventNotOpen, Outcome, Stage, weighs_otherwise
from ledger.scanning.workflow import Leg, LoadUnderWay, NoEscort, TareTooHeavy, WeighingOver, plate_of
from ledger.units.models import Unit, User

LOADING = frozenset({State.APPROVED, State.OPEN})
"""While an event is in one of these, units say with which vehicle they come."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A batch on a load: how it was scanned at loading, and how it was at arrival, if it was."""

    batch: Batch
    loaded: Posting
    received: Posting | None


@dataclass(frozen=True, slots=True)
class OffWeight:
    """A load that weighs otherwise by the weighbridge than what was packed on it, in kilograms with the boxes."""

    load: Load
    net_kg: Decimal
    packed_kg: Decimal

    @property
    def difference(self) -> Decimal:
        """What it weighs more than was packed; below 0 if less."""
        return self.net_kg - self.packed_kg


def open_load(
    session: Session,
    event: Event,
    unit: Unit,
    *,
    plate: str,
    driver: str,
    escorts: Sequence[User],
    by: User,
    at: datetime,
) -> Load:
    """Begin a load of a unit's batches on a vehicle, on the day or before, once the plan is approved.

    Raises EventNotOpen, NoEscort, LoadUnderWay or NotPrintable.
    """
    check_printable([plate, driver])  # before anything is stored: the slip repeats them
    if event.state not in LOADING:
        raise EventNotOpen
    if not escorts:
        raise NoEscort
    others = loads_of(session, event.id)
    if any(each.departed_seq is None and each.arrived_seq is None for each in _on_vehicle(others, unit.id, plate)):
        raise LoadUnderWay(plate=plate)
    load = Load(event=event, unit=unit, number=len(others) + 1, plate=plate, driver=driver, opened_at=at)
    load.opened_by_id, load.escorts = by.id, list(dict.fromkeys(escorts))
    session.add(load)
    session.flush()  # the entry names its id
    data = {
        "id": load.id,
        "event": event.id,
        "number": load.number,
        "plate": plate,
        "driver": driver,
        "escorts": [person.login for person in load.escorts],
    }
    record(session, "load.opened", by=by, at=at, unit=unit, data=data)
    return load


def weigh(session: Session, load: Load, *, gross_kg: Decimal, tare_kg: Decimal | None, by: User, at: datetime) -> None:
    """Keep what the weighbridge shows of the full vehicle and, once it is unloaded, of the empty one.

    Raises WeighingOver or TareTooHeavy.
    """
    if load.event.state is not State.OPEN:
        raise WeighingOver
    if tare_kg is not None and tare_kg >= gross_kg:
        raise TareTooHeavy
    load.gross_kg, load.tare_kg, load.weighed_at, load.weighed_by_id = gross_kg, tare_kg, at, by.id
    data = {
        "id": load.id,
        "event": load.event_id,
        "number": load.number,
        "plate": load.plate,
        "gross_kg": f"{gross_kg:f}",
        "tare_kg": "" if tare_kg is None else f"{tare_kg:f}",
    }
    record(session, "load.weighed", by=by, at=at, unit=load.unit, data=data)


def loads_of(session: Session, event_id: int, unit_ids: Collection[int] | None = None) -> Sequence[Load]:
    """Return the loads of an event, of these units or of all, in the order in which they were begun."""
    query = select(Load).where(Load.event_id == event_id).order_by(Load.number)
    return session.scalars(query if unit_ids is None else query.where(Load.unit_id.in_(unit_ids))).all()


def loaded_on(session: Session, load: Load) -> list[Loaded]:
    """Return the batches of a load by number: those of its unit that were scanned at loading for its vehicle.

    Where a vehicle goes several times, a batch belongs to the load that had been begun last when it was scanned.
    """
    return _loaded(session, load.event_id, [load], loads_of(session, load.event_id))[load.id]


def packed_kg(on: Collection[Loaded]) -> Decimal | None:
    """Return what these batches weighed with their boxes when they were packed; None if one was not weighed."""
    weights = [each.batch.gross_kg for each in on]
    known = [weight for weight in weights if weight is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(weights) else None


def off_weight_loads(session: Session, event_id: int) -> list[OffWeight]:
    """Return the loads that weigh more or less than can be when nothing changed since their batches were packed."""
    loads = loads_of(session, event_id)
    weighed = [load for load in loads if load.net_kg is not None]
    on = _loaded(session, event_id, weighed, loads) if weighed else {}
    found = []
    for load in weighed:
        net, packed = load.net_kg, packed_kg(on[load.id])
        if net is not None and packed is not None and weighs_otherwise(net, packed):
            found.append(OffWeight(load, net, packed))
    return found


def unsigned_slips(session: Session, event_id: int) -> list[tuple[Load, Leg]]:
    """Return the loads with a slip that not both sides signed, and which, though batches departed or arrived."""
    loads = loads_of(session, event_id)
    on = _loaded(session, event_id, loads, loads) if loads else {}
    found = []
    for load in loads:
        if on[load.id] and load.departed_seq is None:
            found.append((load, Leg.DEPARTURE))
        arrived = any(each.received and each.received.outcome is Outcome.OK for each in on[load.id])
        if arrived and load.arrived_seq is None:
            found.append((load, Leg.ARRIVAL))
    return found


def _loaded(session: Session, event_id: int, wanted: Sequence[Load], loads: Sequence[Load]) -> dict[int, list[Loaded]]:
    query = select(Posting).join(Batch, Batch.id == Posting.batch_id).options(joinedload(Posting.batch))
    query = query.where(
        Posting.event_id == event_id,
        Batch.unit_id.in_({load.unit_id for load in wanted}),
        Posting.stage.in_((Stage.LOAD, Stage.RECEIVE)),
        Posting.voided_at.is_(None),
    )
    loaded: dict[Batch, Posting] = {}
    received: dict[Batch, Posting] = {}
    for posting in session.scalars(query.order_by(Batch.number, Posting.id)):
        if posting.batch is None:
            continue
        if posting.stage is Stage.LOAD and posting.outcome is Outcome.OK:
            loaded[posting.batch] = posting
        elif posting.stage is Stage.RECEIVE and posting.outcome in (Outcome.OK, Outcome.REFUSED):
            known = received.get(posting.batch)
            if known is None or known.outcome is not Outcome.OK:  # the newest, unless one was taken
                received[posting.batch] = posting
    found: dict[int, list[Loaded]] = {load.id: [] for load in wanted}
    for batch, posting in loaded.items():
        load = _load_of(posting, _on_vehicle(loads, batch.unit_id, posting.scan.vehicle))
        if load is not None and load.id in found:
            found[load.id].append(Loaded(batch, posting, received.get(batch)))
    return found


def _on_vehicle(loads: Sequence[Load], unit_id: int, plate: str) -> list[Load]:
    return [load for load in loads if load.unit_id == unit_id and plate_of(load.plate) == plate_of(plate)]


def _load_of(posting: Posting, loads: Sequence[Load]) -> Load | None:
    begun = [load for load in loads if load.opened_at <= posting.happened_at]
    return begun[-1] if begun else next(iter(loads), None)
