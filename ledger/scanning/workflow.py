"""What people sign on site and as what: hand-over slips of loads, and runs; and why that may be refused."""

from enum import StrEnum

from ledger.duties import Part
from ledger.errors import N_, LedgerError, Message


class Leg(StrEnum):
    """Where a load is handed over."""

    DEPARTURE = "departure"
    ARRIVAL = "arrival"


LEG_NAMES: dict[Leg, Message] = {Leg.DEPARTURE: N_("Hand-over at departure"), Leg.ARRIVAL: N_("Hand-over at arrival")}


class Signs(StrEnum):
    """As what somebody signs on site."""

    HANDS_OVER = "hands_over"
    SETS_OUT = "sets_out"
    ARRIVES = "arrives"
    TAKES_OVER = "takes_over"
    WATCHED = "watched"


SIGNS_NAMES: dict[Signs, Message] = {
    Signs.HANDS_OVER: N_("Hands over for the unit"),
    Signs.SETS_OUT: N_("Takes over as escort"),
    Signs.ARRIVES: N_("Hands over as escort"),
    Signs.TAKES_OVER: N_("Takes over for the site"),
    Signs.WATCHED: N_("Watched as supervisor"),
}

PARTS: dict[Signs, Part] = {
    Signs.HANDS_OVER: Part.DISPATCHER,
    Signs.SETS_OUT: Part.ESCORT,
    Signs.ARRIVES: Part.ESCORT,
    Signs.TAKES_OVER: Part.TAKER,
    Signs.WATCHED: Part.SUPERVISOR,
}
"""The part in the goods that somebody takes by signing."""

LEGS: dict[Leg, tuple[Signs, Signs]] = {
    Leg.DEPARTURE: (Signs.HANDS_OVER, Signs.SETS_OUT),
    Leg.ARRIVAL: (Signs.ARRIVES, Signs.TAKES_OVER),
}
"""Who gives and who takes: both sign one slip."""


def plate_of(text: str) -> str:
    """Return a number plate by which vehicles are told apart: without the dot and spaces that some write."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


class LoadUnderWay(LedgerError):
    """Another load of a unit on a vehicle that has not left yet."""

    code = "load_under_way"
    message = N_("A load of this unit on %(plate)s has not departed yet. Go on with that one.")


class NoEscort(LedgerError):
    """A load without an escort, or somebody who signs as one and is none of it."""

    code = "no_escort"
    message = N_("Only the escorts named for the load sign as escort.")
    is_business_act = True


class NothingLoaded(LedgerError):
    """A slip of nothing."""

    code = "nothing_loaded"
    message = N_("No batch was scanned as loaded on this vehicle yet, so there is nothing to hand over.")


class SlipSigned(LedgerError):
    """A slip that both sides have signed."""

    code = "slip_signed"
    message = N_("Both sides have signed this slip already. Load the page again.")


class ArrivedAlready(LedgerError):
    """The departure of a load whose arrival both sides have signed."""

    code = "arrived_already"
    message = N_("This load has arrived, so its departure is not signed any more. The closing asks why it was not.")


class SlipsSettled(LedgerError):
    """A slip that is signed after the manifest was issued."""

    code = "slips_settled"
    message = N_("The manifest is issued, so the slips of this load stay as they are.")


class TareTooHeavy(LedgerError):
    """A vehicle that weighs more without its load than with it."""

    code = "tare_too_heavy"
    message = N_("The empty vehicle cannot weigh as much as the full one.")


class WeighingOver(LedgerError):
    """A weighing after the day."""

    code = "weighing_over"
    message = N_("The work on site has ended, so the weights stay as they are.")


class RunGoing(LedgerError):
    """What is written down or signed of a run that still burns."""

    code = "run_going"
    message = N_("Run %(number)s has not ended yet.")


class RunSettled(LedgerError):
    """What is written down or signed of a run after the manifest was issued."""

    code = "run_settled"
    message = N_("The manifest is issued, so what it says of run %(number)s stays.")


class ReceiptMissing(LedgerError):
    """Income from scrap that did not demonstrably go to the treasury."""

    code = "receipt_missing"
    message = N_("Enter the number of the treasury’s receipt for the income: it goes to the treasury in full.")


class NotWatching(LedgerError):
    """Somebody signs for a run they did not watch."""

    code = "not_watching"
    message = N_("Only the supervisors named for the run sign for it.")
    is_business_act = True


class SheetChanged(LedgerError):
    """The content is not the one that the signer saw."""

    code = "sheet_changed"
    message = N_("The content changed since you opened the page, so nothing was signed. Read it again.")


class SignedAlready(LedgerError):
    """Somebody who has signed."""

    code = "signed_already"
    message = N_("You have signed this already.")
