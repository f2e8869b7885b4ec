"""Where goods can be, which ways lead from one account to another, and who must take part."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ledger.duties import Part
from ledger.errors import N_, LedgerError, Message


class Account(StrEnum):
    """What has become of goods, in the order of their way."""

    PARTY = "party"
    FOUND = "found"
    SEIZED = "seized"
    STORED = "stored"
    PACKED = "packed"
    LOADED = "loaded"
    RECEIVED = "received"
    DESTROYED = "destroyed"
    SAMPLED = "sampled"
    CONSUMED = "consumed"
    RETURNED = "returned"
    TRANSFERRED = "transferred"
    AUCTIONED = "auctioned"
    DONATED = "donated"
    REALLOCATED = "reallocated"
    SCRAPPED = "scrapped"
    MISSING = "missing"


SOURCES = frozenset({Account.PARTY, Account.FOUND})
"""Where goods come from. Their positions go below zero, by as much as came."""

CUSTODY = frozenset({Account.SEIZED})
"""Where goods are in the officers' hands."""
STORE = frozenset({Account.STORED, Account.PACKED, Account.LOADED, Account.RECEIVED, Account.SAMPLED})
"""Where goods are that the store answers for: until they are gone, those packed, on their way or out as samples too."""
HELD = CUSTODY | STORE

ACCOUNT_NAMES: dict[Account, Message] = {
    Account.PARTY: N_("From the party"),
    Account.FOUND: N_("Found in a count"),
    Account.SEIZED: N_("With the officers"),
    Account.STORED: N_("In store"),
    Account.PACKED: N_("Packed"),
    Account.LOADED: N_("Loaded"),
    Account.RECEIVED: N_("On site"),
    Account.DESTROYED: N_("Destroyed"),
    Account.SAMPLED: N_("Out as samples"),
    Account.CONSUMED: N_("Used up in tests"),
    Account.RETURNED: N_("Returned"),
    Account.TRANSFERRED: N_("Transferred"),
    Account.AUCTIONED: N_("Auctioned"),
    Account.DONATED: N_("Donated"),
    Account.REALLOCATED: N_("To the public warehouse"),
    Account.SCRAPPED: N_("Sold as scrap"),
    Account.MISSING: N_("Missing"),
}


class PlaceKind(StrEnum):
    """What a place is."""

    OUTSIDE = "outside"
    """Beyond the installation: parties, receivers of returned goods. One for all."""
    CUSTODY = "custody"
    """In the hands of a unit's officers, before the goods come to the store. One per unit."""
    LOCATION = "location"
    """A storage location; a tree per unit."""
    BATCH = "batch"
    LABORATORY = "laboratory"
    RECEIVER = "receiver"


def place_label(kind: PlaceKind, name: str) -> str:
    """Return what people call a place: a location's name, a batch's number; nothing where the account says it all."""
    if kind is PlaceKind.BATCH:
        return name.rpartition("/")[2]  # before it stands the event, which tells equal numbers apart
    return name if kind is PlaceKind.LOCATION else ""


_BETWEEN = re.compile(r"\s*[›>＞]\s*")


def parts_of_path(text: str) -> list[str]:
    """Return the names that a path has, from the top: the shown sign and those that a keyboard has part them."""
    return [name for name in _BETWEEN.split(text) if name] or [text]


class Act(StrEnum):
    """Why goods move."""

    REGISTER = "register"
    OPENING_BALANCE = "opening_balance"
    STORE_IN = "store_in"
    RELOCATE = "relocate"
    SAMPLE = "sample"
    SAMPLE_BACK = "sample_back"
    SAMPLE_CONSUMED = "sample_consumed"
    DISPOSE = "dispose"
    PACK = "pack"
    UNPACK = "unpack"
    LOAD = "load"
    RECEIVE = "receive"
    TURN_BACK = "turn_back"
    RETURN_FROM_SITE = "return_from_site"
    DESTROY = "destroy"
    VOID_DESTROY = "void_destroy"
    CONFIRM_MISSING = "confirm_missing"
    FOUND_AGAIN = "found_again"
    BOOK_SURPLUS = "book_surplus"
    COUNTER_ENTRY = "counter_entry"


