"""What pages and other areas read about scans and runs."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from ledger.destruction.workflow import METHOD_NAMES
from ledger.errors import Message
from ledger.events.models import Batch, Event
from ledger.events.workflow import State
from ledger.scanning.models import Posting, Run, Scan
from ledger.scanning.rules import WAY, Outcome, Stage
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


def progress(session: Session, event_id: int, unit_ids: Collection[int] | None = None) -> dict[Stage, int]:
    """Return how many batches of an event have passed each stage, of these units or of all."""
    query = (
        select(Posting.stage, func.count())
        .where(Posting.event_id == event_id, Posting.outcome == Outcome.OK, Posting.voided_at.is_(None))
        .group_by(Posting.stage)
    )
    if unit_ids is not None:
        query = query.where(Posting.batch_id.in_(select(Batch.id).where(Batch.unit_id.in_(unit_ids))))
    found: dict[Stage, int] = dict(session.execute(query).tuples().all())
    return {stage: found.get(stage, 0) for stage in WAY}


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
    bad = (Outcome.REFUSED, Outcome.UNKNOWN, Outcome.WAITING)
    query = select(Posting).where(
        Posting.event_id == event_id,
        Posting.outcome.in_(bad),
        Posting.voided_at.is_(None),
        Posting.stage != Stage.VOID,
    )
    rows = session.scalars(query.order_by(Posting.id).options(joinedload(Posting.batch))).all()
    passed = passed_by_batch(session, event_id)
    return [row for row in rows if row.batch_id is None or row.stage not in passed.get(row.batch_id, {})]


def runs_of(session: Session, event_id: int) -> Sequence[Run]:
    """Return the runs of an event in order."""
    return session.scalars(select(Run).where(Run.event_id == event_id).order_by(Run.number)).all()


def last_scans(session: Session, event_id: int) -> Sequence[Posting]:
    """Return the newest scans of an event."""
    query = select(Posting).where(Posting.event_id == event_id).order_by(Posting.id.desc()).limit(LAST)
    return session.scalars(query.options(joinedload(Posting.batch))).all()


def _open_event(session: Session, event: Event, user: User) -> OpenEvent:
    expected = session.scalar(select(func.count(Batch.id)).where(Batch.event_id == event.id, Batch.is_expected)) or 0
    query = select(Posting.stage, Scan.user_id, func.count()).join(Scan, Scan.id == Posting.scan_id)
    counted = query.where(
        Posting.event_id == event.id, Posting.outcome == Outcome.OK, Posting.voided_at.is_(None)
    ).group_by(Posting.stage, Scan.user_id)
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
        counts={stage: StageCount(mine[stage], everybody[stage], expected) for stage in WAY},
    )
