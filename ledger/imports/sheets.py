"""Opening what people hand in: a file of any kind becomes sheets of cells, or is refused within bounds.

What a file is shows in its content, not in its name. Nothing in it is executed, fetched or followed.
A file from outside is opened in a process of its own whose memory and time are limited; see ledger.imports.read.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from ledger.imports import compound, packages
from ledger.imports.cells import Cell, Cells, Spot
from ledger.imports.refusals import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    Damaged,
    Empty,
    FileTooHeavy,
    HasMacros,
    NotATable,
    Protected,
)

LONGEST_LINE = 100_000
_PACKAGE = b"PK\x03\x04"
_OTHERS = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM",
    b"RIFF",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"{\\rtf",
)


@dataclass(slots=True)
class Sheet:
    """One sheet, its cells from A1 on."""

    title: str
    rows: list[list[Cell]]
    formulas: dict[Spot, str] = field(default_factory=dict)
    """What stands in the cells of which rows only has what they showed last."""
    merged: dict[Spot, Spot] = field(default_factory=dict)
    """Cells covered by a merge, and the cell that shows for them."""

    def shown_at(self, row: int, column: int) -> Cell:
        """Return what shows in a cell: where it is covered by a merge, what the merge shows."""
        row, column = self.merged.get((row, column), (row, column))
        cells = self.rows[row]
        return cells[column] if column < len(cells) else None


def read_sheets(path: Path) -> list[Sheet]:
    """Return the sheets of a file that hold anything, hidden ones too.

    Raises NotATable, Protected, HasMacros, FileTooHeavy, Damaged or Empty.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise Empty
    if start.startswith(_PACKAGE):
        looks = packages.look_through(path)
        sheets = _read_workbook(path)
        for sheet in sheets:
            look = looks.get(sheet.title, packages.Look())
            sheet.formulas = look.formulas
            sheet.merged = sheet.merged or _covered(look.merged, len(sheet.rows))
    elif start == compound.SIGNATURE:
        formulas = compound.look_through(path)
        sheets = _read_workbook(path)
        for sheet in sheets:
            sheet.formulas = formulas.get(sheet.title, {})
    elif start.startswith(_OTHERS):
        raise NotATable
    else:
        sheets = [_read_text(path)]
    filled = [sheet for sheet in sheets if sheet.rows]
    if not filled:
        raise Empty
    return filled


def _read_workbook(path: Path) -> list[Sheet]:
    try:
        with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as workbook:  # from_path() believes the name
            return _worksheets(workbook)
    except PasswordError:
        raise Protected from None
    except (CalamineError, OSError):
        raise Damaged from None
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # the reader's own fault on a broken file, which is no Exception
            raise Damaged from None
        raise


def _worksheets(workbook: CalamineWorkbook) -> list[Sheet]:
    kinds = {meta.name: meta.typ for meta in workbook.sheets_metadata}
    if any(kind in (SheetTypeEnum.Vba, SheetTypeEnum.MacroSheet) for kind in kinds.values()):
        raise HasMacros
    sheets, cells = [], 0
    for name, kind in kinds.items():
        if kind is SheetTypeEnum.WorkSheet:
            sheet = workbook.get_sheet_by_name(name)
            rows, columns = sheet.end or (0, 0)
            cells += rows * columns
            if cells > MOST_CELLS or rows >= MOST_ROWS or columns >= MOST_COLUMNS:
                raise FileTooHeavy
            sheets.append(_sheet(sheet))
    return sheets


def _sheet(sheet: CalamineSheet) -> Sheet:
    """Return the sheet; the reader leaves out the columns before the first that is filled."""
    before: list[Cell] = [""] * (sheet.start[1] if sheet.start else 0)
    rows: list[list[Cell]] = [[*before, *row] for row in sheet.iter_rows()]
    return Sheet(sheet.name, rows, merged=_covered(sheet.merged_cell_ranges or (), len(rows)))


def _covered(merges: Iterable[Cells], height: int) -> dict[Spot, Spot]:
    """Return the covered cells of merges. Raises FileTooHeavy if there are more than a sheet has."""
    covered: dict[Spot, Spot] = {}
    for (top, left), (bottom, right) in merges:
        for row in range(top, min(bottom + 1, height)):
            for column in range(left, min(right + 1, MOST_COLUMNS)):
                covered[row, column] = (top, left)
        covered.pop((top, left), None)
        if len(covered) > MOST_CELLS // 10:
            raise FileTooHeavy
    return covered


def _read_text(path: Path) -> Sheet:
    """Read a CSV in whichever encoding and with whichever separator it was saved."""
    text = _decoded(path.read_bytes())
    if text.lstrip().startswith("<"):  # a web page or XML that some systems call .xls
        raise NotATable
    if any(len(line) > LONGEST_LINE for line in io.StringIO(text, newline=None)):
        raise FileTooHeavy
    csv.field_size_limit(LONGEST_LINE)
    rows: list[list[Cell]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text)):
            if len(rows) >= MOST_ROWS or len(row) > MOST_COLUMNS:
                raise FileTooHeavy
            rows.append(list(row))
    except csv.Error:
        raise FileTooHeavy from None
    while rows and not any(str(cell).strip() for cell in rows[-1]):
        rows.pop()
    return Sheet("", rows)


def _decoded(data: bytes) -> str:
    """Return the text. Raises NotATable for what is no text in any encoding used here."""
    is_utf_16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if is_utf_16 else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if re.search(r"[\x00-\x08\x0e-\x19\x1b-\x1f]", text):
            raise NotATable
        return text
    raise NotATable


def _separator(text: str) -> str:
    """Return the separator that stands in the most of the first lines."""
    first = text[:20_000].splitlines()[:40]
    return max(",\t;", key=lambda sign: (sum(sign in line for line in first), text.count(sign, 0, 20_000)))
