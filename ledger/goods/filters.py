"""Which lines a list shows, found among millions at any depth, whatever is asked of them together, in any order.

Each filter names a set of lines and can be asked of a single line. Of the sets that are small the smallest is looked
up; where none is, lines are walked in the order of the list, a stretch at a time. No database knows beforehand which of
the two is quicker: on SQLite it would guess, and guess wrongly by a factor of a thousand.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ColumnExpressionArgument,
    Row,
    Select,
    SQLColumnExpression,
    UnaryExpression,
    and_,
    func,
    null,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from ledger.errors import N_, Message
from ledger.goods.classes import EnvClass
from ledger.goods.models import HELD_SINCE, HOLDS_SOME, WORTH, Item, Place, Position
from ledger.goods.rules import Account, PlaceKind, parts_of_path
from ledger.goods.search import ROWS, Matches, matching

FEW = 10_000
"""Up to how many lines a set is looked up as a whole."""
_SORTED = 5
"""So many times as many are looked up to be sorted by something else than their ids."""
_NAMED = 500
"""Up to how many lines are named in a query, so that a database need not guess how many they are."""
_STRETCH = 2_000
"""How many lines are looked through first; each stretch that follows is twice as long."""
_STRETCHES = 5
"""After how many stretches a walk that finds too little for a page stops, and says where."""


@dataclass(frozen=True, slots=True)
class Walk:
    """The lines themselves, or rows beside them, that an index has in the order of their ids."""

    key: SQLColumnExpression[int]
    """The id of the line."""
    rows: Any
    """Where they stand."""
    where: tuple[ColumnElement[bool], ...]
    """Which rows are meant; the index begins with it."""
    once: ColumnElement[bool] | None = None
    """Leaves one of the rows of a line, where there may be several."""
    is_wider: bool = False
    """Whether lines have such rows that do not meet the condition."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something asked of lines: a query for ids, all that meet it among them, and the same asked of one Item."""

    ids: Select[int] | None
    """None where no index names them."""
    asked: ColumnElement[bool]
    is_exact: bool = True
    """Whether all of the ids meet it."""
    is_once: bool = True
    """Whether each of the ids is there once."""
    walk: Walk | None = None
    """The rows that every line has which meets it, if an index has them in order: those are walked, not all lines."""


class Order(StrEnum):
    """How a list is sorted."""

    NEWEST = "newest"
    OLDEST = "oldest"
    WORTH = "worth"
    HELD = "held"


