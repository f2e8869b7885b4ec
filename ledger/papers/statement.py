"""The store ledger of a period (罚没物品台账，半年报 and the like): opening, in, out, closing per unit of measure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from ledger.papers import figures, words
from ledger.papers.balances import BalanceRow, StatementData
from ledger.papers.fonts import check_printable
from ledger.papers.forms import draw_heading, draw_signers, heading_of, title_of
from ledger.papers.paper import Paper
from ledger.papers.pdf import About
from ledger.papers.table import Item, Row, Table, columns

_WIDTHS = (14, 17, 17, 26, 17, 22, 17, 26)


def remark_of(statement: StatementData) -> str:
    """Return how the figures are to be read."""
    is_veiled = any(row["is_veiled"] for rows in statement["groups"].values() for row in rows)
    return words.STATEMENT_REMARK + (words.STATEMENT_VEILED if is_veiled else "")


def closing_of(statement: StatementData) -> list[str]:
    """Return how the period was closed and where the journal has it; nothing if it is not."""
    closing = statement["closing"]
    if closing is None:
        return []
    said = words.STATEMENT_CLOSED.format(**{**closing, "at": figures.moment(closing["at"])})
    differs = [] if closing["holds"] else [words.STATEMENT_DIFFERS]
    return [*differs, said, words.STATEMENT_SEALED.format(digest=figures.digest(closing["digest"]))]


def draw_statement(statement: StatementData, target: BinaryIO | Path) -> int:
    """Draw the ledger and return how many pages it has. Raises NotPrintable if no font has a character of it."""
    check_printable(statement)
    title, (unit, period) = title_of(words.STATEMENT_TITLE, statement["span"]), heading_of(statement)
    at = datetime.fromisoformat(statement["made_at"]).astimezone(figures.BEIJING)
    paper = Paper(target, about=About(title=title, author=statement["unit"], made_at=at), head=(title, unit))
    paper.title(title)
    paper.y += 4
    draw_heading(paper, unit, period)
    for group, rows in statement["groups"].items():
        paper.part(words.STATEMENT_GROUPS[group], words.STATEMENT_FORMULA, on_new_page=False)
        Table(paper, columns(words.STATEMENT_HEADS, _WIDTHS, "lRRlRlRl")).draw(_rows(rows))
    paper.y += 2
    for line in (*closing_of(statement), remark_of(statement)):
        paper.note(line)
    draw_signers(paper, words.STATEMENT_SIGNERS, statement["made_at"])
    return paper.finish()


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
