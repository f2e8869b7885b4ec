"""Issuing a manifest: its content sealed in the journal, then the signed document noted there too."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import rehearsal
from ledger.codes import new_code
from ledger.duties import Part, check_duty
from ledger.events.models import Event
from ledger.events.workflow import Action, next_state
from ledger.jobs.service import enqueue
from ledger.journal.models import JournalCheckpoint
from ledger.journal.note import Signer
from ledger.journal.service import canonical, make_checkpoint, record
from ledger.manifests import words
from ledger.manifests.closing import check_ready, drop_void_signatures, signatures
from ledger.manifests.content import build
from ledger.manifests.models import Manifest
from ledger.manifests.proof import digests
from ledger.manifests.workflow import NothingDestroyed
from ledger.units.models import Unit, User

SIGN_JOB = "manifest.sign"


def issue(session: Session, event: Event, signer: Signer, *, by: User, at: datetime) -> Manifest:
    """Seal what the event destroyed in the journal, under a checkpoint, and have the document made.

    Raises ClosingMovedOn, PointsOpen, SignaturesMissing, DutyConflict for a supervisor, or NothingDestroyed.
    """
    check_ready(session, event)
    drop_void_signatures(session, event)
    check_duty(Part.CLOSER, by.id, {Part.SUPERVISOR: [signed.user_id for signed in signatures(session, event)]})
    number = _next_number(session, event.unit, event.day.year)
    content = build(session, event, number=number)
    if not content["totals"]["lines"]:
        raise NothingDestroyed
    data = canonical(content)
    sealed = digests(data)
    entry = record(
        session,
        "manifest.sealed",
        by=by,
        at=at,
        unit=event.unit,
        data={"event": event.id, "number": number, **sealed},
    )
    checkpoint = make_checkpoint(session, signer, at=at)
    manifest = Manifest(
        event=event,
        unit_id=event.unit_id,
        number=number,
        code=new_code(),
        content=data,
        **sealed,
        sealed_at=at,
        sealed_by_id=by.id,
        sealed_seq=entry.seq,
        checkpoint_id=checkpoint.id,
    )
    session.add(manifest)
    event.state = next_state(event.state, Action.SEAL)
    session.flush()  # the job names its id
    enqueue(session, SIGN_JOB, manifest.id, by_id=by.id, at=at)
    return manifest


def note_signed(
    session: Session, manifest: Manifest, signer: Signer, *, document: Mapping[str, str], pages: int, at: datetime
) -> JournalCheckpoint:
    """Note the signed document in the journal and return the checkpoint that its receipt leads to.

    document holds its digests, as ledger.manifests.proof.digests makes them.
    """
    data = {"event": manifest.event_id, "number": manifest.number, "content": manifest.sha256, **document}
    entry = record(session, "manifest.signed", by=None, at=at, unit=manifest.unit, data=data)
    checkpoint = make_checkpoint(session, signer, at=at)  # writes the entry, too, that the manifest names
    manifest.pdf_sha256, manifest.pages = document["sha256"], pages
    manifest.signed_at, manifest.signed_seq = at, entry.seq
    return checkpoint


def _next_number(session: Session, unit: Unit, year: int) -> str:
    stem = words.NUMBER.format(unit=unit.short_name, year=year, count="")[:-1]
    used = session.scalar(select(func.count(Manifest.id)).where(Manifest.number.contains(stem, autoescape=True)))
    number = words.NUMBER.format(unit=unit.short_name, year=year, count=(used or 0) + 1)
    return f"{words.REHEARSED}{number}" if rehearsal.is_on() else number
