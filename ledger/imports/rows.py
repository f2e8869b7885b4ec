"""From rows of cells to checked rows: every error of a sheet at once, and why each other row was left out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import Any

from ledger.cases.rules import CaseFacts
from ledger.errors import N_, Message
from ledger.goods.classes import propose_class
from ledger.goods.lines import Line
from ledger.goods.measures import Measure, find_measure
from ledger.imports import values
from ledger.imports.cells import Cell, column_letters
from ledger.imports.columns import FIELD_NAMES, Columns, Field
from ledger.imports.kinds import why_skipped
from ledger.imports.sheets import Sheet
from ledger.imports.values import BadCell, as_text
from ledger.text import case_key, fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Line):
    """A row that can be written: a line, and where it stood in the list."""

    sheet: str
    row: int
    """As the spreadsheet shows it, from 1."""
    case: CaseFacts | None
    location: str = ""


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
    """A row that holds no goods, and why: a key of SKIP_NAMES."""

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
    "no_table": N_("a sheet without a list"),
}


@dataclass(slots=True)
class Checked:
    """What a check of one file found."""

    rows: list[Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    bad_rows: int = 0
    errors_left_out: int = 0
    """How many errors came after the MOST_ERRORS that are told one by one."""
    seen: dict[bytes, int] = field(default_factory=dict)
    """How often each combination of facts came up, which tells equal rows of one list apart."""

    def refuse_row(self, errors: list[RowError]) -> None:
        """Count a row that cannot be taken, and keep what is wrong with it."""
        room = max(MOST_ERRORS - len(self.errors), 0)
        self.bad_rows += 1
        self.errors += errors[:room]
        self.errors_left_out += len(errors[room:])


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
_COUNTED_ONCE = frozenset({Field.QUANTITY, Field.VALUE})
"""Fields in which a merged cell does not speak for all of its rows: five bottles over two rows are not ten."""
_DITTO = frozenset({"同上", "″", '"', "〃", "''", "”"})
_KNOWN_AT_ONCE = 20_000
MOST_ERRORS = 20_000
"""A list with more is not mended cell by cell: its columns are taken for something else than they are."""


def check_sheet(sheet: Sheet, columns: Columns, checked: Checked, *, today: date) -> None:
    """Check the rows of one sheet and add what was found to checked."""
    reader = _Reader(sheet, columns, today)
    cases = _Cases(reader)
    first = len(checked.rows)
    is_over = False
    for number in range(len(sheet.rows)):
        why = why_skipped(sheet, columns, number, is_over=is_over)
        is_over = why == "footer" or (is_over and why is not None)
        if why:
            checked.skipped.append(Skipped(sheet.title, number + 1, why))
            continue
        given, errors = reader.read(number)
        if not errors:
            errors = cases.join(number, given)
        if errors:
            checked.refuse_row(errors)
        else:
            checked.rows.append(Row(fingerprint=_fingerprint(given, checked.seen), **given))
    checked.rows[first:] = cases.completed(checked.rows[first:])


def _fingerprint(given: Mapping[str, Any], seen: dict[bytes, int]) -> str:
    """Return a mark by which the same row is known when it comes again, however its texts are spelled.

    The environmental class is left out: where the list has none it is proposed by words that may change.
    """
    case = given["case"]
    facts = [case_key(case.number) if case else ""]
    facts += [str(given.get(name, "")) for name in _TELLING]
    same = sha256(fold("\0".join(facts)).encode()).digest()
    seen[same] = seen.get(same, 0) + 1
    return sha256(same + seen[same].to_bytes(4)).hexdigest()


_TELLING = (
    *("name", "spec", "brand", "lot", "producer", "measure", "quantity", "unit_price", "value"),
    *("category", "seal", "location", "remark"),
)


class _Same:
    """What a cell says that repeats the one above."""


class _Memo(dict[Cell, Any]):
    """What cells say, each read once: most columns of a long list hold the same few texts. Errors are values here."""

    def __init__(self, take: Callable[[Cell], Any]) -> None:
        super().__init__()
        self._take = take

    def __missing__(self, cell: Cell) -> Any:
        if len(self) >= _KNOWN_AT_ONCE:
            self.clear()
        said = self[cell] = self._read(cell)
        return said

    def _read(self, cell: Cell) -> Any:
        if isinstance(cell, str):
            text = cell.strip()
            if text.startswith(("=", "＝")):
                return BadCell("formula")
            if text in _DITTO:
                return _Same
        try:
            return self._take(cell)
        except BadCell as bad:
            return bad


class _Reader:
    """Reads the rows of one sheet."""

    def __init__(self, sheet: Sheet, columns: Columns, today: date) -> None:
        self.sheet = sheet
        self.columns = columns
        self._above: dict[str, Any] = {}
        self._measure = find_measure(columns.measure) if columns.measure else None
        self._quantities: dict[Measure | None, _Memo] = {}
        self._memos: list[tuple[Field, int, _Memo]] = [
            (kind, column, _Memo(_taker(kind, columns.headings.get(column, ""), today)))
            for kind, column in columns.fields.items()
            if kind is not Field.NUMBER
        ]

    def read(self, number: int) -> tuple[dict[str, Any], list[RowError]]:
        """Return what a row says of its goods and its case, and every reason against it."""
        said = self._said(number)
        bad: dict[Field, BadCell] = {
            kind: value for kind, _column, _memo in self._memos if isinstance(value := said[kind], BadCell)
        }
        if Field.NAME not in bad and not said.get(Field.NAME):
            bad[Field.NAME] = BadCell("no_name")
        if Field.CASE not in bad and said.get(Field.CASE) == "":
            bad[Field.CASE] = BadCell("no_case")
        self._count(said, bad)
        if bad:
            return said, self.errors(number, bad)
        said["case"] = _case_of(said)
        said["env_class"] = said.get(Field.ENV_CLASS) or propose_class(said.get(Field.CATEGORY, ""), said[Field.NAME])
        return said, []

    def _said(self, number: int) -> dict[str, Any]:
        """Return what each field's cell says: merged downwards the merged one, for 同上 what was said above."""
        said: dict[str, Any] = {"sheet": self.sheet.title, "row": number + 1}
        row = self.sheet.rows[number]
        width = len(row)
        for kind, column, memo in self._memos:
            value = memo[row[column] if column < width else None]
            said[kind] = self._above.get(kind) if value is _Same else value
        if self.sheet.merged or self.sheet.formulas:
            self._look_closely(number, said)
        self._above = said.copy()
        return said

    def _look_closely(self, number: int, said: dict[str, Any]) -> None:
        for kind, column, memo in self._memos:
            row, shown = self.sheet.merged.get((number, column), (number, column))
            if row != number and shown == column and kind not in _COUNTED_ONCE:
                said[kind] = memo[self.sheet.shown_at(row, column)]
            if (number, column) in self.sheet.formulas:
                said[kind] = BadCell("formula")

    def errors(self, number: int, bad: Mapping[Field, BadCell]) -> list[RowError]:
        """Return the errors of a row from left to right."""
        places = sorted(bad, key=lambda kind: self.columns.fields.get(kind, -1))
        return [self._error(number, kind, bad[kind]) for kind in places]

    def _error(self, number: int, kind: Field, bad: BadCell) -> RowError:
        column = self.columns.fields.get(kind)
        if column is None:
            return RowError(self.sheet.title, number + 1, "", kind, bad.code, "", bad.facts)
        value = self.sheet.formulas.get((number, column)) or as_text(self.sheet.shown_at(number, column))
        return RowError(self.sheet.title, number + 1, column_letters(column), kind, bad.code, value[:80], bad.facts)

    def _count(self, said: dict[str, Any], bad: dict[Field, BadCell]) -> None:
        """Put unit of measure and quantity into said; they may share a cell, or the heading names the unit."""
        cell = said.pop(Field.QUANTITY, None)
        measure = said.pop(Field.MEASURE, None) or self._measure
        if Field.QUANTITY in bad:
            return
        if Field.MEASURE in bad:
            measure = None
        elif measure is None:
            measure = values.measure_beside(cell)
            if measure is None:
                bad[Field.MEASURE] = BadCell("no_measure")
        quantity = self._quantity(cell, measure)
        if isinstance(quantity, BadCell):
            bad[Field.QUANTITY] = quantity
        elif measure is not None:
            said["measure"], said["quantity"] = measure.name, quantity

    def _quantity(self, cell: Cell, measure: Measure | None) -> Any:
        if isinstance(cell, bool):  # or it would be found as 1 or 0
            return BadCell("not_a_number")
        memo = self._quantities.get(measure)
        if memo is None:
            memo = self._quantities[measure] = _Memo(lambda cell: values.quantity(cell, measure))
        return memo[cell]


