"""The life of an event, what a plan needs, what a batch may hold, and why either may refuse."""

from collections.abc import Mapping
from enum import StrEnum

from ledger.destruction.workflow import Decision
from ledger.errors import N_, LedgerError, Message


class State(StrEnum):
    """Where an event is."""

    PLANNING = "planning"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    OPEN = "open"
    CLOSING = "closing"
    SEALED = "sealed"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What can be done with it."""

    SUBMIT = "submit"
    AGREE = "agree"
    """One step of the chain agrees to the plan; it stays where it is."""
    APPROVE = "approve"
    """The last step agrees."""
    SEND_BACK = "send_back"
    REFUSE = "refuse"
    """Do not let the event take place."""
    REVISE = "revise"
    """Change an approved plan, for bad weather say: its approval is void, and it needs another."""
    OPEN = "open"
    """Begin the day: what is packed now is what is expected."""
    END = "end"
    """End the work on site; what is missing or unexpected is resolved next."""
    SEAL = "seal"
    """Issue the manifest."""
    CANCEL = "cancel"


STATE_NAMES: dict[State, Message] = {
    State.PLANNING: N_("Being planned"),
    State.SUBMITTED: N_("Plan waits for approval"),
    State.APPROVED: N_("Plan approved"),
    State.OPEN: N_("Today’s work is on"),
    State.CLOSING: N_("Being closed"),
    State.SEALED: N_("Manifest issued"),
    State.CANCELLED: N_("Event cancelled"),
}

TRANSITIONS: Mapping[tuple[State, Action], State] = {
    (State.PLANNING, Action.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Action.AGREE): State.SUBMITTED,
    (State.SUBMITTED, Action.APPROVE): State.APPROVED,
    (State.SUBMITTED, Action.SEND_BACK): State.PLANNING,
    (State.SUBMITTED, Action.REFUSE): State.CANCELLED,
    (State.APPROVED, Action.REVISE): State.PLANNING,
    (State.APPROVED, Action.OPEN): State.OPEN,
    (State.OPEN, Action.END): State.CLOSING,
    (State.CLOSING, Action.SEAL): State.SEALED,
    (State.PLANNING, Action.CANCEL): State.CANCELLED,
    (State.SUBMITTED, Action.CANCEL): State.CANCELLED,
    (State.APPROVED, Action.CANCEL): State.CANCELLED,
}

PACKING = frozenset({State.PLANNING, State.SUBMITTED, State.APPROVED, State.OPEN})
"""While an event is here, batches can be packed for it."""


class EventMovedOn(LedgerError):
    """The event is not where this could be done."""

    code = "event_moved_on"
    message = N_("This event is at “%(state)s”; that can no longer be done. Load the page again.")


class PlanIncomplete(LedgerError):
    """A plan without something it needs."""

    code = "plan_incomplete"
    message = N_("The plan still lacks: %(what)s.")


class InPlanAlready(LedgerError):
    """A second site, or a second receiver of one class, of the same name."""

    code = "in_plan_already"
    message = N_("“%(name)s” is in the plan already.")


class ReceiverPapersMissing(LedgerError):
    """A receiver of hazardous waste that may not take it on the day (固废法 79–82)."""

    code = "receiver_papers_missing"
    message = N_(
        "Hazardous waste goes only to a receiver with a licence that is valid on the day, and with a transfer form: "
        "enter all three."
    )


LACKS_SITE = N_("a main site")
LACKS_RECEIVER = N_("a receiver")
LACKS_SLOT = N_("an arrival slot of a unit")
LACKS_PAPERS = N_("a licence valid on the day, and a transfer form, for every receiver of hazardous waste")


class PlanNotAsSigned(LedgerError):
    """The plan is not what was signed: its approval is void."""

    code = "plan_not_as_signed"
    message = N_(
        "The plan is not what was signed, so its approval is void. Take it up again and have it approved anew."
    )
    is_business_act = True


class ApplicationNotInPlan(LedgerError):
    """Goods of an application that was approved after the plan was submitted: who signed the plan did not see it."""

    code = "application_not_in_plan"
    message = N_(
        "The plan was submitted without application %(number)s, so its approval does not cover these goods. "
        "The organiser takes the plan up again and has it approved anew."
    )
    is_business_act = True


class NotInPlan(LedgerError):
    """A unit that has no slot in the plan."""

    code = "not_in_plan"
    message = N_("%(unit)s has no arrival slot in the plan of this event. The organiser can add one.")
    is_business_act = True


class PackedMeanwhile(LedgerError):
    """Less of a line is to be packed than the person saw: somebody else packed, or it was sent twice."""

    code = "packed_meanwhile"
    message = N_("Some of these goods were packed while this page was open, so nothing was packed now. Look again.")


class BatchSealed(LedgerError):
    """A batch that cannot be changed any more."""

    code = "batch_sealed"
    message = N_("Batch %(number)s is sealed. Open it first, with a reason.")


class BatchNotSealed(LedgerError):
    """A batch that is not sealed yet."""

    code = "batch_not_sealed"
    message = N_("Batch %(number)s is not sealed yet.")


class BatchLeft(LedgerError):
    """A batch that has left the store."""

    code = "batch_left"
    message = N_("Batch %(number)s has left the store and cannot be opened.")


class BatchEmpty(LedgerError):
    """A batch without goods."""

    code = "batch_empty"
    message = N_("Batch %(number)s holds nothing yet.")


class TooLight(LedgerError):
    """A batch that weighs no more than its box."""

    code = "too_light"
    message = N_("The gross weight must be greater than that of the empty box.")


class OtherClass(LedgerError):
    """Goods of another environmental class or method than the batch's."""

    code = "other_class"
    message = N_("A batch holds goods of one environmental class and one method. %(name)s needs another batch.")
    is_business_act = True


class LabelsUsedUp(LedgerError):
    """A batch whose label was replaced as often as a code can say."""

    code = "labels_used_up"
    message = N_(
        "Batch %(number)s had %(count)s labels, as many as a code can tell apart. Pack its goods into another batch."
    )


class NothingSealed(LedgerError):
    """Labels of nothing."""

    code = "nothing_sealed"
    message = N_("There is no sealed batch to print a label for.")


def next_state(state: State, action: Action) -> State:
    """The state that action leads to. Raises EventMovedOn if it leads nowhere from here."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise EventMovedOn(state=STATE_NAMES[state]) from None


def action_of(decision: Decision, *, is_last: bool) -> Action:
    """Return what a decision on the plan does; is_last says that no other step of the chain is open."""
    if decision is Decision.AGREE:
        return Action.APPROVE if is_last else Action.AGREE
    return Action.SEND_BACK if decision is Decision.RETURN else Action.REFUSE


def actions_from(state: State) -> frozenset[Action]:
    """What can be done now."""
    return frozenset(action for origin, action in TRANSITIONS if origin is state)
