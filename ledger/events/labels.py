"""Labels of batches: which ones, what they say, and that they were printed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ledger.destruction.words import treated
from ledger.events.models import Batch
from ledger.events.queries import sealed_batches
from ledger.events.workflow import BatchNotSealed, NothingSealed
from ledger.goods.labels import check_reachable, payload_of
from ledger.journal.service import record
from ledger.papers.label import Label
from ledger.units.models import User


def labels_of(session: Session, batches: Sequence[Batch], *, address: str, is_public: bool) -> list[Label]:
    """Return the labels of these batches of one event, whose codes lead to address.

    Raises PublicUrlMissing unless is_public, except for the sample bureau's goods, which nobody will ever burn;
    NothingSealed or BatchNotSealed.
    """
    check_reachable(session, is_public=is_public)
    if not batches:
        raise NothingSealed
    for batch in batches:
        if not batch.is_sealed:
            raise BatchNotSealed(number=batch.number)
    packages: defaultdict[int, list[int]] = defaultdict(list)
    for known in sealed_batches(session, batches[0].event_id, {batch.unit_id for batch in batches}):
        packages[known.unit_id].append(known.id)
    return [_label(batch, packages[batch.unit_id], address) for batch in batches]


def note_printed(
    session: Session, batches: Sequence[Batch], codes: Sequence[str], *, by: User | None, at: datetime
) -> None:
    """Note that labels with these codes were printed for these batches; one replaced meanwhile stays to be printed."""
    printed: defaultdict[int, list[Batch]] = defaultdict(list)
    for batch, code in zip(batches, codes, strict=True):
        batch.printed = code
        printed[batch.unit_id].append(batch)
    for same in printed.values():
        data = {"event": same[0].event_id, "labels": [[batch.number, batch.printed] for batch in same]}
        record(session, "label.printed", by=by, at=at, unit=same[0].unit, data={**data, "printed": len(same)})


def _label(batch: Batch, packages: Sequence[int], address: str) -> Label:
    event = batch.event
    names = list(dict.fromkeys(each.line.item.name for each in batch.held))
    return Label(
        batch=batch.number,
        unit=batch.unit.name,
        goods=names,
        names=len(names),
        env_class=batch.env_class.value,
        method=treated(batch.treatment),
        seal=batch.seal,
        code=batch.code,
        event=event.name,
        site=next((slot.site.name for slot in event.slots if slot.unit_id == batch.unit_id), ""),
        number=packages.index(batch.id) + 1,
        of=len(packages),
        payload=payload_of(batch.code, address),
    )
