"""What makes a copy of the ledger a rehearsal of an event."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.codes import rehearsed
from ledger.events.models import Batch, Event
from ledger.journal.queries import REHEARSAL_ACT
from ledger.journal.service import record
from ledger.units.models import CodeGenerator
from ledger.units.onetime import kept_under


def begin(session: Session, event: Event, *, origin: str, keys: tuple[str, str], at: datetime) -> None:
    """Say in a copy's journal that it is a rehearsal, and give all batches labels by which everybody can tell.

    origin is the public key of the journal that was copied; keys are the secrets of its installation and of the copy's,
    between which code generators change over, so that people sign in as they are used to.
    """
    batches = session.scalars(select(Batch)).all()
    for batch in batches:
        batch.code, batch.printed = rehearsed(batch.code), ""
    for generator in session.scalars(select(CodeGenerator)):
        generator.secret = kept_under(generator.secret, *keys)
    data = {"event": event.id, "name": event.name, "of": origin, "labels": len(batches)}
    record(session, REHEARSAL_ACT, by=None, at=at, unit=event.unit, data=data)
