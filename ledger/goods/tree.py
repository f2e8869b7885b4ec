"""What pages read of the locations of a store: the tree, and what lies where in it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import orjson
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from ledger.codes import BadCode, read_code
from ledger.goods.locations import ADDED, CLOSED, HUNG, OPENED
from ledger.goods.models import HOLDS_SOME, SEPARATOR, Item, Place, Position
from ledger.goods.queries import MANY, PAGE, history_of
from ledger.goods.rules import Account, PlaceKind
from ledger.journal.models import JournalEntry

SHOWN = 300
"""How many locations a page shows at most."""
_NONE = Decimal(0)
_ACTS = 1_000
"""How many acts on the tree of a unit are looked through for those on one location."""
_LYING = Position.account == Account.STORED, HOLDS_SOME


@dataclass(slots=True)
class Lying:
    """What lies at a location: how many lines, MANY + 1 standing for more, and how much per unit of measure."""

    lines: int = 0
    totals: dict[str, Decimal] | None = field(default_factory=dict)
    """None where they must not be told, or are too many to add up."""
    is_veiled: bool = False


def of_label(session: Session, text: str) -> Place | None:
    """Return the location whose label text is, typed or scanned, in whatever unit's store it is."""
    try:
        return session.scalar(select(Place).where(Place.code == read_code(text)))
    except BadCode:
        return None


def tree_of(session: Session, unit_id: int, below: Place | None = None) -> list[tuple[int, Place]]:
    """Return the locations of a unit, or those below one of them, as the tree shows them, each with its depth.

    Of more than SHOWN the deeper ones are left out.
    """
    top, depth = (None if below is None else below.id), 0
    children = defaultdict[int | None, list[Place]](list)
    level: Sequence[int | None] = [top]
    left = SHOWN
    while level and left > 0:
        hanging = Place.parent_id.is_(None) if level == [None] else Place.parent_id.in_(level)
        query = select(Place).where(Place.unit_id == unit_id, Place.kind == PlaceKind.LOCATION, hanging)
        found = session.scalars(query.order_by(Place.name).limit(left)).all()
        for place in found:
            children[place.parent_id].append(place)
        level, left = [place.id for place in found], left - len(found)
    shown: list[tuple[int, Place]] = []
    waiting = [(depth, place) for place in reversed(children[top])]
    while waiting:
        depth, place = waiting.pop()
        shown.append((depth, place))
        waiting.extend((depth + 1, child) for child in reversed(children[place.id]))
    return shown


def count_locations(session: Session, unit_ids: Collection[int]) -> dict[int, int]:
    """Return how many locations each of these units has; units without any are left out."""
    query = select(Place.unit_id, func.count()).where(Place.unit_id.in_(unit_ids), Place.kind == PlaceKind.LOCATION)
    return {unit_id: count for unit_id, count in session.execute(query.group_by(Place.unit_id)) if unit_id}


def find(session: Session, unit_ids: Collection[int], words: str) -> Sequence[Place]:
    """Return the locations of these units whose names hold words, or whose label they are; at most SHOWN."""
    labelled = of_label(session, words)
    if labelled is not None and labelled.unit_id in unit_ids:
        return [labelled]
    query = select(Place).where(Place.unit_id.in_(unit_ids), Place.kind == PlaceKind.LOCATION)
    named = query.where(Place.name.contains(words, autoescape=True)).order_by(Place.unit_id, Place.name)
    return session.scalars(named.limit(SHOWN).options(joinedload(Place.unit))).all()


def offered(session: Session, unit_ids: Collection[int]) -> list[str]:
    """Return the paths of open locations of these units, to choose from while typing; at most SHOWN."""
    named = select(Place.id, Place.parent_id, Place.name)
    ours = named.where(Place.unit_id.in_(unit_ids), Place.kind == PlaceKind.LOCATION, Place.closed_at.is_(None))
    shown = session.execute(ours.order_by(Place.parent_id, Place.name).limit(SHOWN)).all()
    known = {place.id: place for place in shown}
    while missing := {place.parent_id for place in known.values()} - known.keys() - {None}:
        known |= {place.id: place for place in session.execute(named.where(Place.id.in_(missing)))}

    def path(place: Row[int, int | None, str]) -> str:
        return place.name if place.parent_id is None else f"{path(known[place.parent_id])}{SEPARATOR}{place.name}"

    return sorted({path(place) for place in shown})


