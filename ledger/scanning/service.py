"""Taking in scans, posting them, taking them back, and the runs that goods are destroyed in."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.cases.queries import holds_on
from ledger.cases.rules import HOLD_NAMES
from ledger.codes import BadCode, read_code
from ledger.destruction.workflow import METHOD_NAMES, Method
from ledger.duties import DutyConflict, Part, check_duty
from ledger.errors import LedgerError, Message
from ledger.events.models import Batch, Event, Receiver, Site
from ledger.events.queries import batch_by_code, items_in, parts_taken, quantities_in
from ledger.events.workflow import State
from ledger.goods.classes import EnvClass
from ledger.goods.rules import Account, Act
from ledger.goods.service import Move, Spot, move
from ledger.journal.models import JournalEntry
from ledger.journal.service import record
from ledger.scanning.models import Posting, Run, Scan
from ledger.scanning.queries import postings_of
from ledger.scanning.rules import (
    MOVES,
    WAY,
    EventNotOpen,
    Known,
    NothingToTakeBack,
    Outcome,
    Reason,
    RunClosed,
    RunNeedsTwo,
    Seal,
    Stage,
    TookPart,
    Verdict,
    judge,
)
from ledger.units.models import User

Held = tuple[int, int, Decimal]
"""A line, its case, and how much of it a batch holds."""

SUPERVISORS = 2
"""How many different people watch a run (行政处罚法 42: no act by fewer than two)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One scan as a device reports it; at is by the device's own clock."""

    id: str
    seq: int
    event_id: int
    code: str
    stage: Stage
    at: datetime
    operator: str
    run: int | None = None
    vehicle: str = ""
    voids: str | None = None
    seal: Seal | None = None
    gross_kg: Decimal | None = None
    note: str = ""


def take(session: Session, fact: Fact, *, device: str, offset: timedelta, by: User, at: datetime) -> Posting:
    """Keep a scan and post it; the same scan again is answered with what became of it. The door commits.

    offset is how far the device's clock was behind ours. No scan is turned away: what speaks against it is its outcome.
    Each is posted in a savepoint of its own; if the books contradict it, nothing moves and it is refused as such.
    """
    known = session.scalar(select(Posting).where(Posting.scan_id == fact.id))
    if known is not None:
        return known
    scan = Scan(
        id=fact.id,
        event_id=fact.event_id,
        device=device,
        seq=fact.seq,
        user=by,
        operator=fact.operator,
        stage=fact.stage,
        code=fact.code,
        at=fact.at,
        received_at=at,
        offset_ms=int(offset / timedelta(milliseconds=1)),
        run=fact.run,
        vehicle=fact.vehicle,
        seal=fact.seal,
        gross_kg=fact.gross_kg,
        note=fact.note,
        voids=fact.voids,
    )
    session.add(scan)
    session.flush()  # a scan is kept before anything is made of it
    posting = Posting(scan=scan, event_id=scan.event_id, stage=scan.stage, facts={})
    _settle(session, posting, by=by, at=at)
    return posting


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
    moves = _moves(batch, quantities_in(session, batch.id), Account.DESTROYED, Account.RECEIVED)
    data = {"scan": posting.scan_id, "batch": batch.id, "number": batch.number, "reason": reason}
    move(session, moves, act=Act.VOID_DESTROY, people=people, by=scanner, at=at, unit=batch.unit, data=data)
    posting.voided_at = at


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
    for conflict in _conflicts(session, item_ids, supervisors):
        raise conflict


def conflicts_at(session: Session, event: Event, site: Site, people: Sequence[User]) -> list[TookPart]:
    """Return why some of these people cannot watch a run at a site: they had a part in the goods expected there."""
    return list(_conflicts(session, _items_expected(session, event, site), people))


def _conflicts(session: Session, item_ids: set[int], people: Sequence[User]) -> Iterator[TookPart]:
    earlier = parts_taken(session, item_ids)
    for person in people:
        try:
            check_duty(Part.SUPERVISOR, person.id, earlier)
        except DutyConflict as conflict:
            yield TookPart(name=person.name, **conflict.facts)


