"""What an approver has to see: what it all comes to, and what changed since it was signed for the last time."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ledger.destruction.models import Application, ApplicationLine
from ledger.destruction.workflow import Method
from ledger.goods.classes import EnvClass
from ledger.goods.measures import Dimension, find_measure
from ledger.goods.models import Item


@dataclass(frozen=True, slots=True)
class Summary:
    """What the lines of an application come to."""

    totals: Sequence[tuple[str, Decimal]]
    """Per unit of measure, greatest first; never added up across units."""
    value: int
    """In fen, of the quantities that are applied for."""
    unvalued: int
    """How many lines have no value."""
    classes: Sequence[tuple[EnvClass, int]]
    """How many lines there are of each environmental class."""
    methods: Sequence[Method]
    pieces: Decimal
    """Of the lines that are counted in pieces or packages, whatever these are."""


def summary_of(lines: Collection[ApplicationLine]) -> Summary:
    """Return what these lines come to."""
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        totals[line.item.measure] += line.quantity
    values = [value_of(line) for line in lines]
    classes = Counter(line.item.env_class for line in lines)
    methods = {line.method for line in lines}
    return Summary(
        totals=sorted(totals.items(), key=lambda pair: -pair[1]),
        value=sum(value for value in values if value is not None),
        unvalued=values.count(None),
        classes=[(kind, classes[kind]) for kind in EnvClass if kind in classes],
        methods=[method for method in Method if method in methods],
        pieces=sum((_pieces(line) for line in lines), Decimal(0)),
    )


def _pieces(line: ApplicationLine) -> Decimal:
    measure = find_measure(line.item.measure)
    return line.quantity * measure.factor if measure and measure.dimension is Dimension.COUNT else Decimal(0)


def value_of(line: ApplicationLine) -> int | None:
    """Return the value in fen of what the line asks for, its share of the whole; None if nobody entered one."""
    return share_of(line.item, line.quantity)


def share_of(item: Item, quantity: Decimal) -> int | None:
    """Return the value in fen of this much of a line of goods; None if nobody entered one."""
    if item.value is None:
        return None
    return int((item.value * quantity / item.quantity).quantize(Decimal(1), ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Change:
    """How a line differs from what was signed before; None where it says the same."""

    is_new: bool = False
    quantity: Decimal | None = None
    """What it was."""
    method: Method | None = None
    """What it was."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between a revision and the one before it."""

    head: Mapping[str, str]
    """The texts that were changed, as they were."""
    lines: Mapping[int, Change]
    """By the line's id."""
    removed: Sequence[Mapping[str, Any]]
    """The lines that were taken out, as they were signed."""

    @property
    def count(self) -> int:
        """In how many places something differs."""
        in_lines = sum(
            change.is_new + (change.quantity is not None) + (change.method is not None)
            for change in self.lines.values()
        )
        return len(self.head) + in_lines + len(self.removed)


def changes_since(before: Mapping[str, Any], application: Application) -> Changes:
    """Return what was changed since before, which is what the journal holds of an earlier submission."""
    signed = {(line["item"], line["place"]): line for line in before["lines_signed"]}
    now = {(line.item_id, line.signed_place.name): line for line in application.lines}
    compared = {line.id: _compared(signed.get(key), line) for key, line in now.items()}
    head = {name: before["head_signed"][name] for name in ("legal_basis", "reason")}
    return Changes(
        head={name: said for name, said in head.items() if said != getattr(application, name)},
        lines={key: change for key, change in compared.items() if change is not None},
        removed=[{**line, "quantity": Decimal(line["quantity"])} for key, line in signed.items() if key not in now],
    )


def _compared(signed: Mapping[str, Any] | None, line: ApplicationLine) -> Change | None:
    if signed is None:
        return Change(is_new=True)
    quantity, [method] = Decimal(signed["quantity"]), signed["methods"]
    change = Change(
        quantity=quantity if quantity != line.quantity else None,
        method=Method(method) if method != line.method else None,
    )
    return None if change == Change() else change
