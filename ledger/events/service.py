"""Planning an event; opening, ending and cancelling the day. plan.py has its plan approved."""

from collections import defaultdict
from datetime import date, datetime

from sqlalchemy.orm import Session

from ledger.events.models import Batch, Event, Receiver, Report, Site, Slot
from ledger.events.plan import is_as_signed, record_event
from ledger.events.queries import values_in
from ledger.events.sampling import Sampling, draw
from ledger.events.workflow import (
    STATE_NAMES,
    Action,
    EventMovedOn,
    InPlanAlready,
    PlanNotAsSigned,
    ReceiverPapersMissing,
    State,
    next_state,
)
from ledger.goods.classes import EnvClass
from ledger.journal.service import record
from ledger.units.models import Unit, User


def plan_event(
    session: Session, unit: Unit, *, name: str, day: date, report_due_on: date, by: User, at: datetime
) -> Event:
    """Begin the plan of an event that the unit organises."""
    event = Event(unit=unit, name=name, day=day, report_due_on=report_due_on, created_by_id=by.id)
    session.add(event)
    session.flush()  # the entry names its id
    data = {"id": event.id, "name": name, "day": day.isoformat()}
    record(session, "event.planned", by=by, at=at, unit=unit, data=data)
    return event


def change_head(event: Event, *, name: str, day: date, report_due_on: date) -> None:
    """Change an event's name and days; slots move along with the day, at their time of day.

    Raises EventMovedOn unless it is being planned.
    """
    _check_planning(event)
    for slot in event.slots:
        slot.at += day - event.day
    event.name, event.day, event.report_due_on = name, day, report_due_on


def add_site(event: Event, *, name: str, address: str, is_main: bool) -> Site:
    """Add a place of destruction; a new main site makes the former one a branch.

    Raises InPlanAlready, or EventMovedOn unless the event is being planned.
    """
    _check_planning(event)
    if any(known.name == name for known in event.sites):
        raise InPlanAlready(name=name)
    for known in event.sites:
        known.is_main = known.is_main and not is_main
    site = Site(name=name, address=address, is_main=is_main)
    event.sites.append(site)
    return site


def add_receiver(
    event: Event,
    *,
    env_class: EnvClass,
    name: str,
    licence: str = "",
    licence_until: date | None = None,
    form_no: str = "",
) -> Receiver:
    """Add who takes goods of a class.

    Raises InPlanAlready, ReceiverPapersMissing, or EventMovedOn unless the event is being planned.
    """
    _check_planning(event)
    if any((known.env_class, known.name) == (env_class, name) for known in event.receivers):
        raise InPlanAlready(name=name)
    receiver = Receiver(env_class=env_class, name=name, licence=licence, licence_until=licence_until, form_no=form_no)
    if not receiver.may_take(env_class, event.day):
        raise ReceiverPapersMissing
    event.receivers.append(receiver)
    return receiver


def add_slot(session: Session, event: Event, *, unit: Unit, site: Site, arrives_at: datetime) -> Slot:
    """Say when a unit arrives where; a unit has one slot, a later one replaces it.

    Raises EventMovedOn unless the event is being planned.
    """
    _check_planning(event)
    slot = next((known for known in event.slots if known.unit_id == unit.id), None)
    if slot is None:
        slot = Slot(unit=unit)
        event.slots.append(slot)
    slot.site, slot.at = site, arrives_at
    session.flush()  # callers show its id
    return slot


def remove_part(session: Session, event: Event, part: Site | Receiver | Slot) -> None:
    """Take a site, receiver or slot out of the plan; a site takes its slots along.

    Raises EventMovedOn unless the event is being planned.
    """
    _check_planning(event)
    if isinstance(part, Site):
        for slot in [slot for slot in event.slots if slot.site is part]:
            event.slots.remove(slot)
            session.delete(slot)
        event.sites.remove(part)
    elif isinstance(part, Receiver):
        event.receivers.remove(part)
    else:
        event.slots.remove(part)
    session.delete(part)


def open_event(session: Session, event: Event, *, by: User, at: datetime, sampling: Sampling | None = None) -> None:
    """Begin the day: every batch that is sealed now is expected, and samples of each unit's are drawn by sampling.

    Raises EventMovedOn, or PlanNotAsSigned if the plan is not exactly what was approved.
    """
    state = next_state(event.state, Action.OPEN)
    if not is_as_signed(event):
        raise PlanNotAsSigned
    event.state, event.opened_at = state, at
    of_units: defaultdict[int, dict[str, Batch]] = defaultdict(dict)
    values = values_in(session, event.id)
    for batch in event.batches:
        if batch.is_sealed:
            batch.is_expected, batch.value = True, values.get(batch.id, 0)
            of_units[batch.unit_id][batch.stem] = batch
    data: dict[str, object] = {"batches": [batch.code for batch in event.batches if batch.is_expected]}
    if sampling is not None:
        data["sampling"] = {"percent": sampling.percent, "least": sampling.least}
    entry = record_event(session, "event.opened", event, by=by, at=at, data=data)
    if sampling is not None:
        event.seed = entry.leaf.hex()
        for batches in of_units.values():
            for stem in draw(event.seed, batches, sampling):
                batches[stem].is_sample = True


def end_event(session: Session, event: Event, *, by: User, at: datetime) -> None:
    """End the work on site; by becomes who closes the event. Raises EventMovedOn."""
    event.state = next_state(event.state, Action.END)
    event.ended_at, event.ended_by = at, by
    record_event(session, "event.ended", event, by=by, at=at)


def note_reported(session: Session, event: Event, unit: Unit, *, by: User, at: datetime) -> None:
    """Note that a unit's report of an event was handed in; once noted, it stays.

    Raises EventMovedOn before the event's manifest is issued.
    """
    if event.state is not State.SEALED:
        raise EventMovedOn(state=STATE_NAMES[event.state])
    if event.report_of(unit.id) is None:
        event.reports.append(Report(unit_id=unit.id, reported_at=at, by=by))
        record(session, "event.reported", by=by, at=at, unit=unit, data={"id": event.id, "name": event.name})


def cancel_event(session: Session, event: Event, *, reason: str, by: User, at: datetime) -> None:
    """Give an event up; its batches stay packed until they are opened. Raises EventMovedOn."""
    event.state = next_state(event.state, Action.CANCEL)
    record_event(session, "event.cancelled", event, by=by, at=at, data={"reason": reason})


def _check_planning(event: Event) -> None:
    if event.state is not State.PLANNING:
        raise EventMovedOn(state=STATE_NAMES[event.state])
