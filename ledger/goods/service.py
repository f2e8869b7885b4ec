"""Moving goods: the one function through which every quantity comes in, goes on and goes out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.db import add_rows, thousandths
from ledger.duties import PART_NAMES, Part, check_duty
from ledger.goods.locations import locations
from ledger.goods.models import Movement, Place, Position
from ledger.goods.rules import (
    ACCOUNT_NAMES,
    ROUTES,
    Account,
    Act,
    Claim,
    LocationClosed,
    NotEnoughGoods,
    NotReserved,
    PartMissing,
    PlaceKind,
    SameLocation,
    check_quantity,
    check_route,
    claim_of,
)
from ledger.journal.models import JournalEntry
from ledger.journal.service import record
from ledger.units.models import Unit, User
from ledger.units.service import check_not_shadowed, has_reset_lately


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
    books: "Books | None" = None,
) -> JournalEntry:
    """Move goods of one unit by one act and record it as one entry of the journal. The door commits.

    people are those who take part as the route of act demands, by is who signed in. All of the moves are made or none.
    books are given where several acts follow one another in one transaction; they then hold what has changed.

    Raises PartMissing, DutyConflict, ResetShadow, RouteNotAllowed, SameLocation, LocationClosed, NothingToMove,
    NotEnoughGoods or NotReserved.
    """
    _check_people(act, people)
    for each in moves:
        check_route(act, each.source.account, each.target.account)
        if each.source == each.target:
            raise SameLocation(location=session.get_one(Place, each.target.place_id).path)
    _check_open(session, {each.target.place_id for each in moves if each.target.account is Account.STORED})
    with nullcontext(books) if books else Books(session, {each.item_id for each in moves}) as held:
        held.check_shadows(moves, people.values(), at=at)
        carried = held.change(moves, claim_of(act))
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
                **({"claims": carried} if carried else {}),
            },
        )
        held.movements += [_as_row(each, act, entry) for each in moves]
    return entry


class Books:
    """The positions of some lines, locked while acts follow one another in one transaction, and what these moved.

    They are read when the books are opened and written when they are closed, so that many acts cost little more than
    one.
    """

    def __init__(self, session: Session, item_ids: Collection[int]) -> None:
        self._session = session
        self._before = _held(session, sorted(item_ids))
        self._now = dict(self._before)
        self._unshadowed: set[int] = set()
        self.movements: list[dict[str, object]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self.movements:
            self._session.flush()  # movements name their entries
            _write_positions(self._session, self._before, self._now)
            add_rows(self._session, Movement.__table__, self.movements)

    def check_shadows(self, moves: Sequence[Move], people: Iterable[User], *, at: datetime) -> None:
        """Raises ResetShadow if one of these people reset the credentials of somebody who acted on these lines."""
        asked = {person.id: person for person in people if person.id not in self._unshadowed}
        if not asked:
            return
        if not has_reset_lately(
            self._session, asked.values(), at=at
        ):  # hardly ever, and the lines' history may be long
            self._unshadowed |= asked.keys()
            return
        hands = {person.id for person in people} | _hands(self._session, moves)
        for person in asked.values():
            check_not_shadowed(self._session, person, hands, at=at)

    def change(self, moves: Sequence[Move], claim: Claim) -> list[list[int]]:
        """Take from the sources, then add to the targets, so that nothing passes through in one act.

        Returns the reservations that went along, as an entry records them: line, place, thousandths more or less.

        Raises NothingToMove, NotEnoughGoods or NotReserved; then nothing has changed.
        """
        after: dict[tuple[int, Spot], _Held] = {}
        claims: list[Decimal] = []
        for each in moves:
            key = (each.item_id, each.source)
            held = after.get(key) or self._now.get(key, _NOTHING)
            check_quantity(each.source.account, each.quantity, held=held.quantity, reserved=held.reserved, claim=claim)
            taken, given = _claimed(held, each.quantity, claim)
            after[key] = _Held(held.quantity - each.quantity, held.reserved - taken, held.counted_at)
            claims.append(given)
        for each, given in zip(moves, claims, strict=True):
            key = (each.item_id, each.target)
            held = after.get(key) or self._now.get(key, _NOTHING)
            after[key] = _Held(held.quantity + each.quantity, held.reserved + given, counted_at=None)
        self._now |= after
        return [
            [each.item_id, spot.place_id, sign * thousandths(given)]
            for each, given in zip(moves, claims, strict=True)
            for spot, sign in ((each.source, -1), (each.target, 1))
            if given and claim is Claim.CARRIED
        ]


@dataclass(frozen=True, slots=True)
class Reserve:
    """A quantity of one line in the store that an application takes (above zero) or gives back (below zero)."""

    item_id: int
    place_id: int
    quantity: Decimal


def reserve(
    session: Session,
    claims: Sequence[Reserve],
    *,
    act: str,
    by: User,
    at: datetime,
    unit: Unit,
    data: Mapping[str, object],
) -> JournalEntry:
    """Change what is spoken for of goods in the store, and record it together with data as one entry. The door commits.

    Raises NotEnoughGoods if more is asked for than lies there free, NotReserved if more is given back than was taken.
    """
    before = _held(session, sorted({each.item_id for each in claims}))
    after = dict(before)
    for each in claims:
        key = (each.item_id, Spot(Account.STORED, each.place_id))
        held = after.get(key, _NOTHING)
        reserved = held.reserved + each.quantity
        if reserved > held.quantity:
            raise NotEnoughGoods(
                source=ACCOUNT_NAMES[Account.STORED], held=held.quantity - held.reserved, wanted=each.quantity
            )
        if reserved < 0:
            raise NotReserved(source=ACCOUNT_NAMES[Account.STORED], held=held.reserved, wanted=-each.quantity)
        after[key] = replace(held, reserved=reserved)
    _write_positions(session, before, after)
    recorded = [[each.item_id, each.place_id, thousandths(each.quantity)] for each in claims]
    return record(session, act, by=by, at=at, unit=unit, data={**data, "claims": recorded})


def note_counted(
    session: Session,
    found: Sequence[tuple[int, int]],
    *,
    act: str,
    by: User,
    at: datetime,
    unit: Unit,
    data: Mapping[str, object],
) -> JournalEntry:
    """Note that a stocktake agrees with what lies in the store at (line, place), and record it. The door commits."""
    before = _held(session, sorted({item_id for item_id, _ in found}))
    keys = {(item_id, Spot(Account.STORED, place_id)) for item_id, place_id in found}
    _write_positions(session, before, {key: replace(before[key], counted_at=at) for key in keys & before.keys()})
    counted = sorted([item_id, place_id] for item_id, place_id in found)
    return record(session, act, by=by, at=at, unit=unit, data={**data, "counted": counted})


def outside(session: Session) -> Place:
    """Return the place of everything beyond the installation."""
    return place(session, None, PlaceKind.OUTSIDE, "outside")


def place(session: Session, unit: Unit | None, kind: PlaceKind, name: str) -> Place:
    """Return the place of this name at the top of unit's tree; makes it if there is none."""
    return places(session, unit, kind, {name})[name]


