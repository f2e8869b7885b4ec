"""The report to finance on what became of confiscated goods (罚没财物清查盘存和处置情况，半年报 and the like)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from ledger.papers import figures, words
from ledger.papers.balances import FinanceData, FinancePart, FinanceRow
from ledger.papers.fonts import check_printable
from ledger.papers.forms import draw_heading, draw_signers, heading_of, title_of
from ledger.papers.paper import Paper
from ledger.papers.pdf import About
from ledger.papers.table import Band, Item, Row, Table, columns

_WIDTHS = (35, 12, 13, 48, 28, 20)


def draw_finance(report: FinanceData, target: BinaryIO | Path) -> int:
    """Draw the form and return how many pages it has. Raises NotPrintable if no font has a character of it."""
    check_printable(report)
    title, (unit, period) = title_of(words.FINANCE_TITLE, report["span"]), heading_of(report)
    at = datetime.fromisoformat(report["made_at"]).astimezone(figures.BEIJING)
    paper = Paper(target, about=About(title=title, author=report["unit"], made_at=at), head=(title, unit))
    paper.title(title)
    paper.y += 4
    draw_heading(paper, unit, period)
    paper.y += 2
    paper.form(words.FINANCE_TO, words.FINANCE_TO_WHOM)
    _draw_part(paper, "whole", _rows(report["whole"]))
    for name, parts in (("by_category", report["by_category"]), ("by_unit", report["by_unit"])):
        if parts:
            _draw_part(paper, name, _in_bands(parts))
    paper.y += 2
    paper.note(words.FINANCE_REMARK)
    draw_signers(paper, words.FINANCE_SIGNERS, report["made_at"])
    return paper.finish()


def label_of(row: FinanceRow) -> str:
    """Return what a row is about."""
    if row["cause"]:
        return words.FINANCE_CAUSE.format(cause=words.CAUSES[row["cause"]])
    return words.FINANCE_SIDES[row["side"]]


def _draw_part(paper: Paper, name: str, items: Iterator[Item]) -> None:
    paper.part(words.FINANCE_PARTS[name], words.FINANCE_NOTE, on_new_page=False, room=75)
    Table(paper, columns(words.FINANCE_HEADS, _WIDTHS, "lRRlrR")).draw(items)


def _in_bands(parts: Sequence[FinancePart]) -> Iterator[Item]:
    for part in parts:
        yield Band(part["name"] or words.FINANCE_NO_CATEGORY, "")
        yield from _rows(part["rows"])


def _rows(rows: Sequence[FinanceRow]) -> Iterator[Item]:
    for row in rows:
        counts = (f"{row['cases']:,}", f"{row['lines']:,}")
        value = figures.money(row["value"])
        if row["unvalued"]:
            value += "\n" + words.FINANCE_UNVALUED.format(n=f"{row['unvalued']:,}")
        quantities = figures.sums(row["by_measure"])
        yield Row([label_of(row), *counts, quantities, value, figures.money(row["proceeds"])])
