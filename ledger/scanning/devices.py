"""Devices at an event: each gets a number and a ticket, so that it can send what it has when a sign-in has ended."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.events.models import Event
from ledger.events.workflow import State
from ledger.journal.service import record
from ledger.scanning.models import Device
from ledger.scanning.rules import DeviceBlocked, DeviceNotThere, EventNotOpen
from ledger.units.models import User

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


def _same(session: Session, device: Device, *, is_blocked: bool) -> list[Device]:
    query = select(Device).where(Device.event_id == device.event_id, Device.name == device.name)
    found = [each for each in session.scalars(query) if (each.blocked_at is not None) is is_blocked]
    if not found:
        raise DeviceNotThere
    return found


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()


def _record(session: Session, act: str, device: Device, *, by: User, at: datetime) -> None:
    data = {"event": device.event_id, "number": device.number, "device": device.name, "user": device.user.login}
    record(session, act, by=by, at=at, unit=device.event.unit, data=data)
