"""The door through which long work runs: a thread beside the pages, one job after the other."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Event, Lock, Thread

from flask import Flask
from sqlalchemy.orm import Session

from ledger.db import db
from ledger.errors import LedgerError, N_
from ledger.goods.audit import verify_books
from ledger.jobs import service as jobs
from ledger.jobs.models import Job
from ledger.journal.service import record, writing

IDLE_SECONDS = 2.0
"""How long to sleep before looking for work that another process queued or left behind."""

_log = logging.getLogger(__name__)


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
        while True:
            try:
                while run_one(self._app):
                    pass
            except Exception:
                _log.exception("the worker could not look for work")
            self._wake.wait(IDLE_SECONDS)
            self._wake.clear()


def run_one(app: Flask) -> bool:
    """Do the next job to its end. Returns False if there was none."""
    with app.app_context():
        session = db.session()
        with writing(session):
            job = jobs.take(session, at=_now())
        if job is None:
            return False
        job_id, kind = job.id, job.kind
        refusal: LedgerError | None = None
        try:
            HANDLERS[kind](app, session, job)
        except LedgerError as error:
            refusal = error
        except Exception:
            _log.exception("job %s (%s) failed", job_id, kind)
            refusal = Broken()
        session.rollback()
        with writing(session):
            job = session.get_one(Job, job_id)
            if refusal is None:
                jobs.finish(job)
            else:
                jobs.fail(job, refusal)
        return True


def install(app: Flask) -> None:
    """Have the first request start the worker: commands do without it, and a restarted server carries on by itself."""
    worker = app.extensions["worker"] = Worker(app)
    if app.extensions["settings"].does_long_work:
        app.before_request(worker.start)


def check_books(app: Flask, session: Session, job: Job) -> None:
    """Check the books and record what was found."""
    report = verify_books(session, app.extensions["signer"].verifier())
    session.rollback()  # the reading is over; the result is written by itself
    with writing(session):
        findings = [str(finding) for finding in report.findings[:100]]
        data = {"entries": report.entries, "root": report.root.hex(), "findings": len(report.findings), "first": findings}
        record(session, "books.verified", by=None, at=_now(), unit=None, data=data)


HANDLERS: Mapping[str, Callable[[Flask, Session, Job], None]] = {"books.verify": check_books}


def _now() -> datetime:
    return datetime.now(UTC)
