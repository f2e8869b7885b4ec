"""How far a day is, and what is open on it: counted by the database, for the wall and for who runs the day."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import BindParameter, bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload

from ledger.cases.models import Hold
from ledger.destruction.models import ApplicationLine
from ledger.events.models import Batch, Event, Packing, Slot
from ledger.goods.models import Item
from ledger.journal.models import JournalHead
from ledger.scanning.arrivals import Weighed, weighed_otherwise
from ledger.scanning.loads import OffWeight, off_weight_loads
from ledger.scanning.models import Posting
from ledger.scanning.queries import inspections_of, samples_on_site, unsettled
from ledger.scanning.rules import GRACE, WAY, Outcome, Reason, Stage
from ledger.units.models import Unit

LAST_DESTROYED = 5

# Statements that a wall asks again and again take longer to put together than to carry out.
_EVENT: BindParameter[int] = bindparam("event")
_STANDING = (
    select(
        Batch.unit_id,
        Batch.passed,
        func.count(Batch.id).filter(Batch.is_expected),
        func.count(Batch.id),
        func.sum(Batch.gross_kg - Batch.tare_kg, type_=Batch.gross_kg.type),
        func.sum(Batch.value),
    )
    .where(Batch.event_id == _EVENT)
    .group_by(Batch.unit_id, Batch.passed)
)
_LAST = (
    select(Posting)
    .where(
        Posting.event_id == _EVENT,
        Posting.outcome == Outcome.OK,
        Posting.stage == Stage.DESTROY,
        Posting.voided_at.is_(None),
    )
    .order_by(Posting.id.desc())
    .limit(LAST_DESTROYED)
    .options(joinedload(Posting.batch), joinedload(Posting.run))
)


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """How many batches of a unit are expected and passed each stage, and what of it is destroyed: net kg and fen."""

    unit: Unit
    slot: Slot | None
    expected: int
    passed: Mapping[Stage, int]
    destroyed_kg: Decimal
    destroyed_value: int

    def lacks_at(self, at: datetime) -> int:
        """Return how many batches should have arrived by then, with some grace, and have not."""
        if self.slot is None or at < self.slot.at + GRACE:
            return 0
        return max(self.expected - self.passed[Stage.RECEIVE], 0)


class _Standing(NamedTuple):
    """Batches of a unit that passed the same stage last: the expected ones, all, their net weight and their value."""

    expected: int = 0
    batches: int = 0
    kg: Decimal | None = None
    value: int | None = None


def progress_by_unit(session: Session, event: Event) -> list[UnitProgress]:
    """Return how far each unit is that has a slot or a batch at the event; who has most to do comes first."""
    standing: defaultdict[int, dict[str, _Standing]] = defaultdict(dict)
    for unit_id, passed, expected, batches, kg, value in session.execute(_STANDING, {"event": event.id}):
        standing[unit_id][passed] = _Standing(expected, batches, kg, value)
    slots = {slot.unit_id: slot for slot in event.slots}
    units = {slot.unit_id: slot.unit for slot in event.slots}
    others = standing.keys() - units.keys()
    units |= {unit.id: unit for unit in session.scalars(select(Unit).where(Unit.id.in_(others)))} if others else {}
    rows = [_progress(unit, slots.get(key), standing[key]) for key, unit in units.items()]
    return sorted(rows, key=lambda row: (row.passed[Stage.DESTROY] - row.expected, row.unit.code))


def _progress(unit: Unit, slot: Slot | None, standing: Mapping[str, _Standing]) -> UnitProgress:
    destroyed = standing.get(Stage.DESTROY, _Standing())
    return UnitProgress(
        unit,
        slot,
        sum(each.expected for each in standing.values()),
        {
            stage: sum(standing[passed].batches for passed in WAY[place:] if passed in standing)
            for place, stage in enumerate(WAY)
        },
        destroyed.kg or Decimal(0),
        int(destroyed.value or 0),
    )


def last_destroyed(session: Session, event_id: int) -> Sequence[Posting]:
    """Return the newest destructions that count, the newest first."""
    return session.scalars(_LAST, {"event": event_id}).all()


def off_weight(session: Session, event: Event) -> list[Weighed]:
    """Return what weighs otherwise than packed and was neither destroyed nor opened and counted since."""
    opened = {each.batch_id for each in inspections_of(session, [event.id])}
    weighed = weighed_otherwise(session, event)
    return [each for each in weighed if each.batch.passed != Stage.DESTROY and each.batch.id not in opened]


def state_of(session: Session) -> str:
    """Return what changes with whatever changes on the day: the journal grows, or a scan is kept that moved nothing."""
    newest = select(func.max(Posting.id)).scalar_subquery()
    size, posting = session.execute(select(JournalHead.size, newest)).one()
    return f"{size}.{posting or 0}"


class Trouble(StrEnum):
    """What is open on the day."""

    SAMPLE_FAILED = "sample_failed"
    SCAN = "scan"
    HELD = "held"
    SAMPLE_DUE = "sample_due"
    WEIGHT = "weight"
    LOAD = "load"
    LATE = "late"


REFUSED_FOR = {Trouble.HELD: Reason.HELD, Trouble.SAMPLE_DUE: Reason.SAMPLE_DUE}
"""Why the scanner refuses batches of which this is said."""


@dataclass(frozen=True, slots=True)
class Open:
    """Something of one kind that is open about batches of a unit; of a scan, its reason and its newest posting."""

    kind: Trouble
    unit: Unit | None
    batches: Sequence[Batch]
    count: int
    posting: Posting | None = None
    weighed: Weighed | None = None
    slot: Slot | None = None
    load: OffWeight | None = None


def troubles(session: Session, event: Event, unit_ids: Collection[int], *, at: datetime) -> list[Open]:
    """Return what is open about the batches of these units, the gravest first; unknown codes to who organises."""
    failed, held, due = _failed(session, event), _held(session, event), _due(session, event, unit_ids)
    found = [*failed, *held, *_scanned(session, event, [*failed, *held, *due]), *due]
    found += [
        Open(Trouble.WEIGHT, each.batch.unit, [each.batch], 1, weighed=each) for each in off_weight(session, event)
    ]
    found += [Open(Trouble.LOAD, each.load.unit, (), 1, load=each) for each in off_weight_loads(session, event.id)]
    late = [row for row in progress_by_unit(session, event) if row.lacks_at(at)]
    found += [Open(Trouble.LATE, row.unit, (), row.lacks_at(at), slot=row.slot) for row in late]
    return [each for each in found if (each.unit.id if each.unit else event.unit_id) in unit_ids]


def _failed(session: Session, event: Event) -> list[Open]:
    failed = [each for each in inspections_of(session, [event.id]) if each.stops]
    return [Open(Trouble.SAMPLE_FAILED, each.batch.unit, [each.batch], 1) for each in failed]


def _scanned(session: Session, event: Event, known: Sequence[Open]) -> list[Open]:
    """Return the scans that are unsettled, but for those that say what is known anyway."""
    said = {(REFUSED_FOR.get(each.kind), batch.id) for each in known for batch in each.batches}
    stopped = {each.unit for each in known if each.kind is Trouble.SAMPLE_FAILED}
    groups: defaultdict[tuple[Reason | None, int | None], list[Posting]] = defaultdict(list)
    for posting in unsettled(session, event.id):
        is_stopped = posting.reason is Reason.SAMPLE_FAILED and posting.batch and posting.batch.unit in stopped
        if is_stopped or (posting.reason, posting.batch_id) in said:
            continue
        groups[posting.reason, posting.batch.unit_id if posting.batch else None].append(posting)
    found = []
    for postings in groups.values():
        batches = list(dict.fromkeys(posting.batch for posting in postings if posting.batch))
        unit = batches[0].unit if batches else None
        found.append(Open(Trouble.SCAN, unit, batches, len(batches) or len(postings), postings[-1]))
    return found


def _held(session: Session, event: Event) -> list[Open]:
    """Return the batches that a hold keeps from being destroyed."""
    burnt = select(Posting.batch_id).where(
        Posting.event_id == event.id,
        Posting.stage == Stage.DESTROY,
        Posting.outcome == Outcome.OK,
        Posting.voided_at.is_(None),
    )
    query = (
        select(Batch)
        .join(Packing, Packing.batch_id == Batch.id)
        .join(ApplicationLine, ApplicationLine.id == Packing.application_line_id)
        .join(Item, Item.id == ApplicationLine.item_id)
        .join(Hold, Hold.case_id == Item.case_id)
        .where(
            Batch.event_id == event.id,
            Batch.is_expected,
            Batch.id.not_in(burnt),
            Packing.returned_at.is_(None),
            Hold.released_at.is_(None),
            or_(Hold.item_id.is_(None), Hold.item_id == Item.id),
        )
    )
    return _by_unit(Trouble.HELD, session.scalars(query.order_by(Batch.unit_id, Batch.number).distinct()).all())


def _due(session: Session, event: Event, unit_ids: Collection[int]) -> list[Open]:
    opened = {each.batch_id for each in inspections_of(session, [event.id])}
    on_site = samples_on_site(session, event.id, unit_ids)
    return _by_unit(Trouble.SAMPLE_DUE, [batch for batch in on_site if batch.id not in opened])


def _by_unit(kind: Trouble, batches: Sequence[Batch]) -> list[Open]:
    groups: defaultdict[Unit, list[Batch]] = defaultdict(list)
    for batch in batches:
        groups[batch.unit].append(batch)
    return [Open(kind, unit, mine, len(mine)) for unit, mine in groups.items()]
