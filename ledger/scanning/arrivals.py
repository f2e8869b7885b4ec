"""Arrivals beside what was agreed and packed: who came late, and what weighs otherwise on site."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.events.models import Batch, Event, Slot
from ledger.scanning.models import Posting, Scan
from ledger.scanning.rules import GRACE, LEAST_TOLERANCE_KG, Outcome, Stage, weighs_otherwise


@dataclass(frozen=True, slots=True)
class Late:
    """Batches of a unit, by number, that arrived after its slot, and when the last of them did."""

    slot: Slot
    numbers: Sequence[str]
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Weighed:
    """A batch that weighed otherwise when it arrived, in kilograms with its box."""

    batch: Batch
    gross_kg: Decimal
    at: datetime
    by: str

    @property
    def difference(self) -> Decimal:
        """What it weighs more than when it was packed; below 0 if less."""
        return self.gross_kg - (self.batch.gross_kg or Decimal(0))


_ARRIVED = (Posting.stage == Stage.RECEIVE, Posting.outcome == Outcome.OK, Posting.voided_at.is_(None))


def late_arrivals(session: Session, event: Event) -> list[Late]:
    """Return who came late, in the order of the slots."""
    query = (
        select(Batch.unit_id, Batch.number, Scan.at, Scan.offset_ms)
        .join(Posting, Posting.batch_id == Batch.id)
        .join(Scan, Scan.id == Posting.scan_id)
        .where(Posting.event_id == event.id, *_ARRIVED)
        .order_by(Batch.number)
    )
    slots = {slot.unit_id: slot for slot in event.slots}
    found: defaultdict[int, list[tuple[str, datetime]]] = defaultdict(list)
    for unit_id, number, read_at, offset in session.execute(query):
        at = read_at + timedelta(milliseconds=offset)
        if unit_id in slots and at > slots[unit_id].at + GRACE:
            found[unit_id].append((number, at))
    return [
        Late(slot, [number for number, _ in found[key]], max(at for _, at in found[key]))
        for key, slot in slots.items()
        if key in found
    ]


def weighed_otherwise(session: Session, event: Event) -> list[Weighed]:
    """Return the batches that weighed more or less on site than can be when nothing changed, by number."""
    difference = func.abs(Scan.gross_kg - Batch.gross_kg, type_=Scan.gross_kg.type)
    query = (
        select(Batch, Posting)
        .join(Posting, Posting.batch_id == Batch.id)
        .join(Scan, Scan.id == Posting.scan_id)
        .where(Posting.event_id == event.id, *_ARRIVED, difference > LEAST_TOLERANCE_KG)
        .order_by(Batch.number)
    )
    return [
        Weighed(batch, weight, posting.happened_at, posting.scan.operator)
        for batch, posting in session.execute(query)
        if (weight := posting.scan.gross_kg) is not None and weighs_otherwise(weight, batch.gross_kg)
    ]
