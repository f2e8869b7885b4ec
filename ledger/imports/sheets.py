"""Opening what people hand in: a file of any kind becomes sheets of cells, or is refused within bounds.

Nothing in a file is executed, fetched or followed. Runs in a process of its own whose memory and time are limited; see
ledger.imports.apart.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from ledger.errors import LedgerError, N_
from ledger.imports.values import Cell

MOST_UNPACKED = 400 << 20
MOST_RATIO = 150
"""A workbook of ours packs to a tenth; a bomb to a thousandth."""
MOST_ROWS = 200_000
MOST_COLUMNS = 200
LONGEST_LINE = 100_000


class NotATable(LedgerError):
    """A file that is no table: a picture, a document, something renamed."""

    code = "not_a_table"
    message = N_("This file is not a table. Hand in XLSX, XLS, ODS or CSV.")


class Protected(LedgerError):
    """A workbook that needs a password."""

    code = "protected"
    message = N_("This workbook is protected by a password. Remove the password and hand it in again.")


class HasMacros(LedgerError):
    """A workbook with programs in it."""

    code = "has_macros"
    message = N_("This workbook contains macros. Save it as XLSX without macros and hand it in again.")


class FileTooHeavy(LedgerError):
    """A file that would take more room, rows or time than any goods list needs."""

    code = "file_too_heavy"
    message = N_("This file is too large to be a goods list (at most %(rows)s rows and %(columns)s columns). Split it, or delete what is empty.")

    def __init__(self) -> None:
        super().__init__(rows=f"{MOST_ROWS:,}", columns=MOST_COLUMNS)


class Damaged(LedgerError):
    """A table that cannot be read."""

    code = "damaged"
    message = N_("This file is damaged or incomplete: it cannot be read. Open it, save it again, and hand in the new one.")


class HasFormulas(LedgerError):
    """A table of a kind in which formulas cannot be told cell by cell."""

    code = "has_formulas"
    message = N_("This table contains formulas. Replace them by their values, or save it as XLSX to be told which cells they are.")


class Empty(LedgerError):
    """A table without anything in it."""

    code = "empty"
    message = N_("This file holds no rows.")


@dataclass(slots=True)
class Sheet:
    """One sheet, its cells from A1 on. Rows and columns count from 0 here and from 1 and A for people."""

    title: str
    rows: list[list[Cell]]
    formulas: set[tuple[int, int]] = field(default_factory=set)
    merged: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    """Cells covered by a merge, and the cell that shows for them."""


def read_sheets(path: Path) -> list[Sheet]:
    """Return the sheets of a file, hidden ones too.

    Raises NotATable, Protected, HasMacros, FileTooHeavy, Damaged, HasFormulas or Empty.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PK\x03\x04"):
        sheets = _read_package(path)
    elif start.startswith(b"\xd0\xcf\x11\xe0"):
        sheets = _read_workbook(path)
    elif start.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        raise NotATable
    else:
        sheets = [_read_text(path)]
    filled = [sheet for sheet in sheets if sheet.rows]
    if not filled:
        raise Empty
    return filled


def _read_package(path: Path) -> list[Sheet]:
    """Read XLSX or ODS after a look at what the package would unpack to."""
    try:
        with zipfile.ZipFile(path) as package:
            names = _checked_names(package)
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise HasMacros
            if "xl/workbook.xml" in names:
                return _with_formulas(_read_workbook(path), package)
            if "content.xml" in names and package.read("mimetype").startswith(b"application/vnd.oasis.opendocument.spread"):
                if _contains(package, "content.xml", b"table:formula="):
                    raise HasFormulas
                return _read_workbook(path)
            if any(name.startswith("xl/") for name in names):
                raise Damaged
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError):
        raise Damaged from None
    raise NotATable


def _checked_names(package: zipfile.ZipFile) -> set[str]:
    """Return the names of the package's parts. Raises FileTooHeavy for a bomb, by its directory alone."""
    parts = package.infolist()
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if unpacked > MOST_UNPACKED or (unpacked > 10 << 20 and unpacked > MOST_RATIO * max(packed, 1)):
        raise FileTooHeavy
    return {part.filename for part in parts}


def _read_workbook(path: Path) -> list[Sheet]:
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        if any(meta.typ in (SheetTypeEnum.Vba, SheetTypeEnum.MacroSheet) for meta in workbook.sheets_metadata):
            raise HasMacros
        return [
            _sheet(workbook.get_sheet_by_name(meta.name))
            for meta in workbook.sheets_metadata
            if meta.typ is SheetTypeEnum.WorkSheet
        ]
    except PasswordError:
        raise Protected from None
    except CalamineError:
        raise _why_unreadable(path) from None


def _why_unreadable(path: Path) -> LedgerError:
    """Return why a compound file cannot be read: it is encrypted, it is another program's, or it is damaged."""
    with path.open("rb") as file:
        start = file.read(1 << 20)
    if "EncryptedPackage".encode("utf-16-le") in start:
        return Protected()
    is_document = any(name.encode("utf-16-le") in start for name in ("WordDocument", "PowerPoint Document"))
    return NotATable() if is_document else Damaged()


