"""Which lines a list shows, found among millions at any depth, whatever is asked of them together.

Each filter names a set of lines and can be asked of a single line. Of the sets that are small the smallest is looked
up; where none is, lines are walked newest first. No database knows beforehand which of the two is quicker: on SQLite
it would guess, and guess wrongly by a factor of a thousand.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ColumnExpressionArgument, Select, func, null, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from ledger.goods.classes import EnvClass
from ledger.goods.models import Item, Place, Position
from ledger.goods.rules import Account, PlaceKind, parts_of_path
from ledger.goods.search import matching

_FEW = 20_000
"""Up to how many lines a set is looked up as a whole."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something asked of lines: the query for the ids of those that meet it, and the same asked of one Item."""

    ids: Select[int]
    asked: ColumnElement[bool]
    is_in_order: bool = False
    """Whether an index has them newest first, so that they need not be looked up as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which lines a list shows. unit_ids is what the reader may see; None means all there are."""

    unit_ids: Collection[int] | None
    query: str = ""
    account: Account | None = None
    case_id: int | None = None
    category: str = ""
    env_class: EnvClass | None = None
    location: str = ""
    """Name, or its beginning, or path of a storage location: some of it lies there or below."""
    further: Condition | None = None
    """What an area above asks of the line beside that."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The query for the lines that a filter lets through, in no order, and the column by which to walk them."""

    query: Select[Item]
    key: InstrumentedAttribute[int]


def lines_of(session: Session, wanted: Filter) -> Lines:
    """Return the lines that are wanted."""
    conditions = list(_conditions(wanted))
    query = select(Item).where(*(condition.asked for condition in conditions))
    matches = matching(session, wanted.query)
    if matches is not None:  # its index names them
        return Lines(query.where(matches), Item.id)
    sizes = [(_size(session, condition.ids), place) for place, condition in enumerate(conditions)]
    size, smallest = min(sizes, default=(_FEW + 1, 0))
    if size <= _FEW:
        condition = conditions[smallest]
        return Lines(query if condition.is_in_order else query.where(Item.id.in_(condition.ids)), Item.id)
    if wanted.account is not None:
        # What becomes of goods goes with their age: from the newest line on it may be far to the first.
        return Lines(_walked_by_account(query, wanted.account), Position.item_id)
    return Lines(query, Item.id)


def _conditions(wanted: Filter) -> Iterator[Condition]:
    if wanted.unit_ids is not None:
        yield _in_units(wanted.unit_ids)
    if wanted.case_id is not None:
        yield _equal(Item.case_id, wanted.case_id)
    if wanted.category:
        yield _equal(Item.category, wanted.category)
    if wanted.env_class is not None:
        yield _equal(Item.env_class, wanted.env_class)
    if wanted.account is not None:
        yield _held(Position.account == wanted.account)
    if wanted.location:
        yield _held(Position.place_id.in_(_places(wanted)))
    if wanted.further is not None:
        yield wanted.further


def _in_units(unit_ids: Collection[int]) -> Condition:
    """Return the condition to belong to these units; their index has the lines of one in order, of several not."""
    is_one = len(unit_ids) == 1
    column = Item.unit_id if is_one else _plain(Item.unit_id)
    return Condition(select(Item.id).where(Item.unit_id.in_(unit_ids)), column.in_(unit_ids), is_in_order=is_one)


def _equal(column: InstrumentedAttribute[Any], value: object) -> Condition:
    return Condition(select(Item.id).where(column == value), _plain(column) == value)


def _held(where: ColumnExpressionArgument[bool]) -> Condition:
    ids = select(Position.item_id).where(where, Position.quantity > 0)
    return Condition(ids, ids.where(Position.item_id == Item.id).correlate(Item).exists())


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


def _size(session: Session, ids: Select[int]) -> int:
    """Return how many they are, _FEW + 1 standing for more."""
    return session.scalar(select(func.count()).select_from(ids.limit(_FEW + 1).subquery())) or 0
