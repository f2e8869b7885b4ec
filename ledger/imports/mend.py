"""The list to mend: a workbook of just the rows that could not be taken, each with what is wrong with it.

Made in a process of its own with the same bounds as the check, because it opens the user's file once more.
"""

import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import xlsxwriter

from ledger.imports import sheets
from ledger.imports.read import WALL_SECONDS, limit_process
from ledger.imports.sheets import Sheet, column_number, read_sheets
from ledger.imports.values import Cell, as_text

_SHEET_NAME = 31
"""The most characters that a spreadsheet allows in a sheet's name."""


def write_apart(path: Path, target: Path, errors: Sequence[dict[str, Any]], *, headers: dict[str, int], reason: str) -> None:
    """Write the rows of a file that errors name to target.

    errors have sheet, row, column and, in the reader's language, says; headers give the number of heading rows of each
    sheet; reason is the heading of the added column. Raises FileTooHeavy when a bound was reached.
    """
    request = {"path": str(path), "target": str(target), "errors": list(errors), "headers": headers, "reason": reason}
    command = [sys.executable, "-m", "ledger.imports.mend"]
    project = Path(__file__).parents[2]
    try:
        subprocess.run(command, input=orjson.dumps(request), capture_output=True, timeout=WALL_SECONDS, cwd=project, check=True)  # noqa: S603 - our own module
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        raise sheets.FileTooHeavy from None


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
            "day": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
            "plain": book.add_format({"valign": "top"}),
        }
        for sheet in read_sheets(path):
            if sheet.title in wrong:
                _write_sheet(book, sheet, wrong[sheet.title], headers.get(sheet.title, 0), reason, looks)


def _write_sheet(
    book: Any, sheet: Sheet, wrong: dict[int, list[dict[str, Any]]], header: int, reason: str, looks: dict[str, Any]
) -> None:
    page = book.add_worksheet(sheet.title[:_SHEET_NAME] or None)
    page.set_column(0, 0, 44)
    page.set_column(1, 40, 16)
    page.freeze_panes(1, 1)
    page.write_string(0, 0, reason, looks["head"])
    for column, heading in _headings(sheet, header).items():
        page.write_string(0, column + 1, heading, looks["head"])
    for line, number in enumerate(sorted(wrong), start=1):
        page.write_string(line, 0, "\n".join(error["says"] for error in wrong[number]), looks["says"])
        bad = {column_number(error["column"]) for error in wrong[number] if error["column"]}
        cells = sheet.rows[number - 1]
        for column in range(max(len(cells), *(at + 1 for at in bad)) if bad else len(cells)):
            shown = sheet.merged.get((number - 1, column), (number - 1, column))
            row = sheet.rows[shown[0]]
            cell = row[shown[1]] if shown[1] < len(row) else None
            _write_cell(page, line, column + 1, cell, looks["bad"] if column in bad else None, looks)


def _headings(sheet: Sheet, header: int) -> dict[int, str]:
    """Return the lowest heading of each column above the first row of goods."""
    headings: dict[int, str] = {}
    for number in range(max(header - 2, 0), header):
        for column, cell in enumerate(sheet.rows[number]):
            line, shown = sheet.merged.get((number, column), (number, column))
            text = as_text(sheet.rows[line][shown] if shown < len(sheet.rows[line]) else cell)
            headings |= {column: text} if text else {}
    return headings


def _write_cell(page: Any, line: int, column: int, cell: Cell, look: Any, looks: dict[str, Any]) -> None:
    if isinstance(cell, datetime | date):
        page.write_datetime(line, column, cell, look or looks["day"])
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        page.write_number(line, column, cell, look or looks["plain"])
    elif cell in (None, ""):
        page.write_blank(line, column, None, look or looks["plain"])
    else:
        page.write_string(line, column, as_text(cell), look or looks["plain"])


def main() -> int:
    """Write one list to mend within bounds, as the child of write_apart()."""
    limit_process()
    request = orjson.loads(sys.stdin.buffer.read())
    path, target = Path(request["path"]), Path(request["target"])
    write(path, target, request["errors"], headers=request["headers"], reason=request["reason"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
