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
from ledger.papers.counting import CountedLine, Counter, CountReport, CountSheet, MeasureSum, SheetLine
from ledger.papers.form_words import COUNT_PARTS
from ledger.stocktake.models import Stocktake
from ledger.stocktake.queries import closing_entry, closing_of
from ledger.stocktake.workflow import Cause, Figures, State


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
    lines = [
        _line(items[row[0]], row, said["places"], causes.get((row[0], row[1])), has_moved=(row[0], row[1]) not in still)
        for row in said["counts"]
    ]
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
    )


def _line(
    item: Item, row: list[int], places: Mapping[str, str], cause: Mapping[str, Any] | None, *, has_moved: bool
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
    )


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
