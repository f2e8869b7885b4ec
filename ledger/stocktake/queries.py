"""What pages and other areas read about stocktakes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from ledger.cases.rules import months_later
from ledger.db import thousandths
from ledger.duties import Part
from ledger.goods.models import HOLDS_SOME, Item, Movement, Place, Position
from ledger.goods.periods import BEIJING
from ledger.goods.rules import Account, PlaceKind
from ledger.journal.models import JournalEntry
from ledger.stocktake.models import CountBatch, CountEntry, CountExtra, CountLine, CountPlace, CountPlan, Stocktake
from ledger.stocktake.rules import Finding, Taken
from ledger.stocktake.workflow import BLIND, OPEN, State

SHOWN = 50
PARTS = {
    Part.FIRST_COUNTER: Stocktake.first_id,
    Part.SECOND_COUNTER: Stocktake.second_id,
    Part.RECOUNTER: Stocktake.recounter_id,
    Part.CONFIRMER: Stocktake.confirmer_id,
}


def over(session: Session, unit_ids: Collection[int]) -> Sequence[Stocktake]:
    """Return the newest stocktakes of these units that are closed or cancelled."""
    query = select(Stocktake).where(Stocktake.unit_id.in_(unit_ids), Stocktake.state.not_in(list(OPEN)))
    return session.scalars(query.order_by(Stocktake.id.desc()).limit(SHOWN).options(joinedload(Stocktake.unit))).all()


def in_state(session: Session, unit_ids: Collection[int], states: Iterable[State]) -> Sequence[Stocktake]:
    """Return the stocktakes of these units that are in one of these states, oldest first."""
    query = select(Stocktake).where(Stocktake.unit_id.in_(unit_ids), Stocktake.state.in_(list(states)))
    return session.scalars(query.order_by(Stocktake.id)).all()


def veiled_items(session: Session, unit_ids: Collection[int]) -> frozenset[int]:
    """Return the lines whose quantities nobody who counts in these units may see now."""
    open_counts = select(Stocktake.id).where(Stocktake.unit_id.in_(unit_ids), Stocktake.state.in_(list(BLIND)))
    counted = select(CountLine.item_id).where(CountLine.stocktake_id.in_(open_counts))
    sealed = select(CountBatch.place_id).where(CountBatch.stocktake_id.in_(open_counts))
    packed = select(Position.item_id).where(Position.place_id.in_(sealed))
    return frozenset(session.scalars(counted.union(packed)))


def items_packed(session: Session, count: Stocktake) -> dict[int, list[int]]:
    """Return the lines of goods in each sealed batch of a stocktake, by the ids of the places that batches are."""
    places = [batch.place_id for batch in count.batches]
    found: dict[int, list[int]] = {place_id: [] for place_id in places}
    query = select(Position.place_id, Position.item_id).where(Position.place_id.in_(places))
    for place_id, item_id in session.execute(query.order_by(Position.item_id)):
        if item_id not in found[place_id]:
            found[place_id].append(item_id)
    return found


def units_counted_blind(session: Session, unit_ids: Collection[int]) -> frozenset[int]:
    """Return those of these units in which somebody counts blind now."""
    query = select(Stocktake.unit_id).where(Stocktake.unit_id.in_(unit_ids), Stocktake.state.in_(list(BLIND)))
    return frozenset(session.scalars(query))


def locations_with_goods(session: Session, unit_ids: Collection[int]) -> Sequence[Place]:
    """Return the storage locations of these units where the books hold something, by unit and name."""
    held = select(Position.place_id).where(Position.account == Account.STORED, HOLDS_SOME)
    query = select(Place).where(Place.unit_id.in_(unit_ids), Place.kind == PlaceKind.LOCATION, Place.id.in_(held))
    return session.scalars(query.order_by(Place.unit_id, Place.name).options(joinedload(Place.unit))).all()


def lines_at(session: Session, places: Collection[Place]) -> dict[int, int]:
    """Return how many lines the books hold at each of these locations, by the ids of the places."""
    query = select(Position.place_id, func.count()).where(
        Position.place_id.in_([place.id for place in places]), Position.account == Account.STORED, HOLDS_SOME
    )
    return dict(session.execute(query.group_by(Position.place_id)).all())


def places_in_count(session: Session, unit_ids: Collection[int]) -> dict[int, Stocktake]:
    """Return the locations of these units that are being counted, by their ids, each with its stocktake."""
    query = select(Stocktake).where(Stocktake.unit_id.in_(unit_ids), Stocktake.state.in_(list(OPEN)))
    counts = {count.id: count for count in session.scalars(query)}
    lines = select(CountLine.place_id, CountLine.stocktake_id).where(CountLine.stocktake_id.in_(counts)).distinct()
    return {place_id: counts[count_id] for place_id, count_id in session.execute(lines)}


@dataclass(frozen=True, slots=True)
class Covered:
    """A location with goods, and since when nobody has counted all of it."""

    place: Place
    since: datetime
    is_counted: bool
    """Whether it ever was counted; if not, since is when the oldest goods there were registered."""

    def due_on(self, every_months: int) -> date:
        """Return the day by which it is to be counted."""
        return months_later(self.since.astimezone(BEIJING).date(), every_months)


def covered(session: Session, unit_ids: Collection[int]) -> list[Covered]:
    """Return the locations of these units with goods, the one counted longest ago first."""
    oldest = (
        select(func.min(Position.item_id))  # lines are numbered as they are registered
        .where(Position.place_id == Place.id, Position.account == Account.STORED, HOLDS_SOME)
        .correlate(Place)
        .scalar_subquery()
    )
    held = (
        select(Place, Item.registered_at)
        .join(Item, Item.id == oldest)
        .where(Place.unit_id.in_(unit_ids), Place.kind == PlaceKind.LOCATION)
        .options(joinedload(Place.unit))
    )
    counted = (
        select(CountPlace.place_id, func.max(Stocktake.frozen_at))
        .join(Stocktake, Stocktake.id == CountPlace.stocktake_id)
        .where(Stocktake.unit_id.in_(unit_ids), Stocktake.state == State.CLOSED)
        .group_by(CountPlace.place_id)
    )
    last: dict[int, datetime] = dict(session.execute(counted).all())
    found = [
        Covered(place, last.get(place.id, registered_at), place.id in last)
        for place, registered_at in session.execute(held)
    ]
    return sorted(found, key=lambda each: (each.since, each.place.name))


def waiting_plans(session: Session, unit_ids: Collection[int]) -> Sequence[CountPlan]:
    """Return the planned counts of these units that have not begun, by the day they are due."""
    query = select(CountPlan).where(
        CountPlan.unit_id.in_(unit_ids), CountPlan.stocktake_id.is_(None), CountPlan.cancelled_at.is_(None)
    )
    return session.scalars(query.order_by(CountPlan.due_on, CountPlan.id).options(joinedload(CountPlan.unit))).all()


def moved_since_frozen(
    session: Session, count: Stocktake, rows: Iterable[CountLine | CountExtra | CountBatch] | None = None
) -> set[tuple[int, int]]:
    """Return the (line, place) at which goods came or went since the stocktake began, though they may be back.

    Of all of its rows, unless some are named.
    """
    places = {row.place_id for row in (rows or [*count.rows, *count.batches])}
    columns = (Movement.item_id, Movement.source_place_id, Movement.target_place_id)
    query = select(*columns).where(
        Movement.id > count.last_movement_id,
        or_(Movement.source_place_id.in_(places), Movement.target_place_id.in_(places)),
    )
    return {(item_id, place_id) for item_id, *ends in session.execute(query) for place_id in ends}


def came_late(session: Session, count: Stocktake) -> Sequence[CountEntry]:
    """Return the figures that devices sent when they changed nothing any more, in the order of time."""
    query = select(CountEntry).where(CountEntry.stocktake_id == count.id, CountEntry.taken == Taken.LATE)
    return session.scalars(query.order_by(CountEntry.at, CountEntry.id).options(joinedload(CountEntry.user))).all()


def last_counts(
    session: Session, item_ids: Collection[int], *, until: datetime | None = None
) -> dict[tuple[int, int], CountLine]:
    """Return the newest line of a stocktake for each (line, place) that was closed, by until if that is given."""
    query = _closed_lines(item_ids).order_by(CountLine.id)
    if until is not None:
        query = query.where(CountLine.stocktake.has(Stocktake.closed_at <= until))
    found = session.scalars(query).all()
    return {(line.item_id, line.place_id): line for line in found}


def closing_of(session: Session, count: Stocktake) -> dict[str, object]:
    """Return all that a stocktake says when it is closed, as its entry in the journal keeps it.

    A row of counts is the line, the place, and in thousandths what the books said, what the two counters found, and
    what was found when the line was counted again, if it was.
    """
    people = {
        "planner": (count.opened_by, count.frozen_at),
        Part.FIRST_COUNTER.value: (count.first, count.first_done_at),
        Part.SECOND_COUNTER.value: (count.second, count.second_done_at),
        Part.RECOUNTER.value: (count.recounter, count.recount_done_at),
        "explainer": (count.explained_by, None),
        Part.CONFIRMER.value: (count.confirmer, count.closed_at),
    }
    return {
        "scope": count.scope,
        "frozen_at": count.frozen_at.isoformat(),
        "people": {
            part: {"id": person.id, "login": person.login, "name": person.name, "at": at.isoformat() if at else ""}
            for part, (person, at) in people.items()
            if person
        },
        "places": {str(row.place_id): row.place.name for row in count.rows},
        "counts": [[line.item_id, line.place_id, *_figures(line)] for line in count.lines],
        "differences": [
            {"item": line.item_id, "place": line.place_id, "cause": line.cause, "explanation": line.explanation}
            for line in count.lines
            if line.needs_a_word
        ],
        **about_batches(session, count, [_batch(batch) for batch in count.batches]),
    }


def _figures(line: CountLine) -> list[int]:
    figures = line.figures
    found = figures.book, figures.first, figures.second, figures.recount
    return [thousandths(each) for each in found if each is not None]


def about_batches(session: Session, count: Stocktake, said: Sequence[object]) -> dict[str, object]:
    """Return what an entry says of sealed batches, with the lines in them; nothing for a count without batches."""
    packed = {item_id for items in items_packed(session, count).values() for item_id in items}
    return {"batches": said, "packed": sorted(packed)} if count.batches else {}


def _batch(batch: CountBatch) -> dict[str, object]:
    """Return what a stocktake says of a sealed batch when it is closed; weights are in thousandths of a kilogram."""
    parts = (Part.FIRST_COUNTER, Part.SECOND_COUNTER, Part.RECOUNTER)
    findings = {"book": batch.book, **{part.value: batch.found_by(part) for part in parts}}
    return {
        "place": batch.place_id,
        "number": batch.number,
        "event": batch.event,
        "tolerance": thousandths(batch.tolerance_kg),
        "found": {part: recorded(found) for part, found in findings.items() if found},
        "faults": batch.faults,
        "moved_meanwhile": batch.moved_meanwhile,
        "cause": batch.cause if batch.faults else None,
        "explanation": batch.explanation if batch.faults else "",
    }


def recorded(found: Finding) -> list[object]:
    """Return what was found of a sealed batch as entries keep it: condition, label, seal, thousandths of a kilogram."""
    weight = None if found.gross_kg is None else thousandths(found.gross_kg)
    return [found.condition, found.label, found.seal, weight]


def closing_entry(session: Session, count: Stocktake) -> JournalEntry:
    """Return the entry that closed a stocktake."""
    at_once = JournalEntry.act == "stocktake.closed", JournalEntry.unit_id == count.unit_id
    entries = session.scalars(select(JournalEntry).where(*at_once, JournalEntry.at == count.closed_at))
    return next(entry for entry in entries if orjson.loads(entry.body)["data"]["id"] == count.id)


def parts_taken(session: Session, item_ids: Collection[int]) -> dict[Part, set[int]]:
    """Return who counted or confirmed these lines in any stocktake that was not cancelled."""
    taken: defaultdict[Part, set[int]] = defaultdict(set)
    ids = list(item_ids)
    for start in range(0, len(ids), 500):
        counted = select(CountLine.stocktake_id).where(CountLine.item_id.in_(ids[start : start + 500]))
        packed = select(Position.place_id).where(Position.item_id.in_(ids[start : start + 500]))
        sealed = select(CountBatch.stocktake_id).where(CountBatch.place_id.in_(packed))
        query = select(*PARTS.values()).where(
            or_(Stocktake.id.in_(counted), Stocktake.id.in_(sealed)), Stocktake.state != State.CANCELLED
        )
        for row in session.execute(query):
            for part, person in zip(PARTS, row, strict=True):
                if person is not None:
                    taken[part].add(person)
    return dict(taken)


def _closed_lines(item_ids: Collection[int]) -> Select[Any]:
    closed = select(Stocktake.id).where(Stocktake.state == State.CLOSED)
    return (
        select(CountLine)
        .where(
            CountLine.item_id.in_(item_ids), CountLine.stocktake_id.in_(closed), CountLine.moved_meanwhile.is_(False)
        )
        .options(joinedload(CountLine.stocktake))
    )
