"""Queueing, taking and finishing jobs. All of it happens inside writing()."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ledger.errors import LedgerError
from ledger.jobs.models import Job, JobState

LEASE = timedelta(seconds=90)
"""Longer than any single step takes; after that a silent worker is taken for dead."""
LONGEST_WAIT = timedelta(hours=1)
"""What was put off is tried again after a minute, two, four, and so on up to this."""


def enqueue(session: Session, kind: str, subject_id: int, *, by_id: int | None, at: datetime) -> Job:
    """Queue work of this kind on a subject and return the job."""
    job = Job(kind=kind, subject_id=subject_id, by_id=by_id, queued_at=at)
    session.add(job)
    session.flush()  # callers show its number
    return job


def take(session: Session, *, at: datetime) -> Job | None:
    """Return the next job to do, leased to the caller: a queued one, or one whose worker fell silent."""
    orphaned = (Job.state == JobState.RUNNING) & (Job.leased_until < at)
    due = (Job.state == JobState.QUEUED) & or_(Job.not_before.is_(None), Job.not_before <= at)
    job = session.scalar(select(Job).where(or_(due, orphaned)).order_by(Job.id).limit(1))
    if job is not None:
        job.state = JobState.RUNNING
        job.leased_until = at + LEASE
    return job


def step(job: Job, *, done: int, total: int, at: datetime) -> None:
    """Note how far the job is and that its worker lives."""
    job.done, job.total, job.leased_until = done, total, at + LEASE


def finish(job: Job) -> None:
    """Note that the job is done."""
    job.state, job.leased_until, job.error = JobState.DONE, None, None


def fail(job: Job, error: LedgerError, *, at: datetime) -> None:
    """Note that the job ended with a refusal; one that may pass puts it off instead."""
    job.state, job.leased_until = JobState.FAILED, None
    if error.is_passing:
        job.state, job.not_before = JobState.QUEUED, at + min(timedelta(minutes=2 ** min(job.tries, 9)), LONGEST_WAIT)
        job.tries += 1
    job.error = {"code": error.code, "message": error.message, "facts": {k: str(v) for k, v in error.facts.items()}}


def hasten(job: Job) -> None:
    """Have a job that was put off tried again at once."""
    job.not_before, job.error = None, None


def last_subject(session: Session, kind: str) -> int | None:
    """Return the highest subject that work of this kind was ever queued for."""
    return session.scalar(select(func.max(Job.subject_id)).where(Job.kind == kind))


def refused(session: Session, kind: str, subjects: Collection[int]) -> Sequence[Job]:
    """Return the work of this kind on these subjects that was refused, tried again or not, oldest first."""
    is_refused = (Job.state == JobState.FAILED) | (Job.state == JobState.QUEUED) & (Job.tries > 0)
    query = select(Job).where(Job.kind == kind, Job.subject_id.in_(subjects), is_refused)
    return session.scalars(query.order_by(Job.id)).all()


def latest(session: Session, kind: str, subject_id: int) -> Job | None:
    """Return the newest job of this kind on the subject."""
    query = select(Job).where(Job.kind == kind, Job.subject_id == subject_id).order_by(Job.id.desc()).limit(1)
    return session.scalar(query)
