"""What is found of goods and sealed batches, when it was changed, and in what it differs from what else is said."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Generic, TypeVar

from ledger.duties import Part
from ledger.errors import N_, LedgerError, Message
from ledger.text import fold

NONE = Decimal(0)
Figure = TypeVar("Figure")


class Taken(StrEnum):
    """What became of a figure that a device sent."""

    KEPT = "kept"
    MOVED = "moved"
    """It is kept, and says nothing: goods came or went meanwhile."""
    LATE = "late"
    """The count was over, or was not theirs: it is kept aside and shown beside the count."""
    WRONG = "wrong"
    """It is no figure, or none that can be there."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What somebody found of some goods, and how much of that is spoilt."""

    found: Decimal
    spoilt: Decimal = NONE


@dataclass(frozen=True, slots=True)
class Change(Generic[Figure]):
    """A figure that a counter changed later, and when."""

    part: Part
    before: Figure
    after: Figure
    at: datetime


def changes_in(noted: Iterable[tuple[Part, Figure, str]]) -> list[Change[Figure]]:
    """Return what was changed, of what was noted as which part and when, in the order of time."""
    by_part: dict[Part, list[tuple[Figure, str]]] = {}
    for part, figure, at in noted:
        by_part.setdefault(part, []).append((figure, at))
    return [
        Change(part, before, after, datetime.fromisoformat(at))
        for part, figures in by_part.items()
        for (before, _), (after, at) in pairwise(figures)
        if before != after
    ]


class Condition(StrEnum):
    """How a sealed batch was found."""

    WHOLE = "whole"
    BROKEN = "broken"
    GONE = "gone"


class Fault(StrEnum):
    """In what a sealed batch is not as it should be."""

    MISSING = "missing"
    LABEL = "label"
    SEAL = "seal"
    BROKEN = "broken"
    WEIGHT = "weight"


CONDITION_NAMES: dict[Condition, Message] = {
    Condition.WHOLE: N_("It is there, its seal is whole"),
    Condition.BROKEN: N_("It is there, its seal is broken or missing"),
    Condition.GONE: N_("It is not there"),
}

FAULT_NAMES: dict[Fault, Message] = {
    Fault.MISSING: N_("Not there"),
    Fault.LABEL: N_("Another label"),
    Fault.SEAL: N_("Another seal"),
    Fault.BROKEN: N_("Seal broken"),
    Fault.WEIGHT: N_("Another weight"),
}


class NotWeighed(LedgerError):
    """A sealed batch without what it is counted by."""

    code = "not_weighed"
    message = N_("Batch %(number)s: scan its label, and enter the number on its seal and its weight.")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a sealed batch looks like: to who counts it, or by the books."""

    condition: Condition
    label: str = ""
    """Empty if no label on it can be read."""
    seal: str = ""
    gross_kg: Decimal | None = None
    valid: str = field(default="", compare=False)
    """The label that counted at that time: a label may be printed anew during a count."""

    @property
    def is_whole(self) -> bool:
        """Whether all is said by which it is counted: of a broken seal the number may be lost."""
        if self.condition is Condition.GONE:
            return True
        return self.gross_kg is not None and bool(self.seal or self.condition is Condition.BROKEN)

    def faults(self, other: "Finding", tolerance_kg: Decimal) -> list[Fault]:
        """Return in what two findings differ; weights that are not further apart than tolerance_kg are the same."""
        if Condition.GONE in (self.condition, other.condition):
            return [] if self.condition is other.condition else [Fault.MISSING]
        labels = {None if each.label == each.valid else each.label for each in (self, other)}
        differs = {
            Fault.LABEL: len(labels) > 1,
            Fault.SEAL: fold(self.seal) != fold(other.seal) and bool(self.seal and other.seal),
            Fault.BROKEN: self.condition is not other.condition,
            Fault.WEIGHT: abs((self.gross_kg or NONE) - (other.gross_kg or NONE)) > tolerance_kg,
        }
        return [fault for fault, is_there in differs.items() if is_there]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBatch:
    """What the books say of a sealed batch that is to be counted, and by how many kilograms its weight may differ."""

    place_id: int
    number: str
    event: str
    label: str
    seal: str
    gross_kg: Decimal
    tolerance_kg: Decimal
