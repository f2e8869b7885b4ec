"""The life of an application, and why it may refuse."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from ledger.errors import N_, LedgerError, Message
from ledger.goods.classes import EnvClass


class Method(StrEnum):
    """How goods are destroyed."""

    INCINERATION = "incineration"
    HOT_INCINERATION = "hot_incineration"
    CRUSHING = "crushing"
    DISMANTLING = "dismantling"
    PULPING = "pulping"
    LANDFILL = "landfill"
    CHEMICAL = "chemical"


METHOD_NAMES: dict[Method, Message] = {
    Method.INCINERATION: N_("Incineration"),
    Method.HOT_INCINERATION: N_("High-temperature incineration"),
    Method.CRUSHING: N_("Crushing"),
    Method.DISMANTLING: N_("Dismantling"),
    Method.PULPING: N_("Pulping"),
    Method.LANDFILL: N_("Landfill"),
    Method.CHEMICAL: N_("Chemical treatment"),
}


class Treatment(NamedTuple):
    """How goods are destroyed: all of them one way, or their contents (a liquid) one way and its container another."""

    contents: Method
    container: Method | None = None

    @property
    def last(self) -> Method:
        """The method by which the last part is destroyed: with it the goods are."""
        return self.container or self.contents

    @property
    def methods(self) -> list[Method]:
        """The methods of all parts, as digests and entries name them."""
        return [method for method in self if method is not None]


SUGGESTED: dict[EnvClass, Method] = {
    EnvClass.GENERAL: Method.INCINERATION,
    EnvClass.ELECTRONIC: Method.DISMANTLING,
    EnvClass.HAZARDOUS: Method.HOT_INCINERATION,
}
"""The usual method for each environmental class; the applicant decides."""

LEGAL_BASIS = "《中华人民共和国行政处罚法》第七十四条"
"""What nearly every application rests on; the applicant adds to it."""


class State(StrEnum):
    """Where an application is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What can be done with it."""

    SUBMIT = "submit"
    AGREE = "agree"
    """One step of the chain agrees; the application stays where it is."""
    APPROVE = "approve"
    """The last step agrees."""
    RETURN = "return"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


STATE_NAMES: dict[State, Message] = {
    State.DRAFT: N_("Draft"),
    State.SUBMITTED: N_("In approval"),
    State.RETURNED: N_("Sent back"),
    State.APPROVED: N_("Approved"),
    State.REFUSED: N_("Refused"),
    State.WITHDRAWN: N_("Withdrawn"),
}

EDITABLE = frozenset({State.DRAFT, State.RETURNED})
"""Where lines may be added, changed and taken out."""
RESERVING = frozenset({State.SUBMITTED, State.APPROVED})
"""Where its goods are spoken for."""

TRANSITIONS: Mapping[tuple[State, Action], State] = {
    (State.DRAFT, Action.SUBMIT): State.SUBMITTED,
    (State.RETURNED, Action.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Action.AGREE): State.SUBMITTED,
    (State.SUBMITTED, Action.APPROVE): State.APPROVED,
    (State.SUBMITTED, Action.RETURN): State.RETURNED,
    (State.SUBMITTED, Action.REFUSE): State.REFUSED,
    (State.SUBMITTED, Action.WITHDRAW): State.WITHDRAWN,
    (State.DRAFT, Action.WITHDRAW): State.WITHDRAWN,
    (State.RETURNED, Action.WITHDRAW): State.WITHDRAWN,
}


class Decision(StrEnum):
    """What a step says."""

    AGREE = "agree"
    RETURN = "return"
    REFUSE = "refuse"


DECISION_NAMES: dict[Decision, Message] = {
    Decision.AGREE: N_("Agree"),
    Decision.RETURN: N_("Send back"),
    Decision.REFUSE: N_("Refuse"),
}


class ApplicationMovedOn(LedgerError):
    """The application is not where this could be done."""

    code = "application_moved_on"
    message = N_("This application is at “%(state)s”; that can no longer be done. Load the page again.")


class NotYourTurn(LedgerError):
    """Other steps of the chain are next."""

    code = "not_your_turn"
    message = N_("The next opinion is that of: %(step)s.")
    is_business_act = True


class StoodForTookPart(LedgerError):
    """A deputy signs for somebody who could not sign themselves."""

    code = "stood_for_took_part"
    message = N_(
        "You stand in for %(name)s, who is already the %(earlier)s of the same goods and could not sign either. %(why)s"
    )
    is_business_act = True


class ContentChanged(LedgerError):
    """The content is not the one that the person saw; nothing was signed."""

    code = "content_changed"
    message = N_("The content changed since you opened the page, so nothing was signed. Read it again.")


class NothingApplied(LedgerError):
    """An application without a line."""

    code = "nothing_applied"
    message = N_("The application has no goods yet.")


class NotEligible(LedgerError):
    """Goods that may not be applied for now."""

    code = "not_eligible"
    message = N_("%(name)s: %(reason)s")
    is_business_act = True


class NothingToWithdraw(LedgerError):
    """A line of which nothing is left to take out of the approval."""

    code = "nothing_to_withdraw"
    message = N_("All of it is packed already, or it was taken out before.")


class AppliedAlready(LedgerError):
    """Goods at this location that the application has already."""

    code = "applied_already"
    message = N_("%(name)s is in this application already.")


class AppliedForBoth(LedgerError):
    """Goods would come to where the same application has more of the same line: it names each place once."""

    code = "applied_for_both"
    message = N_("“%(name)s” is in application %(number)s from %(location)s, too. It stays until that is packed.")
    is_business_act = True


class ReasonNeeded(LedgerError):
    """Sending back or refusing without a word."""

    code = "reason_needed"
    message = N_("Say why, so that the applicant knows what to do.")


def next_state(state: State, action: Action) -> State:
    """The state that action leads to. Raises ApplicationMovedOn if it leads nowhere from here."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise ApplicationMovedOn(state=STATE_NAMES[state]) from None


def actions_from(state: State) -> frozenset[Action]:
    """What can be done now."""
    return frozenset(action for origin, action in TRANSITIONS if origin is state)


def action_of(decision: Decision, *, is_last: bool) -> Action:
    """Return what a decision does; is_last says that no other step of the chain is open."""
    if decision is Decision.AGREE:
        return Action.APPROVE if is_last else Action.AGREE
    return Action.RETURN if decision is Decision.RETURN else Action.REFUSE
