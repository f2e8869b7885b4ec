"""Taking in scans, posting them, taking them back, and the runs that goods are destroyed in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.destruction.workflow import Method
from ledger.duties import DutyConflict, Part, check_duty
from ledger.events.models import Event, Receiver, Site
from ledger.events.queries import items_in, parts_taken, quantities_in
from ledger.events.workflow import State
from ledger.goods.rules import Account, Act
from ledger.goods.service import move
from ledger.journal.service import record
from ledger.scanning.models import Posting, Run, Scan
from ledger.scanning.posting import Lump, moves_of
from ledger.scanning.queries import parts_on_site, postings_of
from ledger.scanning.rules import (
    EventNotOpen,
    NothingToTakeBack,
    Outcome,
    RunClosed,
    RunNeedsTwo,
    Seal,
    Stage,
    TookPart,
)
from ledger.scanning.slips import handed_over_by
from ledger.units.models import User

SUPERVISORS = 2
"""How many different people watch a run (行政处罚法 42: no act by fewer than two)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One scan as a device reports it; at is by the device's own clock, which was behind ours by offset."""

    id: str
    device: str
    offset: timedelta
    user_id: int
    seq: int
    event_id: int
    code: str
    stage: Stage
    at: datetime
    operator: str
    offset_ms: int | None = None
    """What the device took its offset for when it scanned, in milliseconds."""
    run: int | None = None
    vehicle: str = ""
    voids: str | None = None
    seal: Seal | None = None
    gross_kg: Decimal | None = None
    note: str = ""


def take(session: Session, facts: Sequence[Fact], *, at: datetime) -> list[Posting]:
    """Keep scans, those of a device in the order in which they were made, and post them. The door commits.

    No scan is turned away: what speaks against it is its outcome. The same scan again is answered with what became of
    it.
    """
    known = postings_of(session, [fact.id for fact in facts])
    asked = select(User).where(User.id.in_({fact.user_id for fact in facts}))
    people = {person.id: person for person in session.scalars(asked)}
    fresh: dict[str, Scan] = {}
    for fact in facts:
        if fact.id not in known and fact.id not in fresh:
            fresh[fact.id] = _scan(fact, people, at=at)
    session.add_all(fresh.values())
    session.flush()  # scans are kept before anything is made of them
    known |= {posting.scan_id: posting for posting in Lump(session, list(fresh.values()), at=at).post()}
    return [known[fact.id] for fact in facts]


def _scan(fact: Fact, people: Mapping[int, User], *, at: datetime) -> Scan:
    return Scan(
        id=fact.id,
        event_id=fact.event_id,
        device=fact.device,
        seq=fact.seq,
        user=people[fact.user_id],
        operator=fact.operator,
        stage=fact.stage,
        code=fact.code,
        at=fact.at,
        received_at=at,
        offset_ms=int(fact.offset / timedelta(milliseconds=1)),
        estimated_ms=fact.offset_ms,
        run=fact.run,
        vehicle=fact.vehicle,
        seal=fact.seal,
        gross_kg=fact.gross_kg,
        note=fact.note,
        voids=fact.voids,
    )


def void_destroy(
    session: Session, posting: Posting, *, reason: str, scanner: User, supervisor: User, at: datetime
) -> None:
    """Take a mistaken destruction scan back, as site staff beside a supervisor.

    Raises EventNotOpen, NothingToTakeBack or DutyConflict.
    """
    event, batch = _event(session, posting), posting.batch
    if event.state is not State.OPEN:
        raise EventNotOpen
    if batch is None or posting.stage is not Stage.DESTROY or posting.outcome is not Outcome.OK or posting.voided_at:
        raise NothingToTakeBack(number=batch.number if batch else "—")
    people = {Part.SCANNER: scanner, Part.SUPERVISOR: supervisor}
    moves = moves_of(batch, quantities_in(session, [batch.id])[batch.id], Account.DESTROYED, Account.RECEIVED)
    data = {"scan": posting.scan_id, "batch": batch.id, "number": batch.number, "reason": reason}
    move(session, moves, act=Act.VOID_DESTROY, people=people, by=scanner, at=at, unit=batch.unit, data=data)
    posting.voided_at, batch.passed = at, Stage.RECEIVE


def open_run(
    session: Session,
    event: Event,
    *,
    site: Site,
    receiver: Receiver,
    method: Method,
    supervisors: Sequence[User],
    by: User,
    at: datetime,
) -> Run:
    """Begin a run at a site, watched by two supervisors who had no part in the goods expected there.

    Raises EventNotOpen, RunNeedsTwo or TookPart.
    """
    if event.state is not State.OPEN:
        raise EventNotOpen
    if len({person.id for person in supervisors}) < SUPERVISORS:
        raise RunNeedsTwo
    check_supervisors(session, _items_expected(session, event, site), supervisors)
    last = session.scalar(select(func.max(Run.number)).where(Run.event_id == event.id)) or 0
    run = Run(
        event=event, site=site, receiver=receiver, method=method, number=last + 1, started_at=at, opened_by_id=by.id
    )
    run.supervisors = list(supervisors)
    session.add(run)
    session.flush()  # the entry names its id
    _record_run(session, "run.opened", run, by=by, at=at)
    return run


def finish_run(session: Session, run: Run, *, by: User, at: datetime) -> None:
    """End a run. Raises RunClosed."""
    if run.finished_at is not None:
        raise RunClosed(number=run.number)
    run.finished_at = at
    _record_run(session, "run.finished", run, by=by, at=at)


def check_supervisors(session: Session, item_ids: set[int], supervisors: Sequence[User]) -> None:
    """Raises TookPart if one of them had any part in one of these lines (ledger of duties: supervisors)."""
    for _person, conflict in _conflicts(session, item_ids, supervisors):
        raise conflict


def conflicts_at(session: Session, event: Event, site: Site, people: Sequence[User]) -> list[tuple[User, TookPart]]:
    """Return why some of these people cannot watch a run at a site: they had a part in the goods expected there."""
    return list(_conflicts(session, _items_expected(session, event, site), people))


def _conflicts(session: Session, item_ids: set[int], people: Sequence[User]) -> Iterator[tuple[User, TookPart]]:
    earlier = parts_taken(session, item_ids) | parts_on_site(session, item_ids)
    earlier |= handed_over_by(session, item_ids)
    earlier.pop(Part.SUPERVISOR, None)  # who stood by when a mistaken scan was taken back goes on watching
    for person in people:
        try:
            check_duty(Part.SUPERVISOR, person.id, earlier)
        except DutyConflict as conflict:
            yield person, TookPart(name=person.name, **conflict.facts)


def _items_expected(session: Session, event: Event, site: Site) -> set[int]:
    """Return the lines of the units that arrive at a site."""
    units = {slot.unit_id for slot in event.slots if slot.site_id == site.id}
    batches = [batch.id for batch in event.batches if batch.unit_id in units]
    return {item.id for contents in items_in(session, batches).values() for item, _ in contents}


def _event(session: Session, posting: Posting) -> Event:
    return session.get_one(Event, posting.event_id)


def _record_run(session: Session, act: str, run: Run, *, by: User, at: datetime) -> None:
    data = {
        "id": run.id,
        "event": run.event_id,
        "number": run.number,
        "site": run.site.name,
        "method": run.method,
        "receiver": run.receiver.name,
        "supervisors": [person.login for person in run.supervisors],
    }
    record(session, act, by=by, at=at, unit=run.event.unit, data=data)
