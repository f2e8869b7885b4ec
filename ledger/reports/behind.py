"""What stands behind a signed manifest: the papers, counts and entries of the journal that tell of its goods."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import orjson
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ledger.cases.models import Attachment, Case
from ledger.destruction.models import Application, ApplicationLine
from ledger.events.models import Batch, Packing, Photo
from ledger.events.queries import photos_of
from ledger.goods.models import Movement
from ledger.journal.models import JournalCheckpoint, JournalEntry
from ledger.manifests.models import Manifest
from ledger.manifests.queries import cases_named
from ledger.papers import content as shape
from ledger.stocktake.models import CountLine, Stocktake
from ledger.stocktake.workflow import State
from ledger.store.slips import SLIP_NAMES
from ledger.units.queries import ids_below

_CHUNK = 500


def parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield ids in portions that a query takes."""
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))


@dataclass(frozen=True)
class Behind:
    """What is found behind a manifest, in the order of its numbers; nothing that was written after its receipt."""

    session: Session
    manifest: Manifest

    @cached_property
    def content(self) -> shape.Manifest:
        """What was sealed."""
        return cast(shape.Manifest, orjson.loads(self.manifest.content))

    @cached_property
    def items(self) -> list[int]:
        """The ids of the lines that it names."""
        return sorted(line["item"] for _, _, line in self.lines())

    @cached_property
    def case_of(self) -> dict[int, Case]:
        """The cases of these lines, by the ids of the lines."""
        return cases_named(self.session, self.items)

    @cached_property
    def cases(self) -> list[Case]:
        """The cases, each once."""
        return sorted(set(self.case_of.values()), key=lambda case: case.id)

    @cached_property
    def applications(self) -> list[Application]:
        """The applications under which goods were packed for the event."""
        packed = (
            select(ApplicationLine.application_id)
            .join(Packing, Packing.application_line_id == ApplicationLine.id)
            .join(Batch, Batch.id == Packing.batch_id)
            .where(Batch.event_id == self.manifest.event_id)
        )
        return list(
            self.session.scalars(select(Application).where(Application.id.in_(packed)).order_by(Application.id))
        )

    @cached_property
    def counts(self) -> list[Stocktake]:
        """The stocktakes in which the goods were counted, closed when the manifest was sealed."""
        found: set[Stocktake] = set()
        for part in parts(self.items):
            counted = select(CountLine.stocktake_id).where(CountLine.item_id.in_(part))
            query = select(Stocktake).where(Stocktake.id.in_(counted), Stocktake.state == State.CLOSED)
            found |= set(self.session.scalars(query.where(Stocktake.closed_at <= self.manifest.sealed_at)))
        return sorted(found, key=lambda count: count.id)

    @cached_property
    def slips(self) -> list[int]:
        """The numbers of the entries that have a slip."""
        acts = JournalEntry.act.in_(SLIP_NAMES)
        queries = (select(JournalEntry.seq).where(JournalEntry.seq.in_(part), acts) for part in parts(self.entries))
        return sorted(seq for query in queries for seq in self.session.scalars(query))

    @cached_property
    def photos(self) -> Sequence[Photo]:
        """The pictures of the event, in the order they were taken."""
        event = self.manifest.event
        return photos_of(self.session, event.id, ids_below(self.session, [event.unit_id]))

    @cached_property
    def attachments(self) -> list[Attachment]:
        """The files that belong to the cases."""
        queries = (select(Attachment).where(Attachment.case_id.in_(part)) for part in parts([c.id for c in self.cases]))
        found = [each for query in queries for each in self.session.scalars(query)]
        return sorted(found, key=lambda each: (each.case_id, each.id))

    @cached_property
    def checkpoint(self) -> JournalCheckpoint:
        """The state of the journal that the receipt leads to."""
        query = select(JournalCheckpoint).where(JournalCheckpoint.size >= (self.manifest.signed_seq or 0))
        return self.session.scalars(query.order_by(JournalCheckpoint.size, JournalCheckpoint.id).limit(1)).one()

    @cached_property
    def entries(self) -> list[int]:
        """The numbers of the entries about the goods, the event, and the applications and counts behind it."""
        found = set(self._named())
        for part in parts(self.items):
            found |= set(self.session.scalars(select(Movement.entry_seq).where(Movement.item_id.in_(part))))
        return sorted(seq for seq in found if seq <= self.checkpoint.size)

    def lines(self) -> Iterator[tuple[shape.ManifestUnit, shape.ManifestCase, shape.ManifestLine]]:
        """Yield the lines with their units and cases."""
        for unit in self.content["units"]:
            for case in unit["cases"]:
                yield from ((unit, case, line) for line in case["lines"])

    def _named(self) -> Iterator[int]:
        """Yield the entries that name the event, or an application or a stocktake behind it."""
        wanted = {
            "event": {self.manifest.event_id},
            "application": {each.id for each in self.applications},
            "stocktake": {each.id for each in self.counts},
        }
        kinds = (*wanted, "manifest", "photo", "batch", "sample")
        query = select(JournalEntry.seq, JournalEntry.act, JournalEntry.body).where(
            or_(*(JournalEntry.act.startswith(f"{kind}.") for kind in kinds))
        )
        for seq, act, body in self.session.execute(query.execution_options(yield_per=_CHUNK)):
            data = orjson.loads(body)["data"]
            if data.get("event") in wanted["event"] or data.get("id") in wanted.get(act.partition(".")[0], ()):
                yield seq
