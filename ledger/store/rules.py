"""What may become of goods in the store besides destruction, and what keeps them where they are."""

from collections.abc import Mapping
from enum import StrEnum

from ledger.duties import Part
from ledger.errors import N_, LedgerError, Message
from ledger.goods.rules import Account, Act
from ledger.permissions import Permission


class Disposal(StrEnum):
    """A way out of the books besides destruction (行政处罚法 74: auctioned, or dealt with as the State rules)."""

    RETURN_TO_PARTY = "return_to_party"
    RETURN_TO_RIGHTS_HOLDER = "return_to_rights_holder"
    TRANSFER = "transfer"
    AUCTION = "auction"
    DONATION = "donation"
    PUBLIC_WAREHOUSE = "public_warehouse"
    SCRAP = "scrap"


DISPOSAL_NAMES: dict[Disposal, Message] = {
    Disposal.RETURN_TO_PARTY: N_("Return to the party"),
    Disposal.RETURN_TO_RIGHTS_HOLDER: N_("Return to the rights holder"),
    Disposal.TRANSFER: N_("Transfer to another authority"),
    Disposal.AUCTION: N_("Auction"),
    Disposal.DONATION: N_("Donation"),
    Disposal.PUBLIC_WAREHOUSE: N_("To the public warehouse by transfer"),
    Disposal.SCRAP: N_("Sale as scrap"),
}

LEADS_TO: dict[Disposal, Account] = {
    Disposal.RETURN_TO_PARTY: Account.RETURNED,
    Disposal.RETURN_TO_RIGHTS_HOLDER: Account.RETURNED,
    Disposal.TRANSFER: Account.TRANSFERRED,
    Disposal.AUCTION: Account.AUCTIONED,
    Disposal.DONATION: Account.DONATED,
    Disposal.PUBLIC_WAREHOUSE: Account.REALLOCATED,
    Disposal.SCRAP: Account.SCRAPPED,
}

SALES = frozenset({Disposal.AUCTION, Disposal.SCRAP})
"""The ways that bring money."""

SIGNED_FOR = frozenset({Account.PACKED, Account.LOADED, Account.RECEIVED, Account.DESTROYED})
"""Where goods are of which papers were signed that repeat what their line says."""

STOCK_IN = frozenset({Act.STORE_IN, Act.SAMPLE_BACK})
STOCK_OUT = frozenset({Act.SAMPLE, Act.DISPOSE})
"""The acts of which there is a slip (入库单, 出库单) for both sides to sign."""


CORRECTED_BY: dict[Act, tuple[Permission, Part]] = {
    Act.REGISTER: (Permission.REGISTER_GOODS, Part.REGISTRAR),
    Act.OPENING_BALANCE: (Permission.CONFIRM_OPENING, Part.CUSTODIAN),
    Act.STORE_IN: (Permission.STORE_GOODS, Part.CUSTODIAN),
    Act.RELOCATE: (Permission.STORE_GOODS, Part.CUSTODIAN),
    Act.SAMPLE: (Permission.STORE_GOODS, Part.CUSTODIAN),
    Act.SAMPLE_BACK: (Permission.STORE_GOODS, Part.CUSTODIAN),
    Act.SAMPLE_CONSUMED: (Permission.STORE_GOODS, Part.CUSTODIAN),
    Act.DISPOSE: (Permission.STORE_GOODS, Part.CUSTODIAN),
    Act.CONFIRM_MISSING: (Permission.CONFIRM_COUNT, Part.CONFIRMER),
    Act.BOOK_SURPLUS: (Permission.CONFIRM_COUNT, Part.CONFIRMER),
}
"""The acts that a counter-entry takes back, what that needs and as which part; batches and scans have other ways."""


class NotCorrectable(LedgerError):
    """A movement that a counter-entry does not take back."""

    code = "not_correctable"
    message = N_("This cannot be booked back: goods come out of a batch, and back from the site, in ways of their own.")


class CorrectedAlready(LedgerError):
    """A movement that was booked back before."""

    code = "corrected_already"
    message = N_("This movement was booked back already.")


class TookPart(LedgerError):
    """Who took part in a movement does not book it back."""

    code = "took_part_in_it"
    message = N_("You took part in this yourself: somebody else of the same role books it back.")
    is_business_act = True


class OnHold(LedgerError):
    """Goods on hold are not disposed of."""

    code = "on_hold"
    message = N_("“%(name)s” is on hold: %(kind)s. The hold has to be released first.")
    is_business_act = True


class UnderCount(LedgerError):
    """Goods stay where they are while they are counted."""

    code = "under_count"
    message = N_("%(location)s is being counted, in stocktake %(number)s. Wait until that is over.")
    is_business_act = True


class AllReserved(LedgerError):
    """Goods that an application has spoken for."""

    code = "all_reserved"
    message = N_("“%(name)s” is under an application for destruction. Withdraw it there first.")
    is_business_act = True


class Signed(LedgerError):
    """What a line says stays as it is once it was packed: its papers were signed."""

    code = "signed"
    message = N_(
        "“%(name)s” is packed or destroyed, and papers that name it as it is were signed. "
        "Only what is taken out of its batch again can be amended."
    )
    is_business_act = True


class LineAmendedMeanwhile(LedgerError):
    """Somebody else amended the line since the page was opened."""

    code = "line_amended_meanwhile"
    message = N_("Somebody else amended this line meanwhile. Below is what it says now; enter your change again.")

    def __init__(self, changed: Mapping[str, tuple[object, object]]) -> None:
        """Keep, by the names of what was changed, what the person saw and what stands there now."""
        super().__init__()
        self.changed = changed


class SameLine(LedgerError):
    """An amendment that changes nothing."""

    code = "same_line"
    message = N_("Nothing was changed: the line already says this.")


class SomeStay(LedgerError):
    """All that lies at a location was to move, and something keeps some of it there."""

    code = "some_stay"
    message = N_("Nothing was moved: %(count)s lines have to stay for now. Below is why.")
    is_business_act = True


class NothingLies(LedgerError):
    """Nothing lies at a location of what was to be moved from it."""

    code = "nothing_lies"
    message = N_("Nothing of it lies at %(location)s any more; perhaps this very form moved it.")


class TooManyLines(LedgerError):
    """More lines than one act moves while others wait."""

    code = "too_many_lines"
    message = N_("More than %(most)s lines lie at %(location)s. Select some of them and move them in parts.")


class NoProceeds(LedgerError):
    """A sale without the money it brought."""

    code = "no_proceeds"
    message = N_("Enter what the sale brought, in yuan.")


class NotASale(LedgerError):
    """Money for what is given, not sold."""

    code = "not_a_sale"
    message = N_("“%(kind)s” brings no money: leave this empty.")


def check_proceeds(kind: Disposal, proceeds: int | None) -> None:
    """Raises NoProceeds if a sale comes without its money, in fen, NotASale if money comes with anything else."""
    if kind in SALES and proceeds is None:
        raise NoProceeds
    if kind not in SALES and proceeds is not None:
        raise NotASale(kind=DISPOSAL_NAMES[kind])