def _sheet(sheet: CalamineSheet) -> Sheet:
    if sheet.total_height > 1_100_000 or sheet.total_width > 20_000 or sheet.height * sheet.width > 1 << 26:
        raise FileTooHeavy
    rows: list[list[Cell]] = []
    for number, row in enumerate(sheet.to_python(skip_empty_area=False)):
        cells: list[Cell] = [_plain(cell) for cell in row]
        while cells and cells[-1] in (None, ""):
            cells.pop()
        if cells and (number >= MOST_ROWS or len(cells) > MOST_COLUMNS):
            raise FileTooHeavy
        rows.append(cells)
    while rows and not rows[-1]:
        rows.pop()
    return Sheet(sheet.name, rows, merged=_merged(sheet, len(rows)))


def _plain(cell: object) -> Cell:
    return cell if cell is None or isinstance(cell, str | int | float) or hasattr(cell, "isoformat") else str(cell)  # type: ignore[return-value]


def _merged(sheet: CalamineSheet, height: int) -> dict[tuple[int, int], tuple[int, int]]:
    covered = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        for row in range(top, min(bottom + 1, height)):
            for column in range(left, min(right + 1, MOST_COLUMNS)):
                if (row, column) != (top, left):
                    covered[row, column] = (top, left)
    return covered


_CELL = re.compile(rb'<c [^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>(?:(?!</c>).)*?<f[ >/]', re.DOTALL)
_CHUNK = 1 << 22


def _with_formulas(sheets: list[Sheet], package: zipfile.ZipFile) -> list[Sheet]:
    """Mark the cells that hold formulas, of which the reader gives only what they last showed."""
    paths = _sheet_paths(package)
    for sheet in sheets:
        path = paths.get(sheet.title)
        if path and _contains(package, path, b"<f"):
            sheet.formulas = set(_formulas(package, path))
    return sheets


def _formulas(package: zipfile.ZipFile, path: str) -> Iterator[tuple[int, int]]:
    with package.open(path) as part:
        rest = b""
        while chunk := part.read(_CHUNK):
            text = rest + chunk
            end = text.rfind(b"</c>") + 4 if b"</c>" in text else 0
            for found in _CELL.finditer(text, 0, end):
                yield int(found[2]) - 1, column_number(found[1].decode())
            rest = text[end:]
            if len(rest) > 4 * _CHUNK:
                raise FileTooHeavy


def _contains(package: zipfile.ZipFile, path: str, wanted: bytes) -> bool:
    with package.open(path) as part:
        rest = b""
        while chunk := part.read(_CHUNK):
            if wanted in rest + chunk:
                return True
            rest = chunk[-len(wanted) :]
    return False


_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def _sheet_paths(package: zipfile.ZipFile) -> dict[str, str]:
    """Return which part of the package holds the sheet of each title."""
    links = _small_xml(package, "xl/_rels/workbook.xml.rels")
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    book = _small_xml(package, "xl/workbook.xml")
    paths = {}
    for sheet in book.iter(f"{_NS}sheet"):
        target = targets.get(sheet.get(_REL), "")
        paths[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return {title: path for title, path in paths.items() if path in package.namelist()}


def _small_xml(package: zipfile.ZipFile, name: str) -> ElementTree.Element:
    content = package.read(name)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Damaged
    try:
        return ElementTree.fromstring(content)  # noqa: S314 - without a DTD there is nothing to expand
    except ElementTree.ParseError:
        raise Damaged from None


def _read_text(path: Path) -> Sheet:
    """Read a CSV in whichever encoding and with whichever separator it was saved."""
    text = _decoded(path.read_bytes())
    lines = io.StringIO(text, newline="")
    csv.field_size_limit(LONGEST_LINE)
    try:
        rows: list[list[Cell]] = []
        for row in csv.reader(lines, delimiter=_separator(text)):
            if len(rows) >= MOST_ROWS or len(row) > MOST_COLUMNS:
                raise FileTooHeavy
            rows.append(list(row) if any(cell.strip() for cell in row) else [])
    except csv.Error:
        raise FileTooHeavy from None
    while rows and not rows[-1]:
        rows.pop()
    return Sheet("", rows)


def _decoded(data: bytes) -> str:
    """Return the text. Raises NotATable for what is no text in any encoding used here."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in data[:4096]:
        raise NotATable
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(sign < " " and sign not in "\t\r\n\x1a\x0b\x0c" for sign in text[:4096]):
            raise NotATable
        return text
    raise NotATable


def _separator(text: str) -> str:
    """Return the separator that stands in the most of the first lines."""
    first = text[:20_000].splitlines()[:20]
    if any(len(line) > LONGEST_LINE for line in first):
        raise FileTooHeavy
    counts = {sign: sum(line.count(sign) for line in first) for sign in ",\t;"}
    return max(counts, key=lambda sign: counts[sign])


def column_number(letters: str) -> int:
    """Return the column, counted from 0, that a spreadsheet shows as letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(number: int) -> str:
    """Return what a spreadsheet shows for the column counted from 0."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