def _taker(kind: Field, heading: str, today: date) -> Callable[[Cell], Any]:
    """Return what reads the cells of a field; the heading may say that its money is in 万元."""
    match kind:
        case Field.QUANTITY:
            return lambda cell: cell  # it is read together with its unit of measure
        case Field.MEASURE:
            return values.optional_measure
        case Field.STORED_ON | Field.SERVED_ON:
            return lambda cell: values.day(cell, today=today)
        case Field.UNIT_PRICE | Field.VALUE:
            return lambda cell: values.money(cell, factor=10_000 if "万元" in heading else 1)
        case Field.ENV_CLASS:
            return values.env_class
        case _:
            return lambda cell: values.text(cell, FIELD_NAMES[kind], _LENGTHS[kind])


def _case_of(said: dict[str, Any]) -> CaseFacts | None:
    """Take the facts of the case out of what a row says. The cause stays, too: lines of one case may differ in it."""
    number = said.pop(Field.CASE, None)
    party, decision = said.pop(Field.PARTY, ""), said.pop(Field.DECISION, "")
    served_on = said.pop(Field.SERVED_ON, None)
    if number is None:
        return None
    cause = said.get(Field.CAUSE, "")
    return CaseFacts(number=number, party=party, cause=cause, decision=decision, served_on=served_on)


