"""The door through which long work runs: a thread beside the pages, one job after the other."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, BinaryIO
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.db import db
from ledger.destruction.judging import is_any_void, judge_some
from ledger.errors import N_, LedgerError
from ledger.files.service import FileStore
from ledger.goods.audit import verify_books
from ledger.imports import service as imports
from ledger.imports.check import check_file
from ledger.imports.models import GoodsImport
from ledger.imports.read import read_rows
from ledger.installation import outposts_of, seal_of, stamp_roots
from ledger.jobs import service as jobs
from ledger.jobs.models import Job
from ledger.journal.models import JournalCheckpoint, Sending
from ledger.journal.note import Checkpoint, Signer
from ledger.journal.queries import head, latest_checkpoint
from ledger.journal.service import KeyReplaced, make_checkpoint, record, writing
from ledger.journal.workflow import Way
from ledger.manifests import service as manifests
from ledger.manifests.archived import ARCHIVE_JOB, note_archived
from ledger.manifests.models import Manifest
from ledger.manifests.persons import DocumentMovedOn
from ledger.manifests.proof import digests
from ledger.manifests.proofs import receipt_of
from ledger.manifests.workflow import Timestamp
from ledger.units.models import User

if TYPE_CHECKING:
    from ledger.manifests.stamps import Stamp

SENDING = "checkpoint."
"""What the kind of a job that sends a checkpoint begins with; the way follows."""
IDLE_SECONDS = 2.0
"""How long to sleep before looking for work that another process queued or left behind."""

TOLD_EACH = 2.0
"""After how many seconds a job says how far it is; far less than its lease."""
ABANDONED = timedelta(days=1)
"""After how long a file that nobody wrote on is one that a process left behind when it was ended."""

# HEAVY: what draws and signs papers (reportlab, pyHanko) takes half a second and 50 MB to load, so it is loaded by the
# first paper, not by every process that serves pages.

BEIJING = ZoneInfo("Asia/Shanghai")
_log = logging.getLogger(__name__)


Clock = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


class Broken(LedgerError):
    """A job ended with a fault of the program."""

    code = "broken"
    message = N_("Something went wrong on our side; nothing was lost. Tell your administrator the time.")


class Worker:
    """The thread of one process."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._wake = Event()
        self._lock = Lock()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Start the thread if it does not run yet."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="worker", daemon=True)
                self._thread.start()

    def nudge(self) -> None:
        """Say that there is work."""
        self._wake.set()

    def _run(self) -> None:
        self._app.extensions["files"].forget_drafts(_now() - ABANDONED)
        while True:
            try:
                while run_one(self._app) or judge(self._app) or send_out(self._app):
                    pass
            except Exception:  # noqa: BLE001 - the thread outlives every fault
                _log.exception("the worker could not look for work")
            self._wake.wait(IDLE_SECONDS)
            self._wake.clear()


def run_one(app: Flask, clock: Clock = _now) -> bool:
    """Do the next job to its end. Returns False if there was none."""
    with app.app_context():
        session = db.session()
        with writing(session):
            job = jobs.take(session, at=clock())
        if job is None:
            return False
        job_id, kind = job.id, job.kind
        refusal: LedgerError | None = None
        try:
            HANDLERS[kind](app, session, job, clock)
        except LedgerError as error:
            refusal = error
        except Exception:  # noqa: BLE001 - the job ends, the worker goes on
            _log.exception("job %s (%s) failed", job_id, kind)
            refusal = Broken()
        session.rollback()
        with writing(session):
            job = session.get_one(Job, job_id)
            if refusal is None:
                jobs.finish(job)
            else:
                jobs.fail(job, refusal, at=clock())
        return True


def judge(app: Flask, clock: Clock = _now) -> bool:
    """Judge a portion of the lines that are to be judged anew. Returns False if there were none."""
    with app.app_context():
        session, terms = db.session(), app.extensions["settings"].terms
        today = clock().astimezone(BEIJING).date()
        if not is_any_void(session, terms=terms, today=today):
            return False
        with writing(session):
            judge_some(session, terms=terms, today=today)
        return True


def send_out(app: Flask, clock: Clock = _now) -> bool:
    """Sign the checkpoint of the day and have those sent that did not leave yet. Returns False if none is due.

    Where nobody outside takes checkpoints, none is due; the first to leave is the newest there is.
    """
    with app.app_context():
        session, ways, at = db.session(), outposts_of(app), clock()
        if not ways or not (_day_is_unsigned(session, at) or any(_unsent(session, way) for way in ways)):
            return False
        try:
            with writing(session):
                if _day_is_unsigned(session, at):
                    make_checkpoint(session, app.extensions["signer"], at=at)
                for way in ways:
                    for key in _unsent(session, way):
                        jobs.enqueue(session, SENDING + way, key, by_id=None, at=at)
        except KeyReplaced:
            _log.exception("this process has to be started again")
            return False
        return True


