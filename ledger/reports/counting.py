"""The content of a stocktake's papers: the report of what the journal sealed, and the blind sheet."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy.orm import Session

from ledger.cases.queries import cases_of
from ledger.codes import shown
from ledger.db import from_thousandths
from ledger.duties import Part
from ledger.goods.models import Item
from ledger.manifests.words import CAUSES
from ledger.papers.counting import (
    BatchFinding,
    CountedBatch,
    CountedLine,
    Counter,
    CountReport,
    CountSheet,
    ExtraGoods,
    MeasureSum,
    SheetLine,
)
from ledger.papers.form_words import COUNT_PARTS
from ledger.stocktake.models import Stocktake
from ledger.stocktake.queries import closing_entry, closing_of
from ledger.stocktake.workflow import Cause, Figures, State

_LOOKS = ("book", Part.FIRST_COUNTER, Part.SECOND_COUNTER, Part.RECOUNTER)


def count_report_of(session: Session, count: Stocktake) -> CountReport:
    """Return what the report of a closed stocktake says: what its closing entry does, whenever it is asked for.

    Entries of the first releases hold no figures; for those the tables are read, which the entries before agree with.
    """
    entry = closing_entry(session, count)
    data = orjson.loads(entry.body)["data"]
    said = data if "counts" in data else orjson.loads(orjson.dumps(closing_of(session, count)))
    items = {line.item_id: line.item for line in count.lines}
    still = {(item_id, place_id) for item_id, place_id in data["counted"]}
    causes = {(each["item"], each["place"]): each for each in said["differences"]}
    spoilt = {(item_id, place_id): broken for item_id, place_id, broken in data.get("spoilt", ())}
    lines = []
    for row in said["counts"]:
        key = (row[0], row[1])
        has_moved = key not in still and row[0] in data.get("moved_meanwhile", row[:1])
        lines.append(_line(items[row[0]], row, said["places"], causes.get(key), spoilt.get(key), has_moved=has_moved))
    return CountReport(
        unit=count.unit.name,
        number=count.number,
        scope=said["scope"],
        frozen_at=said["frozen_at"],
        closed_at=entry.at.isoformat(),
        people=[
            Counter(part=part, name=said["people"][part]["name"], at=said["people"][part]["at"])
            for part in COUNT_PARTS
            if part in said["people"]
        ],
        lines=sorted(lines, key=lambda line: line["place"]),
        extras=[_extra(count, extra, said["places"]) for extra in data.get("extras", ())],
        batches=[_batch(batch) for batch in data.get("batches", ())],
        sums=_sums(lines),
        seq=entry.seq,
        digest=entry.leaf.hex(),
    )


def count_sheet_of(session: Session, count: Stocktake) -> CountSheet:
    """Return what the sheet says by which a stocktake is counted, or recounted, on paper: no figure of the books."""
    is_recount = count.state is State.RECOUNTING
    part = Part.RECOUNTER if is_recount else Part.FIRST_COUNTER
    lines = sorted(count.lines_for(part), key=lambda line: (line.place.name, line.id))
    cases = cases_of(session, [line.item for line in lines])
    return CountSheet(
        unit=count.unit.name,
        number=count.number,
        scope=count.scope,
        frozen_at=count.frozen_at.isoformat(),
        is_recount=is_recount,
        lines=[
            SheetLine(
                name=line.item.name,
                case=cases[line.item.case_id].number,
                spec=line.item.spec,
                lot=line.item.lot,
                measure=line.item.measure,
                place=line.place.name,
                code=shown(line.item.code),
                seal=line.item.seal,
            )
            for line in lines
        ],
        batches=[(batch.number, batch.event) for batch in count.batches_for(part)],
    )


def _line(
    item: Item,
    row: list[int],
    places: Mapping[str, str],
    cause: Mapping[str, Any] | None,
    spoilt: int | None,
    *,
    has_moved: bool,
) -> CountedLine:
    _, place_id, *found = row
    book, first, second, *again = map(from_thousandths, found)
    recount = again[0] if again else None
    result = Figures(book, first, second, recount).result
    return CountedLine(
        name=item.name,
        measure=item.measure,
        place=places[str(place_id)],
        book=_plain(book),
        first=_plain(first),
        second=_plain(second),
        recount=_plain(recount),
        result=_plain(result),
        has_moved=has_moved,
        kind=CAUSES[Cause(cause["cause"])] if cause else "",
        explanation=cause["explanation"] if cause else "",
        spoilt=_plain(from_thousandths(spoilt)) if spoilt else "",
    )


def _extra(count: Stocktake, extra: Mapping[str, Any], places: Mapping[str, str]) -> ExtraGoods:
    line = next((line for line in count.lines if line.item_id == extra["item"]), None)
    return ExtraGoods(
        name=extra["name"],
        spec=extra["spec"],
        measure=extra["measure"],
        place=places.get(str(extra["place"]), ""),
        label=shown(extra["label"]) if extra["label"] else "",
        found=[_plain(from_thousandths(each)) for each in extra.get("found", ())],
        result=_plain(from_thousandths(extra["quantity"])),
        taken_for=(line.item.name, line.place.name) if line else None,
        explanation=extra["explanation"],
    )


def _batch(batch: Mapping[str, Any]) -> CountedBatch:
    return CountedBatch(
        number=batch["number"],
        event=batch["event"],
        found=[_finding(*batch["found"][part]) for part in _LOOKS if part in batch["found"]],
        tolerance=_plain(from_thousandths(batch["tolerance"])),
        faults=batch["faults"],
        has_moved=batch["moved_meanwhile"],
        kind=CAUSES[Cause(batch["cause"])] if batch["cause"] else "",
        explanation=batch["explanation"],
    )


def _finding(condition: str, label: str, seal: str, gross: int | None) -> BatchFinding:
    weight = "" if gross is None else _plain(from_thousandths(gross))
    return BatchFinding(condition=condition, label=shown(label) if label else "", seal=seal, gross_kg=weight)


def _sums(lines: Iterable[CountedLine]) -> list[MeasureSum]:
    """Return the sums per unit of measure of what the count says something of, most lines first."""
    groups: dict[str, list[CountedLine]] = {}
    for line in lines:
        if not line["has_moved"]:
            groups.setdefault(line["measure"], []).append(line)
    return [
        MeasureSum(
            measure=measure,
            lines=len(mine),
            book=_plain(sum((Decimal(line["book"]) for line in mine), Decimal(0))),
            result=_plain(sum((Decimal(line["result"]) for line in mine), Decimal(0))),
        )
        for measure, mine in sorted(groups.items(), key=lambda pair: -len(pair[1]))
    ]


def _plain(quantity: Decimal | None) -> str:
    return "" if quantity is None else f"{quantity:f}"
