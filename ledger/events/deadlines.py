"""Deadlines of an event, counted back from its day, and of the reports on it: what is still open, and whose it is."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from ledger.cases.rules import Kind
from ledger.destruction import queries as destruction
from ledger.destruction.kinds import count_by_unit
from ledger.destruction.models import Application
from ledger.destruction.workflow import State as ApplicationState
from ledger.errors import N_, Message
from ledger.events.models import Event, Report, Slot
from ledger.events.queries import packed_by_unit
from ledger.events.workflow import State
from ledger.permissions import ROLE_NAMES, Permission
from ledger.units.models import Unit
from ledger.units.queries import holders


class Deadline(StrEnum):
    """What is to be done by when."""

    COUNT = "count"
    APPLICATION = "application"
    APPROVAL = "approval"
    PACKING = "packing"
    LABELS = "labels"
    REPORT = "report"


DEADLINE_NAMES: dict[Deadline, Message] = {
    Deadline.COUNT: N_("Count the goods"),
    Deadline.APPLICATION: N_("Apply for destruction"),
    Deadline.APPROVAL: N_("Decide on applications"),
    Deadline.PACKING: N_("Pack and seal"),
    Deadline.LABELS: N_("Print labels"),
    Deadline.REPORT: N_("Hand in the report"),
}
NEEDED: dict[Deadline, Permission] = {
    Deadline.COUNT: Permission.COUNT_GOODS,
    Deadline.APPLICATION: Permission.APPLY,
    Deadline.PACKING: Permission.PACK_GOODS,
    Deadline.LABELS: Permission.PACK_GOODS,
    Deadline.REPORT: Permission.APPLY,
}
"""What whoever does it holds; on applications the steps of their chains decide, and the organiser reports on it all."""
PREPARED = frozenset({State.PLANNING, State.SUBMITTED, State.APPROVED})
"""While an event is here, it is prepared."""
OVER = frozenset({State.CLOSING, State.SEALED})
"""While an event is here, it is reported on."""
LINES, APPLICATIONS, BATCHES = N_("%(count)s lines"), N_("%(count)s applications"), N_("%(count)s batches")
REPORTS = N_("%(count)s reports")


@dataclass(frozen=True, slots=True)
class Open:
    """What a unit has not done that is to be done by a day."""

    event: Event
    deadline: Deadline
    due_on: date
    unit: Unit
    count: int
    what: Message
    who: Sequence[str]
    """The names of the people, or of the steps of a chain, whose it is."""


def days_of(event: Event, before: Mapping[Deadline, int]) -> dict[Deadline, date]:
    """Return by when what is to be done; before says how many days before the event's, but for the report."""
    days = {deadline: event.day - timedelta(days=before[deadline]) for deadline in Deadline if deadline in before}
    return {**days, Deadline.REPORT: event.report_due_on}


def needed(event: Event, deadline: Deadline, unit_id: int) -> Permission | None:
    """Return what somebody must hold to do it for a unit; None where the steps of a chain do it."""
    if deadline is Deadline.REPORT and unit_id == event.unit_id:
        return Permission.ORGANISE
    return NEEDED.get(deadline)


def with_deadlines(session: Session, unit_ids: Collection[int]) -> Sequence[Event]:
    """Return the events that something is due for where some of these units arrive, or that they report on, by day.

    Once whoever organised an event has reported on it, nothing more is due.
    """
    slots = select(Slot.event_id).where(Slot.unit_id.in_(unit_ids))
    reported = select(Report.event_id).where(Report.event_id == Event.id, Report.unit_id == Event.unit_id).exists()
    query = select(Event).where(
        or_(
            Event.id.in_(slots) & Event.state.in_(list(PREPARED)),
            or_(Event.id.in_(slots), Event.unit_id.in_(unit_ids)) & Event.state.in_(list(OVER)) & ~reported,
        )
    )
    return session.scalars(query.order_by(Event.day, Event.id)).all()


def still_open(
    session: Session,
    event: Event,
    unit_ids: Collection[int],
    *,
    before: Mapping[Deadline, int],
    until: date,
) -> list[Open]:
    """Return what those of these units that take part have not done though it is due until a day, deadline by deadline.

    Nothing is looked up for deadlines that come later.
    """
    is_over = event.state in OVER
    taking_part = event.reporting if is_over else [slot.unit for slot in event.slots]
    units = {unit.id: unit for unit in taking_part if unit.id in unit_ids}
    days = {deadline: day for deadline, day in days_of(event, before).items() if day <= until}
    due = {deadline: day for deadline, day in days.items() if (deadline is Deadline.REPORT) == is_over}
    if not units or event.state not in PREPARED | OVER:
        return []
    found = (
        Open(event, deadline, due[deadline], units[unit_id], count, what, tuple(who))
        for deadline in due
        for unit_id, count, what, who in _looked_up(session, event, deadline, units)
    )
    return [each for each in found if each.count]


def _looked_up(
    session: Session, event: Event, deadline: Deadline, units: Mapping[int, Unit]
) -> Iterator[tuple[int, int, Message, Sequence[str]]]:
    """Yield for each unit how much of what is open for a deadline, and whose it is."""
    if deadline is Deadline.APPROVAL:
        yield from _undecided(session, units)
        return
    if deadline in (Deadline.COUNT, Deadline.APPLICATION):
        kind = Kind.NOT_COUNTED if deadline is Deadline.COUNT else Kind.MAY_APPLY
        counts = [(LINES, count_by_unit(session, kind, units))]
    elif deadline is Deadline.REPORT:
        counts = [(REPORTS, {unit_id: int(event.report_of(unit_id) is None) for unit_id in units})]
    elif deadline is Deadline.PACKING:
        packed = packed_by_unit(session, event.id, units)
        unsealed = {unit_id: has.batches - has.sealed for unit_id, has in packed.items()}
        counts = [(LINES, destruction.count_open_lines(session, units)), (BATCHES, unsealed)]
    else:
        packed = packed_by_unit(session, event.id, units)
        counts = [(BATCHES, {unit_id: has.unprinted for unit_id, has in packed.items()})]
    for what, by_unit in counts:
        for unit_id, count in by_unit.items():
            permission = needed(event, deadline, unit_id)
            people = holders(session, units[unit_id], permission) if count and permission else []  # the nearest first
            yield unit_id, count, what, [person.name for person in people if person.unit == people[0].unit]


def _undecided(session: Session, units: Mapping[int, Unit]) -> Iterator[tuple[int, int, Message, Sequence[str]]]:
    """Yield how many applications of each unit wait for an opinion, and for whose."""
    waiting = Application.unit_id.in_(units), Application.state == ApplicationState.SUBMITTED
    applications = session.scalars(select(Application).where(*waiting).options(joinedload(Application.unit))).all()
    for unit_id in units:
        mine = [application for application in applications if application.unit_id == unit_id]
        steps = dict.fromkeys(ROLE_NAMES[step.role] for application in mine for step in application.open_steps)
        yield unit_id, len(mine), APPLICATIONS, list(steps)
