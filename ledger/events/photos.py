"""Pictures of an event: what stage they show, of which unit, and that they were added."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import N_, LedgerError, Message
from ledger.events.models import Event, Photo
from ledger.events.workflow import STATE_NAMES, EventMovedOn, State
from ledger.journal.service import record
from ledger.units.models import Unit, User

CLOSED = frozenset({State.SEALED, State.CANCELLED})
"""What the manifest says of pictures stays as it was signed."""


class PhotoStage(StrEnum):
    """What a picture is of."""

    PACKING = "packing"
    LOADING = "loading"
    ARRIVAL = "arrival"
    OPENING = "opening"
    BEFORE = "before"
    DESTRUCTION = "destruction"
    REMAINS = "remains"
    SCENE = "scene"


PHOTO_STAGE_NAMES: Mapping[PhotoStage, Message] = {
    PhotoStage.PACKING: N_("Packing"),
    PhotoStage.LOADING: N_("Loading"),
    PhotoStage.ARRIVAL: N_("Arrival"),
    PhotoStage.OPENING: N_("Opening of seals"),
    PhotoStage.BEFORE: N_("Before destruction"),
    PhotoStage.DESTRUCTION: N_("Destruction"),
    PhotoStage.REMAINS: N_("Remains"),
    PhotoStage.SCENE: N_("The scene"),
}


class PhotoKnown(LedgerError):
    """The very same picture again."""

    code = "photo_known"
    message = N_("This picture is there already: %(subject)s.")


def add_photo(
    session: Session,
    event: Event,
    *,
    unit: Unit,
    stage: PhotoStage,
    subject: str,
    sha256: str,
    by: User,
    at: datetime,
    taken_at: datetime | None = None,
    run: int | None = None,
    sent: str = "",
) -> Photo:
    """Add a picture that the file store keeps under sha256. Supervisors who signed before sign again.

    taken_at is when a device that was offline took it; sent the SHA-256 by which that device knew it; run the number of
    the run that it shows.

    Raises EventMovedOn once the manifest is issued, or PhotoKnown.
    """
    if event.state in CLOSED:
        raise EventMovedOn(state=STATE_NAMES[event.state])
    known = session.scalar(select(Photo).where(Photo.event_id == event.id, Photo.sha256 == sha256))
    if known is not None:
        raise PhotoKnown(subject=known.subject)
    photo = Photo(event=event, unit=unit, stage=stage, subject=subject, sha256=sha256, taken_at=taken_at or at, by=by)
    session.add(photo)
    session.flush()  # the entry names its id
    data = {"id": photo.id, "event": event.id, "stage": stage, "subject": subject, "sha256": sha256}
    data |= {"run": run} if run is not None else {}
    data |= {"sent": sent} if sent else {}
    record(session, "photo.added", by=by, at=at, unit=unit, data=data, happened_at=taken_at)
    return photo