ORDER_NAMES: dict[Order, Message] = {
    Order.NEWEST: N_("Newest first"),
    Order.OLDEST: N_("Oldest first"),
    Order.WORTH: N_("Highest value first"),
    Order.HELD: N_("Held longest first"),
}
_BY_ID = frozenset({Order.NEWEST, Order.OLDEST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which lines a list shows, and how it is sorted. unit_ids is what the reader may see; None means all there are."""

    unit_ids: Collection[int] | None
    query: str = ""
    account: Account | None = None
    case_id: int | None = None
    category: str = ""
    env_class: EnvClass | None = None
    location: str = ""
    """Name, or its beginning, or path of a storage location: some of it lies there or below."""
    further: Sequence[Condition] = ()
    """What areas above ask of the line beside that."""
    order: Order = Order.NEWEST


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines that a filter lets through: the query for them, and the keys that sort them, the last one their id."""

    query: Select[Item]
    keys: tuple[SQLColumnExpression[Any], ...]
    is_down: bool
    walk: Select[Any] | None
    """The query for the keys of the lines to be asked one by one; None where those that are wanted were looked up."""
    size: int | None
    """How many they are, FEW + 1 standing for more, where that is known."""
    leaps: tuple[Walk, ...] = ()
    """In which every line is, too, when they are walked by their ids: from one that is next in all of them."""
    is_patient: bool = False
    """Whether a walk goes on until a page is full: a search must not seem to have found nothing."""

    def order(self, *, is_back: bool = False) -> tuple[UnaryExpression[Any], ...]:
        """Return what the query is to be ordered by; from its end to its beginning if is_back."""
        return tuple(key.asc() if self.is_down is is_back else key.desc() for key in self.keys)

    def known(self, up_to: int) -> int | None:
        """Return how many they are, up_to + 1 standing for more; None if they have to be counted."""
        if self.size is None or (self.size > FEW and up_to > FEW):
            return None
        return min(self.size, up_to + 1)

    def some(
        self, session: Session, number: int, *, start: int | None, is_back: bool = False, options: Sequence[Any] = ()
    ) -> tuple[list[Item], int | None]:
        """Return so many lines that come after the line start, or before it if is_back, or else the first ones.

        If there were too many others between them, they are fewer, and the id of the line up to which was looked goes
        with them.
        """
        found: list[Item] = []
        ordered = self.query.options(*options).order_by(*self.order(is_back=is_back))
        since = self._keys_of(session, start)
        for doubled in count() if self.is_patient else range(_STRETCHES):
            nearest = [self._next_in(session, leap, since, is_back=is_back) for leap in self.leaps]
            if None in nearest:
                return found, None
            if nearest:
                since = self._just_before([reached for reached in nearest if reached], is_back=is_back)
            end = self._end(session, since, _STRETCH << doubled, is_back=is_back)
            query = ordered if since is None else ordered.where(self._is_past(since, is_back=is_back))
            if end is not None:
                query = query.where(self._is_past(end, is_back=not is_back, itself=True))
            found += session.scalars(query.limit(number - len(found)))
            if end is None or len(found) == number:
                return found, None
            since = end
        return found, None if since is None else int(since[-1])

    def first_stretch(self, session: Session) -> tuple[Select[Item], bool]:
        """Return the query for what is wanted of the lines that are looked through first, and whether that is all."""
        end = self._end(session, None, _STRETCH, is_back=False)
        if end is None:
            return self.query, True
        return self.query.where(self._is_past(end, is_back=True, itself=True)), False

    def _keys_of(self, session: Session, item_id: int | None) -> Sequence[Any] | None:
        """Return the keys of a line; they never change."""
        if item_id is None or len(self.keys) == 1:
            return None if item_id is None else (item_id,)
        return session.execute(select(*self.keys[:-1], Item.id).where(Item.id == item_id)).first()

    def _next_in(self, session: Session, leap: Walk, since: Sequence[Any] | None, *, is_back: bool) -> int | None:
        """Return the next line in a walk; None if there is none: goods of two ages may lie far apart."""
        is_below = self.is_down is not is_back
        rest = [] if since is None else [leap.key < since[-1] if is_below else leap.key > since[-1]]
        order = leap.key.desc() if is_below else leap.key.asc()
        return session.scalar(select(leap.key).where(*leap.where, *rest).order_by(order).limit(1))

    def _just_before(self, nearest: Sequence[int], *, is_back: bool) -> tuple[int]:
        """Return the keys after which the farthest of these lines comes next."""
        return (min(nearest) + 1,) if self.is_down is not is_back else (max(nearest) - 1,)

    def _end(self, session: Session, since: Sequence[Any] | None, length: int, *, is_back: bool) -> Row[Any] | None:
        """Return the keys of the last line of a stretch; None if all the rest is no longer."""
        if self.walk is None:
            return None
        query = self.walk if since is None else self.walk.where(self._is_past(since, is_back=is_back))
        return session.execute(query.order_by(*self.order(is_back=is_back)).offset(length).limit(1)).first()

    def _is_past(self, keys: Sequence[Any], *, is_back: bool, itself: bool = False) -> ColumnElement[bool]:
        """Return whether a line comes after the one with these keys, or before it if is_back, or is it itself."""
        *first, last = self.keys
        values: list[Any]
        *values, item_id = keys
        is_below = self.is_down is not is_back
        past: ColumnElement[bool]
        if itself:
            past = (last <= item_id) if is_below else (last >= item_id)
        else:
            past = (last < item_id) if is_below else (last > item_id)
        for key, value in zip(first, values, strict=True):
            within, beyond = (key <= value, key < value) if is_below else (key >= value, key > value)
            past = and_(within, or_(beyond, past))  # the range by itself, so that an index leads to it
        return past


def lines_of(session: Session, wanted: Filter) -> Lines:
    """Return the lines that are wanted."""
    conditions = list(_conditions(session, wanted))
    keys, is_down = _KEYS[wanted.order], wanted.order in (Order.NEWEST, Order.WORTH)
    few = FEW if wanted.order in _BY_ID else FEW * _SORTED
    sizes = [(_size(session, condition.ids, few), place) for place, condition in enumerate(conditions)]
    size, leading = min(sizes, default=(few + 1, 0))
    walks = [(place, each.walk) for place, each in enumerate(conditions) if each.walk and wanted.order in _BY_ID]
    if size > few and walks:
        leading, _walk = walks[-1]  # what becomes of goods goes with their age: from the newest on it may be far
    if size > few and not walks:
        query = select(Item).where(*(condition.asked for condition in conditions))
        return Lines(query, keys, is_down, select(*keys) if conditions else None, None)
    lead = conditions.pop(leading)
    others = [each.asked for each in conditions] + ([] if lead.is_exact else [lead.asked])
    known = size if lead.is_exact and not others and (lead.is_once or size > FEW) else None
    if size <= few and lead.ids is not None:
        # Looked up before all else, or PostgreSQL would ask each line for them in the order of the list.
        found = lead.ids.cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
        chosen = session.scalars(lead.ids).all() if size <= _NAMED else select(found.c[0])
        return Lines(select(Item).where(Item.id.in_(chosen), *others), keys, is_down, None, known)
    *leaps, walk = (walk for _place, walk in walks)
    others += [lead.asked] if walk.is_wider and lead.is_exact else []
    query = select(Item).where(*walk.where, *others, *([] if walk.once is None else [walk.once]))
    if walk.rows is not Item:
        query = query.join(walk.rows, walk.key == Item.id)
    stretches = select(walk.key).select_from(walk.rows).where(*walk.where) if others else None
    return Lines(query, (walk.key,), is_down, stretches, known, tuple(leaps), is_patient=not conditions)


_KEYS: dict[Order, tuple[SQLColumnExpression[Any], ...]] = {
    Order.NEWEST: (Item.id,),
    Order.OLDEST: (Item.id,),
    Order.WORTH: (WORTH, Item.id),
    Order.HELD: (HELD_SINCE, Item.id),
}


def _conditions(session: Session, wanted: Filter) -> Iterator[Condition]:
    if wanted.unit_ids is not None:
        yield _in_units(wanted.unit_ids)
    if wanted.case_id is not None:
        yield _equal(Item.case_id, wanted.case_id)
    if wanted.category:
        yield _equal(Item.category, wanted.category)
    if wanted.env_class is not None:
        yield _equal(Item.env_class, wanted.env_class)
    if wanted.account is not None:
        yield at_account(wanted.account)
    if wanted.location:
        yield _at_location(wanted)
    yield from wanted.further
    found = matching(session, wanted.query)
    if found is not None:  # the last, so that what is searched for is walked rather than all of its kind
        numbered = _equal(Item.seal, wanted.query.strip())  # its pairs of digits stand in too many lines
        yield _matches(found) if _size(session, numbered.ids, 0) == 0 else numbered


def _matches(found: Matches) -> Condition:
    if found.held is None:
        return Condition(None, found.asked)
    rows, walk = select(ROWS.c.rowid).where(found.held), Walk(ROWS.c.rowid, ROWS, (found.held,))
    return Condition(rows, found.asked, found.is_exact, walk=walk)


def at_account(account: Account) -> Condition:
    """Return the condition that some of a line lies at this account."""
    ids, asked = _held(Position.account == account)
    return Condition(ids.distinct(), asked, walk=_along(account))


def _at_location(wanted: Filter) -> Condition:
    """Return the condition that some of a line lies at the location that is meant, or below it."""
    named, stored = _places(wanted), Position.account == Account.STORED
    ids, _asked = _held(stored, Position.place_id.in_(named))
    _ids, asked = _held(stored, plain(Position.place_id).in_(named))  # or SQLite would try each location for each line
    return Condition(ids, asked, is_once=False, walk=replace(_along(Account.STORED), is_wider=True))


def _in_units(unit_ids: Collection[int]) -> Condition:
    """Return the condition to belong to these units; an index has the lines of one in order, of several not."""
    if len(unit_ids) == 1:
        return _equal(Item.unit_id, next(iter(unit_ids)))
    return Condition(select(Item.id).where(Item.unit_id.in_(unit_ids)), plain(Item.unit_id).in_(unit_ids))


def _equal(column: InstrumentedAttribute[Any], value: object) -> Condition:
    ids = select(Item.id).where(column == value)
    return Condition(ids, plain(column) == value, walk=Walk(Item.id, Item, (column == value,)))


def _held(*where: ColumnExpressionArgument[bool]) -> tuple[Select[int], ColumnElement[bool]]:
    ids = select(Position.item_id).where(*where, HOLDS_SOME)
    return ids, ids.where(Position.item_id == Item.id).correlate(Item).exists()


def _places(wanted: Filter) -> Select[int]:
    """Return the locations that are meant, by their name's beginning or a path, with all that hang below them."""
    *above, name = parts_of_path(wanted.location)
    query = select(Place.id).where(Place.kind == PlaceKind.LOCATION, Place.name.startswith(name, autoescape=True))
    if wanted.unit_ids is not None:
        query = query.where(Place.unit_id.in_(wanted.unit_ids))
    lower: Any = Place
    for name_above in reversed(above):
        upper = aliased(Place)
        query = query.join(upper, upper.id == lower.parent_id).where(upper.name == name_above)
        lower = upper
    tree = query.cte("tree", recursive=True)
    return select(tree.union(select(Place.id).join(tree, Place.parent_id == tree.c.id)).c.id)


def _along(account: Account) -> Walk:
    """Return the walk over what lies at an account."""
    other = aliased(Position)
    before = select(other.item_id).where(
        other.item_id == Position.item_id,
        other.account == account,
        other.place_id < Position.place_id,
        other.quantity > 0,
    )
    where = (Position.account == account, HOLDS_SOME)
    return Walk(Position.item_id, Position, where, once=~before.correlate(Position).exists())


def plain(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Return the value of a column where no index is to be used for it."""
    return func.coalesce(column, null())


def _size(session: Session, ids: Select[int] | None, few: int) -> int:
    """Return how many they are, few + 1 standing for more."""
    if ids is None:
        return few + 1
    return session.scalar(select(func.count()).select_from(ids.limit(few + 1).subquery())) or 0
