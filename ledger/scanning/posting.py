"""Posting scans: what the books make of those that came in together."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ledger.codes import BadCode, ForeignCode, is_foreign, read_code
from ledger.destruction.workflow import METHOD_NAMES
from ledger.duties import Part
from ledger.errors import LedgerError
from ledger.events.models import Batch, Event
from ledger.events.queries import batches_by_code, quantities_in
from ledger.events.workflow import State
from ledger.goods.rules import Account, Act
from ledger.goods.service import Books, Move, Spot, move
from ledger.journal.service import record
from ledger.scanning.models import Posting, Run, Scan
from ledger.scanning.queries import blocked_devices, passages_of, postings_of, runs_numbered
from ledger.scanning.rules import MOVES, WAY, Known, Outcome, Reason, Stage, Undone, Verdict, judge, judge_void
from ledger.scanning.standing import Held, papers_are_good, standings


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
        self._standings = standings(session, set(self._batches.values()), self._held)
        waiting = [posting.scan for passage in self._passages.values() for posting in passage.waiting]
        self._codes |= {scan.id: _code(scan) for scan in waiting}
        self._blocked = blocked_devices(session, {scan.event_id for scan in scans})
        self._runs = runs_numbered(session, {(scan.event_id, scan.run) for scan in (*scans, *waiting) if scan.run})

    def post(self) -> list[Posting]:
        """Return the postings of the scans. The door commits."""
        with Books(self._session, {item_id for held in self._held.values() for item_id, _, _ in held}) as self._books:
            postings = [self._post(scan) for scan in self._scans]
        self._session.add_all(postings)
        self._session.flush()
        return postings

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
            self._note(posting, Verdict(Outcome.UNKNOWN, code if isinstance(code, Reason) else Reason.NO_SUCH_BATCH))
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
        verdict = judge_void(self._undone(undone, posting))
        if undone is None or verdict.outcome is not Outcome.OK:
            self._note(posting, verdict)
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
        self._set(posting, verdict)

    def _undone(self, undone: Posting | None, posting: Posting) -> Undone | None:
        """Return what is known of the scan that is taken back, unless it is none of the event's."""
        if undone is None or undone.event_id != posting.event_id:
            return None
        passed = self._passages[undone.batch.id].passed if undone.batch else {}
        later = WAY[WAY.index(undone.stage) + 1 :] if undone.stage in WAY else ()
        return Undone(
            stage=undone.stage,
            outcome=undone.outcome,
            is_taken_back=undone.voided_at is not None,
            went_on=any(stage in passed for stage in later),
        )

    def _known(self, scan: Scan, batch: Batch, run: Run | None) -> Known:
        event, standing = self._event(scan), self._standings[batch.id]
        burns_in = run if scan.stage is Stage.DESTROY else None
        return Known(
            device_is_blocked=(scan.event_id, scan.device) in self._blocked,
            label_is_current=self._codes[scan.id] == batch.code,
            is_of_event=batch.event_id == event.id,
            event_name=batch.event.name,
            event_is_open=event.state is State.OPEN,
            is_expected=standing.is_expected,
            passed=frozenset(self._passages[batch.id].passed),
            sample=standing.sample,
            hold=standing.hold,
            seal=scan.seal,
            papers_are_good=papers_are_good(batch, burns_in.receiver) if burns_in else standing.papers_are_good,
            run_is_open=run is not None and run.is_open,
            approved_method=METHOD_NAMES[batch.treatment.last],
            run_method=METHOD_NAMES[run.method] if run else None,
        )

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
    """Return the code of a label that was read, or the Reason why it is none that can be on a batch here."""
    try:
        code = read_code(scan.code)
    except ForeignCode:
        return Reason.FOREIGN_LABEL
    except BadCode:
        return Reason.BAD_CODE
    return Reason.FOREIGN_LABEL if is_foreign(code) else code


def _after(stage: Stage) -> Stage | None:
    return next(iter(WAY[WAY.index(stage) + 1 :]), None)
