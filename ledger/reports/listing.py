"""The list of goods as a file: every line that a filter lets through, one row each, in bounded memory."""

import csv
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from io import TextIOWrapper
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from ledger.cases.models import Case
from ledger.codes import shown
from ledger.errors import N_, LedgerError, Message
from ledger.goods.classes import ENV_CLASS_NAMES
from ledger.goods.filters import Filter, lines_of
from ledger.goods.models import HELD_SINCE, HOLDS_SOME, Item, Place, Position
from ledger.goods.periods import BEIJING
from ledger.goods.queries import ON_THE_WAY, count_lines
from ledger.goods.rules import ACCOUNT_NAMES, SOURCES, Account, place_label
from ledger.journal.service import record
from ledger.text import for_workbook
from ledger.units.models import Unit, User

MOST_LINES = 100_000
"""How many lines one file may have: a person waits for it."""

Cell = str | Decimal | date | None
Translate = Callable[[Message], str]

_HEADS: dict[Message, float] = {
    N_("Code"): 16,
    N_("Case unit"): 26,
    N_("Case number"): 26,
    N_("Party"): 24,
    N_("Penalty decision"): 26,
    N_("Name of the goods"): 30,
    N_("Brand"): 14,
    N_("Specification (model)"): 16,
    N_("Lot"): 16,
    N_("Producer"): 20,
    N_("Seal number"): 14,
    N_("Held since"): 12,
    N_("Category"): 12,
    N_("Environmental class"): 14,
    N_("Quantity"): 12,
    N_("Unit of measure"): 8,
    N_("Value in yuan"): 14,
    N_("Where it is"): 40,
    N_("Registered on"): 12,
}
"""The columns, and how wide each is in characters."""
NOTICED = N_("notice of ownerless goods until %(day)s")
"""Stands where the decision would."""
_PART = 1_000
_DAY_ZERO = date(1899, 12, 30)
"""From which spreadsheets count days."""
_FORMULA = re.compile(r"[=+\-@＝＋－＠\t\r]")
_FIGURE = re.compile(r"[\d\s.,:/()%$¥eE年月日时分-]*\d[\d\s.,:/()%$¥eE年月日时分-]*")
"""What a spreadsheet that opens a CSV makes a number or a date of: 00295716, 6901234567890, 3-1, 12E5."""


class Format(StrEnum):
    """What kind of file."""

    XLSX = "xlsx"
    CSV = "csv"

    @property
    def media_type(self) -> str:
        """What browsers call it."""
        return "text/csv" if self is Format.CSV else "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TooManyLines(LedgerError):
    """More lines than one file may have."""

    code = "too_many_lines"
    message = N_("One file takes at most %(most)s lines. Set more filters, for example one unit at a time.")


def write_listing(
    session: Session,
    wanted: Filter,
    kind: Format,
    target: BinaryIO,
    *,
    veiled: Collection[int],
    hidden: str,
    word: Translate,
) -> int:
    """Write the lines that are wanted to target, in the order of the list, and return how many they are.

    hidden stands for the quantities and values of the veiled lines; word puts terms into the reader's language.
    Raises TooManyLines.
    """
    if count_lines(session, wanted, up_to=MOST_LINES) > MOST_LINES:
        raise TooManyLines(most=Decimal(MOST_LINES))
    write = {Format.XLSX: _write_workbook, Format.CSV: write_csv}[kind]
    return write([word(head) for head in _HEADS], _rows(session, wanted, veiled, hidden, word), target)


def note_exported(
    session: Session, kind: Format, filters: Mapping[str, str], lines: int, *, by: User, at: datetime
) -> None:
    """Record that somebody took this many lines out of the house; filters are those of the list's address."""
    data = {"format": kind, "filters": dict(filters), "lines": lines}
    record(session, "goods.exported", by=by, at=at, unit=by.unit, data=data)


