"""The store ledger of a period as it goes out: the content of its paper, and the same as a workbook."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO

from ledger.goods.periods import BEIJING, Period
from ledger.goods.statement import Statement
from ledger.papers import words
from ledger.papers.balances import BalanceRow, ClosingData, StatementData
from ledger.papers.forms import heading_of, title_of
from ledger.papers.statement import closing_of, remark_of
from ledger.reports.workbook import Row, Sheet, write_workbook


def content_of(
    told: Statement,
    period: Period,
    *,
    unit: str,
    with_below: bool,
    made_at: datetime,
    closing: ClosingData | None = None,
) -> StatementData:
    """Return what the paper and the workbook say."""
    return StatementData(
        unit=unit,
        with_below=with_below,
        span=period.span or "",
        first=period.first.isoformat(),
        last=period.last.isoformat(),
        groups=told.rows(),
        closing=closing,
        made_at=made_at.astimezone(BEIJING).isoformat(timespec="seconds"),
    )


def write_statement(statement: StatementData, target: IO[bytes]) -> None:
    """Write the workbook: what it is, then a sheet for each group with a column for each cause that occurs."""
    made_at = datetime.fromisoformat(statement["made_at"])
    said = *heading_of(statement), *closing_of(statement), remark_of(statement)
    title = title_of(words.STATEMENT_TITLE, statement["span"])
    sheets: list[Sheet] = [(words.STATEMENT_ABOUT, (title,), [(line,) for line in said])]
    sheets += [_sheet(words.STATEMENT_SHEETS[group], rows) for group, rows in statement["groups"].items()]
    write_workbook(target, sheets, title=title, made_at=made_at)


def _sheet(name: str, rows: Sequence[BalanceRow]) -> Sheet:
    """Return the sheet of a group: the four figures, each followed by the parts that occur in any of its rows."""
    came, went, held = (_used(part[by] for part in rows) for by in ("came_by", "went_by", "closing_by"))
    unit, opening, all_came, _, all_went, _, closing, _ = words.STATEMENT_HEADS
    heads = (
        unit,
        opening,
        all_came,
        *(words.CAUSES[key] for key in came),
        all_went,
        *(words.CAUSES[key] for key in went),
        closing,
        *(words.ACCOUNTS[key] for key in held),
    )
    return name, heads, [_cells(row, came, went, held) for row in rows]


def _used(parts: Iterable[Mapping[str, str]]) -> list[str]:
    keys = {key for part in parts for key in part}
    return [key for key in (*words.CAUSES, *words.ACCOUNTS) if key in keys]


def _cells(row: BalanceRow, came: Sequence[str], went: Sequence[str], held: Sequence[str]) -> Row:
    if row["is_veiled"]:
        return row["measure"], words.BEING_COUNTED
    figures = (
        row["opening"],
        row["came"],
        *(row["came_by"].get(key, "0") for key in came),
        row["went"],
        *(row["went_by"].get(key, "0") for key in went),
        row["closing"],
        *(row["closing_by"].get(key, "0") for key in held),
    )
    return row["measure"], *map(Decimal, figures)
