"""Issuing a manifest: its content sealed in the journal, then the signed document noted there too."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import rehearsal
from ledger.codes import new_code
from ledger.duties import Part, check_duty
from ledger.events.models import Event
from ledger.events.workflow import Action, next_state
from ledger.jobs.service import enqueue
from ledger.journal.models import JournalCheckpoint
from ledger.journal.note import Signer
from ledger.journal.queries import latest_of
from ledger.journal.service import canonical, make_checkpoint, record
from ledger.manifests import words
from ledger.manifests.closing import check_ready, drop_void_signatures, signatures
from ledger.manifests.content import build
from ledger.manifests.models import Countersignature, EarlierDocument, Manifest
from ledger.manifests.proof import digests
from ledger.manifests.queries import SEAL_ACT
from ledger.manifests.template import number_around, template_of
from ledger.manifests.workflow import NothingDestroyed, Timestamp
from ledger.units.models import Unit, User

SIGN_JOB, STAMP_JOB = "manifest.sign", "manifest.timestamp"


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


def note_seal(session: Session, said: Mapping[str, object], *, at: datetime) -> None:
    """Note in the journal which seal signs from now on, if it does not say so yet. said is what Seal.said() returns."""
    newest = latest_of(session, SEAL_ACT)
    if newest is None or orjson.loads(newest.body)["data"] != said:
        record(session, SEAL_ACT, by=None, at=at, unit=None, data=said)


def note_signed(
    session: Session, manifest: Manifest, signer: Signer, *, document: Mapping[str, str], pages: int, at: datetime
) -> JournalCheckpoint:
    """Note the signed document in the journal and return the checkpoint that its receipt leads to.

    document holds its digests, as ledger.manifests.proof.digests makes them. One that was noted before stays known.
    The entry names the people who signed in it, so that a receipt does.
    """
    if manifest.pdf_sha256 is not None and manifest.signed_seq is not None and manifest.receipt is not None:
        earlier = {"sha256": manifest.pdf_sha256, "signed_seq": manifest.signed_seq, "receipt": manifest.receipt}
        session.add(EarlierDocument(manifest_id=manifest.id, **earlier))
        manifest.receipt = None
    data = {"event": manifest.event_id, "number": manifest.number, "content": manifest.sha256, **document}
    if manifest.unreached:
        data["unreached"] = manifest.unreached.split(" ")
    if manifest.countersignatures:
        data["signatures"] = [_said(each) for each in manifest.countersignatures]
    entry = record(session, "manifest.signed", by=None, at=at, unit=manifest.unit, data=data)
    checkpoint = make_checkpoint(session, signer, at=at)  # writes the entry, too, that the manifest names
    manifest.pdf_sha256, manifest.pages = document["sha256"], pages
    manifest.signed_at, manifest.signed_seq = at, entry.seq
    return checkpoint


def _said(signature: Countersignature) -> dict[str, str]:
    return {
        "field": signature.field,
        "name": signature.user.name,
        "subject": signature.subject,
        "certificate": signature.certificate,
        "signed_at": signature.signed_at.isoformat(),
    }


class Stamped(Protocol):
    """What a timestamp says: when, and by whom."""

    @property
    def at(self) -> datetime:
        """Return the time as the authority has it."""

    @property
    def by(self) -> str:
        """Return the name on the authority's certificate."""


def note_timestamp(manifest: Manifest, state: Timestamp, said: Stamped | None) -> None:
    """Note how far the timestamp of a manifest's document is, and what an obtained one says."""
    manifest.timestamp_state = state
    manifest.timestamped_at, manifest.timestamped_by = (said.at, said.by[:200]) if said else (None, None)


def _next_number(session: Session, unit: Unit, year: int) -> str:
    before, after = number_around(template_of(session, unit), unit.short_name, year)
    if rehearsal.is_on():
        before = f"{words.REHEARSED}{before}"
    alike = session.scalars(select(Manifest.number).where(Manifest.number.startswith(before, autoescape=True)))
    used = [number[len(before) :].removesuffix(after) for number in alike if number.endswith(after)]
    return f"{before}{max((int(each) for each in used if each.isdecimal()), default=0) + 1}{after}"
