"""The store ledger of a period (罚没物品台账，半年报 and the like): opening, in, out, closing per unit of measure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from ledger.papers import figures, words
from ledger.papers.balances import BalanceRow, StatementData
from ledger.papers.fonts import check_printable
from ledger.papers.paper import LEFT, RIGHT, TEXT, WIDTH, Paper
from ledger.papers.pdf import About
from ledger.papers.table import Item, Row, Table, columns
from ledger.papers.typesetting import width, wrap

_WIDTHS = (14, 17, 17, 26, 17, 22, 17, 26)
_LEADING = 6.4
_SIGN_LABEL, _SIGN_HEIGHT = 22.0, 14.0


def title_of(statement: StatementData) -> str:
    """Return what the paper is called: 罚没物品台账（半年报）."""
    kind = words.STATEMENT_TITLES.get(statement["span"])
    return words.STATEMENT_OF.format(title=words.STATEMENT_TITLE, kind=kind) if kind else words.STATEMENT_TITLE


def heading_of(statement: StatementData) -> tuple[str, str]:
    """Return whose ledger it is and for when; of a period that is not over, until when."""
    unit = words.STATEMENT_WITH_BELOW if statement["with_below"] else words.STATEMENT_UNIT
    period = words.STATEMENT_PERIOD.format(first=figures.day(statement["first"]), last=figures.day(statement["last"]))
    if statement["made_at"][: len("2027-03-15")] <= statement["last"]:
        period += f"（{words.STATEMENT_SO_FAR.format(at=figures.moment(statement['made_at']))}）"
    return unit.format(unit=statement["unit"]), period


def remark_of(statement: StatementData) -> str:
    """Return how the figures are to be read."""
    is_veiled = any(row["is_veiled"] for rows in statement["groups"].values() for row in rows)
    return words.STATEMENT_REMARK + (words.STATEMENT_VEILED if is_veiled else "")


def draw_statement(statement: StatementData, target: BinaryIO | Path) -> int:
    """Draw the ledger and return how many pages it has. Raises NotPrintable if no font has a character of it."""
    check_printable(statement)
    title, (unit, period) = title_of(statement), heading_of(statement)
    at = datetime.fromisoformat(statement["made_at"]).astimezone(figures.BEIJING)
    paper = Paper(target, about=About(title=title, author=statement["unit"], made_at=at), head=(title, unit))
    paper.title(title)
    paper.y += 4
    _draw_heading(paper, unit, period)
    for group, rows in statement["groups"].items():
        paper.part(words.STATEMENT_GROUPS[group], words.STATEMENT_FORMULA, on_new_page=False)
        Table(paper, columns(words.STATEMENT_HEADS, _WIDTHS, "lRRlRlRl")).draw(_rows(rows))
    paper.y += 2
    paper.note(remark_of(statement))
    _draw_signers(paper, words.STATEMENT_DRAWN_UP.format(day=figures.day(statement["made_at"])))
    return paper.finish()


def _draw_heading(paper: Paper, unit: str, period: str) -> None:
    """Draw unit and period beside each other, or under each other if one line is too short."""
    is_one_line = width(unit, TEXT) + width(period, TEXT) + 5 <= WIDTH
    lines = [unit] if is_one_line else [*wrap(unit, TEXT, WIDTH), *wrap(period, TEXT, WIDTH)]
    for line in lines:
        paper.y += _LEADING
        paper.pen.text(LEFT, paper.y, line, TEXT)
    if is_one_line:
        paper.pen.text(RIGHT, paper.y, period, TEXT, align="right")


def _rows(rows: list[BalanceRow]) -> Iterator[Item]:
    for row in rows:
        if row["is_veiled"]:
            yield Row([row["measure"], words.BEING_COUNTED, *[words.BEING_COUNTED, ""] * 3])
            continue
        opening, came, went, closing = (figures.number(row[key]) for key in ("opening", "came", "went", "closing"))
        came_by, went_by = _parts(row["came_by"], words.CAUSES), _parts(row["went_by"], words.CAUSES)
        closing_by = _parts(row["closing_by"], words.ACCOUNTS)
        yield Row([row["measure"], opening, came, came_by, went, went_by, closing, closing_by])
    if not rows:
        yield Row([words.NONE, *[words.NOTHING] * 7])


def _parts(parts: Mapping[str, str], names: Mapping[str, str]) -> str:
    return "\n".join(f"{names[key]} {figures.number(quantity)}" for key, quantity in parts.items())


def _draw_signers(paper: Paper, drawn_up: str) -> None:
    """Draw where the paper is signed, and its date."""
    paper.need(_SIGN_HEIGHT + 14)
    paper.y += 5
    wide = WIDTH / len(words.STATEMENT_SIGNERS)
    for number, label in enumerate(words.STATEMENT_SIGNERS):
        x = LEFT + number * wide
        paper.form_cell(x, _SIGN_LABEL, _SIGN_HEIGHT, label)
        paper.pen.box(x + _SIGN_LABEL, paper.y, wide - _SIGN_LABEL, _SIGN_HEIGHT)
    paper.y += _SIGN_HEIGHT + 6
    paper.pen.text(RIGHT, paper.y, drawn_up, TEXT, align="right")
