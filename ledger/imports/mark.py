"""The list handed back marked: as its owner made it, with each fault filled, noted in its cell and listed in front.

Made in a process of its own with the same bounds as the check, because it opens the user's file once more. What could
act, call out or compute stays behind: formulas, links, queries, drawings, names. Values, formats, widths and merged
cells are kept. A file that is no XLSX, or one of a program whose XLSX is its own, comes back as its cells were read.
"""

import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.packaging.custom import CustomPropertyList
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import quote_sheetname
from openpyxl.workbook.defined_name import DefinedNameDict
from openpyxl.worksheet.datavalidation import DataValidationList
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.scenario import ScenarioList

from ledger.errors import N_, LedgerError
from ledger.imports.cells import Cell, Spot, column_letters
from ledger.imports.mend import FIRST_YEAR, MOST_COMMENTS, free_name
from ledger.imports.packages import WORKBOOK, look_through
from ledger.imports.read import answer, run_apart
from ledger.imports.refusals import FileTooHeavy
from ledger.imports.sheets import Sheet, read_sheets
from ledger.imports.values import as_text

MOST_CELLS = 500_000
"""So many take ten seconds, for which a person waits, and 400 MB."""
_OURS = "ledger"
"""The author of our notes, by whom they are known when a marked list comes back to be marked again."""
_WRONG = PatternFill("solid", fgColor="FFFFC7CE")
_CLEAN = PatternFill()


class CopyTooHeavy(LedgerError):
    """A marked copy would take more room or time than there is."""

    code = "copy_too_heavy"
    message = N_(
        "This list is too large to be handed back marked. What is wrong stands below, and the rows to mend can be had."
    )


def write_apart(path: Path, target: Path, errors: Sequence[dict[str, Any]], *, words: Mapping[str, str]) -> None:
    """Write a marked copy of a file to target.

    errors have sheet, row, column and, in the reader's language, says; words are the name of the added sheet (sheet),
    its two headings (place, reason) and, if there are errors beyond those, what says so (more).
    Raises CopyTooHeavy when a bound was reached.
    """
    try:
        run_apart(
            "ledger.imports.mark",
            {"path": str(path), "target": str(target), "errors": list(errors), "words": dict(words)},
        )
    except FileTooHeavy:
        raise CopyTooHeavy from None


def write(path: Path, target: Path, errors: Sequence[dict[str, Any]], *, words: Mapping[str, str]) -> None:
    """Do the work of write_apart() in this process. Raises FileTooHeavy."""
    sheets = read_sheets(path)
    if sum(len(row) for sheet in sheets for row in sheet.rows) > MOST_CELLS:
        raise FileTooHeavy
    own = _own(path, words)
    book, pages = own if own and own[1].keys() >= {error["sheet"] for error in errors} else _copy(sheets)
    places = _mark(pages, errors)
    _list(book, zip(places, errors, strict=True), words)
    book.save(target)


Pages = dict[str, Any]
"""The pages of the copy by the names of their sheets."""


def _own(path: Path, words: Mapping[str, str]) -> tuple[Workbook, Pages] | None:
    """Return the user's workbook with nothing in it that could act; None if it cannot be taken over."""
    if not zipfile.is_zipfile(path) or not _holds(path, WORKBOOK):
        return None
    look_through(path)
    try:
        with path.open("rb") as file:
            book = load_workbook(file, data_only=True, keep_links=False)
        for chart in book.chartsheets:
            book.remove(chart)
        for page in book.worksheets:
            _disarm(page)
        book.defined_names, book.custom_doc_props, book._pivots = DefinedNameDict(), CustomPropertyList(), []  # noqa: SLF001
    except Exception:  # noqa: BLE001 - spreadsheet programs write much that the library does not take
        return None
    before = book[words["sheet"]] if words["sheet"] in book.sheetnames else None
    if before is not None and before["B1"].value == words["reason"]:  # our own, of the list as it was handed in before
        book.remove(before)
    return book, {page.title: page for page in book.worksheets}


def _holds(path: Path, part: str) -> bool:
    with zipfile.ZipFile(path) as package:
        return part in package.namelist()


def _disarm(page: Any) -> None:
    """Take out what computes, links or draws, and our marks of an earlier time."""
    page._charts, page._images, page._pivots = [], [], []  # noqa: SLF001 - the library has no other way
    page.tables.clear()
    page.defined_names = DefinedNameDict()
    page.conditional_formatting = ConditionalFormattingList()
    page.data_validations = DataValidationList()
    page.scenarios = ScenarioList()
    page.sheet_view.tabSelected = False
    for cell in page._cells.values():  # noqa: SLF001 - those that are there; asking for rows would make the others
        if cell.hyperlink:
            cell.hyperlink = None
        if cell.comment and cell.comment.author == _OURS:
            cell.comment, cell.fill = None, _CLEAN


