"""What pages and other areas read about scans and runs."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, lazyload
from sqlalchemy.orm.interfaces import ORMOption

from ledger.db import from_thousandths
from ledger.destruction.models import ApplicationLine
from ledger.destruction.workflow import METHOD_NAMES
from ledger.duties import Part
from ledger.errors import Message
from ledger.events.models import Batch, Event, Packing
from ledger.events.queries import items_in
from ledger.events.workflow import State
from ledger.goods.models import Item
from ledger.scanning.models import Device, Inspection, Load, Posting, Run, Scan, Signature
from ledger.scanning.rules import WAY, Outcome, Reason, Stage
from ledger.scanning.workflow import PARTS
from ledger.units.models import User

LAST = 12


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that takes batches now. method is to be translated."""

    number: int
    site: str
    method: Message


@dataclass(frozen=True, slots=True)
class StageCount:
    """How many batches passed a stage: by this person, by anybody, and how many there are to pass it."""

    mine: int
    all: int
    expected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEvent:
    """An event that a person may scan for today, and how far it is."""

    id: int
    name: str
    day: date
    sites: Sequence[str]
    stages: Sequence[str]
    """Those the person may scan at, of load, receive and destroy, in this order."""
    runs: Sequence[OpenRun]
    counts: Mapping[str, StageCount]
    """One for each of stages."""


def scanning_of(session: Session, user: User, unit_ids: Collection[int]) -> list[OpenEvent]:
    """Return the open events, organised by these units or above them, that user may scan for, by name."""
    query = select(Event).where(Event.state == State.OPEN, Event.unit_id.in_(unit_ids)).order_by(Event.name, Event.id)
    return [_open_event(session, event, user) for event in session.scalars(query)]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a scan: its posting, what its batch holds, and which of its unit's batches that is."""

    posting: Posting
    goods: Sequence[tuple[Item, Decimal]]
    place: int
    all: int
    number: int | None
    """Of the device of the scan that this one repeats, if it has one."""


def answers_of(session: Session, scan_ids: Sequence[str]) -> list[Answer]:
    """Return the answers to scans that came in, in this order."""
    batch = joinedload(Posting.batch).joinedload(Batch.unit)
    known = postings_of(session, scan_ids, batch, joinedload(Posting.first))
    postings = [known[scan_id] for scan_id in scan_ids]
    batches = {posting.batch_id for posting in postings if posting.batch_id}
    goods, places = items_in(session, batches), _places(session, batches)
    firsts = {posting.first.scan.event_id for posting in postings if posting.first}
    numbers = numbers_of(session, firsts) if firsts else {}
    return [
        Answer(
            posting,
            goods.get(posting.batch_id or 0, []),
            *places.get(posting.batch_id or 0, (0, 0)),
            numbers.get((posting.first.event_id, posting.first.scan.device)) if posting.first else None,
        )
        for posting in postings
    ]


