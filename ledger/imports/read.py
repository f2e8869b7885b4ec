"""Checking a file as a whole, in a process of its own: a hostile file costs that process its bounds, never the server.

The parent calls check_apart(); the child runs this module. Between them lies the staging file: gzipped lines of JSON,
first a head with everything a page shows, then the good rows.
"""

import gzip
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from ledger import apart
from ledger.cases.rules import CaseFacts
from ledger.goods.classes import EnvClass
from ledger.imports.cells import column_letters
from ledger.imports.columns import Columns, Field, Taught, find_columns, shown
from ledger.imports.refusals import REFUSALS, FileTooHeavy
from ledger.imports.rows import Checked, Row, RowError, Skipped, check_sheet
from ledger.imports.sheets import Sheet, read_sheets
from ledger.imports.values import as_text, is_empty
from ledger.text import case_key

MEMORY = 3 << 29
CPU_SECONDS = 60
WALL_SECONDS = 90
SAMPLES = 3
_TABLE_WIDTH = 3
Mapped = Mapping[str, Mapping[str, str]]
"""Per sheet, the fields that the user gave to columns by their letters."""


def check_apart(path: Path, staging: Path, *, mapping: Mapped, taught: Taught, today: date) -> dict[str, Any]:
    """Check a file in a process with bounded memory and time, write the staging file, and return its head.

    Raises what ledger.imports.sheets.read_sheets raises; FileTooHeavy also when a bound was reached.
    """
    request = {"path": str(path), "staging": str(staging), "mapping": mapping, "taught": taught, "today": today}
    run_apart("ledger.imports.read", request)
    return read_head(staging)


def run_apart(module: str, request: Mapping[str, Any]) -> None:
    """Run one of our modules on a request, in a process of its own that ends at its bounds.

    Raises the refusal that the process answers with, or FileTooHeavy when a bound was reached.
    """
    try:
        apart.run(module, request, wall_seconds=WALL_SECONDS)
    except apart.Refused as refusal:
        raise REFUSALS[refusal.code] from None
    except apart.OutOfBounds:
        raise FileTooHeavy from None


def answer(act: Callable[[Any], None]) -> int:
    """Bound this process, do act with the request that stands at its input, and return its exit status."""
    return apart.answer(act, memory=MEMORY, cpu_seconds=CPU_SECONDS)


def read_head(staging: Path) -> dict[str, Any]:
    """Return the head of a staging file."""
    with gzip.open(staging, "rb") as lines:
        head: dict[str, Any] = orjson.loads(next(lines))
        return head


def read_rows(staging: Path, *, start: int = 0) -> Iterator[Row]:
    """Return the good rows of a staging file from number start on."""
    before: tuple[object, CaseFacts | None] = (None, None)
    with gzip.open(staging, "rb") as lines:
        for line in islice(lines, start + 1, None):
            read = orjson.loads(line)
            if read["case"] != before[0]:  # the rows of a case mostly stand together
                before = read["case"], _case(read["case"])
            yield _row(read, before[1])


def write_staging(staging: Path, head: Mapping[str, Any], rows: Iterable[Row]) -> None:
    """Write a staging file."""
    with gzip.open(staging, "wb", compresslevel=1) as lines:
        lines.write(orjson.dumps(head) + b"\n")
        lines.writelines(orjson.dumps(row, default=_plain) + b"\n" for row in rows)


