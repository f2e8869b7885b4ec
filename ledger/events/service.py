"""Planning an event and having its plan approved; opening, ending and cancelling the day."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from ledger.duties import Part, check_duty
from ledger.errors import Message
from ledger.events.models import Batch, Event, Receiver, Site, Slot
from ledger.events.queries import values_in
from ledger.events.sampling import Sampling, draw
from ledger.events.workflow import (
    LACKS_PAPERS,
    LACKS_RECEIVER,
    LACKS_SITE,
    LACKS_SLOT,
    STATE_NAMES,
    Action,
    EventMovedOn,
    InPlanAlready,
    PlanChanged,
    PlanIncomplete,
    ReceiverPapersMissing,
    State,
    next_state,
)
from ledger.goods.classes import EnvClass
from ledger.journal.models import JournalEntry
from ledger.journal.service import canonical, record
from ledger.units.models import Unit, User
from ledger.units.passkeys import Proof
from ledger.units.service import check_not_shadowed


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


def plan_content(event: Event) -> dict[str, object]:
    """Return all that an approval of the plan covers."""
    return {
        "event": event.id,
        "name": event.name,
        "day": event.day.isoformat(),
        "sites": [[site.name, site.address, site.is_main] for site in event.sites],
        "receivers": [
            [
                receiver.env_class,
                receiver.name,
                receiver.licence,
                receiver.licence_until.isoformat() if receiver.licence_until else "",
                receiver.form_no,
            ]
            for receiver in event.receivers
        ],
        "slots": [[slot.unit.code, slot.site.name, slot.at.isoformat()] for slot in event.slots],
    }


def plan_digest(event: Event) -> str:
    """Return the SHA-256 of the plan, in hexadecimal."""
    return sha256(canonical(plan_content(event))).hexdigest()


def lacks_of(event: Event) -> list[Message]:
    """Return what the plan needs before it can be submitted."""
    lacks = {
        LACKS_SITE: not any(site.is_main for site in event.sites),
        LACKS_RECEIVER: not event.receivers,
        LACKS_PAPERS: not all(receiver.may_take(receiver.env_class, event.day) for receiver in event.receivers),
        LACKS_SLOT: not event.slots,
    }
    return [what for what, is_lacking in lacks.items() if is_lacking]


def submit_plan(session: Session, event: Event, *, by: User, at: datetime) -> None:
    """Hand the plan to the leader. Raises EventMovedOn or PlanIncomplete."""
    state = next_state(event.state, Action.SUBMIT)
    for what in lacks_of(event):
        raise PlanIncomplete(what=what)
    event.state, event.submitted_by, event.plan_digest = state, by, plan_digest(event)
    event.submitted_at, event.returned_at = at, None
    event.approved_by, event.approved_at = None, None
    _record(session, "event.plan_submitted", event, by=by, at=at, data={"plan": plan_content(event)})


def approve_plan(
    session: Session, event: Event, *, digest: str, opinion: str, by: User, at: datetime, proof: Proof | None = None
) -> None:
    """Approve exactly the plan that the person saw; the caller has had them sign, and proof says how.

    Raises EventMovedOn, PlanChanged, DutyConflict or ResetShadow.
    """
    state = next_state(event.state, Action.APPROVE)
    _check_signer(session, event, digest, by, at=at)
    event.state, event.approved_by, event.approved_at, event.plan_opinion = state, by, at, opinion
    data = {"opinion": opinion, **({"proof": proof} if proof else {})}
    _record(session, "event.plan_approved", event, by=by, at=at, data=data)


def send_plan_back(
    session: Session,
    event: Event,
    *,
    opinion: str,
    by: User,
    at: datetime,
    digest: str | None = None,
    proof: Proof | None = None,
) -> None:
    """Return the plan to the organiser; digest and proof say what the person saw and how they signed it.

    Raises EventMovedOn, PlanChanged or DutyConflict.
    """
    state = next_state(event.state, Action.SEND_BACK)
    if digest not in (None, event.plan_digest):
        raise PlanChanged
    check_duty(Part.APPROVER, by.id, {Part.APPLICANT: _ids(event.submitted_by_id)})
    event.state, event.returned_at, event.plan_opinion = state, at, opinion
    data = {"opinion": opinion, **({"proof": proof} if proof else {})}
    _record(session, "event.plan_returned", event, by=by, at=at, data=data)


def revise_plan(session: Session, event: Event, *, reason: str, by: User, at: datetime) -> None:
    """Take an approved plan up again; it then needs approval again, its applications do not. Raises EventMovedOn."""
    event.state = next_state(event.state, Action.REVISE)
    _record(session, "event.plan_revised", event, by=by, at=at, data={"reason": reason})


def open_event(session: Session, event: Event, *, by: User, at: datetime, sampling: Sampling | None = None) -> None:
    """Begin the day: every batch that is sealed now is expected, and samples of each unit's are drawn by sampling.

    Raises EventMovedOn.
    """
    event.state, event.opened_at = next_state(event.state, Action.OPEN), at
    of_units: defaultdict[int, dict[str, Batch]] = defaultdict(dict)
    values = values_in(session, event.id)
    for batch in event.batches:
        if batch.is_sealed:
            batch.is_expected, batch.value = True, values.get(batch.id, 0)
            of_units[batch.unit_id][batch.stem] = batch
    data: dict[str, object] = {"batches": [batch.code for batch in event.batches if batch.is_expected]}
    if sampling is not None:
        data["sampling"] = {"percent": sampling.percent, "least": sampling.least}
    entry = _record(session, "event.opened", event, by=by, at=at, data=data)
    if sampling is not None:
        event.seed = entry.leaf.hex()
        for batches in of_units.values():
            for stem in draw(event.seed, batches, sampling):
                batches[stem].is_sample = True


def end_event(session: Session, event: Event, *, by: User, at: datetime) -> None:
    """End the work on site; by becomes who closes the event. Raises EventMovedOn."""
    event.state = next_state(event.state, Action.END)
    event.ended_at, event.ended_by = at, by
    _record(session, "event.ended", event, by=by, at=at)


def note_reported(session: Session, event: Event, *, by: User, at: datetime) -> None:
    """Note that the report of an event was handed in. Raises EventMovedOn before its manifest is issued."""
    if event.state is not State.SEALED:
        raise EventMovedOn(state=STATE_NAMES[event.state])
    event.reported_at = at
    _record(session, "event.reported", event, by=by, at=at)


def cancel_event(session: Session, event: Event, *, reason: str, by: User, at: datetime) -> None:
    """Give an event up; its batches stay packed until they are opened. Raises EventMovedOn."""
    event.state = next_state(event.state, Action.CANCEL)
    _record(session, "event.cancelled", event, by=by, at=at, data={"reason": reason})


def _check_planning(event: Event) -> None:
    if event.state is not State.PLANNING:
        raise EventMovedOn(state=STATE_NAMES[event.state])


def _check_signer(session: Session, event: Event, digest: str, by: User, *, at: datetime) -> None:
    if digest != event.plan_digest or plan_digest(event) != event.plan_digest:
        raise PlanChanged
    applicants = _ids(event.submitted_by_id)
    check_duty(Part.APPROVER, by.id, {Part.APPLICANT: applicants})
    check_not_shadowed(session, by, applicants, at=at)


def _ids(person: int | None) -> list[int]:
    return [] if person is None else [person]


def _record(
    session: Session, act: str, event: Event, *, by: User, at: datetime, data: Mapping[str, object] | None = None
) -> JournalEntry:
    named = {"id": event.id, "name": event.name, "digest": event.plan_digest, **(data or {})}
    return record(session, act, by=by, at=at, unit=event.unit, data=named)
