"""What pages and other areas read about events and batches."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from ledger.codes import RANDOM_SIGNS
from ledger.destruction import queries as destruction
from ledger.destruction.models import Application, ApplicationLine
from ledger.duties import Part
from ledger.events.models import Batch, Event, Packing, Photo, Slot
from ledger.events.workflow import PACKING, State
from ledger.goods import queries as goods
from ledger.goods.models import Item, Position
from ledger.goods.rules import Account
from ledger.journal.models import JournalEntry
from ledger.stocktake import queries as stocktake
from ledger.stocktake.models import CountPlan
from ledger.stocktake.rules import SealedBatch
from ledger.stocktake.workflow import Scope


@dataclass(frozen=True, slots=True)
class Packed:
    """How many batches with goods in them a unit has for an event."""

    batches: int = 0
    sealed: int = 0
    unprinted: int = 0
    """Sealed ones whose label was not printed yet."""


def events_seen_from(session: Session, unit_ids: Collection[int], above: Collection[int]) -> Sequence[Event]:
    """Return the events organised by these units, or by those above them, newest day first."""
    query = select(Event).where(or_(Event.unit_id.in_(unit_ids), Event.unit_id.in_(above)))
    return session.scalars(query.order_by(Event.day.desc(), Event.id.desc()).options(joinedload(Event.unit))).all()


def organisers_of(session: Session, event_ids: Collection[int]) -> dict[int, int]:
    """Return the units that organise these events, by the events' ids; events that are not there are left out."""
    query = select(Event.id, Event.unit_id).where(Event.id.in_(event_ids))
    return {event_id: unit_id for event_id, unit_id in session.execute(query)}  # noqa: C416 - rows are typed, dict() not


def in_state(session: Session, unit_ids: Collection[int], state: State) -> Sequence[Event]:
    """Return the events organised by these units that are in a state, by day."""
    query = select(Event).where(Event.unit_id.in_(unit_ids), Event.state == state)
    return session.scalars(query.order_by(Event.day)).all()


def is_packed_for(session: Session, unit_ids: Collection[int]) -> bool:
    """Whether there is an event, organised by one of these units, that goods can be packed for."""
    query = select(Event.id).where(Event.unit_id.in_(unit_ids), Event.state.in_(list(PACKING)))
    return session.scalar(query.limit(1)) is not None


def ended(session: Session, unit_ids: Collection[int]) -> Sequence[Event]:
    """Return the events whose day's work has ended and that these units organised or came to, newest first."""
    came = select(Slot.event_id).where(Slot.unit_id.in_(unit_ids))
    query = select(Event).where(
        Event.state.in_([State.CLOSING, State.SEALED]), or_(Event.unit_id.in_(unit_ids), Event.id.in_(came))
    )
    return session.scalars(query.order_by(Event.day.desc(), Event.id.desc()).options(joinedload(Event.unit))).all()


def packable_events(session: Session, unit_id: int) -> Sequence[Event]:
    """Return the events for which this unit has a slot and may pack now."""
    slots = select(Slot.event_id).where(Slot.unit_id == unit_id)
    query = select(Event).where(Event.id.in_(slots), Event.state.in_(list(PACKING)))
    return session.scalars(query.order_by(Event.day)).all()


def applications_for(session: Session, event: Event) -> Sequence[Application]:
    """Return the approved applications of units that arrive, whose goods are packed for the event or to be packed."""
    packed = (
        select(ApplicationLine.application_id)
        .join(Packing, Packing.application_line_id == ApplicationLine.id)
        .join(Batch, Batch.id == Packing.batch_id)
        .where(Batch.event_id == event.id, Packing.returned_at.is_(None))
    )
    units = [slot.unit_id for slot in event.slots]
    query = select(Application).where(or_(Application.id.in_(packed), Application.id.in_(destruction.with_open(units))))
    return session.scalars(query.order_by(Application.id).options(joinedload(Application.unit))).all()


def packed_elsewhere(
    session: Session, event: Event, applications: Collection[Application], *, before: datetime
) -> dict[int, dict[str, Decimal]]:
    """Return how much of these applications is packed for which other event that began before, by the lines' ids."""
    query = (
        select(Packing.application_line_id, Event.name, func.sum(Packing.quantity, type_=Packing.quantity.type))
        .join(ApplicationLine, ApplicationLine.id == Packing.application_line_id)
        .join(Batch, Batch.id == Packing.batch_id)
        .join(Event, Event.id == Batch.event_id)
        .where(ApplicationLine.application_id.in_([each.id for each in applications]), Packing.returned_at.is_(None))
        .where(Event.id != event.id, Event.opened_at < before)
        .group_by(Packing.application_line_id, Event.id)
        .order_by(Event.opened_at)
    )
    found: defaultdict[int, dict[str, Decimal]] = defaultdict(dict)
    for line_id, name, quantity in session.execute(query):
        found[line_id][name] = found[line_id].get(name, Decimal(0)) + quantity
    return found


