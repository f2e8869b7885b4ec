"""The list to mend: a workbook of just the rows that could not be taken, each with what is wrong with it.

Made in a process of its own with the same bounds as the check, because it opens the user's file once more.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from ledger.imports.cells import Cell, column_number
from ledger.imports.columns import find_columns
from ledger.imports.read import answer, run_apart
from ledger.imports.refusals import MOST_COLUMNS
from ledger.imports.sheets import Sheet, read_sheets
from ledger.imports.values import as_text
from ledger.text import for_workbook

MOST_COMMENTS = 2_000
"""How many rows get comments beside the first column: more make a workbook slow to open."""
_LONGEST_NAME = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
FIRST_YEAR = 1900
"""The first that spreadsheets know."""
_DAY = {"num_format": "yyyy-mm-dd"}


def write_apart(
    path: Path, target: Path, errors: Sequence[dict[str, Any]], *, headers: dict[str, int], reason: str
) -> None:
    """Write the rows of a file that errors name to target.

    errors have sheet, row, column and, in the reader's language, says; headers give the number of heading rows of each
    sheet; reason is the heading of the added column. Raises FileTooHeavy when a bound was reached.
    """
    request = {"path": str(path), "target": str(target), "errors": list(errors), "headers": headers, "reason": reason}
    run_apart("ledger.imports.mend", request)


def write(path: Path, target: Path, errors: Sequence[dict[str, Any]], *, headers: dict[str, int], reason: str) -> None:
    """Do the work of write_apart() in this process."""
    wrong: dict[str, dict[int, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for error in errors:
        wrong[error["sheet"]][error["row"]].append(error)
    with xlsxwriter.Workbook(str(target), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        looks = {
            "head": book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"}),
            "says": book.add_format({"text_wrap": True, "font_color": "#a5211b", "valign": "top"}),
            "bad": book.add_format({"border": 2, "border_color": "#b3261e", "valign": "top"}),
            "bad day": book.add_format({"border": 2, "border_color": "#b3261e", "valign": "top", **_DAY}),
            "day": book.add_format({"valign": "top", **_DAY}),
            "plain": book.add_format({"valign": "top"}),
        }
        for sheet in read_sheets(path):
            if sheet.title in wrong:
                page = book.add_worksheet(free_name(sheet.title, book.sheetnames))
                _write_head(page, {-1: reason, **_headings(sheet, headers.get(sheet.title, 0))}, looks["head"])
                _write_rows(page, sheet, wrong[sheet.title], looks)


def free_name(title: str, taken: Iterable[str]) -> str | None:
    """Return a name that a spreadsheet allows for a sheet and that no other has yet."""
    name = _NOT_IN_NAMES.sub(" ", title)[:_LONGEST_NAME].strip(" '")
    return None if name.casefold() in {other.casefold() for other in taken} else name or None


def _write_head(page: Any, headings: Mapping[int, str], look: Any) -> None:
    page.set_column(0, 0, 44)
    page.set_column(1, MOST_COLUMNS, 16)
    page.freeze_panes(1, 1)
    for column, heading in headings.items():
        page.write_string(0, column + 1, for_workbook(heading), look)


def _write_rows(page: Any, sheet: Sheet, wrong: dict[int, list[dict[str, Any]]], looks: dict[str, Any]) -> None:
    for line, number in enumerate(sorted(wrong), start=1):
        page.write_string(line, 0, for_workbook("\n".join(error["says"] for error in wrong[number])), looks["says"])
        bad = {column_number(error["column"]): error["says"] for error in wrong[number] if error["column"]}
        width = max([len(sheet.rows[number - 1]), *(column + 1 for column in bad)])
        for column in range(width):
            _write_cell(page, line, column + 1, _cell(sheet, number - 1, column, bad), looks, is_bad=column in bad)
            if column in bad and line <= MOST_COMMENTS:
                page.write_comment(line, column + 1, bad[column], {"x_scale": 2})


def _cell(sheet: Sheet, row: int, column: int, bad: Container[int]) -> Cell:
    """Return what to write: what a merge shows, but not where a quantity is missing that stands there once."""
    if column not in bad:
        return sheet.shown_at(row, column)
    cells = sheet.rows[row]
    return cells[column] if column < len(cells) else None


def _headings(sheet: Sheet, header: int) -> dict[int, str]:
    """Return the heading of each column, in one row; of a heading nobody knows the lowest texts above the goods."""
    columns = find_columns(sheet, {}, {})
    if columns is not None:
        return columns.headings
    headings: dict[int, str] = {}
    for row in range(max(header - 2, 0), header):
        for column in range(len(sheet.rows[row])):
            text = as_text(sheet.shown_at(row, column))
            headings |= {column: text} if text else {}
    return headings


def _write_cell(page: Any, line: int, column: int, cell: Cell, looks: dict[str, Any], *, is_bad: bool) -> None:
    """Write a cell as what it is: a text stays a text whatever it begins with."""
    look = looks["bad" if is_bad else "plain"]
    if isinstance(cell, date) and cell.year >= FIRST_YEAR:
        page.write_datetime(line, column, cell, looks["bad day" if is_bad else "day"])
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        page.write_number(line, column, cell, look)
    elif cell is None or cell == "":
        page.write_blank(line, column, None, look)
    else:
        page.write_string(line, column, for_workbook(as_text(cell)), look)


def _write(request: dict[str, Any]) -> None:
    path, target = Path(request["path"]), Path(request["target"])
    write(path, target, request["errors"], headers=request["headers"], reason=request["reason"])


if __name__ == "__main__":
    sys.exit(answer(_write))
