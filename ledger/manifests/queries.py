"""What pages and reports read about manifests."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ledger.manifests.models import Manifest


def manifests_of(session: Session, unit_ids: Collection[int]) -> Sequence[Manifest]:
    """Return the manifests of events that these units organised, newest first."""
    query = select(Manifest).where(Manifest.unit_id.in_(unit_ids)).order_by(Manifest.id.desc())
    return session.scalars(query.options(joinedload(Manifest.event))).all()


def manifest_of(session: Session, event_id: int) -> Manifest | None:
    """Return the manifest of an event, None as long as there is none."""
    return session.scalar(select(Manifest).where(Manifest.event_id == event_id))


def find(session: Session, *, code: str) -> Manifest | None:
    """Return the manifest with this code."""
    return session.scalar(select(Manifest).where(Manifest.code == code))


def numbered(session: Session, number: str) -> Manifest | None:
    """Return the manifest with this number."""
    return session.scalar(select(Manifest).where(Manifest.number == number))