def _places(session: Session, batch_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return which of how many batches of its unit at the event each of these is, by number."""
    rows = session.execute(_NUMBERED, {"ids": sorted(batch_ids)})
    return {key: (place, count) for key, place, count in rows}


def _numbered() -> Select[int, int, int]:
    """Return the statement for _places, which takes longer to put together than to carry out."""
    ids: BindParameter[int] = bindparam("ids", expanding=True)
    of_unit = [Batch.event_id, Batch.unit_id]
    among = select(*of_unit).where(Batch.id.in_(ids)).distinct().subquery()
    place = func.row_number().over(partition_by=of_unit, order_by=Batch.number)
    numbered = (
        select(Batch.id, place.label("place"), func.count().over(partition_by=of_unit).label("count"))
        .join(among, (among.c.event_id == Batch.event_id) & (among.c.unit_id == Batch.unit_id))
        .subquery()
    )
    return select(numbered.c.id, numbered.c.place, numbered.c["count"]).where(numbered.c.id.in_(ids))


_NUMBERED = _numbered()


def expected(session: Session, event_id: int) -> int:
    """Return how many batches were sealed when the event was opened."""
    query = select(func.count(Batch.id)).where(Batch.event_id == event_id, Batch.is_expected)
    return session.scalar(query) or 0


def progress(session: Session, event_id: int, unit_ids: Collection[int] | None = None) -> dict[Stage, int]:
    """Return how many batches of an event have passed each stage, of these units or of all."""
    query = (
        select(Posting.stage, func.count())
        .where(Posting.event_id == event_id, Posting.outcome == Outcome.OK, Posting.voided_at.is_(None))
        .group_by(Posting.stage)
    )
    if unit_ids is not None:
        query = query.where(Posting.batch_id.in_(select(Batch.id).where(Batch.unit_id.in_(unit_ids))))
    found: dict[Stage, int] = dict(session.execute(query).all())
    return {stage: found.get(stage, 0) for stage in WAY}


@dataclass(frozen=True, slots=True)
class Passage:
    """How far a batch is: the posting that counts at each stage it passed, and those that wait for an earlier one."""

    passed: dict[Stage, Posting] = field(default_factory=dict)
    waiting: list[Posting] = field(default_factory=list)


def passages_of(session: Session, batch_ids: Collection[int]) -> defaultdict[int | None, Passage]:
    """Return how far these batches are."""
    query = select(Posting).where(
        Posting.batch_id.in_(batch_ids),
        Posting.stage.in_(WAY),
        Posting.outcome.in_((Outcome.OK, Outcome.WAITING)),
        Posting.voided_at.is_(None),
    )
    found: defaultdict[int | None, Passage] = defaultdict(Passage)
    for posting in session.scalars(query.order_by(Posting.id).options(lazyload(Posting.scan))):
        if posting.outcome is Outcome.OK:
            found[posting.batch_id].passed[posting.stage] = posting
        else:
            found[posting.batch_id].waiting.append(posting)
    return found


def postings_of(session: Session, scan_ids: Collection[str], *options: ORMOption) -> dict[str, Posting]:
    """Return what became of these scans, by their ids; scans that did not come in are left out."""
    query = select(Posting).where(Posting.scan_id.in_(scan_ids)).options(*options)
    return {posting.scan_id: posting for posting in session.scalars(query)} if scan_ids else {}


def batches_in_runs(session: Session, event_id: int) -> Counter[int]:
    """Return how many batches were destroyed in each run, by the runs' ids."""
    query = select(Posting.run_id, func.count()).where(
        Posting.event_id == event_id,
        Posting.outcome == Outcome.OK,
        Posting.stage == Stage.DESTROY,
        Posting.voided_at.is_(None),
    )
    return Counter({run_id or 0: count for run_id, count in session.execute(query.group_by(Posting.run_id))})


def passed_by_batch(session: Session, event_id: int) -> dict[int, dict[Stage, Posting]]:
    """Return the postings that count, by batch and stage."""
    query = select(Posting).where(
        Posting.event_id == event_id, Posting.outcome == Outcome.OK, Posting.voided_at.is_(None)
    )
    found: dict[int, dict[Stage, Posting]] = {}
    for posting in session.scalars(query.options(joinedload(Posting.run))):
        if posting.batch_id is not None and posting.stage in WAY:
            found.setdefault(posting.batch_id, {})[posting.stage] = posting
    return found


def unsettled(session: Session, event_id: int) -> Sequence[Posting]:
    """Return what was scanned but not posted, and was neither taken back nor put right by a later scan."""
    query = select(Posting).where(*_UNSETTLED).order_by(Posting.id).options(joinedload(Posting.batch))
    return session.scalars(query, {"event": event_id}).all()


def count_unsettled(session: Session, event_id: int) -> list[tuple[Reason, int | None, int]]:
    """Return of how many batches, or unknown codes, scans are unsettled, by reason and by the id of their unit."""
    rows = session.execute(_UNSETTLED_COUNTED, {"event": event_id})
    return [(reason, unit_id, count) for reason, unit_id, count in rows if reason]


def _is_unsettled() -> list[ColumnElement[bool]]:
    later, event = aliased(Posting), bindparam("event", type_=Integer)
    put_right = select(later.id).where(
        later.event_id == event,
        later.batch_id == Posting.batch_id,
        later.stage == Posting.stage,
        later.outcome == Outcome.OK,
        later.stage != Stage.VOID,
        later.voided_at.is_(None),
    )
    return [
        Posting.event_id == event,
        Posting.outcome.in_((Outcome.REFUSED, Outcome.UNKNOWN, Outcome.WAITING)),
        Posting.voided_at.is_(None),
        Posting.stage != Stage.VOID,
        ~put_right.exists(),
    ]


_UNSETTLED = _is_unsettled()
_UNSETTLED_COUNTED = (
    select(Posting.reason, Batch.unit_id, func.count(func.coalesce(Posting.batch_id, -Posting.id).distinct()))
    .outerjoin(Batch, Batch.id == Posting.batch_id)
    .where(*_UNSETTLED)
    .group_by(Posting.reason, Batch.unit_id)
)


def inspections_of(session: Session, event_ids: Collection[int], batch_id: int | None = None) -> Sequence[Inspection]:
    """Return what was found in the samples of these events, or in this one, in the order in which they were opened."""
    query = select(Inspection).where(Inspection.event_id.in_(event_ids)).order_by(Inspection.id)
    return session.scalars(query if batch_id is None else query.where(Inspection.batch_id == batch_id)).all()


def parts_on_site(session: Session, item_ids: Collection[int]) -> dict[Part, set[int]]:
    """Return who opened a sample that holds some of these lines, and who signed slips for loads of their units."""
    taken: defaultdict[Part, set[int]] = defaultdict(set)
    ids = list(item_ids)
    for start in range(0, len(ids), 500):
        batches = (
            select(Packing.batch_id)
            .join(ApplicationLine, ApplicationLine.id == Packing.application_line_id)
            .where(ApplicationLine.item_id.in_(ids[start : start + 500]))
        )
        opened = select(Inspection.opened_by_id).where(Inspection.batch_id.in_(batches))
        taken[Part.INSPECTOR].update(session.scalars(opened))
        signed = select(Signature.signs, Signature.user_id).join(Load, Load.id == Signature.load_id)
        signed = signed.join(Batch, and_(Batch.event_id == Load.event_id, Batch.unit_id == Load.unit_id))
        for signs, user_id in session.execute(signed.where(Batch.id.in_(batches)).distinct()):
            taken[PARTS[signs]].add(user_id)
    return dict(taken)


def counted_in(session: Session, inspections: Collection[Inspection]) -> dict[int, list[tuple[Item, Decimal, Decimal]]]:
    """Return for each inspection, by its id, its lines with how much was found and how much had been packed."""
    ids = {item_id for each in inspections for item_id, _, _ in each.counts}
    items = {item.id: item for item in session.scalars(select(Item).where(Item.id.in_(ids)))}
    return {
        each.id: [
            (items[item_id], from_thousandths(found), from_thousandths(packed))
            for item_id, found, packed in each.counts
        ]
        for each in inspections
    }


def samples_on_site(session: Session, event_id: int, unit_ids: Collection[int]) -> Sequence[Batch]:
    """Return the samples of these units that have arrived, by number: none is named before."""
    arrived = select(Posting.batch_id).where(
        Posting.event_id == event_id,
        Posting.stage == Stage.RECEIVE,
        Posting.outcome == Outcome.OK,
        Posting.voided_at.is_(None),
    )
    query = select(Batch).where(
        Batch.event_id == event_id, Batch.is_sample, Batch.unit_id.in_(unit_ids), Batch.id.in_(arrived)
    )
    return session.scalars(query.order_by(Batch.number)).all()


def runs_of(session: Session, event_id: int) -> Sequence[Run]:
    """Return the runs of an event in order."""
    return session.scalars(select(Run).where(Run.event_id == event_id).order_by(Run.number)).all()


def runs_numbered(session: Session, keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], Run]:
    """Return the runs with these numbers at these events."""
    query = select(Run).where(Run.event_id.in_({event_id for event_id, _ in keys}))
    return {(run.event_id, run.number): run for run in session.scalars(query)} if keys else {}