def batches_of(session: Session, event_id: int, unit_ids: Collection[int]) -> Sequence[Batch]:
    """Return the batches that these units packed for an event, unit by unit, with what they hold."""
    query = select(Batch).where(Batch.event_id == event_id, Batch.unit_id.in_(unit_ids))
    query = query.order_by(Batch.unit_id, Batch.id)
    return session.scalars(query.options(selectinload(Batch.contents))).all()


def packed_by_unit(session: Session, event_id: int, unit_ids: Collection[int]) -> dict[int, Packed]:
    """Return what these units packed for an event; units that packed nothing are left out."""
    unprinted = case((Batch.sealed_at.is_not(None) & (Batch.printed != Batch.code), 1))
    query = (
        select(Batch.unit_id, func.count(Batch.id), func.count(Batch.sealed_at), func.count(unprinted))
        .where(Batch.event_id == event_id, Batch.unit_id.in_(unit_ids))
        .where(select(Packing.id).where(Packing.batch_id == Batch.id, Packing.returned_at.is_(None)).exists())
        .group_by(Batch.unit_id)
    )
    return {unit_id: Packed(*counts) for unit_id, *counts in session.execute(query)}


def to_seal(session: Session, unit_ids: Collection[int]) -> Sequence[Batch]:
    """Return the batches of these units that hold goods and are not sealed, oldest first, while they can be packed."""
    query = (
        select(Batch)
        .join(Event, Event.id == Batch.event_id)
        .where(Batch.unit_id.in_(unit_ids), Batch.sealed_at.is_(None), Event.state.in_(list(PACKING)))
        .where(select(Packing.id).where(Packing.batch_id == Batch.id, Packing.returned_at.is_(None)).exists())
    )
    return session.scalars(query.order_by(Batch.id).options(joinedload(Batch.event))).all()


def sealed_batches(session: Session, event_id: int, unit_ids: Collection[int] | None = None) -> Sequence[Batch]:
    """Return the sealed batches of an event, of these units or of all, unit by unit, with what they hold."""
    query = select(Batch).where(Batch.event_id == event_id, Batch.sealed_at.is_not(None))
    if unit_ids is not None:
        query = query.where(Batch.unit_id.in_(unit_ids))
    query = query.order_by(Batch.unit_id, Batch.id)
    return session.scalars(query.options(selectinload(Batch.contents))).all()


def batch_by_code(session: Session, code: str) -> Batch | None:
    """Return the batch that any generation of this code was printed for."""
    return batches_by_code(session, [code]).get(code)


def batches_by_code(session: Session, codes: Collection[str]) -> dict[str, Batch]:
    """Return the batches that any generation of these codes was printed for; codes of no batch are left out."""
    query = select(Batch).where(Batch.stem.in_({code[:RANDOM_SIGNS] for code in codes}))
    found = {batch.stem: batch for batch in session.scalars(query)}
    return {code: found[code[:RANDOM_SIGNS]] for code in codes if code[:RANDOM_SIGNS] in found}


def items_in(session: Session, batch_ids: Collection[int]) -> dict[int, list[tuple[Item, Decimal]]]:
    """Return the goods of these batches by the batches' ids: each line with its quantity there."""
    found: defaultdict[int, list[tuple[Item, Decimal]]] = defaultdict(list)
    ids = list(batch_ids)
    for start in range(0, len(ids), 500):
        query = (
            select(Packing.batch_id, Item, func.sum(Packing.quantity, type_=Packing.quantity.type))
            .join(ApplicationLine, ApplicationLine.id == Packing.application_line_id)
            .join(Item, Item.id == ApplicationLine.item_id)
            .where(Packing.batch_id.in_(ids[start : start + 500]), Packing.returned_at.is_(None))
            .group_by(Packing.batch_id, Item.id)
            .order_by(Item.id)
        )
        for batch_id, item, quantity in session.execute(query):
            found[batch_id].append((item, quantity))
    return dict(found)


def to_count(session: Session, plan: CountPlan, tolerance_percent: int) -> list[SealedBatch]:
    """Return the sealed batches that lie packed in the unit's store and belong to what a plan counts.

    Of some locations those that hold goods from there belong to it, where these come back when a batch is opened; of
    some cases those that hold goods of them. A weight may differ by tolerance_percent of what was weighed.
    """
    query = _packed_in(plan).where(Batch.sealed_at.is_not(None))
    return [
        SealedBatch(
            place_id=batch.place_id,
            number=batch.number,
            event=batch.event.name,
            label=batch.code,
            seal=batch.seal,
            gross_kg=batch.gross_kg,
            tolerance_kg=round(batch.gross_kg * tolerance_percent / 100, 3),
        )
        for batch in session.scalars(query.order_by(Batch.event_id, Batch.id).options(joinedload(Batch.event)))
        if batch.gross_kg is not None
    ]


