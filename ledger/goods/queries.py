"""What pages and reports read about goods."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import orjson
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from ledger.duties import Part
from ledger.goods.filters import Filter, Lines, lines_of
from ledger.goods.models import HOLDS_SOME, Item, Movement, Position
from ledger.goods.periods import BEIJING
from ledger.goods.rules import SOURCES, Account, Act
from ledger.journal.models import JournalEntry

PAGE = 50
MANY = 10_000
"""Lists are counted up to here and then said to be longer."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and the lines beside which the parts before and after it begin."""

    items: Sequence[Item]
    before: int | None
    """Of the part before: the line that comes after it."""
    after: int | None
    """Of the part after: the line that comes before it."""
    is_cut: bool
    """Whether the part ends where it does because enough lines were looked through."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many lines there are, or at least how many."""

    lines: int
    is_all: bool


def page_of_lines(session: Session, lines: Lines, *, after: int | None = None, before: int | None = None) -> Page:
    """Return the lines that follow the line after, or come before the line before, or the first; at any depth alike."""
    is_back = before is not None
    options = [selectinload(Item.positions.and_(HOLDS_SOME))]  # where it has been would be most of them
    start = before if is_back else after
    rows, looked_to = lines.some(session, PAGE + 1, start=start, is_back=is_back, options=options)
    items = rows[:PAGE][::-1] if is_back else rows[:PAGE]
    far = items[0 if is_back else -1].id if len(rows) > PAGE else looked_to
    near = None if start is None or not items else items[-1 if is_back else 0].id
    page_before, page_after = (far, near) if is_back else (near, far)
    return Page(items, page_before, page_after, is_cut=looked_to is not None)


def count_lines(session: Session, wanted: Filter, *, up_to: int = MANY) -> int:
    """Return how many lines there are, up_to + 1 standing for more than that."""
    lines = lines_of(session, wanted)
    return _count(session, lines, lines.query, up_to)


def count_roughly(session: Session, lines: Lines) -> Count:
    """Return how many lines there are, or at least how many, without going through all that there are."""
    query, is_all = lines.first_stretch(session)
    count = _count(session, lines, query, MANY)
    return Count(min(count, MANY), is_all and count <= MANY)


def _count(session: Session, lines: Lines, query: Select[Item], up_to: int) -> int:
    known = lines.known(up_to)
    if known is not None:
        return known
    some = query.with_only_columns(Item.id).limit(up_to + 1)
    if lines.walk is not None:
        some = some.order_by(*lines.order())  # or a database may look through all lines for the few that meet the rest
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def life_of(session: Session, item: Item) -> Sequence[tuple[Movement, JournalEntry]]:
    """Return the movements of a line with their entries, newest first."""
    rows = session.execute(
        select(Movement, JournalEntry)
        .join(JournalEntry, JournalEntry.seq == Movement.entry_seq)
        .where(Movement.item_id == item.id)
        .order_by(Movement.id.desc())
    )
    return [(movement, entry) for movement, entry in rows]


def history_of(session: Session, place_id: int) -> Sequence[JournalEntry]:
    """Return the newest acts by which goods came to a place or left it, newest first."""
    touching: set[int] = set()
    for column in (Movement.source_place_id, Movement.target_place_id):  # each by its own index, from the end
        seqs = select(Movement.entry_seq).distinct().where(column == place_id).order_by(Movement.entry_seq.desc())
        touching.update(session.scalars(seqs.limit(PAGE)))
    newest = sorted(touching)[-PAGE:]
    return session.scalars(
        select(JournalEntry).where(JournalEntry.seq.in_(newest)).order_by(JournalEntry.seq.desc())
    ).all()


def accounts_at(session: Session, place_id: int) -> frozenset[Account]:
    """Return the accounts that hold goods at a place."""
    return frozenset(session.scalars(select(Position.account).where(Position.place_id == place_id, HOLDS_SOME)))


ON_THE_WAY = {account: place for place, account in enumerate(Account)}
"""The place of each account on the way of goods, by which lists are sorted."""


def standing(item: Item) -> list[Position]:
    """Return where the line's goods lie now, in the order of their way; what they came from is left out."""
    held = [position for position in item.positions if position.account not in SOURCES and position.quantity]
    return sorted(held, key=lambda position: (ON_THE_WAY[position.account], position.place.name))


def totals_by_measure(session: Session, wanted: Filter) -> list[tuple[str, Decimal]]:
    """Return the listed quantities per unit of measure, greatest first; they are never added up across units."""
    total = func.sum(Item.quantity, type_=Item.quantity.type)
    query = lines_of(session, wanted).query.with_only_columns(Item.measure, total).group_by(Item.measure)
    return sorted(((measure, amount) for measure, amount in session.execute(query)), key=lambda row: -row[1])


def stored_since(session: Session, items: Collection[Item]) -> dict[int, date]:
    """Return the day on which each of these lines first came into the store, where that is on record, by their ids."""
    found = {item.id: item.stored_on for item in items if item.stored_on}
    ids = sorted({item.id for item in items} - found.keys())
    for start in range(0, len(ids), 500):
        is_intake = Movement.item_id.in_(ids[start : start + 500]) & (Movement.act == Act.STORE_IN)
        query = select(Movement.item_id, func.min(JournalEntry.at)).join(JournalEntry).where(is_intake)
        rows = session.execute(query.group_by(Movement.item_id))
        found |= {item_id: at.astimezone(BEIJING).date() for item_id, at in rows}
    return found


def parts_taken(session: Session, item_ids: Collection[int]) -> dict[Part, set[int]]:
    """Return who took which part in moving these lines, as the journal has it."""
    taken: defaultdict[Part, set[int]] = defaultdict(set)
    ids, seen = list(item_ids), set[int]()
    for start in range(0, len(ids), 500):
        touching = select(Movement.entry_seq).where(Movement.item_id.in_(ids[start : start + 500]))
        query = select(JournalEntry.seq, JournalEntry.body).where(JournalEntry.seq.in_(touching))
        for seq, body in session.execute(query):
            if seq not in seen:
                seen.add(seq)
                for part, person in orjson.loads(body)["data"].get("people", {}).items():
                    taken[Part(part)].add(person["id"])
    return dict(taken)
