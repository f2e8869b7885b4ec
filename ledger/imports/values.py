"""What a cell says: quantities, days, money, texts, as people write them. What it leaves open is an error in words."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isfinite

from ledger.errors import N_, Message
from ledger.goods.classes import EnvClass
from ledger.goods.measures import Measure, find_measure
from ledger.goods.rules import LocationAmbiguous, LocationClosed, LocationUnknown
from ledger.imports.cells import Cell
from ledger.text import clean, fold

LARGEST = Decimal(10) ** 12
EARLIEST = date(1990, 1, 1)
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_SERIALS = range(32_874, 73_051)
"""Excel's numbers for the days from 1990 to 2099."""

MESSAGES: dict[str, Message] = {
    "no_header": N_(
        "No heading was recognised on this sheet. Say below which column holds the name and which the quantity."
    ),
    "no_name": N_("There is no name of the goods."),
    "no_quantity": N_("There is no quantity."),
    "no_measure": N_("There is no unit of measure."),
    "no_case": N_("There is no case number. If it is the same as above, write it again or write 同上."),
    "formula": N_("The cell is a formula. Replace it by what it shows."),
    "not_a_number": N_(
        "The quantity must be a number. For goods counted by the batch write the unit 批次 and the quantity 1."
    ),
    "approximate": N_("About so many is not taken. Write the exact number that was counted."),
    "not_positive": N_("The quantity must be greater than 0."),
    "negative": N_("Less than nothing cannot be there. Enter 0 where there is nothing."),
    "too_large": N_("The quantity is too large. Please check it."),
    "too_fine": N_("At most three decimals are taken."),
    "not_whole": N_("%(measure)s are counted in whole pieces."),
    "unknown_measure": N_("“%(value)s” is not a known unit of measure."),
    "too_long": N_("%(field)s has more than %(most)s characters."),
    "not_a_day": N_("This is not a day. Write it like 2026-3-15."),
    "day_ahead": N_("This day lies in the future."),
    "day_too_old": N_("This day lies before 1990. Please check it."),
    "not_money": N_("This is not an amount of money."),
    "unknown_class": N_("“%(value)s” is not an environmental class: 一般固体废物, 电子废物 or 危险废物."),
    "contradiction": N_("%(field)s differs from row %(row)s of the same case, where it is “%(other)s”."),
    "other_in_books": N_(
        "The books know this case otherwise: party %(party)s, decision %(decision)s, served on %(served_on)s."
    ),
    **{refusal.code: refusal.message for refusal in (LocationAmbiguous, LocationUnknown, LocationClosed)},
}