def lying_at(session: Session, places: Collection[Place], *, veiled: Collection[int]) -> dict[int, Lying]:
    """Return what lies at each of these locations itself; quantities of none where a line is veiled."""
    found = {place.id: Lying() for place in places}
    some = select(Position.item_id).where(Position.place_id == Place.id, *_LYING).limit(MANY + 1).correlate(Place)
    counted = select(Place.id, select(func.count()).select_from(some.subquery()).scalar_subquery())
    for place_id, lines in session.execute(counted.where(Place.id.in_(found))):
        found[place_id].lines = lines
    if sum(lying.lines for lying in found.values()) > MANY:
        for lying in found.values():
            lying.totals = None
        return found
    columns = (Position.place_id, Position.item_id, Item.measure, Position.quantity)
    query = select(*columns).join(Item, Item.id == Position.item_id).where(Position.place_id.in_(found), *_LYING)
    for place_id, item_id, measure, quantity in session.execute(query):
        totals = found[place_id].totals
        if item_id in veiled:
            found[place_id].totals, found[place_id].is_veiled = None, True
        elif totals is not None:
            totals[measure] = totals.get(measure, _NONE) + quantity
    return found


def summed(tree: Sequence[tuple[int, Place]], lying: dict[int, Lying]) -> dict[int, Lying]:
    """Return what lies at each location of a tree or below it; lying has what lies at each itself."""
    sums = {place.id: replace(lying[place.id]) for _, place in tree}
    for _, place in reversed(tree):
        here, above = sums[place.id], sums.get(place.parent_id or 0)
        if above is not None:
            above.lines += here.lines
            above.is_veiled = above.is_veiled or here.is_veiled
            if above.totals is None or here.totals is None:
                above.totals = None
            else:
                both = above.totals.keys() | here.totals.keys()
                above.totals = {
                    measure: above.totals.get(measure, _NONE) + here.totals.get(measure, _NONE) for measure in both
                }
    return sums


@dataclass(frozen=True, slots=True)
class Contents:
    """A part of what lies at a location, newest line first, and the cursors to the parts beside it."""

    positions: Sequence[Position]
    older: int | None
    newer: int | None


def contents_of(session: Session, place: Place, *, before: int | None = None, after: int | None = None) -> Contents:
    """Return what lies at a location: the lines with ids below before, or above after, or the newest."""
    query = select(Position).where(Position.place_id == place.id, *_LYING)
    query = query.options(joinedload(Position.item).options(joinedload(Item.unit), selectinload(Item.positions)))
    if after is not None:
        rows = list(session.scalars(query.where(Position.item_id > after).order_by(Position.item_id).limit(PAGE + 1)))
        has_newer, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        ids = [row.item_id for row in rows]
        return Contents(rows, ids[-1] if ids else None, ids[0] if has_newer else None)
    if before is not None:
        query = query.where(Position.item_id < before)
    rows = list(session.scalars(query.order_by(Position.item_id.desc()).limit(PAGE + 1)))
    has_older, rows = len(rows) > PAGE, rows[:PAGE]
    ids = [row.item_id for row in rows]
    return Contents(rows, ids[-1] if has_older else None, ids[0] if before is not None and ids else None)


def life_of_location(session: Session, place: Place) -> list[JournalEntry]:
    """Return the newest acts by which goods came to a location or left it, or which changed it, newest first."""
    query = select(JournalEntry).where(
        JournalEntry.act.in_((ADDED, HUNG, CLOSED, OPENED)), JournalEntry.unit_id == place.unit_id
    )
    about = session.scalars(query.order_by(JournalEntry.seq.desc()).limit(_ACTS))
    own = [entry for entry in about if orjson.loads(entry.body)["data"]["id"] == place.id]
    return sorted([*own, *history_of(session, place.id)], key=lambda entry: -entry.seq)[:PAGE]
