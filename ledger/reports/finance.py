"""The report to finance as it goes out: the content of its form, and the same as a workbook."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO

from ledger.goods.periods import BEIJING, Period
from ledger.goods.statement import ORDER
from ledger.papers import words
from ledger.papers.balances import FinanceData, FinancePart, FinanceRow
from ledger.papers.content import Sum
from ledger.papers.finance import label_of
from ledger.papers.forms import heading_of, title_of
from ledger.reports.workbook import Row, Sheet, write_workbook
from ledger.store.finance import Figure, Figures, Place, Report, Side

_FEN = Decimal("0.01")


def content_of(
    found: Report,
    period: Period,
    *,
    unit: str,
    units: Mapping[int, str],
    with_below: bool,
    made_at: datetime,
) -> FinanceData:
    """Return what the form, the page and the workbook say; units are the names of all units, in their order."""
    several = {unit_id: name for unit_id, name in units.items() if unit_id in found.units} if with_below else {}
    return FinanceData(
        unit=unit,
        with_below=with_below,
        span=period.span or "",
        first=period.first.isoformat(),
        last=period.last.isoformat(),
        whole=_rows(found.whole),
        by_category=_parts((category, found.categories[category]) for category in sorted(found.categories)),
        by_unit=_parts((name, found.units[unit_id]) for unit_id, name in several.items()),
        made_at=made_at.astimezone(BEIJING).isoformat(timespec="seconds"),
    )


def write_finance(report: FinanceData, target: IO[bytes]) -> None:
    """Write the workbook: what it is, then a sheet for all, by category and by unit, a column per unit of measure."""
    title = title_of(words.FINANCE_TITLE, report["span"])
    about: list[Row] = [(line,) for line in (*heading_of(report), words.FINANCE_REMARK)]
    measures = sorted({each["measure"] for row in report["whole"] for each in row["by_measure"]})
    sheets: list[Sheet] = [
        (words.STATEMENT_ABOUT, (title,), about),
        (words.FINANCE_SHEETS["whole"], (*words.FINANCE_SHEET_HEADS, *measures),
         [_cells(row, measures) for row in report["whole"]]),
        (words.FINANCE_SHEETS["by_category"], *_sheet(report["by_category"], measures)),
        (words.FINANCE_SHEETS["by_unit"], *_sheet(report["by_unit"], measures)),
    ]  # fmt: skip
    made_at = datetime.fromisoformat(report["made_at"])
    write_workbook(target, [sheet for sheet in sheets if sheet[2]], title=title, made_at=made_at)


def _parts(parts: Iterable[tuple[str, Figures]]) -> list[FinancePart]:
    told = (FinancePart(name=name, rows=_rows(figures)) for name, figures in parts)
    return [part for part in told if any(row["lines"] for row in part["rows"])]


def _rows(figures: Figures) -> list[FinanceRow]:
    """Return the four figures, those that came and went followed by their causes."""
    rows = []
    for side in Side:
        causes = sorted((cause for other, cause in figures if other is side and cause), key=ORDER.__getitem__)
        rows += [
            _row(place, figures.get(place, Figure()))
            for place in (Place(side), *(Place(side, each) for each in causes))
        ]
    return rows


def _row(place: Place, figure: Figure) -> FinanceRow:
    in_order = sorted(figure.quantities.items(), key=lambda pair: (-pair[1], pair[0]))
    has_value = len(figure.lines) > len(figure.unvalued)
    return FinanceRow(
        side=place.side.value,
        cause=place.cause.value if place.cause else "",
        cases=len(figure.cases),
        lines=len(figure.lines),
        unvalued=len(figure.unvalued),
        by_measure=[Sum(measure=measure, quantity=f"{quantity.normalize():f}") for measure, quantity in in_order],
        value=_yuan(figure.value) if has_value else "",
        proceeds=_yuan(Decimal(figure.proceeds)) if figure.proceeds else "",
    )


def _yuan(fen: Decimal) -> str:
    return f"{(fen / 100).quantize(_FEN):f}"


def _sheet(parts: Sequence[FinancePart], measures: Sequence[str]) -> tuple[Sequence[str], list[Row]]:
    rows: list[Row] = [
        (part["name"] or words.FINANCE_NO_CATEGORY, *_cells(row, measures)) for part in parts for row in part["rows"]
    ]
    return (words.FINANCE_PART, *words.FINANCE_SHEET_HEADS, *measures), rows


def _cells(row: FinanceRow, measures: Sequence[str]) -> Row:
    quantities = {each["measure"]: Decimal(each["quantity"]) for each in row["by_measure"]}
    money = (Decimal(row[key]) if row[key] else "" for key in ("value", "proceeds"))
    counts = row["cases"], row["lines"], row["unvalued"]
    return label_of(row).strip("　"), *counts, *money, *(quantities.get(measure, 0) for measure in measures)
