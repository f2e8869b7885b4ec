"""What a manifest is made of: every packed quantity of an event with all that is known of its way."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ledger.cases.models import Case
from ledger.events.models import Batch, Event, Packing
from ledger.goods.models import Item
from ledger.goods.queries import stored_since
from ledger.manifests import words
from ledger.papers.content import SixPoints, Sum, Totals
from ledger.scanning.models import Posting, Run
from ledger.scanning.queries import passed_by_batch, runs_of
from ledger.scanning.rules import Stage
from ledger.stocktake.models import CountLine
from ledger.stocktake.queries import last_counts

_BEIJING = ZoneInfo("Asia/Shanghai")
NONE = Decimal(0)
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Piece:
    """A quantity of one line in one batch."""

    item: Item
    case: Case
    batch: Batch
    packing: Packing
    passed: dict[Stage, Posting]
    run: Run | None
    value: Decimal | None
    """What was destroyed of it is worth in whole fen, so that the parts of a line add up to its share of its value."""

    @property
    def quantity(self) -> Decimal:
        """As packed, in the line's unit of measure."""
        return self.packing.quantity

    @property
    def destroyed(self) -> Decimal:
        """As much of it as was destroyed."""
        return self.at(Stage.DESTROY)

    @property
    def destroyed_at(self) -> datetime | None:
        """When it was, by the corrected clock of the device."""
        posting = self.passed.get(Stage.DESTROY)
        return posting.happened_at if posting else None

    def at(self, stage: Stage) -> Decimal:
        """How much of it passed a stage."""
        return self.quantity if stage in self.passed else NONE


class Pieces:
    """All pieces of an event, and the counts they were approved upon."""

    def __init__(self, session: Session, event: Event) -> None:
        batches = {batch.id: batch for batch in event.batches}
        rows = session.scalars(
            select(Packing).where(Packing.batch_id.in_(batches)).order_by(Packing.id).options(joinedload(Packing.line))
        ).all()
        passed = passed_by_batch(session, event.id)
        runs = {run.id: run for run in runs_of(session, event.id)}
        cases = _cases(session, {row.line.item.case_id for row in rows})
        gone: defaultdict[int, Decimal] = defaultdict(Decimal)
        self.all: list[Piece] = []
        for row in rows:
            item, mine = row.line.item, passed.get(row.batch_id, {})
            burnt, before = mine.get(Stage.DESTROY), gone[item.id]
            gone[item.id] += row.quantity if burnt else NONE
            run = runs.get(burnt.run_id) if burnt and burnt.run_id else None
            value = _worth(item, before, gone[item.id])
            self.all.append(Piece(item, cases[item.case_id], batches[row.batch_id], row, mine, run, value))
        self.counts = last_counts(session, {row.line.item_id for row in rows})
        self.stored_since = stored_since(session, {row.line.item for row in rows})

    @property
    def destroyed(self) -> list[Piece]:
        """Those that were destroyed."""
        return [piece for piece in self.all if piece.destroyed]

    def by_item(self) -> dict[int, list[Piece]]:
        """Return the pieces of each line, as far as they were sealed or left the store."""
        found: defaultdict[int, list[Piece]] = defaultdict(list)
        for piece in self.all:
            if piece.batch.is_sealed or piece.passed:
                found[piece.item.id].append(piece)
        return dict(found)

    def count_of(self, pieces: Sequence[Piece]) -> list[CountLine]:
        """Return the counts of the positions that these pieces were packed from."""
        keys = {(piece.item.id, piece.packing.line.signed_place.id) for piece in pieces}
        return [self.counts[key] for key in sorted(keys) if key in self.counts]

    def six(self, pieces: Sequence[Piece]) -> SixPoints:
        """Return one line's quantities at the six points."""
        counts = self.count_of(pieces)
        packed = sum((piece.quantity for piece in pieces), NONE)
        return SixPoints(
            booked=plain(sum((line.book for line in counts), NONE)),
            counted=plain(sum((line.figures.result or NONE for line in counts), NONE)),
            approved=plain(packed),
            loaded=plain(sum((piece.at(Stage.LOAD) for piece in pieces), NONE)),
            received=plain(sum((piece.at(Stage.RECEIVE) for piece in pieces), NONE)),
            destroyed=plain(sum((piece.destroyed for piece in pieces), NONE)),
        )


def differs(six: SixPoints) -> bool:
    """Whether a line's figures need an explanation. Applying for a part of what was counted needs none."""
    way = {six["approved"], six["loaded"], six["received"], six["destroyed"]}
    return len(way) > 1 or six["booked"] != six["counted"]


def totals(pieces: Collection[Piece]) -> Totals:
    """Return the sums over destroyed pieces."""
    batches = {piece.batch.id: piece.batch for piece in pieces}
    values = [piece.value for piece in pieces if piece.value is not None]
    return Totals(
        units=len({piece.item.unit_id for piece in pieces}),
        cases=len({piece.case.id for piece in pieces}),
        lines=len({piece.item.id for piece in pieces}),
        batches=len(batches),
        by_measure=sums((piece.item.measure, piece.destroyed) for piece in pieces),
        net_kg=plain(sum((batch.net_kg for batch in batches.values()), NONE)),
        value=yuan(sum(values, NONE)) if values else "",
    )


def grouped(pieces: Iterable[Piece], key: Callable[[Piece], Key]) -> dict[Key, list[Piece]]:
    """Return the pieces in groups, in the order in which the groups appear."""
    groups: dict[Key, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(key(piece), []).append(piece)
    return groups


def sums(rows: Iterable[tuple[str, Decimal]]) -> list[Sum]:
    """Return quantities per unit of measure, greatest first."""
    total: defaultdict[str, Decimal] = defaultdict(Decimal)
    for measure, quantity in rows:
        total[measure] += quantity
    ordered = sorted(total.items(), key=lambda row: (-row[1], row[0]))
    return [Sum(measure=measure, quantity=plain(quantity)) for measure, quantity in ordered]


def plain(number: Decimal) -> str:
    """Return a number without trailing zeros or exponent."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def yuan(fen: Decimal) -> str:
    """Return an amount of fen in yuan with two decimals."""
    return f"{(fen / 100).quantize(Decimal('0.01')):f}"


def moment(at: datetime | None) -> str:
    """Return a point in time as the content keeps it: with its offset, to the second; empty for none."""
    return "" if at is None else at.astimezone(_BEIJING).isoformat(timespec="seconds")


def category_of(piece: Piece) -> str:
    """Return the category of a piece's line."""
    return piece.item.category or words.NO_CATEGORY


def _cases(session: Session, ids: Collection[int]) -> dict[int, Case]:
    wanted = sorted(ids)
    found: dict[int, Case] = {}
    for start in range(0, len(wanted), 500):
        rows = session.scalars(select(Case).where(Case.id.in_(wanted[start : start + 500])))
        found |= {case.id: case for case in rows}
    return found


def _worth(item: Item, start: Decimal, end: Decimal) -> Decimal | None:
    """Return what a line's quantity from start to end is worth, in fen; rounded at both ends, not in between."""
    if item.value is None:
        return None
    before, after = ((item.value * part / item.quantity).to_integral_value(ROUND_HALF_UP) for part in (start, end))
    return after - before
