"""The life of a stocktake, how its figures are compared, and why it may refuse."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ledger.errors import N_, LedgerError, Message


class State(StrEnum):
    """Where a stocktake is."""

    COUNTING = "counting"
    RECOUNTING = "recounting"
    EXPLAINING = "explaining"
    CONFIRMING = "confirming"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What can happen to it. The first three follow from the figures alone."""

    DISAGREE = "disagree"
    DIFFER = "differ"
    AGREE = "agree"
    EXPLAIN = "explain"
    CONFIRM = "confirm"
    REJECT = "reject"
    CANCEL = "cancel"


class Cause(StrEnum):
    """Why a count differs from the books."""

    DAMAGE = "damage"
    LOSS = "loss"
    CLERICAL = "clerical"
    WRONG_PLACE = "wrong_place"
    SURPLUS = "surplus"
    OTHER = "other"


class Kind(StrEnum):
    """Why a count is held."""

    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    HANDOVER = "handover"
    BEFORE_EVENT = "before_event"
    UNANNOUNCED = "unannounced"
    AS_NEEDED = "as_needed"


class Scope(StrEnum):
    """Of what the goods are counted."""

    STORE = "store"
    LOCATIONS = "locations"
    CASES = "cases"


KIND_NAMES: dict[Kind, Message] = {
    Kind.QUARTER: N_("Quarterly count"),
    Kind.HALF_YEAR: N_("Half-yearly count"),
    Kind.HANDOVER: N_("Count at a change of custodian"),
    Kind.BEFORE_EVENT: N_("Count before a destruction"),
    Kind.UNANNOUNCED: N_("Unannounced count"),
    Kind.AS_NEEDED: N_("Count as needed"),
}

SCOPE_NAMES: dict[Scope, Message] = {
    Scope.STORE: N_("The whole store"),
    Scope.LOCATIONS: N_("Some locations"),
    Scope.CASES: N_("Some cases, wherever their goods lie"),
}

STATE_NAMES: dict[State, Message] = {
    State.COUNTING: N_("Being counted"),
    State.RECOUNTING: N_("To be recounted"),
    State.EXPLAINING: N_("Differences to explain"),
    State.CONFIRMING: N_("Differences to confirm"),
    State.CLOSED: N_("Count closed"),
    State.CANCELLED: N_("Count cancelled"),
}

CAUSE_NAMES: dict[Cause, Message] = {
    Cause.DAMAGE: N_("Damaged"),
    Cause.LOSS: N_("Lost"),
    Cause.CLERICAL: N_("Clerical error"),
    Cause.WRONG_PLACE: N_("At another location"),
    Cause.SURPLUS: N_("More than listed"),
    Cause.OTHER: N_("Other cause"),
}

BLIND = frozenset({State.COUNTING, State.RECOUNTING})
"""While a stocktake is here, nobody who may count sees what the books say."""
OPEN = BLIND | {State.EXPLAINING, State.CONFIRMING}

TRANSITIONS: Mapping[tuple[State, Action], State] = {
    (State.COUNTING, Action.DISAGREE): State.RECOUNTING,
    (State.COUNTING, Action.DIFFER): State.EXPLAINING,
    (State.COUNTING, Action.AGREE): State.CLOSED,
    (State.RECOUNTING, Action.DIFFER): State.EXPLAINING,
    (State.RECOUNTING, Action.AGREE): State.CLOSED,
    (State.EXPLAINING, Action.EXPLAIN): State.CONFIRMING,
    (State.CONFIRMING, Action.CONFIRM): State.CLOSED,
    (State.CONFIRMING, Action.REJECT): State.EXPLAINING,
    (State.COUNTING, Action.CANCEL): State.CANCELLED,
    (State.RECOUNTING, Action.CANCEL): State.CANCELLED,
    (State.EXPLAINING, Action.CANCEL): State.CANCELLED,
}


class CountMovedOn(LedgerError):
    """The stocktake is not where this could be done."""

    code = "count_moved_on"
    message = N_("This stocktake is at “%(state)s”; that can no longer be done. Load the page again.")


class NothingToCount(LedgerError):
    """A stocktake of locations where the books hold nothing."""

    code = "nothing_to_count"
    message = N_("The books hold nothing of this in the store.")


