"""Sealed batches in a stocktake: what is to be counted, what was found, and what a confirmed difference does."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.db import thousandths
from ledger.duties import Part
from ledger.goods.models import HOLDS_SOME, Item, Position
from ledger.goods.rules import Account
from ledger.goods.service import Move, Spot
from ledger.stocktake.models import CountBatch, CountReading, Stocktake
from ledger.stocktake.queries import about_batches, items_packed, recorded
from ledger.stocktake.rules import Condition, Fault, Finding, NotWeighed, SealedBatch
from ledger.stocktake.workflow import OPEN, AlreadyCounting, Cause


def to_count(session: Session, batches: Sequence[SealedBatch]) -> list[CountBatch]:
    """Return what a stocktake keeps of these batches. Raises AlreadyCounting if another open one counts one of them."""
    query = select(CountBatch).join(CountBatch.stocktake).where(Stocktake.state.in_(list(OPEN)))
    busy = session.scalars(query.where(CountBatch.place_id.in_([batch.place_id for batch in batches]))).first()
    if busy is not None:
        raise AlreadyCounting(location=busy.number, number=busy.stocktake.number)
    return [
        CountBatch(
            place_id=batch.place_id,
            number=batch.number,
            event=batch.event,
            label=batch.label,
            seal=batch.seal,
            gross_kg=batch.gross_kg,
            tolerance_kg=batch.tolerance_kg,
        )
        for batch in batches
    ]


def keep_finding(batch: CountBatch, part: Part, found: Finding, *, at: datetime) -> None:
    """Keep what was found of a batch, beside what the same person had entered before."""
    if found.condition is Condition.GONE:
        found = Finding(Condition.GONE)
    facts = {"label": found.label, "valid": found.valid, "seal": found.seal, "gross_kg": found.gross_kg}
    batch.readings.append(CountReading(part=part, condition=found.condition, at=at, **facts))


def check_finding(batch: CountBatch, found: Finding) -> None:
    """Raises NotWeighed unless all is said by which a batch is counted."""
    if not found.is_whole or (found.gross_kg is not None and found.gross_kg < 0):
        raise NotWeighed(number=batch.number)


def opening(session: Session, count: Stocktake) -> dict[str, object]:
    """Return what the entry of an opened count says of its sealed batches."""
    said = [
        [batch.place_id, batch.number, *recorded(batch.book)[1:], thousandths(batch.tolerance_kg)]
        for batch in count.batches
    ]
    return about_batches(session, count, said)


def counted(session: Session, count: Stocktake, part: Part) -> dict[str, object]:
    """Return what the entry of one person's count says of the sealed batches, with what they had entered before."""
    said = [
        [
            batch.place_id,
            [[*recorded(each.finding), each.at.isoformat()] for each in batch.readings if each.part == part],
        ]
        for batch in count.batches_for(part)
    ]
    return about_batches(session, count, said)


def goods_gone(session: Session, count: Stocktake) -> list[Move]:
    """Return the moves by which the goods of batches that are not there go to missing."""
    places = [batch.place_id for batch in count.batches if Fault.MISSING in batch.faults]
    lying = select(Position).where(Position.place_id.in_(places), Position.account == Account.PACKED, HOLDS_SOME)
    return [
        Move(each.item_id, each.quantity, Spot(Account.PACKED, each.place_id), Spot(Account.MISSING, each.place_id))
        for each in session.scalars(lying.order_by(Position.item_id, Position.place_id))
    ]


def in_doubt(session: Session, count: Stocktake) -> Mapping[Item, str]:
    """Return the lines in batches that differ, with why; an error of writing says nothing of the goods."""
    packed = items_packed(session, count)
    reasons = {
        item_id: batch.explanation
        for batch in count.batches
        if batch.faults and batch.cause is not Cause.CLERICAL
        for item_id in packed[batch.place_id]
    }
    items = session.scalars(select(Item).where(Item.id.in_(reasons)).order_by(Item.id))
    return {item: reasons[item.id] for item in items}
