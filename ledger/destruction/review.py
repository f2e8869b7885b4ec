"""What an approver has to see: what it all comes to, and what changed since it was signed for the last time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ledger.destruction.models import Application, ApplicationLine
from ledger.destruction.workflow import Method, Treatment
from ledger.goods.classes import EnvClass
from ledger.goods.measures import Dimension, find_measure
from ledger.goods.models import Item


@dataclass(frozen=True, slots=True)
class ClassTotal:
    """What the lines of one environmental class come to."""

    kind: EnvClass
    lines: int
    totals: Sequence[tuple[str, Decimal]]
    value: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What the lines of an application come to."""

    totals: Sequence[tuple[str, Decimal]]
    """Per unit of measure, greatest first; never added up across units."""
    value: int
    """In fen, of the quantities that are applied for."""
    unvalued: int
    """How many lines have no value."""
    weight_kg: Decimal
    """Of the lines that are measured by weight; others are weighed when they are packed."""
    weighed: int
    """How many lines these are."""
    classes: Sequence["ClassTotal"]
    methods: Sequence[Treatment]
    pieces: Decimal
    """Of the lines that are counted in pieces or packages, whatever these are."""


def summary_of(lines: Collection[ApplicationLine]) -> Summary:
    """Return what these lines come to."""
    values = [value_of(line) for line in lines]
    weights = [weight for line in lines if (weight := weight_of(line.item.measure, line.quantity)) is not None]
    by_class = {kind: [line for line in lines if line.item.env_class is kind] for kind in EnvClass}
    methods = {line.treatment for line in lines}
    return Summary(
        totals=_totals(lines),
        value=_worth(values),
        unvalued=values.count(None),
        weight_kg=sum(weights, Decimal(0)),
        weighed=len(weights),
        classes=[
            ClassTotal(kind, len(mine), _totals(mine), _worth(map(value_of, mine)))
            for kind, mine in by_class.items()
            if mine
        ],
        methods=sorted(methods, key=lambda each: [list(Method).index(method) for method in each.methods]),
        pieces=sum((_pieces(line) for line in lines), Decimal(0)),
    )


def weight_of(measure: str, quantity: Decimal) -> Decimal | None:
    """Return what so much weighs in kilograms, if it is measured by weight."""
    known = find_measure(measure)
    return quantity * known.factor if known and known.dimension is Dimension.MASS else None


def _totals(lines: Collection[ApplicationLine]) -> list[tuple[str, Decimal]]:
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        totals[line.item.measure] += line.quantity
    return sorted(totals.items(), key=lambda pair: -pair[1])


def _worth(values: Iterable[int | None]) -> int:
    return sum(value for value in values if value is not None)


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
    method: Treatment | None = None
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
    quantity, treatment = Decimal(signed["quantity"]), Treatment(*map(Method, signed["methods"]))
    change = Change(
        quantity=quantity if quantity != line.quantity else None,
        method=treatment if treatment != line.treatment else None,
    )
    return None if change == Change() else change