def _copy(sheets: Iterable[Sheet]) -> tuple[Workbook, Pages]:
    """Return a workbook of cells as they were read."""
    book = Workbook()
    book.remove(book.active)
    pages: Pages = {}
    for sheet in sheets:
        page = pages[sheet.title] = book.create_sheet(free_name(sheet.title, book.sheetnames))
        for number, row in enumerate(sheet.rows, start=1):
            for column, cell in enumerate(row, start=1):
                if cell is not None and cell != "":
                    _put(page.cell(number, column), cell)
        for (top, left), (bottom, right) in _ranges(sheet):
            page.merge_cells(start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1)
        for column in range(max((len(row) for row in sheet.rows), default=0)):
            page.column_dimensions[column_letters(column)].width = 16
    return book, pages


def _put(target: Any, cell: Cell) -> None:
    """Write a cell as what it is: a text stays a text whatever it begins with."""
    is_day = isinstance(cell, date) and cell.year >= FIRST_YEAR
    if is_day or (isinstance(cell, int | float) and not isinstance(cell, bool)):
        target.value = cell
    else:
        _say(target, str(cell) if isinstance(cell, time | timedelta) else as_text(cell))


def _say(target: Any, text: str) -> None:
    target.value = text
    target.data_type = "s"


def _ranges(sheet: Sheet) -> Iterable[tuple[Spot, Spot]]:
    """Return the merged cells of a sheet, first and last."""
    ends: dict[Spot, Spot] = {}
    for spot, first in sheet.merged.items():
        ends[first] = max(ends.get(first, spot), spot)
    return ends.items()


def _mark(pages: Pages, errors: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """Fill the cells at fault and note in them what is wrong; return the sheet and the cell of each error."""
    said: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    firsts = {title: _firsts(page) for title, page in pages.items()}
    places = []
    for error in errors:
        address = f"{error['column'] or 'A'}{error['row']}"
        address = firsts[error["sheet"]].get(address, address)
        places.append((pages[error["sheet"]].title, address))
        said[error["sheet"], address].append(error["says"])
    looks: dict[int, Any] = {}
    for number, ((title, address), reasons) in enumerate(said.items()):
        cell = pages[title][address]
        look = looks.get(before := cell.style_id)
        if look is None:
            cell.fill = _WRONG
            looks[before] = copy(cell._style)  # noqa: SLF001 - giving each its fill anew takes a hundred times as long
        else:
            cell._style = copy(look)  # noqa: SLF001
        if number < MOST_COMMENTS:
            own = [cell.comment.text] if cell.comment else []
            cell.comment = Comment("\n".join([*own, *reasons]), _OURS, height=100, width=280)
    return places


def _firsts(page: Any) -> dict[str, str]:
    """Return the first cell of each merged one on a page, which alone can be noted in."""
    return {
        f"{column_letters(column - 1)}{row}": merge.coord.partition(":")[0]
        for merge in page.merged_cells.ranges
        for row in range(merge.min_row, merge.max_row + 1)
        for column in range(merge.min_col, merge.max_col + 1)
    }


def _list(book: Workbook, found: Iterable[tuple[tuple[str, str], dict[str, Any]]], words: Mapping[str, str]) -> None:
    """Put a sheet in front with all that is wrong, each with a way to its cell.

    It has two columns, so that the check of the mended workbook does not take it for goods.
    """
    page: Any = book.create_sheet(words["sheet"], 0)
    book.active = 0
    page.freeze_panes = "A2"
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 24, 110
    for column, heading in ((1, words["place"]), (2, words["reason"])):
        _say(page.cell(1, column), heading)
        page.cell(1, column).font = Font(bold=True)
    line = 1
    for line, ((title, address), error) in enumerate(found, start=2):
        place = page.cell(line, 1)
        _say(place, f"{title} {address}")
        place.hyperlink = Hyperlink(ref=place.coordinate, location=f"{quote_sheetname(title)}!{address}")
        place.style = "Hyperlink"
        _say(page.cell(line, 2), error["says"])
    if words.get("more"):
        _say(page.cell(line + 1, 2), words["more"])


def _write(request: dict[str, Any]) -> None:
    write(Path(request["path"]), Path(request["target"]), request["errors"], words=request["words"])


if __name__ == "__main__":
    sys.exit(answer(_write))
