"""What a device needs to judge scans of an event by itself: no parties, no quantities."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.events.models import Batch, Event
from ledger.events.queries import items_in
from ledger.goods.models import Item
from ledger.scanning.models import Posting, Run
from ledger.scanning.queries import passed_by_batch
from ledger.scanning.rules import Stage
from ledger.scanning.standing import Standing, standings


@dataclass(frozen=True, slots=True)
class PackedBatch:
    """A batch of the event: how it stands, what it has passed, what it holds, and which of its unit's batches it is."""

    batch: Batch
    standing: Standing
    passed: Mapping[Stage, Posting]
    items: Sequence[Item]
    place: int
    all: int


def mark_of(packed: Sequence[PackedBatch], runs: Sequence[Run]) -> str:
    """Return a digest of what a device has to know before it is alone: scans, which come all day, do not change it."""
    known = [(each.batch.code, *astuple(each.standing)) for each in packed]
    open_runs = [(run.number, run.site_id, run.receiver_id, run.method) for run in runs if run.is_open]
    return hashlib.sha256(repr((known, open_runs)).encode()).hexdigest()


def pack_of(session: Session, event: Event) -> list[PackedBatch]:
    """Return the batches of an event by number."""
    batches = session.scalars(select(Batch).where(Batch.event_id == event.id).order_by(Batch.number)).all()
    goods = items_in(session, [batch.id for batch in batches])
    held = {key: [(item.id, item.case_id, quantity) for item, quantity in each] for key, each in goods.items()}
    stand, passed = standings(session, batches, held), passed_by_batch(session, event.id)
    in_all = Counter(batch.unit_id for batch in batches)
    places = {unit_id: count(1) for unit_id in in_all}
    return [
        PackedBatch(
            batch,
            stand[batch.id],
            passed.get(batch.id, {}),
            [item for item, _ in goods.get(batch.id, ())],
            next(places[batch.unit_id]),
            in_all[batch.unit_id],
        )
        for batch in batches
    ]