class BadCell(Exception):
    """A cell that cannot be taken as it is; code is a key of MESSAGES."""

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def as_text(cell: Cell) -> str:
    """Return what the cell shows: a number without Excel's .0, a day as 2026-03-15."""
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else str(cell)
    if isinstance(cell, float):
        return f"{_exact(cell):f}" if isfinite(cell) else str(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    return clean(str(cell))


def is_empty(cell: Cell) -> bool:
    """Whether nothing stands in the cell; a dash or a stroke stands for nothing too."""
    return cell is None or (isinstance(cell, str) and not cell.strip(" \t\r\n　-—–－/／\\、_."))


def text(cell: Cell, field: str, most: int) -> str:
    """Return a text. Raises BadCell if it is longer than most."""
    said = "" if is_empty(cell) else as_text(cell)
    if len(said) > most:
        raise BadCell("too_long", field=field, most=str(most))
    return said


_APPROXIMATE = re.compile(r"约|左右|上下|大概|余|多$|近\d|[~～≈]|\?|以上")
_NUMBER = re.compile(r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[+-]?\.\d+)\s*([万千亿]?)(.*)")
_TIMES = {"": 1, "千": 1_000, "万": 10_000, "亿": 100_000_000}


def quantity(cell: Cell, measure: Measure | None) -> Decimal:
    """Return a quantity above zero with at most three decimals. Raises BadCell."""
    amount = _amount(cell, measure)
    if amount <= 0:
        raise BadCell("not_positive")
    return _possible(amount, measure)


def counted(cell: Cell, measure: Measure | None) -> Decimal:
    """Return what somebody found when counting: a quantity, or nothing. Raises BadCell."""
    amount = _amount(cell, measure)
    if amount < 0:
        raise BadCell("negative")
    return _possible(amount, measure)


def _possible(amount: Decimal, measure: Measure | None) -> Decimal:
    if amount >= LARGEST:
        raise BadCell("too_large")
    if (amount * 1000) % 1:
        raise BadCell("too_fine")
    if measure is not None and not measure.is_whole_enough(amount):
        raise BadCell("not_whole", measure=measure.name)
    return amount.normalize() + 0 if amount % 1 else Decimal(int(amount))


def measure_beside(cell: Cell) -> Measure | None:
    """Return the unit of measure that stands behind a quantity in the same cell, like 12瓶."""
    found = _NUMBER.fullmatch(_numeric(as_text(cell)))
    return find_measure(found[3]) if found and found[3] else None


def _amount(cell: Cell, measure: Measure | None) -> Decimal:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _exact(cell)
    if is_empty(cell) and as_text(cell) == "":
        raise BadCell("no_quantity")
    said = _numeric(as_text(cell))
    if _APPROXIMATE.search(said):
        raise BadCell("approximate")
    found = _NUMBER.fullmatch(said)
    unit = found[3].strip() if found else ""
    if found is None or (unit and (measure is None or find_measure(unit) != measure)):
        raise BadCell("not_a_number")
    return Decimal(found[1].replace(",", "")) * _TIMES[found[2]]


def _exact(number: float) -> Decimal:
    """Return a spreadsheet's number as it was typed: 0.1 + 0.2 is 0.3, and 12.0 is 12."""
    if not isfinite(number):
        raise BadCell("not_a_number")
    return Decimal(int(number)) if number == int(number) else Decimal(f"{number:.15g}")


def _numeric(said: str) -> str:
    return unicodedata.normalize("NFKC", said).replace("，", ",").replace("−", "-").replace(" ", "")


def measure(cell: Cell) -> Measure:
    """Return a unit of measure. Raises BadCell."""
    found = optional_measure(cell)
    if found is None:
        raise BadCell("no_measure")
    return found


def optional_measure(cell: Cell) -> Measure | None:
    """Return a unit of measure, None for an empty cell. Raises BadCell."""
    if is_empty(cell):
        return None
    found = find_measure(as_text(cell))
    if found is None:
        raise BadCell("unknown_measure", value=as_text(cell)[:20])
    return found


_DAY = re.compile(r"(\d{4})\s*(?:[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?|(\d{2})(\d{2}))")


def day(cell: Cell, *, today: date) -> date | None:
    """Return a day between 1990 and today, None for an empty cell. Raises BadCell."""
    if is_empty(cell):
        return None
    found = read_day(cell)
    if found is None:
        raise BadCell("not_a_day")
    if found > today:
        raise BadCell("day_ahead")
    if found < EARLIEST:
        raise BadCell("day_too_old")
    return found


def read_day(cell: Cell) -> date | None:
    """Return the day that a cell names in any of its spellings, Excel's numbers included."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and int(cell) in _SERIALS:
        return _EXCEL_DAY_ZERO + timedelta(days=int(cell))
    said = unicodedata.normalize("NFKC", as_text(cell))
    found = _DAY.match(said)
    rest = said[found.end() :].strip() if found else ""
    if not found or (rest and not re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", rest)):
        return None
    try:
        return date(*(int(part) for part in found.groups() if part))
    except ValueError:
        return None


def money(cell: Cell, *, factor: int = 1) -> int | None:
    """Return an amount in fen, None for an empty cell; factor is how many yuan a unit of it is. Raises BadCell."""
    if is_empty(cell):
        return None
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        amount = _exact(cell)
    else:
        found = _NUMBER.fullmatch(_numeric(as_text(cell)).lstrip("¥￥").removesuffix("元"))
        if found is None or found[3]:
            raise BadCell("not_money")
        amount = Decimal(found[1].replace(",", "")) * _TIMES[found[2]]
    if not 0 <= amount < LARGEST:
        raise BadCell("not_money")
    return int((amount * factor * 100).to_integral_value())


_CLASSES = {
    EnvClass.GENERAL: ("一般固体废物", "一般固废", "一般工业固废", "一般工业固体废物", "一般废物", "一般", "普通"),
    EnvClass.HAZARDOUS: ("危险废物", "危废", "危险", "危险品"),
    EnvClass.ELECTRONIC: ("电子废物", "电子废弃物", "电子", "废弃电器电子产品"),
}
_CLASS_OF = {name: kind for kind, names in _CLASSES.items() for name in (*names, kind.value)}


def env_class(cell: Cell) -> EnvClass | None:
    """Return an environmental class, None for an empty cell. Raises BadCell."""
    if is_empty(cell):
        return None
    found = _CLASS_OF.get(fold(as_text(cell)).replace(" ", ""))
    if found is None:
        raise BadCell("unknown_class", value=as_text(cell)[:20])
    return found