def _day_is_unsigned(session: Session, at: datetime) -> bool:
    newest = latest_checkpoint(session)
    today = at.astimezone(BEIJING).date()
    return head(session).size > 0 and (newest is None or newest.made_at.astimezone(BEIJING).date() < today)


def _unsent(session: Session, way: Way) -> Sequence[int]:
    """Return the checkpoints that are to be sent in this way and are not queued yet."""
    last, newest = jobs.last_subject(session, SENDING + way), latest_checkpoint(session)
    if last is None:
        return [newest.id] if newest else []
    return session.scalars(select(JournalCheckpoint.id).where(JournalCheckpoint.id > last)).all()


def run_until_done(app: Flask, clock: Clock = _now) -> None:
    """Do all jobs there are, in this thread, at the time that clock shows."""
    while run_one(app, clock):
        pass


def install(app: Flask) -> None:
    """Have the first request start the worker: commands do without it, and a restarted server carries on by itself."""
    worker = app.extensions["worker"] = Worker(app)
    if app.extensions["settings"].does_long_work:
        app.before_request(worker.start)


def check_books(app: Flask, session: Session, job: Job, clock: Clock) -> None:  # noqa: ARG001 - there is one set of books
    """Check the books and record what was found."""
    report = verify_books(session, app.extensions["signer"].verifier())
    session.rollback()  # the reading is over; the result is written by itself
    with writing(session):
        first = [{"message": finding.message, "facts": finding.said()} for finding in report.findings[:100]]
        data = {"entries": report.entries, "root": report.root.hex(), "findings": len(report.findings), "first": first}
        record(session, "books.verified", by=None, at=clock(), unit=None, data=data)


def check_import(app: Flask, session: Session, job: Job, clock: Clock) -> None:
    """Check the file of an import and say what was found."""
    made = session.get_one(GoodsImport, job.subject_id)
    files: FileStore = app.extensions["files"]
    with TemporaryDirectory() as folder:
        try:
            staging, summary = check_file(
                session, made, files.path(made.file), Path(folder), today=clock().astimezone(BEIJING).date()
            )
        except LedgerError as refusal:
            session.rollback()
            with writing(session):
                imports.refuse(session.get_one(GoodsImport, job.subject_id), refusal)
            return
        with staging.open("rb") as rows:
            staged = files.keep(rows)
    session.rollback()
    with writing(session):
        imports.passed(session.get_one(GoodsImport, job.subject_id), staged=staged, summary=summary)


def post_import(app: Flask, session: Session, job: Job, clock: Clock) -> None:
    """Write an accepted list into the books, part by part, from where it was interrupted."""
    job_id, subject = job.id, job.subject_id
    made = session.get_one(GoodsImport, subject)
    files: FileStore = app.extensions["files"]
    start, total, units = made.rows_posted, made.summary["new_rows"] + made.summary["known_rows"], made.summary["units"]
    rows = read_rows(files.path(made.staged or ""), start=start)
    for part in imports.parts(rows, units, start=start):
        with writing(session):
            imports.post_part(session, session.get_one(GoodsImport, subject), part, at=clock())
            jobs.step(session.get_one(Job, job_id), done=part.end, total=total, at=clock())
    with writing(session):
        imports.finish(session.get_one(GoodsImport, subject), at=clock())


def sign_manifest(app: Flask, session: Session, job: Job, clock: Clock) -> None:
    """Make the document of a sealed manifest, note it in the journal, and write its receipt; from where it was."""
    from ledger.manifests.document import House, make_document  # noqa: PLC0415 - see HEAVY

    subject, by = job.subject_id, job.by_id
    manifest = session.get_one(Manifest, subject)
    files: FileStore = app.extensions["files"]
    signer: Signer = app.extensions["signer"]
    if manifest.pdf_sha256 is None:
        public_url = app.extensions["settings"].public_url
        house = House(signer, seal_of(app, session, at=clock()), public_url)
        with TemporaryDirectory() as folder:
            made = make_document(session, manifest, house, files.read, Path(folder), at=clock())
            session.rollback()  # nothing is held while others are asked
            outcome = _ask_for_stamp(app, made.path)
            document = outcome.path.read_bytes()
            files.keep(BytesIO(document))
        with writing(session):
            manifest = session.get_one(Manifest, subject)
            manifests.note_seal(session, house.seal.said(), at=clock())
            manifest.unreached = " ".join(made.unreached)[:500]
            manifests.note_signed(session, manifest, signer, document=digests(document), pages=made.pages, at=clock())
            if outcome.state is not None:
                manifests.note_timestamp(manifest, outcome.state, outcome.stamp)
            if outcome.refusal is not None:
                asking = jobs.enqueue(session, manifests.STAMP_JOB, subject, by_id=by, at=clock())
                jobs.fail(asking, outcome.refusal, at=clock())
    _give_receipt(session, subject)


