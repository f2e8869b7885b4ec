"""Counting: opening a stocktake, the two counts, the recount, explaining and confirming what differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.db import thousandths
from ledger.duties import Part, check_duty
from ledger.goods.measures import find_measure
from ledger.goods.models import HOLDS_SOME, Item, Movement, Place, Position
from ledger.goods.rules import Account
from ledger.goods.service import note_counted
from ledger.journal.service import record
from ledger.stocktake import batches as sealed
from ledger.stocktake.booking import book_differences, closing, counted, found_at
from ledger.stocktake.figures import COLUMN
from ledger.stocktake.models import CountBatch, CountExtra, CountLine, CountPlace, CountPlan, Stocktake
from ledger.stocktake.queries import closing_of, moved_since_frozen
from ledger.stocktake.rules import Finding, Noted, SealedBatch
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
    TooManySpoilt,
    next_state,
)
from ledger.units.models import Unit, User
from ledger.units.service import check_not_shadowed


def open_stocktake(
    session: Session,
    unit: Unit,
    places: Sequence[Place],
    *,
    by: User,
    at: datetime,
    cases: Sequence[Case] = (),
    plan: CountPlan | None = None,
    batches: Sequence[SealedBatch] = (),
    being_packed: Sequence[tuple[str, str]] = (),
) -> Stocktake:
    """Freeze what the books hold at these locations of the unit, or of these cases wherever it lies, to be counted.

    With it the given batches, which are counted by label, seal and weight; those that are being packed it only names.

    Raises NothingToCount, or AlreadyCounting if another stocktake is at some of it.
    """
    held = stored(session, places, cases)
    if not held and not batches:
        raise NothingToCount
    _check_not_counting(session, held)
    packed = sealed.to_count(session, batches)
    last = session.scalar(select(func.max(Stocktake.number)).where(Stocktake.unit_id == unit.id)) or 0
    count = Stocktake(
        unit=unit,
        number=last + 1,
        scope=names_of(places, cases),
        being_packed=[list(each) for each in being_packed],
        frozen_at=at,
        last_movement_id=session.scalar(select(func.max(Movement.id))) or 0,
        opened_by_id=by.id,
        first_id=plan and plan.first_id,
        second_id=plan and plan.second_id,
        plan=plan,
    )
    count.lines = [CountLine(item_id=row.item_id, place_id=row.place_id, book=row.quantity) for row in held]
    count.batches = packed
    session.add(count)
    session.flush()  # the entry names its id
    session.add_all(CountPlace(stocktake_id=count.id, place_id=place.id) for place in places)
    book = [[row.item_id, row.place_id, thousandths(row.quantity)] for row in held]
    data = {"id": count.id, "number": count.number, "kind": count.kind, "scope": count.scope, "counts": book}
    if plan is not None:
        data["plan"] = plan.id
    data |= sealed.opening(session, count)
    if being_packed:
        data["being_packed"] = count.being_packed
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


@dataclass(frozen=True, slots=True)
class Found:
    """What one person found, by the ids of count lines, goods without a line and sealed batches."""

    figures: Mapping[int, Decimal]
    spoilt: Mapping[int, Decimal] = field(default_factory=dict)
    extras: Mapping[int, Decimal] = field(default_factory=dict)
    batches: Mapping[int, Finding] = field(default_factory=dict)


def note_figures(
    session: Session, count: Stocktake, found: Found | Mapping[int, Decimal], *, by: User, at: datetime
) -> Part:
    """Keep what by counted of some lines, by the ids of the count lines; the first figure makes them a counter.

    Raises CountMovedOn, NotYourCount, CountFinished, DutyConflict, ResetShadow, NotWhole, TooManySpoilt or NotWeighed.
    """
    part = as_counter(session, count, by, at=at)
    noted = found if isinstance(found, Found) else Found(found)
    rows: list[CountLine | CountExtra | CountBatch] = [*count.lines_for(part), *count.extras_for(part)]
    for row in [*rows, *count.batches_for(part)]:
        note_row(row, part, noted, at=at)
    return part


def note_row(row: CountLine | CountExtra | CountBatch, part: Part, found: Found, *, at: datetime) -> None:
    """Keep what was found of one thing, if anything was. Raises NotWhole, TooManySpoilt or NotWeighed."""
    if isinstance(row, CountBatch):
        if row.id in found.batches:
            sealed.check_finding(row, found.batches[row.id])
            sealed.keep_finding(row, part, found.batches[row.id], at=at)
        return
    figures, spoilt = (found.figures, found.spoilt) if isinstance(row, CountLine) else (found.extras, {})
    if row.id in figures or row.id in spoilt:
        figure = figures.get(row.id, row.found_by(part) or Decimal(0))
        noted = Noted(figure, spoilt.get(row.id, row.spoilt_by(part) or Decimal(0)))
        check_figure(row, noted.found)
        check_figure(row, noted.spoilt)
        if noted.spoilt > noted.found:
            raise TooManySpoilt(name=row.item.name if isinstance(row, CountLine) else row.name)
        row.note(part, noted, at=at)


def finish(session: Session, count: Stocktake, *, by: User, at: datetime) -> None:
    """End by's count. When both are in they are compared; what agrees with the books closes by itself.

    Raises CountMovedOn, NotYourCount, CountFinished or CountIncomplete.
    """
    part = as_counter(session, count, by, at=at)
    lines, extras = count.lines_for(part), count.extras_for(part)
    left = sum(line.found_by(part) is None for line in lines) + sum(extra.found_by(part) is None for extra in extras)
    left += sum(batch.found_by(part) is None for batch in count.batches_for(part))
    if left:
        raise CountIncomplete(left=left)
    setattr(count, f"{COLUMN[part]}_done_at", at)
    data = {**counted(count, part, lines, extras), **sealed.counted(session, count, part)}
    record(session, "stocktake.counted", by=by, at=at, unit=count.unit, data=data)
    if count.state is State.RECOUNTING or (count.first_done_at and count.second_done_at):
        _compare(session, count, by=by, at=at)


def explain(count: Stocktake, line: CountLine | CountBatch, *, cause: Cause | None, explanation: str, by: User) -> None:
    """Say why a line or a batch differs, as far as it is known. Raises CountMovedOn."""
    check_explaining(count)
    line.cause, line.explanation = cause, explanation
    count.explained_by = by


def submit(session: Session, count: Stocktake, *, by: User, at: datetime) -> None:
    """Hand the explained differences to somebody who did not count. Raises CountMovedOn or NotExplained."""
    state = next_state(count.state, Action.EXPLAIN)
    differing = [line for line in count.lines if line.needs_a_word]
    left = sum(line.cause is None or not line.explanation for line in differing)
    batches = [batch for batch in count.batches if batch.faults]
    left += sum(batch.cause is None or not batch.explanation for batch in batches)
    left += sum(extra.needs_a_word and not extra.explanation for extra in count.extras)
    if left:
        raise NotExplained(left=left)
    count.state, count.explained_by = state, by
    said = [{"item": line.item_id, "cause": line.cause, "explanation": line.explanation} for line in differing]
    data = {"id": count.id, "number": count.number, "differences": said}
    if batches:
        data["batches"] = [[each.place_id, each.cause, each.explanation] for each in batches]
    record(session, "stocktake.explained", by=by, at=at, unit=count.unit, data=data)


def confirm(session: Session, count: Stocktake, *, by: User, at: datetime) -> None:
    """Accept the differences, as somebody who did not count; only now do the books move.

    What is left of a line that is short after all is frozen, and what is in a batch that differs.

    Raises CountMovedOn, DutyConflict, ResetShadow, or NotEnoughGoods where what is missing is under an application.
    """
    state = next_state(count.state, Action.CONFIRM)
    earlier = _earlier(count)
    check_duty(Part.CONFIRMER, by.id, earlier)
    check_not_shadowed(session, by, {person for people in earlier.values() for person in people}, at=at)
    count.confirmer = by
    _note_what_moved(session, count)
    book_differences(session, count, by=by, at=at)
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


def stored(session: Session, places: Sequence[Place], cases: Sequence[Case]) -> Sequence[Position]:
    """Return what the books hold in the store at these locations, or of these cases at any location."""
    query = select(Position).where(Position.account == Account.STORED, HOLDS_SOME)
    if cases:
        query = query.join(Position.item).where(Item.case_id.in_([case.id for case in cases]))
    else:
        query = query.where(Position.place_id.in_([place.id for place in places]))
    return session.scalars(query.order_by(Position.place_id, Position.item_id)).all()


def names_of(places: Sequence[Place], cases: Sequence[Case]) -> str:
    """Return what is counted, as a stocktake keeps it: the names of the locations, the numbers of the cases."""
    return "、".join([place.name for place in places] or [case.number for case in cases])[:500]


def _check_not_counting(session: Session, held: Sequence[Position]) -> None:
    wanted = {(row.item_id, row.place_id) for row in held}
    query = (
        select(CountLine)
        .join(Stocktake, Stocktake.id == CountLine.stocktake_id)
        .where(CountLine.place_id.in_({row.place_id for row in held}), Stocktake.state.in_(list(OPEN)))
    )
    for busy in session.scalars(query):
        if (busy.item_id, busy.place_id) in wanted:
            raise AlreadyCounting(location=busy.place.name, number=busy.stocktake.number)


def as_counter(session: Session, count: Stocktake, person: User, *, at: datetime) -> Part:
    """Return which counter person is; makes them one. Raises what may_count_as raises."""
    part = may_count_as(session, count, person, at=at)
    begin_as(count, part, person)
    return part


def may_count_as(session: Session, count: Stocktake, person: User, *, at: datetime) -> Part:
    """Return which counter person is, or could become: that place is free and nothing speaks against it.

    Raises CountMovedOn, NotYourCount, CountFinished, DutyConflict or ResetShadow.
    """
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
    return part


def begin_as(count: Stocktake, part: Part, person: User) -> None:
    """Let person be this counter."""
    setattr(count, "recounter_id" if part is Part.RECOUNTER else f"{COLUMN[part]}_id", person.id)


def check_explaining(count: Stocktake) -> None:
    """Raises CountMovedOn unless differences are being explained."""
    if count.state is not State.EXPLAINING:
        raise CountMovedOn(state=STATE_NAMES[count.state])


def _earlier(count: Stocktake) -> dict[Part, list[int]]:
    people = {
        Part.FIRST_COUNTER: count.first_id,
        Part.SECOND_COUNTER: count.second_id,
        Part.RECOUNTER: count.recounter_id,
    }
    return {part: [person] for part, person in people.items() if person is not None}


def check_figure(row: CountLine | CountExtra, quantity: Decimal) -> None:
    """Raises NotWhole if so much of these goods cannot be there."""
    goods = row.item if isinstance(row, CountLine) else row
    measure = find_measure(goods.measure)
    if quantity < 0 or quantity * 1000 % 1 or (measure and not measure.is_whole_enough(quantity)):
        raise NotWhole(name=goods.name, measure=goods.measure)


def _compare(session: Session, count: Stocktake, *, by: User, at: datetime) -> None:
    _note_what_moved(session, count)
    if count.state is State.COUNTING and any(row.is_disputed for row in [*count.rows, *count.batches]):
        count.state = next_state(count.state, Action.DISAGREE)
    elif (
        any(line.needs_a_word for line in count.lines)
        or any(extra.differs for extra in count.extras)
        or any(batch.faults for batch in count.batches)
    ):
        count.state = next_state(count.state, Action.DIFFER)
    else:
        _close(session, count, next_state(count.state, Action.AGREE), by=by, at=at)


def _note_what_moved(session: Session, count: Stocktake) -> None:
    """Mark the lines of which something came or went since the books were frozen."""
    moved = moved_since_frozen(session, count)
    for line in count.lines:
        line.moved_meanwhile = (line.item_id, line.place_id) in moved
    for extra in count.extras:
        taken_for = extra.line
        extra.moved_meanwhile = taken_for is not None and (
            taken_for.moved_meanwhile or (taken_for.item_id, extra.place_id) in moved
        )
    places = {place_id for _, place_id in moved}
    for batch in count.batches:
        batch.moved_meanwhile = batch.place_id in places


def _close(session: Session, count: Stocktake, state: State, *, by: User, at: datetime) -> None:
    count.state, count.closed_at = state, at
    data = {**closing(count), **closing_of(session, count)}
    note_counted(session, found_at(count), act="stocktake.closed", by=by, at=at, unit=count.unit, data=data)