def devices_of(session: Session, event_id: int) -> Sequence[Device]:
    """Return the devices of an event by their numbers."""
    query = select(Device).where(Device.event_id == event_id).order_by(Device.number, Device.id)
    return session.scalars(query.options(joinedload(Device.blocked_by))).all()


def numbers_of(session: Session, event_ids: Collection[int]) -> dict[tuple[int, str], int]:
    """Return the numbers of the devices at these events, by event and the name that the device gave itself."""
    query = select(Device.event_id, Device.name, Device.number).where(Device.event_id.in_(event_ids))
    return {(event_id, name): number for event_id, name, number in session.execute(query)}


def scans_of_devices(session: Session, event_id: int) -> dict[str, int]:
    """Return how many scans of an event came from each device, by the name that it gave itself."""
    query = select(Scan.device, func.count()).where(Scan.event_id == event_id).group_by(Scan.device)
    return {name: number for name, number in session.execute(query)}  # noqa: C416 - rows are typed, dict() not


def devices_out(session: Session, event_id: int) -> list[Device]:
    """Return the devices of an event that may still hold scans: they did not report since their last scan arrived."""
    arrived = scans_of_devices(session, event_id)
    return [
        device
        for device in devices_of(session, event_id)
        if device.written_off_at is None
        and (device.tally is None or device.tally["arrived"] != arrived.get(device.name, 0))
    ]


