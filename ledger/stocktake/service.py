"""Counting: opening a stocktake, the two counts, the recount, explaining and confirming what differs."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.db import thousandths
from ledger.duties import Part, check_duty
from ledger.goods.measures import find_measure
from ledger.goods.models import Movement, Place, Position
from ledger.goods.rules import Account, Act
from ledger.goods.service import Move, Spot, move, note_counted, outside
from ledger.journal.service import record
from ledger.stocktake.models import COLUMN, CountLine, Stocktake
from ledger.stocktake.queries import closing_of, moved_since_frozen
from ledger.stocktake.workflow import (
    OPEN,
    STATE_NAMES,
    Action,
    AlreadyCounting,
    Cause,
    CountFinished,
    CountIncomplete,
    CountMovedOn,
    NotExplained,
    NothingToCount,
    NotWhole,
    NotYourCount,
    State,
    next_state,
)
from ledger.units.models import Unit, User
from ledger.units.service import check_not_shadowed


def open_stocktake(session: Session, unit: Unit, places: Sequence[Place], *, by: User, at: datetime) -> Stocktake:
    """Freeze what the books hold at these locations of the unit, to be counted.

    Raises NothingToCount, or AlreadyCounting if another stocktake is at it.
    """
    held = _stored_at(session, places)
    if not held:
        raise NothingToCount
    _check_not_counting(session, held)
    last = session.scalar(select(func.max(Stocktake.number)).where(Stocktake.unit_id == unit.id)) or 0
    count = Stocktake(
        unit=unit,
        number=last + 1,
        scope="、".join(place.name for place in places)[:500],
        frozen_at=at,
        last_movement_id=session.scalar(select(func.max(Movement.id))) or 0,
        opened_by_id=by.id,
    )
    count.lines = [CountLine(item_id=row.item_id, place_id=row.place_id, book=row.quantity) for row in held]
    session.add(count)
    session.flush()  # the entry names its id
    book = [[row.item_id, row.place_id, thousandths(row.quantity)] for row in held]
    data = {"id": count.id, "number": count.number, "scope": count.scope, "counts": book}
    record(session, "stocktake.opened", by=by, at=at, unit=unit, data=data)
    return count


def part_of(count: Stocktake, person: User) -> Part | None:
    """Return which counter this person is, or would become by beginning now; None if others count.

    Raises nothing: whether they may become it is checked when they note a figure.
    """
    known = {count.first_id: Part.FIRST_COUNTER, count.second_id: Part.SECOND_COUNTER}
    if count.state is State.COUNTING:
        if person.id in known:
            return known[person.id]
        return Part.FIRST_COUNTER if count.first_id is None else known.get(None)
    if count.state is State.RECOUNTING and person.id not in known:
        return Part.RECOUNTER if count.recounter_id in (None, person.id) else None
    return None


def note_figures(session: Session, count: Stocktake, figures: dict[int, Decimal], *, by: User, at: datetime) -> Part:
    """Keep what by counted of some lines, by the ids of the count lines; the first figure makes them a counter.

    Raises CountMovedOn, NotYourCount, CountFinished, DutyConflict, ResetShadow or NotWhole.
    """
    part = _counter(session, count, by, at=at)
    for line in count.lines_for(part):
        if line.id in figures:
            _check_figure(line, figures[line.id])
            setattr(line, COLUMN[part], figures[line.id])
    return part


def finish(session: Session, count: Stocktake, *, by: User, at: datetime) -> None:
    """End by's count. When both are in they are compared; what agrees with the books closes by itself.

    Raises CountMovedOn, NotYourCount, CountFinished or CountIncomplete.
    """
    part = _counter(session, count, by, at=at)
    found = [(line, line.found_by(part)) for line in count.lines_for(part)]
    left = sum(quantity is None for _, quantity in found)
    if left:
        raise CountIncomplete(left=left)
    setattr(count, f"{COLUMN[part]}_done_at", at)
    counts = [[line.item_id, line.place_id, thousandths(quantity)] for line, quantity in found if quantity is not None]
    data = {"id": count.id, "number": count.number, "part": part, "counts": counts}
    record(session, "stocktake.counted", by=by, at=at, unit=count.unit, data=data)
    if count.state is State.RECOUNTING or (count.first_done_at and count.second_done_at):
        _compare(session, count, by=by, at=at)


def explain(count: Stocktake, line: CountLine, *, cause: Cause | None, explanation: str, by: User) -> None:
    """Say why a line differs, as far as it is known. Raises CountMovedOn."""
    if count.state is not State.EXPLAINING:
        raise CountMovedOn(state=STATE_NAMES[count.state])
    line.cause, line.explanation = cause, explanation
    count.explained_by = by


def submit(session: Session, count: Stocktake, *, by: User, at: datetime) -> None:
    """Hand the explained differences to somebody who did not count. Raises CountMovedOn or NotExplained."""
    state = next_state(count.state, Action.EXPLAIN)
    differing = [line for line in count.lines if line.differs]
    left = sum(line.cause is None or not line.explanation for line in differing)
    if left:
        raise NotExplained(left=left)
    count.state, count.explained_by = state, by
    said = [{"item": line.item_id, "cause": line.cause, "explanation": line.explanation} for line in differing]
    data = {"id": count.id, "number": count.number, "differences": said}
    record(session, "stocktake.explained", by=by, at=at, unit=count.unit, data=data)


def confirm(session: Session, count: Stocktake, *, by: User, at: datetime) -> None:
    """Accept the differences, as somebody who did not count; only now do the books move.

    Raises CountMovedOn, DutyConflict, ResetShadow, or NotEnoughGoods where what is missing is under an application.
    """
    state = next_state(count.state, Action.CONFIRM)
    earlier = _earlier(count)
    check_duty(Part.CONFIRMER, by.id, earlier)
    check_not_shadowed(session, by, {person for people in earlier.values() for person in people}, at=at)
    count.confirmer = by
    _note_what_moved(session, count)
    _book_differences(session, count, by=by, at=at)
    _close(session, count, state, by=by, at=at)


def reject(session: Session, count: Stocktake, *, reason: str, by: User, at: datetime) -> None:
    """Send the explanations back. Raises CountMovedOn or DutyConflict."""
    state = next_state(count.state, Action.REJECT)
    check_duty(Part.CONFIRMER, by.id, _earlier(count))
    count.state, count.remark = state, reason
    data = {"id": count.id, "number": count.number, "reason": reason}
    record(session, "stocktake.rejected", by=by, at=at, unit=count.unit, data=data)


def cancel(session: Session, count: Stocktake, *, reason: str, by: User, at: datetime) -> None:
    """Give a stocktake up; the books stay as they are. Raises CountMovedOn."""
    count.state, count.remark, count.closed_at = next_state(count.state, Action.CANCEL), reason, at
    data = {"id": count.id, "number": count.number, "reason": reason}
    record(session, "stocktake.cancelled", by=by, at=at, unit=count.unit, data=data)


def _stored_at(session: Session, places: Sequence[Place]) -> Sequence[Position]:
    query = select(Position).where(
        Position.place_id.in_([place.id for place in places]),
        Position.account == Account.STORED,
        Position.quantity > 0,
    )
    return session.scalars(query.order_by(Position.place_id, Position.item_id)).all()


def _check_not_counting(session: Session, held: Sequence[Position]) -> None:
    busy = session.scalar(
        select(CountLine)
        .join(Stocktake, Stocktake.id == CountLine.stocktake_id)
        .where(CountLine.place_id.in_({row.place_id for row in held}), Stocktake.state.in_(list(OPEN)))
        .limit(1)
    )
    if busy is not None:
        raise AlreadyCounting(location=busy.place.name, number=busy.stocktake.number)


def _counter(session: Session, count: Stocktake, person: User, *, at: datetime) -> Part:
    """Return which counter person is; makes them one if that place is free and nothing speaks against it."""
    if count.state not in (State.COUNTING, State.RECOUNTING):
        raise CountMovedOn(state=STATE_NAMES[count.state])
    earlier = _earlier(count)
    if count.state is State.RECOUNTING:
        check_duty(Part.RECOUNTER, person.id, earlier)
    part = part_of(count, person)
    if part is None:
        names = [counter.name for counter in (count.first, count.second, count.recounter) if counter]
        raise NotYourCount(first=names[0], second=names[-1])
    if count.done_at(part):
        raise CountFinished
    check_not_shadowed(session, person, {other for people in earlier.values() for other in people}, at=at)
    setattr(count, "recounter_id" if part is Part.RECOUNTER else f"{COLUMN[part]}_id", person.id)
    return part


def _earlier(count: Stocktake) -> dict[Part, list[int]]:
    people = {
        Part.FIRST_COUNTER: count.first_id,
        Part.SECOND_COUNTER: count.second_id,
        Part.RECOUNTER: count.recounter_id,
    }
    return {part: [person] for part, person in people.items() if person is not None}


def _check_figure(line: CountLine, quantity: Decimal) -> None:
    measure = find_measure(line.item.measure)
    if quantity < 0 or quantity * 1000 % 1 or (measure and not measure.is_whole_enough(quantity)):
        raise NotWhole(name=line.item.name, measure=line.item.measure)


def _compare(session: Session, count: Stocktake, *, by: User, at: datetime) -> None:
    _note_what_moved(session, count)
    if count.state is State.COUNTING and any(line.is_disputed for line in count.lines):
        count.state = next_state(count.state, Action.DISAGREE)
    elif any(line.differs for line in count.lines):
        count.state = next_state(count.state, Action.DIFFER)
    else:
        _close(session, count, next_state(count.state, Action.AGREE), by=by, at=at)


def _book_differences(session: Session, count: Stocktake, *, by: User, at: datetime) -> None:
    """Move what is short to missing, and what is over from found into the store."""
    source = Spot(Account.FOUND, outside(session).id)
    moves: dict[Act, list[Move]] = {Act.CONFIRM_MISSING: [], Act.BOOK_SURPLUS: []}
    for line in count.lines:
        if not line.differs:
            continue
        difference, here = line.figures.difference, Spot(Account.STORED, line.place_id)
        if difference < 0:
            gone = Spot(Account.MISSING, line.place_id)
            moves[Act.CONFIRM_MISSING].append(Move(line.item_id, -difference, here, gone))
        else:
            moves[Act.BOOK_SURPLUS].append(Move(line.item_id, difference, source, here))
    for act, wanted in moves.items():
        if wanted:
            people = {Part.CONFIRMER: by}
            move(session, wanted, act=act, people=people, by=by, at=at, unit=count.unit, data={"stocktake": count.id})


def _note_what_moved(session: Session, count: Stocktake) -> None:
    """Mark the lines of which something came or went since the books were frozen."""
    moved = moved_since_frozen(session, count)
    for line in count.lines:
        line.moved_meanwhile = (line.item_id, line.place_id) in moved


def _close(session: Session, count: Stocktake, state: State, *, by: User, at: datetime) -> None:
    count.state, count.closed_at = state, at
    found = [(line.item_id, line.place_id) for line in count.lines if not line.moved_meanwhile]
    moved = [line.item_id for line in count.lines if line.moved_meanwhile]
    named = {"id": count.id, "number": count.number, "lines": len(count.lines), "moved_meanwhile": moved}
    data = {**named, **closing_of(count)}
    note_counted(session, found, act="stocktake.closed", by=by, at=at, unit=count.unit, data=data)
