"""Moving goods, lending them, giving them out otherwise than for destruction, and amending their lines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.cases.service import check_nothing_moved, search_text_of
from ledger.destruction.service import follow
from ledger.duties import Part
from ledger.goods.lines import AMENDABLE, AMENDED, plain_fact, said_of
from ledger.goods.models import Item, Place, Position
from ledger.goods.queries import MANY
from ledger.goods.rules import ACCOUNT_NAMES, Account, Act, NotEnoughGoods, PlaceKind
from ledger.goods.search import reindex_lines
from ledger.goods.service import Move, Spot, move, outside, place
from ledger.goods.sums import give_up_carries
from ledger.journal.models import JournalEntry
from ledger.journal.service import record
from ledger.papers.fonts import check_printable
from ledger.store.queries import kept_from_amending, lying, lying_at
from ledger.store.rules import (
    LEADS_TO,
    Disposal,
    LineAmendedMeanwhile,
    NothingLies,
    SameLine,
    SomeStay,
    TooManyLines,
    check_proceeds,
)
from ledger.units.models import Unit, User

Taken = Mapping[tuple[int, Spot], Decimal]
"""How much of which line is taken from where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What a disposal rests on. Proceeds are in fen, None where nothing is sold."""

    kind: Disposal
    recipient: str
    document: str
    reason: str
    proceeds: int | None = None


def relocate(
    session: Session,
    case: Case,
    taken: Taken,
    *,
    location: str,
    custodian: User,
    at: datetime,
    seen: int | None = None,
) -> JournalEntry:
    """Move goods of a case to another location of its unit's store; a new name makes the location.

    Of goods under applications either what is free of them moves, or all that lies there, the applications following.

    seen is the newest movement of the case's goods that the person knew of, if that matters: a form sent twice must
    not act twice. So it is in all of these acts, and all of them raise MovedMeanwhile, UnderCount, AllReserved,
    NotPrintable, or what ledger.goods.service.move raises. Raises AppliedForBoth or what
    ledger.goods.locations.locations raises, too.
    """
    if seen is not None:
        check_nothing_moved(session, case, seen)
    _check_obstacles(session, case, taken, Act.RELOCATE)
    held = {found.key: found.position for found in lying(session, case, Act.RELOCATE)}
    moved = [(held[key], quantity) for key, quantity in taken.items()]
    return _relocate(session, case.unit, moved, location, custodian=custodian, at=at, data={"case": case.id})


def relocate_all(
    session: Session,
    source: Place,
    item_ids: Collection[int] | None,
    *,
    location: str,
    custodian: User,
    at: datetime,
) -> JournalEntry:
    """Move all that lies at a location, or all that lies there of these lines, to another one of the same store.

    Applications follow their goods. Raises NothingLies, TooManyLines, SomeStay with all that has to stay,
    AppliedForBoth, or what ledger.goods.locations.locations or ledger.goods.service.move raises.
    """
    found = lying_at(session, source, item_ids)
    if source.unit is None or not found:
        raise NothingLies(location=source.path)
    if len(found) > MANY:
        raise TooManyLines(most=MANY, location=source.path)
    if staying := sum(each.obstacle is not None for each in found):
        raise SomeStay(count=staying)
    moved = [(each.position, each.position.quantity) for each in found]
    return _relocate(session, source.unit, moved, location, custodian=custodian, at=at, data={"from": source.path})


def sample(
    session: Session,
    case: Case,
    taken: Taken,
    *,
    laboratory: str,
    document: str,
    custodian: User,
    at: datetime,
    seen: int | None = None,
) -> JournalEntry:
    """Give goods out of the store to a laboratory."""
    target = Spot(Account.SAMPLED, place(session, case.unit, PlaceKind.LABORATORY, laboratory).id)
    people, data = {Part.CUSTODIAN: custodian}, {"laboratory": laboratory, "document": document}
    return _move(session, case, taken, target, act=Act.SAMPLE, people=people, at=at, seen=seen, data=data)


def bring_back(
    session: Session,
    case: Case,
    taken: Taken,
    *,
    location: str,
    document: str,
    custodian: User,
    at: datetime,
    seen: int | None = None,
) -> JournalEntry:
    """Take samples back into the store."""
    shelf = place(session, case.unit, PlaceKind.LOCATION, location)
    target = Spot(Account.STORED, shelf.id)
    people, data = {Part.CUSTODIAN: custodian}, {"location": shelf.path, "document": document}
    return _move(session, case, taken, target, act=Act.SAMPLE_BACK, people=people, at=at, seen=seen, data=data)


def use_up(
    session: Session,
    case: Case,
    taken: Taken,
    *,
    document: str,
    custodian: User,
    at: datetime,
    seen: int | None = None,
) -> JournalEntry:
    """Note that tests used samples up: a loss that a document accounts for."""
    target = Spot(Account.CONSUMED, outside(session).id)
    people, data = {Part.CUSTODIAN: custodian}, {"document": document}
    return _move(session, case, taken, target, act=Act.SAMPLE_CONSUMED, people=people, at=at, seen=seen, data=data)


def dispose(
    session: Session,
    case: Case,
    taken: Taken,
    *,
    paper: Paper,
    custodian: User,
    approver: User,
    at: datetime,
    seen: int | None = None,
) -> JournalEntry:
    """Give goods out for good, as a document orders: the custodian hands over what the approver allows.

    Raises NoProceeds, NotASale or OnHold, too.
    """
    check_proceeds(paper.kind, paper.proceeds)
    recipient = place(session, case.unit, PlaceKind.RECEIVER, paper.recipient)
    target = Spot(LEADS_TO[paper.kind], recipient.id)
    people = {Part.CUSTODIAN: custodian, Part.APPROVER: approver}
    data: dict[str, object] = {
        "kind": paper.kind,
        "recipient": paper.recipient,
        "document": paper.document,
        "reason": paper.reason,
        "proceeds": paper.proceeds,
    }
    return _move(session, case, taken, target, act=Act.DISPOSE, people=people, at=at, seen=seen, data=data)


def _relocate(
    session: Session,
    unit: Unit,
    moved: Sequence[tuple[Position, Decimal]],
    location: str,
    *,
    custodian: User,
    at: datetime,
    data: Mapping[str, object],
) -> JournalEntry:
    shelf = place(session, unit, PlaceKind.LOCATION, location)
    target = Spot(Account.STORED, shelf.id)
    moves = [
        Move(position.item_id, quantity, Spot(position.account, position.place_id), target)
        for position, quantity in moved
    ]
    carried = [(position.item_id, position.place_id) for position, quantity in moved if quantity > position.free]
    people, data = {Part.CUSTODIAN: custodian}, {"location": shelf.path, **data}
    check_printable(data)  # before anything is stored: labels and slips repeat the name
    entry = move(session, moves, act=Act.RELOCATE, people=people, by=custodian, at=at, unit=unit, data=data)
    follow(session, carried, shelf)
    return entry


def amend_line(
    session: Session,
    item: Item,
    facts: Mapping[str, object],
    *,
    seen: Mapping[str, object],
    reason: str,
    by: User,
    at: datetime,
) -> None:
    """Mend typing errors in what a line says, AMENDABLE, keeping old and new in the journal.

    seen is what the person saw it say. Raises Signed, AllReserved, UnderCount, LineAmendedMeanwhile or SameLine.
    """
    if obstacle := kept_from_amending(session, item):
        raise obstacle
    before = said_of(item)
    if seen != before:
        raise LineAmendedMeanwhile(
            {name: (seen.get(name), now) for name, now in before.items() if now != seen.get(name)}
        )
    after = {name: plain_fact(facts[name]) for name in AMENDABLE}
    changed = {name: [before[name], after[name]] for name in AMENDABLE if before[name] != after[name]}
    if not changed:
        raise SameLine
    for name in changed:
        setattr(item, name, facts[name])
    if changed.keys() & {"category", "value"}:
        give_up_carries(session)
    found_by, case = item.search_text, session.get_one(Case, item.case_id)
    item.search_text = search_text_of(case, item, item.code)
    reindex_lines(session, [(item.id, found_by)], [(item.id, item.search_text)])
    data = {"id": item.id, "code": item.code, "name": item.name, "case": case.id, "number": case.number}
    data |= {"reason": reason, "changed": changed}
    record(session, AMENDED, by=by, at=at, unit=item.unit, data=data)


def _move(
    session: Session,
    case: Case,
    taken: Taken,
    target: Spot,
    *,
    act: Act,
    people: Mapping[Part, User],
    at: datetime,
    seen: int | None,
    data: Mapping[str, object],
) -> JournalEntry:
    if seen is not None:
        check_nothing_moved(session, case, seen)
    check_printable(data)  # before anything is stored: the slip repeats it
    _check_obstacles(session, case, taken, act)
    moves = [Move(item_id, quantity, source, target) for (item_id, source), quantity in taken.items()]
    by, data = people[Part.CUSTODIAN], {"case": case.id, **data}
    return move(session, moves, act=act, people=people, by=by, at=at, unit=case.unit, data=data)


def _check_obstacles(session: Session, case: Case, taken: Taken, act: Act) -> None:
    obstacles = {found.key: found.obstacle for found in lying(session, case, act)}
    for key, quantity in taken.items():
        if key not in obstacles:
            raise NotEnoughGoods(source=ACCOUNT_NAMES[key[1].account], held=Decimal(0), wanted=quantity)
        if obstacle := obstacles[key]:
            raise obstacle
