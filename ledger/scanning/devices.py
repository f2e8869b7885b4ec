"""Devices at an event: each gets a number and a ticket, so that it can send what it has when a sign-in has ended."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.events.models import Event
from ledger.events.workflow import State
from ledger.journal.service import record
from ledger.scanning.models import Device, Scan
from ledger.scanning.queries import devices_out
from ledger.scanning.rules import (
    DeviceBlocked,
    DeviceNotThere,
    DevicesOut,
    EventNotOpen,
    ScansMissing,
    WrittenOffAlone,
)
from ledger.units.models import User

LONGEST_OFFSET_MS = 10**12
AFTER_THE_END = timedelta(hours=72)
"""How long after the end of the work on site a ticket is taken."""


def issue(session: Session, event: Event, user: User, *, name: str, at: datetime) -> tuple[Device, str]:
    """Return a person's device at an event and a fresh ticket, in whose place no earlier one is taken.

    Raises EventNotOpen or DeviceBlocked.
    """
    if event.state is not State.OPEN:
        raise EventNotOpen
    same = session.scalars(select(Device).where(Device.event_id == event.id, Device.name == name)).all()
    if any(device.blocked_at for device in same):
        raise DeviceBlocked
    device = next((device for device in same if device.user_id == user.id), None)
    if device is None:
        last = session.scalar(select(func.max(Device.number)).where(Device.event_id == event.id)) or 0
        device = Device(event=event, user=user, name=name, number=same[0].number if same else last + 1)
        session.add(device)
    for each in same:  # one that was written off is back
        each.written_off_at = each.written_off_by = each.confirmed_by = None
    ticket = secrets.token_urlsafe(32)
    device.ticket_hash, device.issued_at = _hash(ticket), at
    _record(session, "device.issued", device, by=user, at=at)
    return device, ticket


def holder(session: Session, ticket: str, *, at: datetime) -> Device | None:
    """Return the device that a ticket was issued to, if it is still taken; that of a blocked one is, see Reason."""
    device = session.scalars(select(Device).where(Device.ticket_hash == _hash(ticket))).one_or_none()
    if device is None or not device.user.is_active:
        return None
    ended = device.event.ended_at
    return device if ended is None or at < ended + AFTER_THE_END else None


def note_pack(device: Device, mark: str, offset_ms: int | None) -> None:
    """Note what a device has to judge by, and how its clock goes: no act of a person, so the journal need not know."""
    device.pack = mark
    if offset_ms is not None:
        device.offset_ms = max(-LONGEST_OFFSET_MS, min(offset_ms, LONGEST_OFFSET_MS))


def block(session: Session, device: Device, *, by: User, at: datetime) -> None:
    """Keep aside what a device sends from now on, whoever holds it. Raises DeviceNotThere."""
    for each in _same(session, device, is_blocked=False):
        each.blocked_at, each.blocked_by = at, by
    _record(session, "device.blocked", device, by=by, at=at)


def unblock(session: Session, device: Device, *, by: User, at: datetime) -> None:
    """Take again what a device sends; what was kept aside stays so. Raises DeviceNotThere."""
    for each in _same(session, device, is_blocked=True):
        each.blocked_at = each.blocked_by = None
    _record(session, "device.unblocked", device, by=by, at=at)


def report(
    session: Session, device: Device, *, scan_ids: Sequence[str], offset_ms: int | None, version: str, at: datetime
) -> None:
    """Take down that nothing is left on a device: which scans it made or took in, its clock and its release.

    The tally says how many scans it knows and their digest, how many arrived from it, and how many of those it does not
    know any more. Raises ScansMissing.
    """
    own = set(session.scalars(select(Scan.id).where(Scan.event_id == device.event_id, Scan.device == device.name)))
    wanted = set(scan_ids) - own
    elsewhere = set(session.scalars(select(Scan.id).where(Scan.id.in_(wanted)))) if wanted else set()
    if missing := wanted - elsewhere:
        raise ScansMissing(count=len(missing))
    tally = {
        "scans": len(set(scan_ids)),
        "digest": hashlib.sha256("\n".join(sorted(set(scan_ids))).encode()).hexdigest(),
        "arrived": len(own),
        "forgotten": len(own - set(scan_ids)),
        "offset_ms": offset_ms,
        "version": version,
    }
    for each in _all(session, device):
        each.reported_at, each.tally = at, tally
    _record(session, "device.reported", device, by=device.user, at=at, tally=tally)


def write_off(session: Session, device: Device, *, reason: str, by: User, confirmer: User, at: datetime) -> None:
    """Let a day end without what may be left on a device; somebody else confirms it.

    Raises WrittenOffAlone or DeviceNotThere.
    """
    if by.id == confirmer.id:
        raise WrittenOffAlone
    if device.written_off_at is not None:
        raise DeviceNotThere
    for each in _all(session, device):
        each.written_off_at, each.written_off_by, each.confirmed_by, each.reason = at, by, confirmer, reason
    _record(session, "device.written_off", device, by=by, at=at, reason=reason, confirmed_by=confirmer.login)


def check_all_in(session: Session, event: Event) -> None:
    """Raises DevicesOut if a device of the event may still hold scans."""
    numbers = dict.fromkeys(str(device.number) for device in devices_out(session, event.id))
    if numbers:
        raise DevicesOut(numbers=", ".join(numbers))


def _all(session: Session, device: Device) -> Sequence[Device]:
    """Return the rows of a device, one for each person who held it."""
    query = select(Device).where(Device.event_id == device.event_id, Device.name == device.name)
    return session.scalars(query).all()


def _same(session: Session, device: Device, *, is_blocked: bool) -> list[Device]:
    found = [each for each in _all(session, device) if (each.blocked_at is not None) is is_blocked]
    if not found:
        raise DeviceNotThere
    return found


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()


def _record(session: Session, act: str, device: Device, *, by: User, at: datetime, **more: object) -> None:
    facts = {"event": device.event_id, "number": device.number, "device": device.name, "user": device.user.login}
    data = facts | more
    record(session, act, by=by, at=at, unit=device.event.unit, data=data)
