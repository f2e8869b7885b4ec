"""From rows of cells to checked rows: every error of a sheet at once, and why each other row was left out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from ledger.cases.rules import CaseFacts
from ledger.errors import Message, N_
from ledger.goods.classes import EnvClass, propose_class
from ledger.goods.measures import find_measure
from ledger.imports import values
from ledger.imports.columns import FIELD_NAMES, Columns, Field, is_header
from ledger.imports.sheets import Sheet, column_letters
from ledger.imports.values import BadCell, Cell, as_text, is_empty
from ledger.text import case_key, fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that can be written. Money is in fen."""

    sheet: str
    row: int
    """As the spreadsheet shows it, from 1."""
    case: CaseFacts | None
    name: str
    measure: str
    quantity: Decimal
    spec: str = ""
    brand: str = ""
    lot: str = ""
    producer: str = ""
    unit_price: int | None = None
    value: int | None = None
    category: str = ""
    env_class: EnvClass = EnvClass.GENERAL
    cause: str = ""
    seal: str = ""
    keeper: str = ""
    remark: str = ""
    location: str = ""
    stored_on: date | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class RowError:
    """One cell that cannot be taken: where, why (a key of values.MESSAGES) and what stands there."""

    sheet: str
    row: int
    column: str
    field: str
    code: str
    value: str
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that holds no goods, and why."""

    sheet: str
    row: int
    why: str


SKIP_NAMES: dict[str, Message] = {
    "title": N_("above the heading"),
    "header": N_("heading"),
    "blank": N_("empty"),
    "total": N_("totals"),
    "footer": N_("signatures and notes at the end"),
    "note": N_("notes between the rows"),
}


@dataclass(slots=True)
class Checked:
    """What a check of one file found."""

    rows: list[Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


_LENGTHS = {
    Field.NAME: 200,
    Field.SPEC: 200,
    Field.BRAND: 200,
    Field.LOT: 200,
    Field.PRODUCER: 200,
    Field.CATEGORY: 100,
    Field.LOCATION: 100,
    Field.SEAL: 200,
    Field.KEEPER: 200,
    Field.REMARK: 500,
    Field.CASE: 100,
    Field.DECISION: 100,
    Field.PARTY: 200,
    Field.CAUSE: 200,
}
_SHARED = frozenset(
    {Field.CASE, Field.DECISION, Field.SERVED_ON, Field.PARTY, Field.CAUSE, Field.STORED_ON, Field.LOCATION, Field.KEEPER}
)
"""Fields in which a merged cell, or 同上, speaks for all of its rows. A merged quantity does not: it is there once."""

_SAME = frozenset({"同上", "″", '"', "〃", "''"})
_TOTAL = re.compile(r"(本页|分类|全部|累计)?(合计|总计|小计|共计|总和|累计)")
_FOOTER = re.compile(r"以下空白|以下无正文|签名|签字|盖章|核对无误|制表|填表人|审核人|经办人|一式.份|见证人|执法人员|年\s*月\s*日")


def check_sheet(sheet: Sheet, columns: Columns, checked: Checked, *, today: date) -> None:
    """Check the rows of one sheet and add what was found to checked."""
    reader = _Reader(sheet, columns, today)
    cases: dict[str, tuple[int, CaseFacts]] = {}
    for number in range(len(sheet.rows)):
        why = reader.why_skipped(number)
        if why:
            checked.skipped.append(Skipped(sheet.title, number + 1, why))
            continue
        row, errors = reader.read(number)
        if row is not None and row.case is not None:
            errors += _contradictions(reader, row, cases)
        checked.errors += errors
        if row is not None and not errors:
            checked.rows.append(row)


def with_fingerprints(rows: list[Row]) -> Iterator[Row]:
    """Return the rows with fingerprints: equal rows of one list are told apart by how many came before."""
    seen: dict[str, int] = {}
    for row in rows:
        facts = (
            case_key(row.case.number) if row.case else "",
            fold(row.name), fold(row.spec), fold(row.brand), fold(row.lot), fold(row.producer),
            row.measure, f"{row.quantity:f}", str(row.value), str(row.unit_price), fold(row.category),
            row.env_class.value, fold(row.seal), fold(row.location), fold(row.remark),
        )  # fmt: skip
        same = "\x1f".join(facts)
        seen[same] = seen.get(same, 0) + 1
        yield replace(row, fingerprint=sha256(f"{same}\x1e{seen[same]}".encode()).hexdigest())


class _Reader:
    """Reads the rows of one sheet."""

    def __init__(self, sheet: Sheet, columns: Columns, today: date) -> None:
        self.sheet = sheet
        self.columns = columns
        self.today = today
        self.is_over = False
        self._above: dict[Field, Cell] = {}
        self._measure = find_measure(columns.measure) if columns.measure else None

    def cell(self, number: int, kind: Field) -> Cell:
        """Return the cell of a field: of fields that rows share, the merged one, or the one above for 同上."""
        column = self.columns.fields.get(kind)
        if column is None:
            return None
        if kind not in _SHARED:
            return self._at(number, column)
        line, shown = self.sheet.merged.get((number, column), (number, column))
        cell = self._at(line, shown)
        if isinstance(cell, str) and cell.strip() in _SAME:
            return self._above.get(kind)
        self._above[kind] = cell
        return cell

    def why_skipped(self, number: int) -> str | None:
        """Return why a row holds no goods, None if it does."""
        if number < self.columns.header:
            return "title" if number < self.columns.header - 1 or not is_header(self.sheet.rows[number]) else "header"
        cells = self.sheet.rows[number]
        own = [cell for column, cell in enumerate(cells) if column != self.columns.fields.get(Field.NUMBER)]
        if all(is_empty(cell) for cell in own) and not self._says_something(cells):
            return "blank"
        texts = [re.sub(r"\s", "", as_text(cell)) for cell in cells if isinstance(cell, str) and not is_empty(cell)]
        if any(_TOTAL.fullmatch(text.rstrip(":：")) for text in texts[:3]):
            return "total"
        if is_header(cells):
            return "header"
        has_goods = not is_empty(self._of(number, Field.QUANTITY)) and not is_empty(self._of(number, Field.NAME))
        if not has_goods and any(_FOOTER.search(text) for text in texts):
            self.is_over = True
        if self.is_over and not has_goods:
            return "footer"
        lone = len([cell for cell in cells if not is_empty(cell)]) == 1
        return "note" if lone and is_empty(self._of(number, Field.NAME)) and is_empty(self._of(number, Field.QUANTITY)) else None

    def read(self, number: int) -> tuple[Row | None, list[RowError]]:
        """Return the checked row, or every reason against it."""
        errors: list[RowError] = []
        taken = {kind: self._take(number, kind, errors) for kind in self.columns.fields if kind is not Field.NUMBER}
        measure, quantity = self._measured(number, errors)
        if Field.NAME not in taken or taken[Field.NAME] == "":
            errors.append(self._error(number, Field.NAME, "no_name"))
        case = None
        if Field.CASE in self.columns.fields:
            if taken[Field.CASE] == "":
                errors.append(self._error(number, Field.CASE, "no_case"))
            case = CaseFacts(
                number=str(taken[Field.CASE] or ""),
                party=str(taken.get(Field.PARTY) or ""),
                cause=str(taken.get(Field.CAUSE) or ""),
                decision=str(taken.get(Field.DECISION) or ""),
                served_on=taken.get(Field.SERVED_ON),
            )
        if errors or measure is None or quantity is None:
            return None, sorted(errors, key=lambda error: error.column)
        given = {kind.value: taken[kind] for kind in taken if kind not in _OF_CASE}
        given |= {"measure": measure, "quantity": quantity, "cause": taken.get(Field.CAUSE) or ""}
        given["env_class"] = given.get("env_class") or propose_class(given.get("category", ""), given["name"])
        return Row(sheet=self.sheet.title, row=number + 1, case=case, **given), []

    def _take(self, number: int, kind: Field, errors: list[RowError]) -> Any:
        """Return what the cell of a field says; a reason against it is added to errors."""
        cell = self.cell(number, kind)
        column = self.columns.fields[kind]
        try:
            if (number, column) in self.sheet.formulas or (isinstance(cell, str) and cell.lstrip().startswith("=")):
                raise BadCell("formula")
            if kind in (Field.QUANTITY, Field.MEASURE):
                return None  # read together, below
            if kind in (Field.STORED_ON, Field.SERVED_ON):
                return values.day(cell, today=self.today)
            if kind in (Field.UNIT_PRICE, Field.VALUE):
                return values.money(cell)
            if kind is Field.ENV_CLASS:
                return values.env_class(cell)
            return values.text(cell, FIELD_NAMES[kind], _LENGTHS[kind])
        except BadCell as bad:
            errors.append(self._error(number, kind, bad.code, bad.facts))
            return None if kind in (Field.NAME, Field.CASE) else ""

    def _measured(self, number: int, errors: list[RowError]) -> tuple[str | None, Decimal | None]:
        """Return unit of measure and quantity, which may share a cell or stand in the heading."""
        cell = self.cell(number, Field.QUANTITY)
        if any(error.field in (Field.QUANTITY, Field.MEASURE) for error in errors):
            return None, None
        try:
            if Field.MEASURE in self.columns.fields:
                measure = values.measure(self.cell(number, Field.MEASURE))
            elif self._measure is not None:
                measure = self._measure
            elif both := values.quantity_and_measure(cell):
                return both[1].name, both[0]
            else:
                raise BadCell("no_measure")
        except BadCell as bad:
            errors.append(self._error(number, Field.MEASURE, bad.code, bad.facts))
            measure = None
        try:
            return measure and measure.name, values.quantity(cell, measure)
        except BadCell as bad:
            errors.append(self._error(number, Field.QUANTITY, bad.code, bad.facts))
            return None, None

    def _error(self, number: int, kind: Field, code: str, facts: Mapping[str, str] | None = None) -> RowError:
        column = self.columns.fields.get(kind)
        value = "" if column is None else as_text(self._at(number, column))[:80]
        letters = "" if column is None else column_letters(column)
        return RowError(self.sheet.title, number + 1, letters, kind.value, code, value, dict(facts or {}))

    def _of(self, number: int, kind: Field) -> Cell:
        column = self.columns.fields.get(kind)
        return None if column is None else self._at(number, column)

    def _at(self, number: int, column: int) -> Cell:
        row = self.sheet.rows[number]
        return row[column] if column < len(row) else None

    def _says_something(self, cells: list[Cell]) -> bool:
        """Whether the column of row numbers holds words, as closing rows do."""
        column = self.columns.fields.get(Field.NUMBER)
        return column is not None and column < len(cells) and not re.fullmatch(r"[\d.]*", as_text(cells[column]))


_OF_CASE = frozenset({Field.CASE, Field.PARTY, Field.DECISION, Field.SERVED_ON, Field.CAUSE, Field.MEASURE, Field.QUANTITY})


def _contradictions(reader: _Reader, row: Row, cases: dict[str, tuple[int, CaseFacts]]) -> list[RowError]:
    """Compare what a row says of its case with what the first row of that case said."""
    facts = row.case
    if facts is None:
        return []
    first_row, first = cases.setdefault(case_key(facts.number), (row.row, facts))
    pairs = [
        (Field.PARTY, first.party, facts.party, fold),
        (Field.DECISION, first.decision, facts.decision, case_key),
        (Field.SERVED_ON, first.served_on and str(first.served_on), facts.served_on and str(facts.served_on), str),
    ]
    return [
        reader._error(row.row - 1, kind, "contradiction", {"field": FIELD_NAMES[kind], "row": str(first_row), "other": str(one)})  # noqa: SLF001
        for kind, one, other, same in pairs
        if (one or other) and same(one or "") != same(other or "")
    ]
