"""What has to be resolved before a manifest can be issued, how, and why it may be refused."""

from dataclasses import dataclass
from enum import StrEnum

from ledger.errors import N_, LedgerError, Message
from ledger.goods.rules import Account, Act

SUPERVISORS = 2
"""How many different people sign for an event at least."""


class Open(StrEnum):
    """What an open point is about."""

    NOT_LOADED = "not_loaded"
    NOT_RECEIVED = "not_received"
    NOT_DESTROYED = "not_destroyed"
    SCAN = "scan"
    """Something was scanned that the books did not take."""
    LOAD = "load"
    """A load weighs otherwise than what was packed on it."""
    DEPARTURE = "departure"
    """Batches were loaded, and not both sides signed the slip of departure."""
    ARRIVAL = "arrival"
    RUN_PICTURES = "run_pictures"
    """Something was destroyed in a run, and not photographed before, during and after."""
    RUN_RESIDUE = "run_residue"
    RUN_SIGNATURES = "run_signatures"


OPEN_NAMES: dict[Open, Message] = {
    Open.NOT_LOADED: N_("Expected, but never loaded"),
    Open.NOT_RECEIVED: N_("Loaded, but did not arrive"),
    Open.NOT_DESTROYED: N_("Arrived, but was not destroyed"),
    Open.SCAN: N_("Scanned, but not taken"),
    Open.LOAD: N_("Load weighs otherwise than packed"),
    Open.DEPARTURE: N_("Departed, but the slip is not signed by both sides"),
    Open.ARRIVAL: N_("Arrived, but the slip is not signed by both sides"),
    Open.RUN_PICTURES: N_("Not photographed before, during and after"),
    Open.RUN_RESIDUE: N_("Nothing written down of what was left"),
    Open.RUN_SIGNATURES: N_("Not signed by two supervisors"),
}


class Timestamp(StrEnum):
    """How far the timestamp of a manifest's document is."""

    OBTAINED = "obtained"
    PENDING = "pending"
    """The authority could not be reached; it is asked again."""
    REFUSED = "refused"
    """The authority gave none, or none that holds; it is asked again."""


class Way(StrEnum):
    """How an open point is resolved."""

    STAYS_PACKED = "stays_packed"
    TURNED_BACK = "turned_back"
    RETURNED = "returned"
    MISSING = "missing"
    NOTED = "noted"


WAY_NAMES: dict[Way, Message] = {
    Way.STAYS_PACKED: N_("Stays sealed in the unit’s store"),
    Way.TURNED_BACK: N_("Turned back, sealed in the unit’s store again"),
    Way.RETURNED: N_("Returned from the site to the unit’s store"),
    Way.MISSING: N_("Missing, confirmed by somebody else"),
    Way.NOTED: N_("Explained, nothing moves"),
}


@dataclass(frozen=True, slots=True)
class WayOut:
    """What a way does to the goods of a batch: nothing, or one movement."""

    source: Account | None = None
    target: Account | None = None
    act: Act | None = None


WAYS: dict[Open, dict[Way, WayOut]] = {
    Open.NOT_LOADED: {
        Way.STAYS_PACKED: WayOut(),
        Way.MISSING: WayOut(Account.PACKED, Account.MISSING, Act.CONFIRM_MISSING),
    },
    Open.NOT_RECEIVED: {
        Way.TURNED_BACK: WayOut(Account.LOADED, Account.PACKED, Act.TURN_BACK),
        Way.MISSING: WayOut(Account.LOADED, Account.MISSING, Act.CONFIRM_MISSING),
    },
    Open.NOT_DESTROYED: {
        Way.RETURNED: WayOut(Account.RECEIVED, Account.STORED, Act.RETURN_FROM_SITE),
        Way.MISSING: WayOut(Account.RECEIVED, Account.MISSING, Act.CONFIRM_MISSING),
    },
    Open.SCAN: {Way.NOTED: WayOut()},
    Open.LOAD: {Way.NOTED: WayOut()},
    Open.DEPARTURE: {Way.NOTED: WayOut()},
    Open.ARRIVAL: {Way.NOTED: WayOut()},
    Open.RUN_PICTURES: {Way.NOTED: WayOut()},
    Open.RUN_RESIDUE: {Way.NOTED: WayOut()},
    Open.RUN_SIGNATURES: {Way.NOTED: WayOut()},
}
"""Every way out of every open point; a page offers these and no others."""


class ClosingMovedOn(LedgerError):
    """The event is not being closed."""

    code = "closing_moved_on"
    message = N_("This event is not being closed. Load the page again.")


class NotOpen(LedgerError):
    """A point that is resolved already, or never was open."""

    code = "not_open"
    message = N_("This point is not open any more. Load the page again.")


class NotThatWay(LedgerError):
    """A way that does not lead out of this point."""

    code = "not_that_way"
    message = N_("This cannot be resolved like that.")


class ExplanationNeeded(LedgerError):
    """A resolution without a word."""

    code = "explanation_needed"
    message = N_("Write down what happened.")


class PointsOpen(LedgerError):
    """A signature or a manifest before everything is resolved."""

    code = "points_open"
    message = N_("%(count)s points are still open. Resolve them in writing first.")


class RunsOpen(LedgerError):
    """The end of a day with a run still burning."""

    code = "runs_open"
    message = N_("Run %(number)s has not ended yet.")


class NothingDestroyed(LedgerError):
    """A manifest of nothing."""

    code = "nothing_destroyed"
    message = N_("Nothing was destroyed, so there is no manifest to issue.")


class SignaturesMissing(LedgerError):
    """A manifest without its supervisors."""

    code = "signatures_missing"
    message = N_("%(left)s more supervisors have to sign.")


class NoSupervisor(LedgerError):
    """Somebody signs for runs they did not watch."""

    code = "no_supervisor"
    message = N_("Only the supervisors named for the runs of this event sign here.")
    is_business_act = True
