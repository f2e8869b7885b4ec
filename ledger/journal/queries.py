"""What pages read about the journal."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.journal.models import JournalCheckpoint, JournalEntry, JournalHead, Sending
from ledger.journal.workflow import Way

PAGE = 50
_CHUNK = 10_000
"""How many of the journal's hashes are fetched at once."""
DEMO_ACT = "demo.filled"
"""The act by which the journal says that this installation holds the sample bureau, with its printed passwords."""
REHEARSAL_ACT = "rehearsal.begun"
"""The act by which the journal of a copy says, for ever, that what follows is only rehearsed."""


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A part of the journal, newest first, and the cursor to the older ones."""

    entries: Sequence[JournalEntry]
    older: int | None


def leaves_of(session: Session, checkpoint: JournalCheckpoint) -> Iterator[bytes]:
    """Yield the hashes of the entries that a checkpoint covers, in their order."""
    query = select(JournalEntry.leaf).where(JournalEntry.seq <= checkpoint.size).order_by(JournalEntry.seq)
    yield from session.scalars(query.execution_options(yield_per=_CHUNK))


def page_of_entries(session: Session, unit_ids: Collection[int], *, before: int | None = None) -> EntryPage:
    """Return the entries of these units with numbers below before."""
    query = select(JournalEntry).where(JournalEntry.unit_id.in_(unit_ids))
    if before is not None:
        query = query.where(JournalEntry.seq < before)
    rows = list(session.scalars(query.order_by(JournalEntry.seq.desc()).limit(PAGE + 1)))
    return EntryPage(rows[:PAGE], rows[PAGE - 1].seq if len(rows) > PAGE else None)


def latest_of(session: Session, act: str) -> JournalEntry | None:
    """Return the newest entry of this act."""
    return session.scalar(
        select(JournalEntry).where(JournalEntry.act == act).order_by(JournalEntry.seq.desc()).limit(1)
    )


def entries_before(session: Session, moment: datetime) -> int:
    """Return the number of the last entry that was written before moment, 0 if there is none.

    Entries are numbered from 1 in the order of time, so a few looks find it and no index is needed.
    """
    written_at = select(JournalEntry.recorded_at)
    return bisect_left(
        range(1, head(session).size + 1),
        moment,
        key=lambda seq: session.scalars(written_at.where(JournalEntry.seq == seq)).one(),
    )


def holds_demo(session: Session) -> bool:
    """Whether this is the sample bureau's ledger, and no real one."""
    return latest_of(session, DEMO_ACT) is not None


def is_rehearsed(session: Session) -> bool:
    """Whether this ledger is a copy on which people rehearse."""
    return latest_of(session, REHEARSAL_ACT) is not None


def head(session: Session) -> JournalHead:
    """Return the journal's head."""
    return session.scalars(select(JournalHead)).one()


@dataclass(frozen=True, slots=True)
class CheckpointPage:
    """Some checkpoints, newest first, where each went, and the cursor to the older ones."""

    checkpoints: Sequence[JournalCheckpoint]
    sendings: Mapping[tuple[int, Way], Sending]
    """By checkpoint and way."""
    older: int | None


def page_of_checkpoints(session: Session, *, before: int | None = None) -> CheckpointPage:
    """Return the checkpoints with numbers below before."""
    query = select(JournalCheckpoint).order_by(JournalCheckpoint.id.desc()).limit(PAGE + 1)
    rows = session.scalars(query if before is None else query.where(JournalCheckpoint.id < before)).all()
    shown = rows[:PAGE]
    sent = session.scalars(select(Sending).where(Sending.checkpoint_id.in_([each.id for each in shown])))
    sendings = {(each.checkpoint_id, each.way): each for each in sent}
    return CheckpointPage(shown, sendings, shown[-1].id if len(rows) > PAGE else None)


def latest_checkpoint(session: Session) -> JournalCheckpoint | None:
    """Return the newest signed checkpoint."""
    return session.scalar(select(JournalCheckpoint).order_by(JournalCheckpoint.id.desc()).limit(1))
