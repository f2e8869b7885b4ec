from datetime import date
from pathlib import Path

import openpyxl
import pytest

from ledger.imports.read import check as check_file

TODAY = date(2026, 11, 24)
SAMPLES = Path(__file__).parents[2] / "ledger" / "samples"


class Found:
    """What a check found, in the words of the tests."""

    def __init__(self, head, rows):
        self.head = head
        self.rows = rows
        self.names = [row.name for row in rows]
        self.errors = [(error["row"], error["column"], error["code"]) for error in head["errors"]]
        self.skipped = {row["row"]: row["why"] for row in head["skipped"]}
        self.fields = [table["fields"] for table in head["tables"]]


@pytest.fixture
def check():
    def check(path, taught=None, **mapping):
        return Found(*check_file(path, mapping=mapping, taught=taught or {}, today=TODAY))

    return check


@pytest.fixture
def sample(check):
    return lambda name: check(SAMPLES / name)


@pytest.fixture
def xlsx(tmp_path):
    """Write a workbook: rows, or rows by sheet, and merges of the first sheet."""

    def write(rows, *merges, name="list.xlsx"):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, cells in (rows if isinstance(rows, dict) else {"清单": rows}).items():
            page = book.create_sheet(title)
            for row in cells:
                page.append(row)
        for merge in merges:
            book.worksheets[0].merge_cells(merge)
        path = tmp_path / name
        book.save(path)
        return path

    return write


@pytest.fixture
def csv(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "list.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.fixture
def one(xlsx, check):
    """Check a list of a single row, given as name, unit of measure, quantity and further columns by heading."""

    def one(*cells, **more):
        return check(xlsx([["品名", "单位", "数量", *more], [*cells, *more.values()]]))

    return one
