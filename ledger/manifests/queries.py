"""What pages and reports read about manifests."""

from base64 import b64decode
from collections.abc import Collection, Sequence
from typing import Any

import orjson
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from ledger.cases.models import Case
from ledger.destruction.models import Application, ApplicationLine
from ledger.events.models import Batch, Event, Packing
from ledger.events.workflow import State
from ledger.goods.models import Item
from ledger.journal.models import JournalEntry
from ledger.manifests.models import Manifest, Supervision
from ledger.scanning.models import Run
from ledger.units.models import User

SEAL_ACT = "seal.taken"
"""The act by which the journal says with which seal manifests are signed from then on."""


def manifests_of(session: Session, unit_ids: Collection[int]) -> Sequence[Manifest]:
    """Return the manifests of events that these units organised, newest first."""
    query = select(Manifest).where(Manifest.unit_id.in_(unit_ids)).order_by(Manifest.id.desc())
    return session.scalars(query.options(joinedload(Manifest.event))).all()


def manifest_of(session: Session, event_id: int) -> Manifest | None:
    """Return the manifest of an event, None as long as there is none."""
    return session.scalar(select(Manifest).where(Manifest.event_id == event_id))


def manifests_naming(session: Session, case: Case) -> Sequence[Manifest]:
    """Return the manifests that name goods of a case, newest first."""
    events = _packed_of(case, Batch.event_id).where(Batch.sealed_at.is_not(None))
    return session.scalars(select(Manifest).where(Manifest.event_id.in_(events)).order_by(Manifest.id.desc())).all()


def applications_behind(session: Session, manifest: Manifest, case: Case) -> frozenset[str]:
    """Return the numbers of the applications under which goods of a case were packed for a manifest's event."""
    query = _packed_of(case, Application.number).where(Batch.event_id == manifest.event_id)
    return frozenset(session.scalars(query))


def cases_named(session: Session, item_ids: Collection[int]) -> dict[int, Case]:
    """Return the cases of these lines, by the ids of the lines."""
    ids = sorted(item_ids)
    found: dict[int, Case] = {}
    for start in range(0, len(ids), 500):
        query = select(Item.id, Case).join(Case, Case.id == Item.case_id).where(Item.id.in_(ids[start : start + 500]))
        found |= dict(session.execute(query).all())
    return found


def _packed_of(case: Case, column: Any) -> Select[Any]:
    """Return a query of a column over what was packed of a case's goods, to be narrowed."""
    return (
        select(column)
        .select_from(Packing)
        .join(Batch, Batch.id == Packing.batch_id)
        .join(ApplicationLine, ApplicationLine.id == Packing.application_line_id)
        .join(Application, Application.id == ApplicationLine.application_id)
        .join(Item, Item.id == ApplicationLine.item_id)
        .where(Item.case_id == case.id)
    )


def seals_used(session: Session) -> list[bytes]:
    """Return the certificates (DER) that lead to the seals which manifests here were ever signed with."""
    bodies = session.scalars(select(JournalEntry.body).where(JournalEntry.act == SEAL_ACT))
    return [b64decode(root) for body in bodies for root in orjson.loads(body)["data"]["roots"]]


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
