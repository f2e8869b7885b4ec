"""The proofs of a manifest, taken from the journal: of its content, and of its signed document."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.journal.models import JournalCheckpoint, JournalEntry
from ledger.journal.queries import leaves_of
from ledger.manifests.models import Manifest
from ledger.manifests.proof import prove


def receipt_of(session: Session, manifest: Manifest) -> str:
    """Return the receipt of a manifest's signed document: what proves that very file. Raises ValueError before that."""
    if manifest.signed_seq is None:
        raise ValueError("the document is not signed yet")
    query = select(JournalCheckpoint).where(JournalCheckpoint.size >= manifest.signed_seq)
    checkpoint = session.scalars(query.order_by(JournalCheckpoint.size, JournalCheckpoint.id).limit(1)).one()
    return _prove(session, manifest.signed_seq, checkpoint)


def proof_of(session: Session, manifest: Manifest) -> str:
    """Return the proof of a manifest's content, as it is attached to the document."""
    return _prove(session, manifest.sealed_seq, session.get_one(JournalCheckpoint, manifest.checkpoint_id))


def _prove(session: Session, seq: int, checkpoint: JournalCheckpoint) -> str:
    body = session.scalars(select(JournalEntry.body).where(JournalEntry.seq == seq)).one()
    return prove(body, seq=seq, leaves=leaves_of(session, checkpoint), note=checkpoint.note)
