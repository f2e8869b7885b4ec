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
from ledger.events.models import Batch, Receiver
from ledger.goods.classes import EnvClass
from ledger.scanning.queries import inspections_of
from ledger.scanning.rules import Sample

Held = tuple[int, int, Decimal]
"""A line, its case, and how much of it a batch holds."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a batch stands; see Known, which has the rest."""

    is_expected: bool
    hold: Message | None
    sample: Sample | None
    papers_are_good: bool
    """Whether anybody whom the plan names may take it; the run that it comes into says who will."""


def standings(session: Session, batches: Collection[Batch], held: Mapping[int, Sequence[Held]]) -> dict[int, Standing]:
    """Return how these batches stand, by their ids; held is what they hold."""
    cases = {case_id for goods in held.values() for _, case_id, _ in goods}
    holds: defaultdict[int, list[Hold]] = defaultdict(list)
    for hold in holds_on(session, cases) if cases else ():
        holds[hold.case_id].append(hold)
    drawn = {batch.event_id for batch in batches if batch.event.seed}
    inspections = inspections_of(session, drawn) if drawn else ()
    opened = {inspection.batch_id for inspection in inspections}
    stopped = {(each.event_id, each.unit_id) for each in inspections if each.stops}
    return {
        batch.id: Standing(
            is_expected=batch.is_expected and batch.is_sealed,
            hold=_hold(held.get(batch.id, ()), holds),
            sample=Sample.FAILED
            if (batch.event_id, batch.unit_id) in stopped
            else Sample.DUE
            if batch.is_sample and batch.id not in opened
            else None,
            papers_are_good=papers_are_good(batch),
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


def papers_are_good(batch: Batch, receiver: Receiver | None = None) -> bool:
    """Return whether this receiver, or any whom the plan names, may take a batch's goods on the day.

    Any goods but hazardous ones can be taken.
    """
    if batch.env_class is not EnvClass.HAZARDOUS:
        return True
    asked = [receiver] if receiver else batch.event.receivers
    return any(each.may_take(batch.env_class, batch.event.day) for each in asked)
