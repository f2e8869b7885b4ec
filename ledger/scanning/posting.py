"""Posting scans: what the books make of those that came in together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger.cases.models import Hold
from ledger.cases.queries import holds_on
from ledger.cases.rules import HOLD_NAMES
from ledger.codes import BadCode, read_code
from ledger.destruction.workflow import METHOD_NAMES
from ledger.duties import Part
from ledger.errors import LedgerError, Message
from ledger.events.models import Batch, Event
from ledger.events.queries import batches_by_code, quantities_in
from ledger.events.workflow import State
from ledger.goods.classes import EnvClass
from ledger.goods.rules import Account, Act
from ledger.goods.service import Books, Move, Spot, move
from ledger.journal.service import record
from ledger.scanning.models import Posting, Run, Scan
from ledger.scanning.queries import inspections_of, passages_of, postings_of, runs_numbered
from ledger.scanning.rules import MOVES, WAY, Known, Outcome, Reason, Sample, Stage, Verdict, judge

Held = tuple[int, int, Decimal]
"""A line, its case, and how much of it a batch holds."""


def moves_of(batch: Batch, held: Sequence[Held], source: Account, target: Account) -> list[Move]:
    """Return what moves when a batch goes from one account to another."""
    return [
        Move(item_id, quantity, Spot(source, batch.place_id), Spot(target, batch.place_id))
        for item_id, _, quantity in held
    ]


class Lump:
    """Scans that came in together: what they are judged by is read at once, what comes of them is written at once.

    Each is posted or not by itself, in the order of the scans.
    """

    def __init__(self, session: Session, scans: Sequence[Scan], *, at: datetime) -> None:
        self._session, self._scans, self._at = session, scans, at
        self._codes = {scan.id: _code(scan) for scan in scans}
        self._batches = batches_by_code(session, set(self._codes.values()))
        self._postings = postings_of(session, [scan.voids for scan in scans if scan.voids])
        concerned = {batch.id for batch in self._batches.values()}
        concerned |= {posting.batch_id for posting in self._postings.values() if posting.batch_id}
        self._passages = passages_of(session, concerned)
        self._held: Mapping[int, Sequence[Held]] = quantities_in(session, concerned)
        self._holds = self._standing_holds()
        waiting = [posting.scan for passage in self._passages.values() for posting in passage.waiting]
        self._codes |= {scan.id: _code(scan) for scan in waiting}
        self._runs = runs_numbered(session, {(scan.event_id, scan.run) for scan in (*scans, *waiting) if scan.run})
        burnt = {scan.event_id for scan in (*scans, *waiting) if scan.stage is Stage.DESTROY}
        inspections = inspections_of(session, burnt) if burnt else ()
        self._inspected = {inspection.batch_id for inspection in inspections}
        self._stopped = {(each.event_id, each.unit_id) for each in inspections if each.stops}

    def post(self) -> list[Posting]:
        """Return the postings of the scans. The door commits."""
        with Books(self._session, {item_id for held in self._held.values() for item_id, _, _ in held}) as self._books:
            postings = [self._post(scan) for scan in self._scans]
        self._session.add_all(postings)
        self._session.flush()
        return postings

    def _standing_holds(self) -> dict[int, list[Hold]]:
        cases = {case_id for held in self._held.values() for _, case_id, _ in held}
        found: defaultdict[int, list[Hold]] = defaultdict(list)
        for hold in holds_on(self._session, cases) if cases else ():
            found[hold.case_id].append(hold)
        return found

    def _post(self, scan: Scan) -> Posting:
        posting = Posting(scan=scan, event_id=scan.event_id, stage=scan.stage, facts={})
        self._postings[scan.id] = posting
        self._settle(posting)
        return posting

    def _settle(self, posting: Posting) -> None:
        """Make of a scan what the books allow; what they contradict moves nothing and is refused."""
        act = self._take_back if posting.stage is Stage.VOID else self._take
        try:
            act(posting)
        except LedgerError as refusal:
            self._note(posting, Verdict(Outcome.REFUSED, Reason.BOOKS_DIFFER, {"why": refusal.code}))

    def _take(self, posting: Posting) -> None:
        """Judge a scan and do what follows."""
        scan = posting.scan
        code = self._codes[scan.id]
        batch = posting.batch = self._batches.get(code)
        if batch is None:
            self._note(posting, Verdict(Outcome.UNKNOWN, Reason.NO_SUCH_BATCH if code else Reason.BAD_CODE))
            return
        passage = self._passages[batch.id]
        run = self._runs.get((scan.event_id, scan.run or 0))
        verdict = judge(scan.stage, self._known(scan, batch, run))
        if verdict.outcome is Outcome.REPEAT:
            posting.first = passage.passed[scan.stage]
        if verdict.outcome is Outcome.WAITING:
            passage.waiting.append(posting)
        if verdict.outcome is not Outcome.OK:
            self._note(posting, verdict)
            return
        self._move(posting, *MOVES[scan.stage])
        posting.run = run if scan.stage is Stage.DESTROY else None
        self._set(posting, verdict)
        passage.passed[scan.stage], batch.passed = posting, scan.stage
        for later in [each for each in passage.waiting if each.stage is _after(scan.stage)]:
            passage.waiting.remove(later)  # another phone was offline until now
            self._settle(later)

    def _take_back(self, posting: Posting) -> None:
        """Undo the scan that this one names, as far as the scanner may."""
        undone = self._postings.get(posting.scan.voids or "")
        reason = self._why_not_taken_back(undone, posting)
        if reason is not None or undone is None:
            self._note(posting, Verdict(Outcome.REFUSED, reason or Reason.NOTHING_TO_TAKE_BACK))
            return
        posting.batch = undone.batch
        if undone.batch is not None:
            passage = self._passages[undone.batch.id]
            if undone.outcome is Outcome.OK:
                _, source, target = MOVES[undone.stage]
                self._move(posting, Act.COUNTER_ENTRY, target, source)
                del passage.passed[undone.stage]
                undone.batch.passed = max(passage.passed, key=WAY.index, default="")
            else:
                passage.waiting.remove(undone)
        undone.voided_at = self._at
        self._session.flush()  # a stage is passed once: it must be free before another scan passes it
        self._set(posting, Verdict(Outcome.OK, Reason.TAKEN_BACK))

    def _why_not_taken_back(self, undone: Posting | None, posting: Posting) -> Reason | None:
        if undone is None or undone.event_id != posting.event_id or undone.voided_at or undone.stage is Stage.VOID:
            return Reason.NOTHING_TO_TAKE_BACK
        if undone.outcome not in (Outcome.OK, Outcome.WAITING):
            return Reason.NOTHING_TO_TAKE_BACK
        if undone.outcome is Outcome.OK and undone.stage is Stage.DESTROY:
            return Reason.NEEDS_SUPERVISOR
        if undone.batch is None or undone.outcome is Outcome.WAITING:
            return None
        later = WAY[WAY.index(undone.stage) + 1 :]
        return Reason.LATER_STAGE_DONE if self._passages[undone.batch.id].passed.keys() & later else None

    def _known(self, scan: Scan, batch: Batch, run: Run | None) -> Known:
        event = self._event(scan)
        receivers = [run.receiver] if run and scan.stage is Stage.DESTROY else event.receivers
        return Known(
            label_is_current=self._codes[scan.id] == batch.code,
            is_of_event=batch.event_id == event.id,
            event_name=batch.event.name,
            event_is_open=event.state is State.OPEN,
            is_expected=batch.is_expected and batch.is_sealed,
            passed=frozenset(self._passages[batch.id].passed),
            sample=self._sample(batch),
            hold=self._hold(batch),
            seal=scan.seal,
            papers_are_good=batch.env_class is not EnvClass.HAZARDOUS
            or any(receiver.may_take(batch.env_class, event.day) for receiver in receivers),
            run_is_open=run is not None and run.is_open,
            approved_method=METHOD_NAMES[batch.treatment.last],
            run_method=METHOD_NAMES[run.method] if run else None,
        )

    def _sample(self, batch: Batch) -> Sample | None:
        if (batch.event_id, batch.unit_id) in self._stopped:
            return Sample.FAILED
        return Sample.DUE if batch.is_sample and batch.id not in self._inspected else None

    def _hold(self, batch: Batch) -> Message | None:
        """Return the kind of hold that stands on any of a batch's goods, or on their cases."""
        for item_id, case_id, _ in self._held[batch.id]:
            for hold in self._holds.get(case_id, ()):
                if hold.item_id in (None, item_id):
                    return HOLD_NAMES[hold.kind]
        return None

    def _move(self, posting: Posting, act: Act, source: Account, target: Account) -> None:
        """Move what the posting's batch holds."""
        scan, batch = posting.scan, posting.batch
        if batch is None:
            raise RuntimeError("only a batch moves")
        entry = move(
            self._session,
            moves_of(batch, self._held[batch.id], source, target),
            act=act,
            people={Part.SCANNER: scan.user},
            by=scan.user,
            at=self._at,
            unit=batch.unit,
            data={"scan": scan.id, "batch": batch.id, "number": batch.number, "device": scan.device, "run": scan.run},
            happened_at=posting.happened_at,
            books=self._books,
        )
        posting.entry_seq = entry.seq

    def _note(self, posting: Posting, verdict: Verdict) -> None:
        """Keep the outcome of a scan that moved nothing; what was refused is an entry of the journal."""
        scan = posting.scan
        if verdict.outcome in (Outcome.REFUSED, Outcome.UNKNOWN):
            unit = posting.batch.unit if posting.batch else self._event(scan).unit
            data = {
                "scan": scan.id,
                "code": scan.code,
                "stage": scan.stage,
                "outcome": verdict.outcome,
                "reason": verdict.reason,
            }
            record(self._session, "scan.refused", by=scan.user, at=self._at, unit=unit, data=data)
        self._set(posting, verdict)

    def _set(self, posting: Posting, verdict: Verdict) -> None:
        posting.outcome, posting.reason, posting.posted_at = verdict.outcome, verdict.reason, self._at
        posting.facts = {name: str(fact) for name, fact in (verdict.facts or {}).items()}

    def _event(self, scan: Scan) -> Event:
        return self._session.get_one(Event, scan.event_id)


def _code(scan: Scan) -> str:
    """Return the code of a label that was read, empty if it is none."""
    try:
        return read_code(scan.code)
    except BadCode:
        return ""


def _after(stage: Stage) -> Stage | None:
    return next(iter(WAY[WAY.index(stage) + 1 :]), None)