class _Cases:
    """What the rows of one sheet say of their cases: they may complete each other, not contradict."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader
        self._known: dict[str, CaseFacts] = {}
        self._rows: dict[tuple[str, Field], int] = {}
        self._is_completed = False

    def join(self, number: int, said: dict[str, Any]) -> list[RowError]:
        """Give the row the facts of its case that rows before it told. Returns an error for each contradiction."""
        own: CaseFacts | None = said["case"]
        if own is None:
            return []
        key = case_key(own.number)
        known = self._known.get(key)
        if known == own:
            said["case"] = known
            return []
        facts: dict[Field, Any] = {}
        bad: dict[Field, BadCell] = {}
        for kind, same in _AGREEING.items():
            mine, theirs = getattr(own, kind), getattr(known, kind, None)
            if mine and theirs and same(mine) != same(theirs):
                row = str(self._rows[key, kind])
                bad[kind] = BadCell("contradiction", field=FIELD_NAMES[kind], row=row, other=str(theirs))
            elif mine and not theirs:
                facts[kind] = mine
        if bad:
            return self._reader.errors(number, bad)
        self._rows |= {(key, kind): number + 1 for kind in facts}
        if known is not None:
            self._is_completed = self._is_completed or bool(facts)
            own = replace(known, **{kind.value: fact for kind, fact in facts.items()}) if facts else known
        self._known[key] = said["case"] = own
        return []

    def completed(self, rows: list[Row]) -> list[Row]:
        """Return the rows with all that any of them tells of its case."""
        if not self._is_completed:
            return rows
        return [replace(row, case=self._known[case_key(row.case.number)]) if row.case else row for row in rows]


_AGREEING: dict[Field, Callable[[Any], object]] = {
    Field.PARTY: fold,
    Field.DECISION: case_key,
    Field.SERVED_ON: lambda day: day,
}
