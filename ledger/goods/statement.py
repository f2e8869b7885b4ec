"""The store ledger of a period: what was there, what came, what went, what is there, from the movements alone.

A movement belongs to the period in which its entry was written into the journal, whatever time was claimed for the act:
what was drawn up for a period that is over never changes, and the closing of one is the opening of the next.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import N_, Message
from ledger.goods.models import Item
from ledger.goods.periods import Period
from ledger.goods.rules import CUSTODY, HELD, STORE, Account, Act
from ledger.goods.sums import Amount, Way, sums_between, sums_until
from ledger.journal.queries import entries_before
from ledger.papers.balances import BalanceRow

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
ORDER: dict[Cause, int] = {cause: place for place, cause in enumerate((*Act, *Account))}


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
    """How much went from one account to another by one act, before the period or in it."""

    way: Way
    is_before: bool
    amount: Amount

    @property
    def cause(self) -> Cause:
        """Why it came or went."""
        return cause_of(self.way.act, self.way.target)


@dataclass(frozen=True, slots=True)
class Statement:
    """What the movements of some units' goods say of a period; veiled are the units of measure that are kept back."""

    moved: Sequence[Moved]
    veiled: frozenset[str]

    def of(self, group: Group) -> list[Balance]:
        """Return the balances of a group, greatest closing first, veiled ones last."""
        told = [balance for balance in balances(self.moved, group, self.veiled) if balance.has_something]
        return sorted(told, key=lambda balance: (balance.is_veiled, -balance.closing, balance.measure))

    def rows(self) -> dict[str, list[BalanceRow]]:
        """Return the balances of all groups as plain data: what papers are drawn from, and what is sealed."""
        return {group.value: [_row(balance, group) for balance in self.of(group)] for group in Group}


def cause_of(act: Act, target: Account) -> Cause:
    """Return why goods came or went that an act brought to an account."""
    return target if act is Act.DISPOSE else act


def balances(moved: Iterable[Moved], group: Group, veiled: Collection[str] = ()) -> list[Balance]:
    """Return opening, in, out and closing of a group per unit of measure; nothing of those that are veiled."""
    accounts = GROUPS[group]
    found: dict[str, Balance] = {}
    for each in moved:
        measure = each.way.measure
        if each.way.source in accounts or each.way.target in accounts:
            balance = found.setdefault(measure, Balance(measure, measure in veiled))
            if not balance.is_veiled:
                _add(balance, each, accounts)
    return list(found.values())


def in_order(parts: Mapping[Cause, Decimal]) -> list[tuple[Cause, Decimal]]:
    """Return the parts of a sum in the order of the goods' way; what is nothing is left out."""
    return sorted(((key, part) for key, part in parts.items() if part), key=lambda pair: ORDER[pair[0]])


def _add(balance: Balance, moved: Moved, accounts: Collection[Account]) -> None:
    way, quantity = moved.way, moved.amount.quantity
    comes, goes = way.target in accounts, way.source in accounts
    if comes:
        balance.held[way.target] += quantity
    if goes:
        balance.held[way.source] -= quantity
    if moved.is_before:
        balance.opening += quantity * (comes - goes)
    elif comes != goes:
        (balance.came if comes else balance.went)[moved.cause] += quantity


def statement(
    session: Session,
    unit_ids: Collection[int],
    period: Period,
    *,
    veiled: Collection[int],
    finely: bool = False,
    afresh: bool = False,
) -> Statement:
    """Return what the movements of these units' goods say of a period.

    veiled are the lines whose quantities the reader must not see now; no figure of their units of measure is told.
    finely tells units and categories apart; afresh adds up every movement of the period, whatever is carried forward.
    """
    before, until = entries_before(session, period.begin), entries_before(session, period.end)
    opening = sums_until(session, unit_ids, before, finely=finely)
    change = sums_between(session, unit_ids, before, until, before=opening, finely=finely, afresh=afresh)
    moved = [Moved(way, is_before, amount) for is_before, sums in ((True, opening), (False, change))
             for way, amount in sums.items()]  # fmt: skip
    return Statement(moved, _measures_of(session, unit_ids, veiled))


def _row(balance: Balance, group: Group) -> BalanceRow:
    told_apart = balance.held if len(GROUPS[group]) > 1 else {}
    return BalanceRow(
        measure=balance.measure,
        is_veiled=balance.is_veiled,
        opening=_plain(balance.opening),
        came=_plain(balance.all_came),
        came_by=_plain_parts(balance.came),
        went=_plain(balance.all_went),
        went_by=_plain_parts(balance.went),
        closing=_plain(balance.closing),
        closing_by=_plain_parts(told_apart),
    )


def _plain_parts(parts: Mapping[Cause, Decimal]) -> dict[str, str]:
    return {key.value: _plain(quantity) for key, quantity in in_order(parts)}


def _plain(quantity: Decimal) -> str:
    """Return a quantity as text that is the same however it was added up: 10, never 10.0."""
    return f"{quantity.normalize():f}"


def _measures_of(session: Session, unit_ids: Collection[int], item_ids: Collection[int]) -> frozenset[str]:
    """Return the units of measure of those of these lines that belong to these units."""
    ids, found = sorted(item_ids), set[str]()
    for start in range(0, len(ids), _CHUNK):
        query = select(Item.measure).where(Item.id.in_(ids[start : start + _CHUNK]), Item.unit_id.in_(unit_ids))
        found.update(session.scalars(query.distinct()))
    return frozenset(found)
