"""Which lines a list shows, found among millions at any depth, whatever is asked of them together, in any order.

Each filter names a set of lines and can be asked of a single line. Of the sets that are small the smallest is looked
up; where none is, lines are walked in the order of the list, a stretch at a time. No database knows beforehand which of
the two is quicker: on SQLite it would guess, and guess wrongly by a factor of a thousand.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
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
from ledger.goods.models import HELD_SINCE, WORTH, Item, Place, Position
from ledger.goods.rules import Account, PlaceKind, parts_of_path
from ledger.goods.search import matching

FEW = 20_000
"""Up to how many lines a set is looked up as a whole."""
_STRETCH = 2_000
"""How many lines are looked through first; each stretch that follows is twice as long."""
_STRETCHES = 6
"""After how many stretches a walk that finds too little for a page stops, and says where."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something asked of lines: a query for ids, all that meet it among them, and the same asked of one Item."""

    ids: Select[int] | None
    """None where no index names them."""
    asked: ColumnElement[bool]
    is_exact: bool = True
    """Whether all of the ids meet it, and each is there once."""
    is_in_order: bool = False
    """Whether an index has them in the order of the list, so that they need not be looked up as a whole."""
    account: Account | None = None
    """The account at which some of each of them lies, if there is one."""


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
        for doubled in range(_STRETCHES):
            end = self._end(session, since, _STRETCH << doubled, is_back=is_back)
            query = ordered if since is None else ordered.where(self._is_past(since, is_back=is_back))
            if end is not None:
                query = query.where(self._is_past(end, is_back=not is_back, itself=True))
            found += session.scalars(query.limit(number - len(found)))
            if end is None or len(found) == number:
                return found, None
            since = end
        return found, since and since[-1]

    def first_stretch(self, session: Session) -> tuple[Select[Item], bool]:
        """Return the query for what is wanted of the lines that are looked through first, and whether that is all."""
        end = self._end(session, None, _STRETCH, is_back=False)
        if end is None:
            return self.query, True
        return self.query.where(self._is_past(end, is_back=True, itself=True)), False

    def _keys_of(self, session: Session, item_id: int | None) -> Row[Any] | None:
        """Return the keys of a line; they never change."""
        return None if item_id is None else session.execute(self._of_items().where(Item.id == item_id)).first()

    def _of_items(self) -> Select[Any]:
        return select(*self.keys[:-1], Item.id)

    def _end(self, session: Session, since: Row[Any] | None, length: int, *, is_back: bool) -> Row[Any] | None:
        """Return the keys of the last line of a stretch; None if all the rest is no longer."""
        if self.walk is None:
            return None
        query = self.walk if since is None else self.walk.where(self._is_past(since, is_back=is_back))
        return session.execute(query.order_by(*self.order(is_back=is_back)).offset(length).limit(1)).first()

    def _is_past(self, keys: Row[Any], *, is_back: bool, itself: bool = False) -> ColumnElement[bool]:
        """Return whether a line comes after the one with these keys, or before it if is_back, or is it itself."""
        *first, last = self.keys
        values: list[Any]
        *values, item_id = keys
        is_below = self.is_down is not is_back
        past: ColumnElement[bool] = (last < item_id) if is_below else (last > item_id)
        past = or_(past, last == item_id) if itself else past
        for key, value in zip(first, values, strict=True):
            within, beyond = (key <= value, key < value) if is_below else (key >= value, key > value)
            past = and_(within, or_(beyond, past))  # the range by itself, so that an index leads to it
        return past