def check(path: Path, *, mapping: Mapped, taught: Taught, today: date) -> tuple[dict[str, Any], list[Row]]:
    """Return the head and the good rows of a file. Raises what ledger.imports.sheets.read_sheets raises."""
    checked = Checked()
    sheets = read_sheets(path)
    found = [(sheet, find_columns(sheet, mapping.get(sheet.title, {}), taught)) for sheet in sheets]
    is_known = any(columns for _sheet, columns in found)
    for sheet, columns in found:
        if columns is not None:
            check_sheet(sheet, columns, checked, today=today)
        elif not is_known or _holds_a_table(sheet):
            checked.refuse_row([RowError(sheet.title, _first_row(sheet), "", Field.NAME, "no_header", "", {})])
        else:
            checked.skipped.append(Skipped(sheet.title, _first_row(sheet), "no_table"))
    rows = checked.rows
    totals: Counter[str] = Counter()
    for row in rows:
        totals[row.measure] += row.quantity  # type: ignore[assignment]
    bad_rows = checked.bad_rows if is_known else 0  # without any heading no row was looked at
    head = {
        "tables": [_table(sheet, columns) for sheet, columns in found],
        "rows": len(rows) + bad_rows,
        "good_rows": len(rows),
        "bad_rows": bad_rows,
        "errors": [asdict(error) for error in checked.errors],
        "errors_left_out": checked.errors_left_out,
        "skipped": [asdict(row) for row in checked.skipped],
        "cases": _cases(rows),
        "names_cases": any(row.case for row in rows),
        "has_locations": any(row.location for row in rows),
        "totals": {measure: f"{total:f}" for measure, total in totals.most_common()},
    }
    return head, rows


def _first_row(sheet: Sheet) -> int:
    filled = (number for number, row in enumerate(sheet.rows, start=1) if not all(is_empty(cell) for cell in row))
    return next(filled, 1)


def _holds_a_table(sheet: Sheet) -> bool:
    """Whether a sheet without a heading we know may hold goods, rather than a page of explanations."""
    filled = ([cell for cell in row if not is_empty(cell)] for row in sheet.rows)
    return sum(len(row) >= _TABLE_WIDTH and any(_is_number(cell) for cell in row[1:]) for row in filled) > 1


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) or (isinstance(cell, str) and cell.strip().isdecimal())


def _cases(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the cases of the rows, each once per sheet, with the facts of its first row."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        if row.case is not None:
            key = (row.sheet, case_key(row.case.number))
            if key not in found:
                found[key] = {**asdict(row.case), "sheet": row.sheet, "row": row.row, "lines": 0}
            found[key]["lines"] += 1
    return list(found.values())


def _table(sheet: Sheet, columns: Columns | None) -> dict[str, Any]:
    """Return what people are shown of a sheet's columns."""
    if columns is None:
        return {"sheet": sheet.title, "fields": {}, "columns": _samples(sheet, 0), "header": None}
    return {
        "sheet": sheet.title,
        "fields": shown(columns),
        "columns": _samples(sheet, columns.header, columns.headings),
        "header": columns.header,
    }


def _samples(sheet: Sheet, first: int, headings: Mapping[int, str] | None = None) -> list[dict[str, Any]]:
    """Return each column's letter, heading and first values."""
    rows = sheet.rows[first : first + 200]
    width = max([len(row) for row in rows] + [column + 1 for column in headings or ()], default=0)
    shown_columns = []
    for column in range(width):
        filled = (as_text(row[column]) for row in rows if column < len(row) and not is_empty(row[column]))
        heading = (headings or {}).get(column, "")
        samples = [text[:40] for text in islice(filled, SAMPLES)]
        if heading or samples:
            shown_columns.append({"column": column_letters(column), "heading": heading, "samples": samples})
    return shown_columns


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(type(value))


def _case(read: dict[str, Any] | None) -> CaseFacts | None:
    return CaseFacts(**{**read, "served_on": _day(read["served_on"])}) if read else None


def _row(read: dict[str, Any], case: CaseFacts | None) -> Row:
    read["case"] = case
    read["quantity"] = Decimal(read["quantity"])
    read["env_class"] = EnvClass(read["env_class"])
    read["stored_on"] = _day(read["stored_on"])
    return Row(**read)


def _day(read: str | None) -> date | None:
    return date.fromisoformat(read) if read else None


def _check_and_stage(request: Mapping[str, Any]) -> None:
    today = date.fromisoformat(request["today"])
    head, rows = check(Path(request["path"]), mapping=request["mapping"], taught=request["taught"], today=today)
    write_staging(Path(request["staging"]), head, rows)


if __name__ == "__main__":
    sys.exit(answer(_check_and_stage))