def stamp_manifest(app: Flask, session: Session, job: Job, clock: Clock) -> None:
    """Add the timestamp to a document that was signed without, and note what came of it. Raises as stamp() does."""
    subject = job.subject_id
    manifest = session.get_one(Manifest, subject)
    files: FileStore = app.extensions["files"]
    signer: Signer = app.extensions["signer"]
    if manifest.receipt is None:  # its process ended before it was written
        _give_receipt(session, subject)
        manifest = session.get_one(Manifest, subject)
    if manifest.timestamp_state is not Timestamp.OBTAINED:
        before, pages = manifest.pdf_sha256, manifest.pages or 0
        session.rollback()
        with TemporaryDirectory() as folder:
            outcome = _ask_for_stamp(app, files.path(before or ""), Path(folder))
            document = outcome.path.read_bytes()
            files.keep(BytesIO(document))
        with writing(session):
            manifest = session.get_one(Manifest, subject)
            if manifest.pdf_sha256 != before:
                raise DocumentMovedOn  # somebody signed it while the authority was asked: that one is stamped later
            if outcome.stamp is not None:
                manifests.note_signed(session, manifest, signer, document=digests(document), pages=pages, at=clock())
            if outcome.state is not None:
                manifests.note_timestamp(manifest, outcome.state, outcome.stamp)
        if outcome.refusal is not None:
            raise outcome.refusal
    _give_receipt(session, subject)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of asking for a timestamp, and where the document is now."""

    path: Path
    state: Timestamp | None = None
    stamp: "Stamp | None" = None
    refusal: LedgerError | None = None


def _ask_for_stamp(app: Flask, path: Path, folder: Path | None = None) -> _Outcome:
    """Have the document at path timestamped, in folder or else beside it, if there is an authority to ask."""
    from ledger.manifests.stamps import Authority, TimestampPending, TimestampRefused, stamp  # noqa: PLC0415 - see HEAVY

    url = app.extensions["settings"].timestamp_url
    if url is None:
        return _Outcome(path)
    stamped = (folder or path.parent) / "stamped.pdf"
    try:
        made = stamp(path, stamped, Authority(url, tuple(stamp_roots(app))))
    except TimestampPending as refusal:
        return _Outcome(path, Timestamp.PENDING, refusal=refusal)
    except TimestampRefused as refusal:
        return _Outcome(path, Timestamp.REFUSED, refusal=refusal)
    return _Outcome(stamped, Timestamp.OBTAINED, made)


def _give_receipt(session: Session, subject: int) -> None:
    receipt = receipt_of(session, session.get_one(Manifest, subject))
    session.rollback()
    with writing(session):
        session.get_one(Manifest, subject).receipt = receipt


def make_archive(app: Flask, session: Session, job: Job, clock: Clock) -> None:
    """Put all that belongs to an event into one file, keep it, and note that in the journal."""
    from ledger.reports.archive import House as Archivist  # noqa: PLC0415 - see HEAVY
    from ledger.reports.archive import write_archive  # noqa: PLC0415 - see HEAVY

    job_id, subject, by_id, settings = job.id, job.subject_id, job.by_id, app.extensions["settings"]
    files: FileStore = app.extensions["files"]
    house = Archivist(files, app.extensions["signer"].verifier(), settings.retention_years)

    told, count = monotonic(), 0

    def tell(done: int, total: int) -> None:
        nonlocal told
        if monotonic() - told > TOLD_EACH:
            with writing(session):
                jobs.step(session.get_one(Job, job_id), done=done, total=total, at=clock())
            told = monotonic()

    def write(target: BinaryIO) -> None:
        nonlocal count
        count = len(write_archive(target, session, session.get_one(Manifest, subject), house, tell=tell))

    sha256 = files.keep_made(write)
    size = files.path(sha256).stat().st_size
    session.rollback()
    with writing(session):
        manifest, by = session.get_one(Manifest, subject), by_id and session.get_one(User, by_id)
        note_archived(session, manifest, sha256=sha256, size=size, files=count, by=by or None, at=clock())


def send_checkpoint(app: Flask, session: Session, job: Job, clock: Clock) -> None:
    """Send a checkpoint out of the house, and note where it went. Raises NotSent or NotForAll."""
    key, way = job.subject_id, Way(job.kind.removeprefix(SENDING))
    checkpoint = session.get_one(JournalCheckpoint, key)
    note, said = checkpoint.note, Checkpoint(app.extensions["signer"].name, checkpoint.size, checkpoint.root)
    session.rollback()
    outpost = outposts_of(app).get(way)
    if outpost is not None:
        outpost.send(said, note)
        with writing(session):
            session.add(Sending(checkpoint_id=key, way=way, target=outpost.target[:500], sent_at=clock()))


HANDLERS: Mapping[str, Callable[[Flask, Session, Job, Clock], None]] = {
    "books.verify": check_books,
    imports.CHECK_JOB: check_import,
    imports.POST_JOB: post_import,
    manifests.SIGN_JOB: sign_manifest,
    ARCHIVE_JOB: make_archive,
    manifests.STAMP_JOB: stamp_manifest,
    **{SENDING + way: send_checkpoint for way in Way},
}
