"""What an XLSX or ODS package would become, seen before it is unpacked: its size, its extent, its formulas.

The reader makes room for every cell between the first and the last and gives only what a formula last showed; so the
parts are looked through first. Nothing they name is followed, and a part that declares entities is refused.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from ledger.imports.cells import Cells, Spot, column_number
from ledger.imports.refusals import MOST_COLUMNS, MOST_ROWS, Damaged, FileTooHeavy, HasMacros, NotATable

MOST_UNPACKED = 400 << 20
MOST_PARTS = 5_000
MOST_RATIO = 150
"""A workbook of ours packs to a tenth; a bomb to a thousandth."""
_SMALL = 10 << 20
"""Below this a package may pack as well as it likes."""
_CHUNK = 1 << 20
_SHOWN = 80
"""How much of a formula is kept for people to see."""

_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
WORKBOOK = "xl/workbook.xml"


@dataclass(slots=True)
class Look:
    """What the reader does not tell of a sheet: its formulas and, for ODS, its merged cells."""

    formulas: dict[Spot, str] = field(default_factory=dict)
    merged: list[Cells] = field(default_factory=list)


def look_through(path: Path) -> dict[str, Look]:
    """Return what is to be known of each sheet before the package is read.

    Raises NotATable, HasMacros, FileTooHeavy or Damaged.
    """
    with _open(path) as package:
        names = _checked_names(package)
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            raise HasMacros
        if WORKBOOK in names:
            return {title: _look_at_xlsx(package, part) for title, part in _sheet_parts(package).items()}
        if "content.xml" in names and package.read("mimetype").startswith(_ODS):
            return _look_at_ods(package)
    raise NotATable


@contextmanager
def _open(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as package:
            yield package
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, NotImplementedError, RuntimeError, EOFError, OSError):
        raise Damaged from None


def _checked_names(package: zipfile.ZipFile) -> set[str]:
    """Return the names of the package's parts. Raises FileTooHeavy for a bomb, by its directory alone."""
    parts = package.infolist()
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or unpacked > max(_SMALL, MOST_RATIO * packed):
        raise FileTooHeavy
    return {part.filename for part in parts}


def _parse(part: IO[bytes], start: Callable[[str, dict[str, str]], None], **more: Callable[..., Any]) -> None:
    """Hand the elements of a part to start by their names without prefix. Raises Damaged."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, given: start(tag.rpartition(" ")[2], given)
    parser.StartDoctypeDeclHandler = _refuse
    for name, handler in more.items():
        setattr(parser, name, handler)
    try:
        parser.ParseFile(part)
    except expat.ExpatError:
        raise Damaged from None


def _refuse(*_doctype: object) -> None:
    raise Damaged


def _sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    """Return which part of the package holds the sheet of each title."""
    targets: dict[str, str] = {}
    parts: dict[str, str] = {}

    def link(tag: str, given: dict[str, str]) -> None:
        if tag == "Relationship":
            target = given.get("Target", "")
            targets[given.get("Id", "")] = target[1:] if target.startswith("/") else f"xl/{target}"

    def sheet(tag: str, given: dict[str, str]) -> None:
        if tag == "sheet":
            key = next((value for name, value in given.items() if name.endswith("relationships id")), "")
            parts[given.get("name", "")] = targets.get(key, "")

    with package.open("xl/_rels/workbook.xml.rels") as links:
        _parse(links, link)
    with package.open(WORKBOOK) as book:
        _parse(book, sheet)
    names = set(package.namelist())
    return {title: part for title, part in parts.items() if part in names}


_FAR = re.compile(rb'"(?:[A-Z]{3}\d|[H-Z][A-Z]\d|[A-Z]{1,2}(?:[2-9]\d{5}|\d{7}))')
"""A cell that may lie outside the bounds; the close look decides."""


def _look_at_xlsx(package: zipfile.ZipFile, part: str) -> Look:
    """Return the formulas of a sheet; it is read closely only if something in it may be one, or far away."""
    look = Look()
    if _is_worth_a_close_look(package, part):
        with package.open(part) as content:
            _Worksheet(look).read(content)
    return look


def _is_worth_a_close_look(package: zipfile.ZipFile, part: str) -> bool:
    with package.open(part) as content:
        rest = b""
        while chunk := content.read(_CHUNK):
            text = rest + chunk
            if b"<f" in text or b":f" in text or _FAR.search(text):
                return True
            rest = chunk[-16:]
    return False


class _Worksheet:
    """Reads where the cells of an XLSX sheet are and which are formulas; cells without an address follow the last."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._row, self._column = -1, -1
        self._formula: list[str] | None = None

    def read(self, content: IO[bytes]) -> None:
        _parse(content, self._start, EndElementHandler=self._end, CharacterDataHandler=self._text)

    def _start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "c":
            self._place(given.get("r", ""))
        elif tag == "row":
            self._row, self._column = int(given.get("r", self._row + 2)) - 1, -1
        elif tag in ("v", "is", "f"):
            if self._row >= MOST_ROWS or self._column >= MOST_COLUMNS:
                raise FileTooHeavy
            if tag == "f":
                self._formula = []

    def _place(self, address: str) -> None:
        letters = address.rstrip("0123456789")
        self._column = column_number(letters) if letters else self._column + 1
        if letters and len(letters) < len(address):
            self._row = int(address[len(letters) :]) - 1

    def _text(self, text: str) -> None:
        if self._formula is not None:
            self._formula.append(text)

    def _end(self, tag: str) -> None:
        if self._formula is not None and tag.endswith("f"):
            self._look.formulas[self._row, self._column] = ("=" + "".join(self._formula))[:_SHOWN]
            self._formula = None


def _look_at_ods(package: zipfile.ZipFile) -> dict[str, Look]:
    tables = _Tables()
    with package.open("content.xml") as content:
        _parse(content, tables.start, EndElementHandler=tables.end)
    return tables.looks


class _Tables:
    """Reads the extent, the formulas and the merged cells of the tables in an ODS."""

    def __init__(self) -> None:
        self.looks: dict[str, Look] = {}
        self._row, self._column = 0, 0
        self._rows = 1

    def start(self, tag: str, given: dict[str, str]) -> None:
        plain = {name.rpartition(" ")[2]: value for name, value in given.items()}
        if tag == "table":
            self._look = self.looks.setdefault(plain.get("name", ""), Look())
            self._row = 0
        elif tag == "table-row":
            self._rows, self._column = int(plain.get("number-rows-repeated", 1)), 0
        elif tag in ("table-cell", "covered-table-cell") and self.looks:
            self._cell(plain, int(plain.get("number-columns-repeated", 1)))

    def _cell(self, given: dict[str, str], columns: int) -> None:
        if ("value-type" in given or "formula" in given) and (
            self._row + self._rows > MOST_ROWS or self._column + columns > MOST_COLUMNS
        ):
            raise FileTooHeavy
        if formula := given.get("formula"):
            shown = formula.removeprefix("of:")[:_SHOWN]
            for row in range(self._row, self._row + self._rows):
                self._look.formulas.update({(row, self._column + step): shown for step in range(columns)})
        height, width = int(given.get("number-rows-spanned", 1)), int(given.get("number-columns-spanned", 1))
        if (height, width) != (1, 1):
            first = (self._row, self._column)
            self._look.merged.append((first, (self._row + height - 1, self._column + width - 1)))
        self._column += columns

    def end(self, tag: str) -> None:
        if tag.endswith(" table-row"):
            self._row += self._rows