def places(session: Session, unit: Unit | None, kind: PlaceKind, names: Collection[str]) -> dict[str, Place]:
    """Return the places of these names at the top of unit's tree; makes those that are missing.

    A location is found wherever it hangs, by any text that ledger.goods.locations.locate understands, or refused as
    there.
    """
    unit_id, wanted = unit and unit.id, sorted(names)
    if unit is not None and kind is PlaceKind.LOCATION:
        return locations(session, unit.id, wanted)
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


def _check_open(session: Session, place_ids: Collection[int]) -> None:
    """Raises LocationClosed if goods may come to one of these places no more."""
    if not place_ids:
        return
    found = session.scalar(select(Place).where(Place.id.in_(place_ids), Place.closed_at.is_not(None)).limit(1))
    if found:
        raise LocationClosed(location=found.path)


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


def _write_positions(
    session: Session, before: Mapping[tuple[int, Spot], "_Held"], after: Mapping[tuple[int, Spot], "_Held"]
) -> None:
    changed = [_position(key, held) for key, held in after.items() if held != before.get(key)]
    if changed:
        add_rows(session, Position.__table__, changed, key=_KEY)


def _claimed(held: "_Held", quantity: Decimal, claim: Claim) -> tuple[Decimal, Decimal]:
    """Return how much is reserved less where a quantity leaves, and more where it goes."""
    if claim is Claim.CARRIED:
        carried = max(Decimal(0), quantity - held.quantity + held.reserved)
        return carried, carried
    return quantity * (claim is Claim.CONSUMED), quantity * (claim is Claim.RESTORED)


@dataclass(frozen=True, slots=True)
class _Held:
    quantity: Decimal
    reserved: Decimal
    counted_at: datetime | None


_KEY = ("item_id", "account", "place_id")
_NOTHING = _Held(Decimal(0), Decimal(0), None)


def _held(session: Session, item_ids: Sequence[int]) -> dict[tuple[int, Spot], _Held]:
    """Return what the positions of these lines hold, locked in the order of their keys."""
    found: dict[tuple[int, Spot], _Held] = {}
    columns = (
        Position.item_id,
        Position.account,
        Position.place_id,
        Position.quantity,
        Position.reserved,
        Position.counted_at,
    )
    for start in range(0, len(item_ids), 500):
        rows = session.execute(
            select(*columns)
            .where(Position.item_id.in_(item_ids[start : start + 500]))
            .order_by(Position.item_id, Position.account, Position.place_id)
            .with_for_update()
        )
        for item_id, account, place_id, quantity, reserved, counted_at in rows:
            found[item_id, Spot(account, place_id)] = _Held(quantity, reserved, counted_at)
    return found


def _position(key: tuple[int, Spot], held: _Held) -> dict[str, object]:
    item_id, spot = key
    return {
        "item_id": item_id,
        "account": spot.account,
        "place_id": spot.place_id,
        "quantity": held.quantity,
        "reserved": held.reserved,
        "counted_at": held.counted_at,
    }


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