def _items_expected(session: Session, event: Event, site: Site) -> set[int]:
    """Return the lines of the units that arrive at a site."""
    units = {slot.unit_id for slot in event.slots if slot.site_id == site.id}
    batches = [batch.id for batch in event.batches if batch.unit_id in units]
    return {item.id for contents in items_in(session, batches).values() for item, _ in contents}


def _settle(session: Session, posting: Posting, *, by: User, at: datetime) -> None:
    """Make of a scan what the books allow; what they contradict is undone and refused."""
    act = _take_back if posting.stage is Stage.VOID else _post
    try:
        with session.begin_nested():
            act(session, posting, by=by, at=at)
    except LedgerError as refusal:
        verdict = Verdict(Outcome.REFUSED, Reason.BOOKS_DIFFER, {"why": refusal.code})
        _note(session, posting, verdict, by=by, at=at)


def _post(session: Session, posting: Posting, *, by: User, at: datetime) -> None:
    """Judge a scan and do what follows."""
    scan = posting.scan
    try:
        code = read_code(scan.code)
    except BadCode:
        _note(session, posting, Verdict(Outcome.UNKNOWN, Reason.BAD_CODE), by=by, at=at)
        return
    batch = batch_by_code(session, code)
    if batch is None:
        _note(session, posting, Verdict(Outcome.UNKNOWN, Reason.NO_SUCH_BATCH), by=by, at=at)
        return
    posting.batch = batch
    known = postings_of(session, batch.id)
    run = _run(session, posting) if scan.run is not None else None
    held = quantities_in(session, batch.id)
    verdict = judge(scan.stage, _known(session, posting, batch, label=code, run=run, held=held, passed=known.passed))
    if verdict.outcome is Outcome.REPEAT:
        posting.first_id = known.passed[scan.stage]
    if verdict.outcome is not Outcome.OK:
        _note(session, posting, verdict, by=by, at=at)
        return
    act, source, target = MOVES[scan.stage]
    entry = _move(session, posting, act, _moves(batch, held, source, target), by=by, at=at)
    posting.run = run if scan.stage is Stage.DESTROY else None
    posting.entry_seq = entry.seq
    _set(session, posting, verdict, at=at)
    for waiting in known.waiting.get(_after(scan.stage), ()):  # another phone was offline until now
        later = session.get_one(Posting, waiting)
        _settle(session, later, by=later.scan.user, at=at)


def _after(stage: Stage) -> Stage | None:
    return next(iter(WAY[WAY.index(stage) + 1 :]), None)


def _take_back(session: Session, posting: Posting, *, by: User, at: datetime) -> None:
    """Undo the scan that this one names, as far as the scanner may."""
    undone = session.scalar(select(Posting).where(Posting.scan_id == posting.scan.voids))
    reason = _why_not_taken_back(session, undone, posting)
    if reason is not None or undone is None:
        _note(session, posting, Verdict(Outcome.REFUSED, reason or Reason.NOTHING_TO_TAKE_BACK), by=by, at=at)
        return
    posting.batch = undone.batch
    if undone.outcome is Outcome.OK and undone.batch is not None:
        _, source, target = MOVES[undone.stage]
        back = _moves(undone.batch, quantities_in(session, undone.batch.id), target, source)
        posting.entry_seq = _move(session, posting, Act.COUNTER_ENTRY, back, by=by, at=at).seq
    undone.voided_at = at
    _set(session, posting, Verdict(Outcome.OK, Reason.TAKEN_BACK), at=at)


