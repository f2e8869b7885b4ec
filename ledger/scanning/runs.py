"""What is known of a run once it has burned: its sheet for the supervisors to sign, what was left, its pictures."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ledger.events.models import Batch, Event, Photo
from ledger.events.photos import PhotoStage, add_photo
from ledger.events.queries import items_in
from ledger.journal.service import record
from ledger.scanning.models import Posting, Run
from ledger.scanning.rules import Outcome, Stage
from ledger.scanning.workflow import ReceiptMissing
from ledger.units.models import User

PICTURED = (PhotoStage.BEFORE, PhotoStage.DESTRUCTION, PhotoStage.REMAINS)
"""What a run is photographed at: before, during and after."""


def note_results(
    session: Session,
    run: Run,
    *,
    video: str,
    residue_kg: Decimal | None,
    income: int | None,
    receipt_no: str,
    by: User,
    at: datetime,
) -> None:
    """Write down what was left of a run, what its sale brought in fen, and where the recording is.

    The caller has asked check_writable(). Supervisors who signed before have to sign again. Raises ReceiptMissing.
    """
    if income and not receipt_no:
        raise ReceiptMissing
    run.video, run.residue_kg, run.income, run.receipt_no = video, residue_kg, income, receipt_no
    data = {
        "id": run.id,
        "event": run.event_id,
        "number": run.number,
        "video": video,
        "residue_kg": _plain(residue_kg),
        "income": income,
        "receipt_no": receipt_no,
    }
    record(session, "run.noted", by=by, at=at, unit=run.event.unit, data=data)


def run_sheet(session: Session, run: Run) -> dict[str, Any]:
    """Return what supervisors sign of a run: what went in, when, what was left, and the pictures of it."""
    batches = batches_of(session, run)
    goods = items_in(session, [batch.id for batch in batches])
    return {
        "event": run.event_id,
        "number": run.number,
        "site": run.site.name,
        "method": run.method,
        "receiver": run.receiver.name,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else "",
        "supervisors": [person.login for person in run.supervisors],
        "batches": [{"number": batch.number, "net_kg": _plain(batch.net_kg)} for batch in batches],
        "items": sorted({item.id for held in goods.values() for item, _ in held}),
        "video": run.video,
        "residue_kg": _plain(run.residue_kg),
        "income": run.income,
        "receipt_no": run.receipt_no,
        "photos": [{"stage": photo.stage, "sha256": photo.sha256} for photo in run.photos],
    }


def batches_of(session: Session, run: Run) -> Sequence[Batch]:
    """Return the batches that were destroyed in a run, by number."""
    query = select(Posting).where(
        Posting.run_id == run.id,
        Posting.stage == Stage.DESTROY,
        Posting.outcome == Outcome.OK,
        Posting.voided_at.is_(None),
    )
    found = [posting.batch for posting in session.scalars(query.options(joinedload(Posting.batch))) if posting.batch]
    return sorted(found, key=lambda batch: batch.number)


def lacking_pictures(run: Run) -> list[PhotoStage]:
    """Return what of a run was not photographed."""
    seen = {photo.stage for photo in run.photos}
    return [stage for stage in PICTURED if stage not in seen]


def photograph(session: Session, event: Event, run: Run | None = None, **facts: Any) -> Photo:
    """Add a picture to an event and, if it shows one, to its run; see add_photo() for facts and what it raises."""
    photo = add_photo(session, event, run=run.number if run else None, **facts)
    if run is not None:
        run.photos.append(photo)
    return photo


def _plain(weight: Decimal | None) -> str:
    return "" if weight is None else f"{weight:f}"
