"""Moving goods: the one function through which every quantity comes in, goes on and goes out."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ledger.db import thousandths
from ledger.duties import PART_NAMES, Part, check_duty
from ledger.goods.models import Movement, Place, Position
from ledger.goods.rules import ROUTES, Account, Act, PartMissing, PlaceKind, check_quantity, check_route
from ledger.journal.models import JournalEntry
from ledger.journal.service import record
from ledger.units.models import Unit, User
from ledger.units.service import check_not_shadowed


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a quantity lies: an account at a place."""

    account: Account
    place_id: int


@dataclass(frozen=True, slots=True)
class Move:
    """A quantity of one line, in its unit of measure, that is to go from one spot to another."""

    item_id: int
    quantity: Decimal
    source: Spot
    target: Spot


def move(
    session: Session,
    moves: Sequence[Move],
    *,
    act: Act,
    people: Mapping[Part, User],
    by: User | None,
    at: datetime,
    unit: Unit,
    data: Mapping[str, object] | None = None,
    happened_at: datetime | None = None,
) -> JournalEntry:
    """Move goods of one unit by one act and record it as one entry of the journal. The door commits.

    people are those who take part as the route of act demands, by is who signed in. All of the moves are made or none.

    Raises PartMissing, DutyConflict, ResetShadow, RouteNotAllowed, NothingToMove or NotEnoughGoods.
    """
    _check_people(act, people)
    for person in people.values():
        check_not_shadowed(session, person, {other.id for other in people.values()} | _hands(session, moves), at=at)
    for each in moves:
        check_route(act, each.source.account, each.target.account)
    _change_positions(session, moves)
    entry = record(
        session,
        f"goods.{act}",
        by=by,
        at=at,
        unit=unit,
        happened_at=happened_at,
        data={
            **(data or {}),
            "people": {part.value: {"id": person.id, "login": person.login} for part, person in people.items()},
            "moves": [_as_recorded(each) for each in moves],
        },
    )
    session.execute(insert(Movement), [_as_row(each, act, entry) for each in moves])
    return entry


def outside(session: Session) -> Place:
    """Return the place of everything beyond the installation."""
    return place(session, None, PlaceKind.OUTSIDE, "outside")


def place(session: Session, unit: Unit | None, kind: PlaceKind, name: str) -> Place:
    """Return the place of this name at the top of unit's tree; makes it if there is none."""
    return places(session, unit, kind, {name})[name]


def places(session: Session, unit: Unit | None, kind: PlaceKind, names: Collection[str]) -> dict[str, Place]:
    """Return the places of these names at the top of unit's tree; makes those that are missing."""
    unit_id, wanted = unit and unit.id, sorted(names)
    found: dict[str, Place] = {}
    for start in range(0, len(wanted), 500):
        query = select(Place).where(
            Place.unit_id.is_not_distinct_from(unit_id),
            Place.parent_id.is_(None),
            Place.kind == kind,
            Place.name.in_(wanted[start : start + 500]),
        )
        found |= {known.name: known for known in session.scalars(query)}
    fresh = {name: Place(unit_id=unit_id, kind=kind, name=name) for name in wanted if name not in found}
    if fresh:
        session.add_all(fresh.values())
        session.flush()  # the moves need their ids
    return found | fresh


def _check_people(act: Act, people: Mapping[Part, User]) -> None:
    if act is not Act.COUNTER_ENTRY:
        for part in ROUTES[act].parts:
            if part not in people:
                raise PartMissing(part=PART_NAMES[part])
    earlier: dict[Part, list[int]] = defaultdict(list)
    for part, person in people.items():
        check_duty(part, person.id, earlier)
        earlier[part].append(person.id)


def _hands(session: Session, moves: Sequence[Move]) -> set[int]:
    """Return who acted on these lines before."""
    ids = [each.item_id for each in moves]
    hands: set[int] = set()
    for start in range(0, len(ids), 500):
        query = select(JournalEntry.actor_id).distinct().join(Movement, Movement.entry_seq == JournalEntry.seq)
        found = session.scalars(query.where(Movement.item_id.in_(ids[start : start + 500])))
        hands.update(person for person in found if person is not None)
    return hands


def _change_positions(session: Session, moves: Sequence[Move]) -> None:
    """Take from the sources, then add to the targets, so that nothing passes through in one act."""
    before = _held(session, sorted({each.item_id for each in moves}))
    after = {key: held.quantity for key, held in before.items()}
    for each in moves:
        key = (each.item_id, each.source)
        held = before.get(key, _NOTHING)
        left = after.get(key, Decimal(0))
        check_quantity(each.source.account, each.quantity, free=left - held.reserved)
        after[key] = left - each.quantity
    for each in moves:
        key = (each.item_id, each.target)
        after[key] = after.get(key, Decimal(0)) + each.quantity
    changed = [_position(key, quantity) for key, quantity in after.items() if key in before]
    fresh = [
        {**_position(key, quantity), "reserved": Decimal(0)} for key, quantity in after.items() if key not in before
    ]
    if changed:
        session.execute(update(Position), changed)
    if fresh:
        session.execute(insert(Position), fresh)


@dataclass(frozen=True, slots=True)
class _Held:
    quantity: Decimal
    reserved: Decimal


_NOTHING = _Held(Decimal(0), Decimal(0))


def _held(session: Session, item_ids: Sequence[int]) -> dict[tuple[int, Spot], _Held]:
    """Return what the positions of these lines hold, locked in the order of their keys."""
    found: dict[tuple[int, Spot], _Held] = {}
    columns = (Position.item_id, Position.account, Position.place_id, Position.quantity, Position.reserved)
    for start in range(0, len(item_ids), 500):
        rows = session.execute(
            select(*columns)
            .where(Position.item_id.in_(item_ids[start : start + 500]))
            .order_by(Position.item_id, Position.account, Position.place_id)
            .with_for_update()
        )
        for item_id, account, place_id, quantity, reserved in rows:
            found[item_id, Spot(account, place_id)] = _Held(quantity, reserved)
    return found


def _position(key: tuple[int, Spot], quantity: Decimal) -> dict[str, object]:
    item_id, spot = key
    return {"item_id": item_id, "account": spot.account, "place_id": spot.place_id, "quantity": quantity}


def _as_recorded(each: Move) -> list[object]:
    """Line, thousandths, from account and place, to account and place: as `verify` reads it back."""
    return [
        each.item_id,
        thousandths(each.quantity),
        each.source.account,
        each.source.place_id,
        each.target.account,
        each.target.place_id,
    ]


def _as_row(each: Move, act: Act, entry: JournalEntry) -> dict[str, object]:
    return {
        "entry_seq": entry.seq,
        "item_id": each.item_id,
        "act": act,
        "quantity": each.quantity,
        "source_account": each.source.account,
        "source_place_id": each.source.place_id,
        "target_account": each.target.account,
        "target_place_id": each.target.place_id,
    }