def _why_not_taken_back(session: Session, undone: Posting | None, posting: Posting) -> Reason | None:
    if undone is None or undone.event_id != posting.event_id or undone.voided_at or undone.stage is Stage.VOID:
        return Reason.NOTHING_TO_TAKE_BACK
    if undone.outcome not in (Outcome.OK, Outcome.WAITING):
        return Reason.NOTHING_TO_TAKE_BACK
    if undone.outcome is Outcome.OK and undone.stage is Stage.DESTROY:
        return Reason.NEEDS_SUPERVISOR
    if undone.batch is None or undone.outcome is Outcome.WAITING:
        return None
    later = set(WAY[WAY.index(undone.stage) + 1 :])
    return Reason.LATER_STAGE_DONE if later & postings_of(session, undone.batch.id).passed.keys() else None


def _known(
    session: Session,
    posting: Posting,
    batch: Batch,
    *,
    label: str,
    run: Run | None,
    held: Sequence[Held],
    passed: Collection[Stage],
) -> Known:
    event = _event(session, posting)
    return Known(
        label_is_current=label == batch.code,
        is_of_event=batch.event_id == event.id,
        event_name=batch.event.name,
        event_is_open=event.state is State.OPEN,
        is_expected=batch.is_expected and batch.is_sealed,
        passed=frozenset(passed),
        hold=_hold(session, held),
        seal=posting.scan.seal,
        papers_are_good=batch.env_class is not EnvClass.HAZARDOUS
        or any(receiver.may_take(batch.env_class, event.day) for receiver in event.receivers),
        run_is_open=run is not None and run.is_open,
        approved_method=METHOD_NAMES[batch.method],
        run_method=METHOD_NAMES[run.method] if run else None,
    )


def _hold(session: Session, held: Sequence[Held]) -> Message | None:
    holds = holds_on(session, {case_id for _, case_id, _ in held})
    wanted = {None, *(item_id for item_id, _, _ in held)}
    return next((HOLD_NAMES[hold.kind] for hold in holds if hold.item_id in wanted), None)


def _moves(batch: Batch, held: Sequence[Held], source: Account, target: Account) -> list[Move]:
    return [
        Move(item_id, quantity, Spot(source, batch.place_id), Spot(target, batch.place_id))
        for item_id, _, quantity in held
    ]


def _move(
    session: Session, posting: Posting, act: Act, moves: Sequence[Move], *, by: User, at: datetime
) -> JournalEntry:
    scan, batch = posting.scan, posting.batch
    if batch is None:
        raise RuntimeError("only a batch moves")
    data = {"scan": scan.id, "batch": batch.id, "number": batch.number, "device": scan.device, "run": scan.run}
    return move(
        session,
        moves,
        act=act,
        people={Part.SCANNER: by},
        by=by,
        at=at,
        unit=batch.unit,
        data=data,
        happened_at=posting.happened_at,
    )


def _note(session: Session, posting: Posting, verdict: Verdict, *, by: User, at: datetime) -> None:
    """Keep the outcome of a scan that moved nothing; what was refused is an entry of the journal."""
    if verdict.outcome in (Outcome.REFUSED, Outcome.UNKNOWN):
        unit = posting.batch.unit if posting.batch else _event(session, posting).unit
        data = {
            "scan": posting.scan.id,
            "code": posting.scan.code,
            "stage": posting.stage,
            "outcome": verdict.outcome,
            "reason": verdict.reason,
        }
        record(session, "scan.refused", by=by, at=at, unit=unit, data=data)
    _set(session, posting, verdict, at=at)


def _set(session: Session, posting: Posting, verdict: Verdict, *, at: datetime) -> None:
    facts: Mapping[str, object] = verdict.facts or {}
    posting.outcome, posting.reason, posting.posted_at = verdict.outcome, verdict.reason, at
    posting.facts = {name: str(fact) for name, fact in facts.items()}
    session.add(posting)
    session.flush()  # what comes next looks at what has passed


def _event(session: Session, posting: Posting) -> Event:
    return session.get_one(Event, posting.event_id)


def _run(session: Session, posting: Posting) -> Run | None:
    return session.scalar(select(Run).where(Run.event_id == posting.event_id, Run.number == posting.scan.run))


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
