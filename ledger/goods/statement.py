"""The store ledger of a period: what was there, what came, what went, what is there, from the movements alone.

A movement belongs to the period in which its entry was written into the journal, whatever time was claimed for the act:
what was drawn up for a period that is over never changes, and the closing of one is the opening of the next.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.errors import N_, Message
from ledger.goods.models import Item, Movement
from ledger.goods.periods import Period
from ledger.goods.rules import CUSTODY, HELD, STORE, Account, Act
from ledger.journal.queries import entries_before

_CHUNK = 500


class Group(StrEnum):
    """The accounts that are balanced together."""

    HELD = "held"
    CUSTODY = "custody"
    STORE = "store"


GROUPS: dict[Group, frozenset[Account]] = {Group.HELD: HELD, Group.CUSTODY: CUSTODY, Group.STORE: STORE}
GROUP_NAMES: dict[Group, Message] = {
    Group.HELD: N_("All goods held"),
    Group.CUSTODY: N_("With the officers"),
    Group.STORE: N_("In the store"),
}

Cause = Act | Account
"""Why goods came or went: the act, and for the disposals, which are one act, what became of the goods."""
_ORDER: dict[Cause, int] = {cause: place for place, cause in enumerate((*Act, *Account))}


@dataclass(slots=True)
class Balance:
    """One unit of measure: opening + what came - what went = closing. If it is veiled, nothing is told of it."""

    measure: str
    is_veiled: bool
    opening: Decimal = Decimal(0)
    came: dict[Cause, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    went: dict[Cause, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    held: dict[Cause, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    """What is there at the end, told apart by account."""

    @property
    def all_came(self) -> Decimal:
        """All that came in the period."""
        return sum(self.came.values(), Decimal(0))

    @property
    def all_went(self) -> Decimal:
        """All that went in the period."""
        return sum(self.went.values(), Decimal(0))

    @property
    def closing(self) -> Decimal:
        """What is there at the end."""
        return sum(self.held.values(), Decimal(0))

    @property
    def has_something(self) -> bool:
        """Whether there is anything to tell: something was there, came or went."""
        return bool(self.is_veiled or self.opening or self.came or self.went)


class Moved(NamedTuple):
    """How much of one unit of measure went from one account to another by one act, before the period or in it."""

    measure: str
    act: Act
    source: Account
    target: Account
    is_before: bool
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """What the movements of some units' goods say of a period; veiled are the units of measure that are kept back."""

    moved: Sequence[Moved]
    veiled: frozenset[str]

    def of(self, group: Group) -> list[Balance]:
        """Return the balances of a group, greatest closing first, veiled ones last."""
        accounts = GROUPS[group]
        balances: dict[str, Balance] = {}
        for each in self.moved:
            if each.source in accounts or each.target in accounts:
                is_veiled = each.measure in self.veiled
                balance = balances.setdefault(each.measure, Balance(each.measure, is_veiled))
                if not is_veiled:
                    _add(balance, each, accounts)
        told = [balance for balance in balances.values() if balance.has_something]
        return sorted(told, key=lambda balance: (balance.is_veiled, -balance.closing, balance.measure))


def in_order(parts: Mapping[Cause, Decimal]) -> list[tuple[Cause, Decimal]]:
    """Return the parts of a sum in the order of the goods' way; what is nothing is left out."""
    return sorted(((key, part) for key, part in parts.items() if part), key=lambda pair: _ORDER[pair[0]])


def _add(balance: Balance, moved: Moved, accounts: Collection[Account]) -> None:
    comes, goes = moved.target in accounts, moved.source in accounts
    if comes:
        balance.held[moved.target] += moved.quantity
    if goes:
        balance.held[moved.source] -= moved.quantity
    if moved.is_before:
        balance.opening += moved.quantity * (comes - goes)
    elif comes != goes:
        cause = moved.target if moved.act is Act.DISPOSE else moved.act
        (balance.came if comes else balance.went)[cause] += moved.quantity


def statement(session: Session, unit_ids: Collection[int], period: Period, *, veiled: Collection[int]) -> Statement:
    """Return what the movements of these units' goods say of a period.

    veiled are the lines whose quantities the reader must not see now; no figure of their units of measure is told.
    """
    before, until = entries_before(session, period.begin), entries_before(session, period.end)
    is_before = (Movement.entry_seq <= before).label("is_before")
    kinds = (Item.measure, Movement.act, Movement.source_account, Movement.target_account)
    query = (
        select(*kinds, is_before, func.sum(Movement.quantity, type_=Movement.quantity.type))
        .join(Item, Item.id == Movement.item_id)
        .where(
            Item.unit_id.in_(unit_ids),
            Movement.entry_seq <= until,
            Movement.source_account != Movement.target_account,
        )
        .group_by(*kinds, "is_before")
    )
    moved = [Moved(*row) for row in session.execute(query)]
    return Statement(moved, _measures_of(session, unit_ids, veiled))


def _measures_of(session: Session, unit_ids: Collection[int], item_ids: Collection[int]) -> frozenset[str]:
    """Return the units of measure of those of these lines that belong to these units."""
    ids, found = sorted(item_ids), set[str]()
    for start in range(0, len(ids), _CHUNK):
        query = select(Item.measure).where(Item.id.in_(ids[start : start + _CHUNK]), Item.unit_id.in_(unit_ids))
        found.update(session.scalars(query.distinct()))
    return frozenset(found)
