"""Workbooks of plain tables: figures as numbers, words as words, and nothing of it ever a formula or a link."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import IO

from xlsxwriter import Workbook

from ledger.text import for_workbook

_WIDEST = 40

Cell = str | int | Decimal
Row = Sequence[Cell]
Sheet = tuple[str, Sequence[str], Iterable[Row]]
"""Its name, its heads and its rows."""


def write_workbook(target: Path | IO[bytes], sheets: Iterable[Sheet], *, title: str, made_at: datetime) -> None:
    """Write the sheets, each under its heads."""
    name = str(target) if isinstance(target, Path) else target
    with Workbook(name, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": title, "created": made_at.replace(tzinfo=None)})
        head = book.add_format({"bold": True, "bottom": 1})
        for sheet_name, heads, rows in sheets:
            sheet = book.add_worksheet(sheet_name)
            sheet.freeze_panes(1, 0)
            widths = [len(text) for text in heads]
            sheet.write_row(0, 0, heads, head)
            for number, row in enumerate(rows, start=1):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(number, column, for_workbook(cell))
                    else:
                        sheet.write_number(number, column, float(cell))
                    widths[column] = max(widths[column], len(str(cell)))
            for column, width in enumerate(widths):
                sheet.set_column(column, column, min(2 * width + 2, _WIDEST))