def blocked_devices(session: Session, event_ids: Collection[int]) -> set[tuple[int, str]]:
    """Return the devices that are blocked at these events, by event and the name that the device gave itself."""
    query = select(Device.event_id, Device.name).where(Device.event_id.in_(event_ids), Device.blocked_at.is_not(None))
    return {(event_id, name) for event_id, name in session.execute(query)}


def last_scans(session: Session, event: Event, unit_ids: Collection[int]) -> Sequence[Posting]:
    """Return the newest scans of these units' batches; what was no batch at all only to who organises the event."""
    query = select(Posting).where(Posting.event_id == event.id).order_by(Posting.id.desc()).limit(LAST)
    own = Posting.batch_id.in_(select(Batch.id).where(Batch.unit_id.in_(unit_ids)))
    seen = or_(own, Posting.batch_id.is_(None)) if event.unit_id in unit_ids else own
    return session.scalars(query.where(seen).options(joinedload(Posting.batch))).all()


def _open_event(session: Session, event: Event, user: User) -> OpenEvent:
    query = select(Posting.stage, Scan.user_id, func.count()).join(Scan, Scan.id == Posting.scan_id)
    counted = query.where(
        Posting.event_id == event.id, Posting.outcome == Outcome.OK, Posting.voided_at.is_(None)
    ).group_by(Posting.stage, Scan.user_id)
    due = expected(session, event.id)
    mine: Counter[str] = Counter()
    everybody: Counter[str] = Counter()
    for stage, person, count in session.execute(counted):
        everybody[stage] += count
        mine[stage] += count if person == user.id else 0
    return OpenEvent(
        id=event.id,
        name=event.name,
        day=event.day,
        sites=[site.name for site in event.sites],
        stages=list(WAY),
        runs=[
            OpenRun(run.number, run.site.name, METHOD_NAMES[run.method])
            for run in runs_of(session, event.id)
            if run.is_open
        ],
        counts={stage: StageCount(mine[stage], everybody[stage], due) for stage in WAY},
    )
