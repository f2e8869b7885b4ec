"""Deadlines of an event's preparation, counted back from its day: what is still open then, and whose it is."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ledger.cases.rules import Kind
from ledger.destruction import queries as destruction
from ledger.destruction.kinds import count_by_unit
from ledger.destruction.models import Application
from ledger.destruction.workflow import State as ApplicationState
from ledger.errors import N_, Message
from ledger.events.models import Event, Slot
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


DEADLINE_NAMES: dict[Deadline, Message] = {
    Deadline.COUNT: N_("Count the goods"),
    Deadline.APPLICATION: N_("Apply for destruction"),
    Deadline.APPROVAL: N_("Decide on applications"),
    Deadline.PACKING: N_("Pack and seal"),
    Deadline.LABELS: N_("Print labels"),
}
NEEDED: dict[Deadline, Permission] = {
    Deadline.COUNT: Permission.COUNT_GOODS,
    Deadline.APPLICATION: Permission.APPLY,
    Deadline.PACKING: Permission.PACK_GOODS,
    Deadline.LABELS: Permission.PACK_GOODS,
}
"""What whoever does it holds; on applications the steps of their chains decide."""
PREPARED = frozenset({State.PLANNING, State.SUBMITTED, State.APPROVED})
"""While an event is here, there are deadlines."""
LINES, APPLICATIONS, BATCHES = N_("%(count)s lines"), N_("%(count)s applications"), N_("%(count)s batches")


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
    """Return by when what is to be done; before says how many days before the event's."""
    return {deadline: event.day - timedelta(days=before[deadline]) for deadline in Deadline}


def prepared_for(session: Session, unit_ids: Collection[int]) -> Sequence[Event]:
    """Return the events that are being prepared and where some of these units arrive, by day."""
    slots = select(Slot.event_id).where(Slot.unit_id.in_(unit_ids))
    query = select(Event).where(Event.id.in_(slots), Event.state.in_(list(PREPARED)))
    return session.scalars(query.order_by(Event.day, Event.id)).all()


def still_open(
    session: Session,
    event: Event,
    unit_ids: Collection[int],
    *,
    before: Mapping[Deadline, int],
    until: date,
) -> list[Open]:
    """Return what those of these units that arrive have not done though it is due until a day, deadline by deadline.

    Nothing is looked up for deadlines that come later.
    """
    units = {slot.unit_id: slot.unit for slot in event.slots if slot.unit_id in unit_ids}
    due = {deadline: day for deadline, day in days_of(event, before).items() if day <= until}
    if not units or event.state not in PREPARED:
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
    elif deadline is Deadline.PACKING:
        packed = packed_by_unit(session, event.id, units)
        unsealed = {unit_id: has.batches - has.sealed for unit_id, has in packed.items()}
        counts = [(LINES, destruction.count_open_lines(session, units)), (BATCHES, unsealed)]
    else:
        packed = packed_by_unit(session, event.id, units)
        counts = [(BATCHES, {unit_id: has.unprinted for unit_id, has in packed.items()})]
    for what, by_unit in counts:
        for unit_id, count in by_unit.items():
            people = holders(session, units[unit_id], NEEDED[deadline]) if count else []  # the nearest ones first
            yield unit_id, count, what, [person.name for person in people if person.unit == people[0].unit]


def _undecided(session: Session, units: Mapping[int, Unit]) -> Iterator[tuple[int, int, Message, Sequence[str]]]:
    """Yield how many applications of each unit wait for an opinion, and for whose."""
    waiting = Application.unit_id.in_(units), Application.state == ApplicationState.SUBMITTED
    applications = session.scalars(select(Application).where(*waiting).options(joinedload(Application.unit))).all()
    for unit_id in units:
        mine = [application for application in applications if application.unit_id == unit_id]
        steps = dict.fromkeys(ROLE_NAMES[step.role] for application in mine for step in application.open_steps)
        yield unit_id, len(mine), APPLICATIONS, list(steps)