ACT_NAMES: dict[Act, Message] = {
    Act.REGISTER: N_("Registered"),
    Act.OPENING_BALANCE: N_("Opening balance"),
    Act.STORE_IN: N_("Taken into the store"),
    Act.RELOCATE: N_("Moved to another location"),
    Act.SAMPLE: N_("Taken as sample"),
    Act.SAMPLE_BACK: N_("Sample brought back"),
    Act.SAMPLE_CONSUMED: N_("Sample used up"),
    Act.DISPOSE: N_("Other disposal"),
    Act.PACK: N_("Packed into a batch"),
    Act.UNPACK: N_("Taken out of a batch"),
    Act.LOAD: N_("Loaded"),
    Act.RECEIVE: N_("Arrived on site"),
    Act.TURN_BACK: N_("Turned back"),
    Act.RETURN_FROM_SITE: N_("Returned from site"),
    Act.DESTROY: N_("Destroyed"),
    Act.VOID_DESTROY: N_("Destruction scan voided"),
    Act.CONFIRM_MISSING: N_("Confirmed missing"),
    Act.FOUND_AGAIN: N_("Found again"),
    Act.BOOK_SURPLUS: N_("Surplus booked"),
    Act.COUNTER_ENTRY: N_("Counter-entry"),
}


class Claim(StrEnum):
    """What an act does with the reservation of the goods it moves."""

    NONE = "none"
    """It moves only what nobody has reserved."""
    CONSUMED = "consumed"
    """It moves only reserved goods; where they go they need no reservation any more."""
    RESTORED = "restored"
    """The goods come back, and with them their reservation."""
    CARRIED = "carried"
    """It moves what nobody has reserved, or else all that lies there, and the reservations go along."""


@dataclass(frozen=True, slots=True)
class Route:
    """One act's ways: from any of the sources to any of the targets, with these parts taken by people."""

    act: Act
    sources: frozenset[Account]
    targets: frozenset[Account]
    parts: tuple[Part, ...]
    claim: Claim = Claim.NONE


def _route(act: Act, sources: set[Account], targets: set[Account], *parts: Part, claim: Claim = Claim.NONE) -> Route:
    return Route(act, frozenset(sources), frozenset(targets), parts, claim)


_A = Account
_KEPT = {_A.SEIZED, _A.STORED}
_DISPOSED = {_A.RETURNED, _A.TRANSFERRED, _A.AUCTIONED, _A.DONATED, _A.REALLOCATED, _A.SCRAPPED}
_LOSABLE = {_A.SEIZED, _A.STORED, _A.PACKED, _A.LOADED, _A.RECEIVED}

ROUTES: dict[Act, Route] = {
    route.act: route
    for route in [
        _route(Act.REGISTER, {_A.PARTY}, {_A.SEIZED}, Part.REGISTRAR),
        _route(Act.OPENING_BALANCE, {_A.PARTY}, {_A.STORED}, Part.REGISTRAR, Part.CUSTODIAN),
        _route(Act.STORE_IN, {_A.SEIZED}, {_A.STORED}, Part.HANDLER, Part.CUSTODIAN),
        _route(Act.RELOCATE, {_A.STORED}, {_A.STORED}, Part.CUSTODIAN, claim=Claim.CARRIED),
        _route(Act.SAMPLE, {_A.STORED}, {_A.SAMPLED}, Part.CUSTODIAN),
        _route(Act.SAMPLE_BACK, {_A.SAMPLED}, {_A.STORED}, Part.CUSTODIAN),
        _route(Act.SAMPLE_CONSUMED, {_A.SAMPLED}, {_A.CONSUMED}, Part.CUSTODIAN),
        _route(Act.DISPOSE, _KEPT, _DISPOSED, Part.CUSTODIAN, Part.APPROVER),
        _route(Act.PACK, {_A.STORED}, {_A.PACKED}, Part.PACKER, Part.CHECKER, claim=Claim.CONSUMED),
        _route(Act.UNPACK, {_A.PACKED}, {_A.STORED}, Part.CUSTODIAN, Part.CHECKER, claim=Claim.RESTORED),
        _route(Act.LOAD, {_A.PACKED}, {_A.LOADED}, Part.SCANNER),
        _route(Act.RECEIVE, {_A.LOADED}, {_A.RECEIVED}, Part.SCANNER),
        _route(Act.TURN_BACK, {_A.LOADED}, {_A.PACKED}, Part.CUSTODIAN, Part.CHECKER),
        _route(
            Act.RETURN_FROM_SITE,
            {_A.RECEIVED},
            {_A.STORED},
            Part.CUSTODIAN,
            Part.CHECKER,
            claim=Claim.RESTORED,
        ),
        _route(Act.DESTROY, {_A.RECEIVED}, {_A.DESTROYED}, Part.SCANNER),
        _route(Act.VOID_DESTROY, {_A.DESTROYED}, {_A.RECEIVED}, Part.SCANNER, Part.SUPERVISOR),
        _route(Act.CONFIRM_MISSING, _LOSABLE, {_A.MISSING}, Part.CONFIRMER),
        _route(Act.FOUND_AGAIN, {_A.MISSING}, _LOSABLE, Part.CONFIRMER),
        _route(Act.BOOK_SURPLUS, {_A.FOUND}, {_A.STORED}, Part.CONFIRMER),
    ]
}
"""Every way goods can take forward. A counter-entry takes one of them backwards."""