def _rows(
    session: Session, wanted: Filter, veiled: Collection[int], hidden: str, word: Translate
) -> Iterator[Sequence[Cell]]:
    """Yield the cells of each line, reading a part of them at a time."""
    columns = (
        *(Item.id, Item.code, Unit.name, Case.number, Case.party, Case.decision, Item.name, Item.brand, Item.spec),
        *(Item.lot, Item.producer, Item.seal, HELD_SINCE, Item.category),
        *(Item.env_class, Item.quantity, Item.measure, Item.value, Item.registered_at),
        Case.noticed_until,
    )
    lines = lines_of(session, wanted)
    named = lines.query.join(Case, Case.id == Item.case_id).join(Unit, Unit.id == Item.unit_id)
    query = named.with_only_columns(*columns).order_by(*lines.order()).execution_options(yield_per=_PART)
    classes = {env_class: word(name) for env_class, name in ENV_CLASS_NAMES.items()}
    accounts = {account: word(name) for account, name in ACCOUNT_NAMES.items() if account not in SOURCES}
    for part in session.execute(query).partitions():
        lying = _lying(session, {row.id: row.measure for row in part}, veiled, accounts)
        for item_id, code, unit, number, party, decision, *facts, registered_at, noticed_until in part:
            *texts, env_class, quantity, measure, value = facts
            is_veiled = item_id in veiled
            yuan = None if value is None else Decimal(value) / 100
            if not party and not decision and noticed_until:
                decision = word(NOTICED) % {"day": noticed_until.isoformat()}  # noqa: PLW2901 - what it is gone by
            yield (
                *(shown(code), unit, number, party, decision, *texts, classes[env_class]),
                *(hidden if is_veiled else quantity, measure, hidden if is_veiled else yuan),
                *("；".join(lying.get(item_id, ())), registered_at.astimezone(BEIJING).date()),
            )


def _lying(
    session: Session, measures: Mapping[int, str], veiled: Collection[int], accounts: Mapping[Account, str]
) -> dict[int, list[str]]:
    """Return for each of these lines where its goods are, in the order of their way, and how much lies there.

    measures are the lines' units of measure by their ids.
    """
    columns = (Position.item_id, Position.account, Place.kind, Place.name, Position.quantity)
    query = select(*columns).join(Place, Place.id == Position.place_id)
    rows = session.execute(query.where(Position.item_id.in_(measures), HOLDS_SOME)).all()
    found: dict[int, list[str]] = {}
    for item_id, account, kind, name, quantity in sorted(rows, key=lambda row: (ON_THE_WAY[row[1]], row[3])):
        if account in accounts:
            amount = "" if item_id in veiled else f"{quantity:,f} {measures[item_id]}"
            parts = (accounts[account], place_label(kind, name), amount)
            found.setdefault(item_id, []).append(" ".join(part for part in parts if part))
    return found


def _write_workbook(heads: Sequence[str], rows: Iterable[Sequence[Cell]], target: BinaryIO) -> int:
    """Write a workbook: figures and days as such, every text as text whatever it begins with."""
    lines = 0
    with Workbook(target, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        day, money = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "#,##0.00"})
        days = dict.fromkeys(map(_column, (N_("Held since"), N_("Registered on"))), day)
        looks = {_column(N_("Value in yuan")): money, **days}
        for column, wide in enumerate(_HEADS.values()):
            sheet.set_column(column, column, wide, looks.get(column))
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, heads, book.add_format({"bold": True, "bottom": 1}))
        for lines, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    if cell:
                        sheet.write_string(lines, column, for_workbook(cell))
                elif isinstance(cell, date):
                    sheet.write_number(lines, column, (cell - _DAY_ZERO).days)
                elif cell is not None:
                    sheet.write_number(lines, column, float(cell))
    return lines


def _column(head: Message) -> int:
    return list(_HEADS).index(head)


def write_csv(heads: Sequence[str], rows: Iterable[Sequence[Cell]], target: BinaryIO) -> int:
    """Write a CSV that Excel and WPS open rightly: its encoding marked, texts in quotes, figures without."""
    lines = 0
    text = TextIOWrapper(target, "utf-8-sig", newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(heads)
    for cells in rows:
        writer.writerow([_as_text(cell) if isinstance(cell, str) else cell for cell in cells])
        lines += 1
    text.detach()  # which writes what is left, and leaves target open
    return lines


def _as_text(cell: str) -> str:
    """Return a text that no spreadsheet takes for a formula, by a mark before it, nor for a figure, by a tab after it.

    The tab is not seen, and the import of lists passes over it.
    """
    if _FORMULA.match(cell):
        return f"'{cell}"
    return f"{cell}\t" if _FIGURE.fullmatch(cell) else cell