def lines_of(session: Session, wanted: Filter) -> Lines:
    """Return the lines that are wanted."""
    conditions = list(_conditions(session, wanted))
    query = select(Item).where(*(condition.asked for condition in conditions))
    keys, is_down = _KEYS[wanted.order], wanted.order in (Order.NEWEST, Order.WORTH)
    sizes = [(_size(session, condition.ids), place) for place, condition in enumerate(conditions)]
    size, smallest = min(sizes, default=(FEW + 1, 0))
    known = size if len(conditions) == 1 and conditions[0].is_exact else None
    if size <= FEW:
        condition = conditions.pop(smallest)
        if not condition.is_in_order and condition.ids is not None:
            others = conditions if condition.is_exact else [condition, *conditions]
            query = select(Item).where(Item.id.in_(condition.ids), *(other.asked for other in others))
        return Lines(query, keys, is_down, None, known)
    account = next((condition.account for condition in conditions if condition.account), None)
    if account is not None and wanted.order in _BY_ID:
        # What becomes of goods goes with their age: from the newest line on it may be far to the first.
        key = Position.item_id
        walk = select(key).where(Position.account == account, Position.quantity > 0)
        return Lines(_walked_by_account(query, account), (key,), is_down, None if known else walk, known)
    walk = select(*keys).where(*(condition.asked for condition in conditions if condition.is_in_order))
    is_asked = any(not condition.is_in_order for condition in conditions)
    return Lines(query, keys, is_down, walk if is_asked else None, known)


_KEYS: dict[Order, tuple[SQLColumnExpression[Any], ...]] = {
    Order.NEWEST: (Item.id,),
    Order.OLDEST: (Item.id,),
    Order.WORTH: (WORTH, Item.id),
    Order.HELD: (HELD_SINCE, Item.id),
}


def _conditions(session: Session, wanted: Filter) -> Iterator[Condition]:
    found = matching(session, wanted.query)
    if found is not None:
        yield Condition(*found, is_exact=False)
    if wanted.unit_ids is not None:
        yield _in_units(wanted.unit_ids, is_in_order=len(wanted.unit_ids) == 1 and wanted.order in _BY_ID)
    if wanted.case_id is not None:
        yield _equal(Item.case_id, wanted.case_id)
    if wanted.category:
        yield _equal(Item.category, wanted.category)
    if wanted.env_class is not None:
        yield _equal(Item.env_class, wanted.env_class)
    if wanted.account is not None:
        yield at_accounts(wanted.account)
    if wanted.location:
        ids, asked = _held(Position.place_id.in_(_places(wanted)))
        yield Condition(ids.distinct(), asked)
    yield from wanted.further


def at_accounts(*accounts: Account) -> Condition:
    """Return the condition that some of a line lies at one of these accounts."""
    ids, asked = _held(Position.account.in_(accounts))
    return Condition(ids.distinct(), asked, account=accounts[0] if len(accounts) == 1 else None)


def _in_units(unit_ids: Collection[int], *, is_in_order: bool) -> Condition:
    """Return the condition to belong to these units; their index has the lines of one in order, of several not."""
    column = Item.unit_id if is_in_order else _plain(Item.unit_id)
    return Condition(select(Item.id).where(Item.unit_id.in_(unit_ids)), column.in_(unit_ids), is_in_order=is_in_order)


def _equal(column: InstrumentedAttribute[Any], value: object) -> Condition:
    return Condition(select(Item.id).where(column == value), _plain(column) == value)


def _held(where: ColumnExpressionArgument[bool]) -> tuple[Select[int], ColumnElement[bool]]:
    ids = select(Position.item_id).where(where, Position.quantity > 0)
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


def _walked_by_account(query: Select[Item], account: Account) -> Select[Item]:
    """Return the query over the account's positions, each line once though it lie at several places."""
    other = aliased(Position)
    before = select(other.item_id).where(
        other.item_id == Position.item_id,
        other.account == account,
        other.place_id < Position.place_id,
        other.quantity > 0,
    )
    walked = query.join(Position, Position.item_id == Item.id)
    return walked.where(Position.account == account, Position.quantity > 0, ~before.correlate(Position).exists())


def _plain(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Return the value of a column where no index is to be used for it."""
    return func.coalesce(column, null())


def _size(session: Session, ids: Select[int] | None) -> int:
    """Return how many they are, FEW + 1 standing for more."""
    if ids is None:
        return FEW + 1
    return session.scalar(select(func.count()).select_from(ids.limit(FEW + 1).subquery())) or 0
