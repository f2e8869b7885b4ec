"""Queueing, taking and finishing jobs. All of it happens inside writing()."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ledger.errors import LedgerError
from ledger.jobs.models import Job, JobState

LEASE = timedelta(seconds=90)
"""Longer than any single step takes; after that a silent worker is taken for dead."""


def enqueue(session: Session, kind: str, subject_id: int, *, by_id: int | None, at: datetime) -> Job:
    """Queue work of this kind on a subject and return the job."""
    job = Job(kind=kind, subject_id=subject_id, by_id=by_id, queued_at=at)
    session.add(job)
    session.flush()  # callers show its number
    return job


def take(session: Session, *, at: datetime) -> Job | None:
    """Return the next job to do, leased to the caller: a queued one, or one whose worker fell silent."""
    orphaned = (Job.state == JobState.RUNNING) & (Job.leased_until < at)
    job = session.scalar(select(Job).where(or_(Job.state == JobState.QUEUED, orphaned)).order_by(Job.id).limit(1))
    if job is not None:
        job.state = JobState.RUNNING
        job.leased_until = at + LEASE
    return job


def step(job: Job, *, done: int, total: int, at: datetime) -> None:
    """Note how far the job is and that its worker lives."""
    job.done, job.total, job.leased_until = done, total, at + LEASE


def finish(job: Job) -> None:
    """Note that the job is done."""
    job.state, job.leased_until = JobState.DONE, None


def fail(job: Job, error: LedgerError) -> None:
    """Note that the job ended with a refusal."""
    job.state, job.leased_until = JobState.FAILED, None
    job.error = {"code": error.code, "message": error.message, "facts": {k: str(v) for k, v in error.facts.items()}}


def latest(session: Session, kind: str, subject_id: int) -> Job | None:
    """Return the newest job of this kind on the subject."""
    query = select(Job).where(Job.kind == kind, Job.subject_id == subject_id).order_by(Job.id.desc()).limit(1)
    return session.scalar(query)
