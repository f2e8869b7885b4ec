"""Archives of events: asking for one, noting that it was made, and how long it is to be kept."""

from dataclasses import dataclass
from datetime import date, datetime

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import N_, LedgerError
from ledger.jobs.service import enqueue
from ledger.journal.models import JournalEntry
from ledger.journal.service import record
from ledger.manifests.models import Manifest
from ledger.units.models import User

ARCHIVE_JOB = "event.archive"
_MADE = "event.archived"


class NothingToArchive(LedgerError):
    """An archive of an event whose manifest is not signed yet."""

    code = "nothing_to_archive"
    message = N_("The archive can be made once the manifest is signed.")


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that was made: the SHA-256 under which the file store keeps it, and when."""

    sha256: str
    size: int
    files: int
    made_at: datetime


def keep_until(event_day: date, years: int) -> date:
    """Return the last day on which the papers of an event are kept: periods are counted from the next 1 January.

    What periods there are, of 10 years, of 30 and for ever, is said by 国家档案局令第8号.
    """
    return date(event_day.year + years, 12, 31)


def ask_for_archive(session: Session, manifest: Manifest, *, by: User, at: datetime) -> None:
    """Queue the making of an event's archive. Raises NothingToArchive; the caller holds writing()."""
    if manifest.receipt is None:
        raise NothingToArchive
    enqueue(session, ARCHIVE_JOB, manifest.id, by_id=by.id, at=at)


def note_archived(
    session: Session, manifest: Manifest, *, sha256: str, size: int, files: int, by: User | None, at: datetime
) -> None:
    """Record that all of an event was put into one file. The caller holds writing()."""
    data = {"event": manifest.event_id, "name": manifest.event.name, "sha256": sha256, "size": size, "files": files}
    record(session, _MADE, by=by, at=at, unit=manifest.unit, data=data)


def archive_of(session: Session, manifest: Manifest) -> Archive | None:
    """Return the newest archive of a manifest's event, None if none was made."""
    query = select(JournalEntry).where(JournalEntry.act == _MADE, JournalEntry.unit_id == manifest.unit_id)
    for entry in session.scalars(query.order_by(JournalEntry.seq.desc())):
        data = orjson.loads(entry.body)["data"]
        if data["event"] == manifest.event_id:
            return Archive(data["sha256"], data["size"], data["files"], entry.at)
    return None
