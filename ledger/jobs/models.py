"""Jobs."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ledger.db import Model, choice


class JobState(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Model):
    """One piece of long work on one subject. It can be interrupted at any moment and carries on."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_id", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int]
    state: Mapped[JobState] = mapped_column(choice(JobState, "state"), default=JobState.QUEUED)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    queued_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    """Until when its worker is believed to live; each step prolongs it."""
    error: Mapped[dict[str, object] | None] = mapped_column(JSON)
    """code and facts of the refusal that ended it, or of the last one if it is tried again."""
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was put off."""
    not_before: Mapped[datetime | None]
    """When it is tried again."""