class SameLocation(LedgerError):
    """Goods were to move to where they are."""

    code = "same_location"
    message = N_("Some of these goods lie at %(location)s already. Choose another location, or leave them out.")


class NothingToMove(LedgerError):
    """A movement of nothing, or of less than nothing."""

    code = "nothing_to_move"
    message = N_("The quantity must be greater than 0.")
    is_business_act = True


class RouteNotAllowed(LedgerError):
    """No act leads from the one account to the other."""

    code = "route_not_allowed"
    message = N_("Goods cannot go from “%(source)s” to “%(target)s” by “%(act)s”.")
    is_business_act = True


class NotEnoughGoods(LedgerError):
    """More was asked for than the position holds free of reservations."""

    code = "not_enough_goods"
    message = N_(
        "“%(source)s” holds %(held)s free; %(wanted)s were asked for. Look at the line again: it may have moved."
    )
    is_business_act = True


class NotReserved(LedgerError):
    """Goods were to leave under an approval that does not cover them."""

    code = "not_reserved"
    message = N_("“%(source)s” holds %(held)s under an approval; %(wanted)s were asked for.")
    is_business_act = True


class LocationClosed(LedgerError):
    """Goods were to come to a location that takes none any more."""

    code = "location_closed"
    message = N_("%(location)s is closed. Choose another location, or open it again first.")
    is_business_act = True


class LocationAmbiguous(LedgerError):
    """A name that several locations of a store have."""

    code = "location_ambiguous"
    message = N_(
        "“%(text)s” may be %(paths)s. Write the whole path, with › before a location at the top, or scan its label."
    )


class LocationUnknown(LedgerError):
    """A path or a label that leads to no location of the store."""

    code = "location_unknown"
    message = N_("This store has no location “%(text)s”. Choose one that is there, or add it under “Locations” first.")


class PartMissing(LedgerError):
    """An act that needs several people was tried without one of them."""

    code = "part_missing"
    message = N_("This needs a %(part)s.")
    is_business_act = True


def check_route(act: Act, source: Account, target: Account) -> None:
    """Raises RouteNotAllowed if act does not lead from source to target."""
    if act is Act.COUNTER_ENTRY:
        allowed = any(source in route.targets and target in route.sources for route in ROUTES.values())
    else:
        allowed = source in ROUTES[act].sources and target in ROUTES[act].targets
    if not allowed:
        raise RouteNotAllowed(source=ACCOUNT_NAMES[source], target=ACCOUNT_NAMES[target], act=ACT_NAMES[act])


def check_quantity(source: Account, quantity: Decimal, *, held: Decimal, reserved: Decimal, claim: Claim) -> None:
    """Raises NothingToMove, NotEnoughGoods or NotReserved if quantity cannot leave a position of source.

    held is all that lies there, reserved how much of it is spoken for.
    """
    if quantity <= 0:
        raise NothingToMove
    if source in SOURCES:
        return
    if claim is Claim.CONSUMED:
        if reserved < quantity:
            raise NotReserved(source=ACCOUNT_NAMES[source], held=reserved, wanted=quantity)
    elif held - reserved < quantity and not (claim is Claim.CARRIED and quantity == held):
        raise NotEnoughGoods(source=ACCOUNT_NAMES[source], held=held - reserved, wanted=quantity)


def claim_of(act: Act) -> Claim:
    """Return what an act does with reservations; a counter-entry leaves them alone."""
    return ROUTES[act].claim if act in ROUTES else Claim.NONE
