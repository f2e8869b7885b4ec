"""Choosing the pictures of a report, keeping certificates that came back, and telling the public, or no longer."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ledger.errors import N_, LedgerError
from ledger.events.models import Event, Photo, Receiver
from ledger.events.workflow import STATE_NAMES, EventMovedOn, State
from ledger.journal.service import record
from ledger.reports.models import Certificate, PublicResult, ReportPicture
from ledger.reports.queries import papers_naming, result_of
from ledger.units.models import Unit, User


class CertificateKnown(LedgerError):
    """The very same file again."""

    code = "certificate_known"
    message = N_("This certificate is there already.")


class TellsTooMuch(LedgerError):
    """What the public would read names a party or a paper of a case."""

    code = "tells_too_much"
    message = N_("The text names “%(word)s”, which the public must not read. Take it out.")


def choose_pictures(
    session: Session, event: Event, unit: Unit, captions: Mapping[Photo, str], *, by: User, at: datetime
) -> None:
    """Let a unit's report on an event have these pictures, with what is written under them, and no others."""
    of_event = select(Photo.id).where(Photo.event_id == event.id)
    session.execute(delete(ReportPicture).where(ReportPicture.unit_id == unit.id, ReportPicture.photo_id.in_(of_event)))
    for photo, caption in captions.items():
        session.add(ReportPicture(unit_id=unit.id, photo_id=photo.id, caption=caption))
    said = {str(photo.id): caption for photo, caption in captions.items()}
    data = {"event": event.id, "name": event.name, "pictures": len(said), "captions": said}
    record(session, "report.pictures_chosen", by=by, at=at, unit=unit, data=data)


def add_certificate(
    session: Session, event: Event, receiver: Receiver, *, sha256: str, shown: str | None, by: User, at: datetime
) -> Certificate:
    """Keep a certificate of destruction that came back from a receiver. Raises CertificateKnown."""
    if session.scalar(select(Certificate.id).filter_by(receiver_id=receiver.id, sha256=sha256)):
        raise CertificateKnown
    made = Certificate(event_id=event.id, receiver=receiver, sha256=sha256, shown=shown, added_at=at, by=by)
    session.add(made)
    session.flush()  # the entry names its id
    data = {"id": made.id, "event": event.id, "receiver": receiver.id, "name": receiver.name, "sha256": sha256}
    record(session, "report.certificate_added", by=by, at=at, unit=event.unit, data=data)
    return made


def release(session: Session, event: Event, cases: str, *, by: User, at: datetime) -> PublicResult:
    """Let everybody read the totals of an event and these cases, a paragraph each.

    Raises EventMovedOn before its manifest is issued, or TellsTooMuch.
    """
    if event.state is not State.SEALED:
        raise EventMovedOn(state=STATE_NAMES[event.state])
    _check(cases, papers_naming(session, event.id))
    result = result_of(session, event.id)
    if result is None:
        result = PublicResult(event_id=event.id)
        session.add(result)
    result.cases, result.released_at, result.released_by = cases, at, by
    data = {"id": event.id, "name": event.name, "cases": cases, "sha256": sha256(cases.encode()).hexdigest()}
    record(session, "result.released", by=by, at=at, unit=event.unit, data=data)
    return result


def withdraw(session: Session, event: Event, *, by: User, at: datetime) -> None:
    """Let nobody read the public result of an event any longer; its text is kept to be mended."""
    result = result_of(session, event.id)
    if result is not None and result.released_at is not None:
        result.released_at = result.released_by = None
        record(session, "result.withdrawn", by=by, at=at, unit=event.unit, data={"id": event.id, "name": event.name})


def _check(text: str, names: Iterable[str]) -> None:
    flat = "".join(text.split())
    for name in names:
        if "".join(name.split()) in flat:
            raise TellsTooMuch(word=name)