class AlreadyCounting(LedgerError):
    """Goods that another open stocktake counts."""

    code = "already_counting"
    message = N_("%(location)s is being counted already, in stocktake %(number)s.")


class CountIncomplete(LedgerError):
    """A counter wants to finish but left lines out."""

    code = "count_incomplete"
    message = N_("%(left)s lines have no figure yet. Enter 0 where there is nothing.")


class CountFinished(LedgerError):
    """A counter who has finished wants to change a figure."""

    code = "count_finished"
    message = N_("You have finished this count. What you counted stays as it is.")


class FigureLate(LedgerError):
    """A figure that a device sent when the count of who counted was over."""

    code = "figure_late"
    message = N_("This count was over when the figure arrived, so it changes nothing. It is kept beside the count.")


class NotAsked(LedgerError):
    """A figure for a line that the counter is not asked for any more."""

    code = "not_asked"
    message = N_("This line is not to be counted any more, so the figure changes nothing. It is kept beside the count.")


class NotYourCount(LedgerError):
    """Two others count already."""

    code = "not_your_count"
    message = N_("%(first)s and %(second)s count here.")


class NotWhole(LedgerError):
    """Pieces that are counted whole were divided, or less than nothing was counted."""

    code = "not_whole"
    message = N_("%(name)s: enter what you counted in %(measure)s, 0 or more, without parts of a piece.")


class NotExplained(LedgerError):
    """A difference without its cause."""

    code = "not_explained"
    message = N_("%(left)s differences have no cause and explanation yet.")


class TooManySpoilt(LedgerError):
    """More is said to be spoilt than was found."""

    code = "too_many_spoilt"
    message = N_("%(name)s: more is spoilt than you counted.")


class OnTheList(LedgerError):
    """A find that is no find: its line is on the list of this location."""

    code = "on_the_list"
    message = N_("“%(name)s” is on the list at %(location)s: enter its figure there.")


class UnknownLabel(LedgerError):
    """A label that no book of the unit knows, without words for the goods."""

    code = "unknown_label"
    message = N_("No book of this unit knows the label %(label)s. Enter name and unit of measure too.")


class NothingFound(LedgerError):
    """A find of nothing."""

    code = "nothing_found"
    message = N_("Enter how much you found, above 0.")


class NotShort(LedgerError):
    """A find that is said to be of a line of which nothing is missing."""

    code = "not_short"
    message = N_("Of “%(name)s” nothing is missing, so these are other goods.")


class PlanOver(LedgerError):
    """A planned count that has begun or was cancelled."""

    code = "plan_over"
    message = N_("This planned count has begun or was cancelled already. Load the page again.")


class NoOneLeft(LedgerError):
    """Counters without whom nobody could confirm what they find."""

    code = "no_one_left"
    message = N_("If these two count, nobody is left who may confirm the differences. Name somebody else.")


class PlannerCounts(LedgerError):
    """Somebody who would know of an unannounced count and count in it."""

    code = "planner_counts"
    message = N_("Who plans an unannounced count knows of it, so somebody else has to count.")


@dataclass(frozen=True, slots=True)
class Figures:
    """One line's figures, in its unit of measure; None where nobody has counted."""

    book: Decimal
    first: Decimal | None
    second: Decimal | None
    recount: Decimal | None

    @property
    def disagree(self) -> bool:
        """Whether the two counters found different quantities, so that another person counts again."""
        return self.first != self.second

    @property
    def result(self) -> Decimal | None:
        """What was found in the end."""
        if self.recount is not None:
            return self.recount
        return None if self.disagree else self.first

    @property
    def difference(self) -> Decimal:
        """What was found less what the books say; 0 as long as nothing is certain."""
        return Decimal(0) if self.result is None else self.result - self.book


def next_state(state: State, action: Action) -> State:
    """The state that action leads to. Raises CountMovedOn if it leads nowhere from here."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise CountMovedOn(state=STATE_NAMES[state]) from None


def actions_from(state: State) -> frozenset[Action]:
    """What can be done now."""
    return frozenset(action for origin, action in TRANSITIONS if origin is state)
