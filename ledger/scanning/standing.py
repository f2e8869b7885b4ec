"""What a verdict on a batch depends on, whichever scan of it comes: for posting, and for devices that judge offline."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger.cases.models import Hold
from ledger.cases.queries import holds_on
from ledger.cases.rules import HOLD_NAMES
from ledger.errors import Message
from ledger.events.models import Batch
from ledger.goods.classes import EnvClass

Held = tuple[int, int, Decimal]
"""A line, its case, and how much of it a batch holds."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a batch stands; see Known, which has the rest."""

    is_expected: bool
    hold: Message | None
    papers_are_good: bool


def standings(session: Session, batches: Collection[Batch], held: Mapping[int, Sequence[Held]]) -> dict[int, Standing]:
    """Return how these batches stand, by their ids; held is what they hold."""
    cases = {case_id for goods in held.values() for _, case_id, _ in goods}
    holds: defaultdict[int, list[Hold]] = defaultdict(list)
    for hold in holds_on(session, cases) if cases else ():
        holds[hold.case_id].append(hold)
    return {
        batch.id: Standing(
            is_expected=batch.is_expected and batch.is_sealed,
            hold=_hold(held.get(batch.id, ()), holds),
            papers_are_good=_papers_are_good(batch),
        )
        for batch in batches
    }


def _hold(goods: Sequence[Held], holds: Mapping[int, Sequence[Hold]]) -> Message | None:
    """Return the kind of hold that stands on any of a batch's goods, or on their cases."""
    for item_id, case_id, _ in goods:
        for hold in holds.get(case_id, ()):
            if hold.item_id in (None, item_id):
                return HOLD_NAMES[hold.kind]
    return None


def _papers_are_good(batch: Batch) -> bool:
    if batch.env_class is not EnvClass.HAZARDOUS:
        return True
    return any(receiver.may_take(batch.env_class, batch.event.day) for receiver in batch.event.receivers)