def being_packed(session: Session, plan: CountPlan) -> list[tuple[str, str]]:
    """Return number and event of the open batches whose goods belong to what a plan counts: it does not count them."""
    query = _packed_in(plan).where(Batch.sealed_at.is_(None)).order_by(Batch.event_id, Batch.id)
    return [(batch.number, batch.event.name) for batch in session.scalars(query.options(joinedload(Batch.event)))]


def labels_at(session: Session, place_ids: Collection[int], at: datetime) -> dict[int, str]:
    """Return the code of the label that counted at a time for each of these batches, by the places that they are."""
    batches = session.scalars(select(Batch).where(Batch.place_id.in_(place_ids))).all()
    found = {batch.id: batch.code for batch in batches}
    query = select(JournalEntry).where(JournalEntry.act == "label.reprinted", JournalEntry.at > at)
    for entry in session.scalars(query.order_by(JournalEntry.seq.desc())):
        data = orjson.loads(entry.body)["data"]
        if data["batch"] in found:
            found[data["batch"]] = data["voided"]
    return {batch.place_id: found[batch.id] for batch in batches}


def quantities_in(session: Session, batch_ids: Collection[int]) -> dict[int, list[tuple[int, int, Decimal]]]:
    """Return what these batches hold as line, case and quantity: as much as a scan has to know."""
    query = (
        select(Packing.batch_id, Item.id, Item.case_id, func.sum(Packing.quantity, type_=Packing.quantity.type))
        .join(ApplicationLine, ApplicationLine.id == Packing.application_line_id)
        .join(Item, Item.id == ApplicationLine.item_id)
        .where(Packing.batch_id.in_(batch_ids), Packing.returned_at.is_(None))
        .group_by(Packing.batch_id, Item.id)
        .order_by(Item.id)
    )
    found: defaultdict[int, list[tuple[int, int, Decimal]]] = defaultdict(list)
    for batch_id, item_id, case_id, quantity in session.execute(query):
        found[batch_id].append((item_id, case_id, quantity))
    return found


def values_in(session: Session, event_id: int) -> dict[int, int]:
    """Return what the batches of an event are worth in fen, by their ids, as the shares of their lines' values."""
    query = (
        select(Packing.batch_id, Packing.quantity, Item.quantity, Item.value)
        .join(ApplicationLine, ApplicationLine.id == Packing.application_line_id)
        .join(Item, Item.id == ApplicationLine.item_id)
        .join(Batch, Batch.id == Packing.batch_id)
        .where(Batch.event_id == event_id, Packing.returned_at.is_(None), Item.value.is_not(None))
    )
    found: defaultdict[int, Decimal] = defaultdict(Decimal)
    for batch_id, packed, whole, value in session.execute(query):
        found[batch_id] += (value or 0) * packed / whole
    return {batch_id: round(value) for batch_id, value in found.items()}


def photos_of(session: Session, event_id: int, unit_ids: Collection[int]) -> Sequence[Photo]:
    """Return the pictures that these units took at an event, in the order they were taken."""
    query = select(Photo).where(Photo.event_id == event_id, Photo.unit_id.in_(unit_ids))
    with_people = joinedload(Photo.by), joinedload(Photo.unit)
    return session.scalars(query.order_by(Photo.taken_at, Photo.id).options(*with_people)).all()


def parts_taken(session: Session, item_ids: Collection[int]) -> dict[Part, set[int]]:
    """Return everybody who had a part in these lines: moved, counted, applied for, approved, packed or scanned them."""
    taken: defaultdict[Part, set[int]] = defaultdict(set)
    for area in (goods, stocktake, destruction):
        for part, people in area.parts_taken(session, item_ids).items():
            taken[part] |= people
    return dict(taken)


def _packed_in(plan: CountPlan) -> Select[Any]:
    """Return the query for the batches that lie packed in the unit's store and belong to what a plan counts."""
    packed = select(Position.place_id).where(Position.account == Account.PACKED, Position.quantity > 0)
    query = select(Batch).where(Batch.unit_id == plan.unit_id, Batch.place_id.in_(packed))
    if plan.scope is Scope.STORE:
        return query
    holding = select(Packing.batch_id).join(Packing.line).join(ApplicationLine.item)
    wanted = ApplicationLine.place_id if plan.scope is Scope.LOCATIONS else Item.case_id
    return query.where(Batch.id.in_(holding.where(Packing.returned_at.is_(None), wanted.in_(plan.scope_ids))))
