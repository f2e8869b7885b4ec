"""The plan of an event as it is signed, day, sites, receivers, arrivals and all applications; and its approval."""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from ledger.destruction.deciding import as_said, give_opinion, steps_said, take_chain
from ledger.destruction.workflow import Decision
from ledger.errors import Message
from ledger.events.models import Event, PlanOpinion, PlanStep
from ledger.events.queries import applications_for
from ledger.events.workflow import (
    LACKS_PAPERS,
    LACKS_RECEIVER,
    LACKS_SITE,
    LACKS_SLOT,
    Action,
    PlanIncomplete,
    State,
    action_of,
    next_state,
)
from ledger.journal.models import JournalEntry
from ledger.journal.service import canonical, record
from ledger.permissions import Permission
from ledger.units.models import User
from ledger.units.passkeys import Proof

ACTS = {
    State.SUBMITTED: "event.plan_agreed",
    State.APPROVED: "event.plan_approved",
    State.PLANNING: "event.plan_returned",
    State.CANCELLED: "event.plan_refused",
}
"""What an opinion is called in the journal, by what it leads to."""


def plan_content(event: Event) -> dict[str, object]:
    """Return all that an approval of the plan covers.

    A plan that covers no application says nothing of any, as all plans did before they covered them.
    """
    applications = [[application.number, application.digest] for application in event.applications]
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
        **({"applications": applications} if applications else {}),
    }


def plan_digest(event: Event) -> str:
    """Return the SHA-256 of the plan, in hexadecimal."""
    return sha256(canonical(plan_content(event))).hexdigest()


def is_as_signed(event: Event) -> bool:
    """Whether the plan is exactly what was submitted last; if it is not, no opinion on it holds."""
    return plan_digest(event) == event.digest


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
    """Hand the plan to its chain, with all applications that are approved by now.

    Raises EventMovedOn or PlanIncomplete.
    """
    state = next_state(event.state, Action.SUBMIT)
    for what in lacks_of(event):
        raise PlanIncomplete(what=what)
    event.applications = list(applications_for(session, event))
    event.state, event.submitted_by, event.digest = state, by, plan_digest(event)
    event.submitted_at, event.returned_at, event.revision = at, None, event.revision + 1
    event.approved_by, event.approved_at = None, None
    lines = [line for application in event.applications for line in application.lines]
    take_chain(session, event, lines, PlanStep, is_of_plans=True)
    data = {"revision": event.revision, "plan": plan_content(event), "chain": steps_said(event)}
    record_event(session, "event.plan_submitted", event, by=by, at=at, data=data, version=2)


def decide_plan(
    session: Session,
    event: Event,
    *,
    decision: Decision,
    text: str,
    digest: str,
    may: Callable[[Permission], bool],
    by: User,
    at: datetime,
    minutes: str = "",
    proof: Proof | None = None,
) -> PlanOpinion:
    """Give the opinion of a step that is next, over exactly the plan that the person saw, whose digest that is.

    may says whether they hold a permission over the organiser. The caller has had them sign, and proof says how.

    Raises what give_opinion() raises.
    """
    opinion = give_opinion(
        session,
        event,
        PlanOpinion,
        decision=decision,
        text=text,
        seen=digest,
        found=plan_digest(event),
        may=may,
        by=by,
        at=at,
        minutes=minutes,
        proof=proof,
    )
    event.state = next_state(event.state, action_of(decision, is_last=not event.open_steps))
    if event.state is State.APPROVED:
        event.approved_by, event.approved_at = by, at
    elif event.state is State.PLANNING:
        event.returned_at = at
    data = {"revision": event.revision, **as_said(opinion)}
    record_event(session, ACTS[event.state], event, by=by, at=at, data=data, version=2)
    return opinion


def revise_plan(session: Session, event: Event, *, reason: str, by: User, at: datetime) -> None:
    """Take an approved plan up again: its approval is void, those of its applications stand. Raises EventMovedOn."""
    event.state = next_state(event.state, Action.REVISE)
    event.approved_by, event.approved_at = None, None
    record_event(session, "event.plan_revised", event, by=by, at=at, data={"reason": reason})


def record_event(
    session: Session,
    act: str,
    event: Event,
    *,
    by: User,
    at: datetime,
    data: Mapping[str, object] | None = None,
    version: int = 1,
) -> JournalEntry:
    """Append an act on an event to the journal and return its entry."""
    named = {"id": event.id, "name": event.name, "digest": event.digest, **(data or {})}
    return record(session, act, by=by, at=at, unit=event.unit, data=named, version=version)
