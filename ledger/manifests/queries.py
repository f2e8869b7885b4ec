"""What pages and reports read about manifests."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ledger.events.models import Event
from ledger.events.workflow import State
from ledger.manifests.models import Manifest, Supervision
from ledger.scanning.models import Run
from ledger.units.models import User


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


def to_supervise(session: Session, person: User) -> Sequence[Event]:
    """Return the events being closed of which this person watched a run and has not signed, by day."""
    watched = select(Run.event_id).where(Run.supervisors.contains(person))
    signed = select(Supervision.event_id).where(Supervision.user_id == person.id)
    query = select(Event).where(Event.state == State.CLOSING, Event.id.in_(watched), Event.id.not_in(signed))
    return session.scalars(query.order_by(Event.day)).all()
