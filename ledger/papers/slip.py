"""The slip of goods that come into the store or leave it (入库单, 出库单), for both sides to sign."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypedDict

from ledger.papers import figures, words
from ledger.papers.content import Sum
from ledger.papers.fonts import check_printable
from ledger.papers.paper import LEFT, RIGHT, TEXT, Paper
from ledger.papers.pdf import About
from ledger.papers.signers import draw_signers
from ledger.papers.table import Row, Table, columns

_WIDTHS = (9, 48, 32, 13, 20, 34)


class SlipLine(TypedDict):
    """One line of goods, and where in the store it comes from or goes to."""

    name: str
    spec: str
    measure: str
    quantity: str
    place: str


class SlipData(TypedDict):
    """What a slip says; quantities are decimal strings, money is in yuan, what does not apply is empty."""

    is_in: bool
    why: str
    """A key of words.SLIP_REASONS."""
    unit: str
    number: str
    at: str
    case: str
    giver: str
    receiver: str
    giver_signs: str
    """Who signs for the giving side; empty where it is somebody outside, whose name is written by hand."""
    receiver_signs: str
    document: str
    proceeds: str
    reason: str
    people: list[tuple[str, str]]
    """Parts and names."""
    lines: list[SlipLine]
    totals: list[Sum]


def draw_slip(slip: SlipData, target: BinaryIO | Path) -> int:
    """Draw the slip and return how many pages it has. Raises NotPrintable if no font has a character of it."""
    check_printable(slip)
    title = slip["unit"] + (words.SLIP_IN if slip["is_in"] else words.SLIP_OUT)
    at = datetime.fromisoformat(slip["at"]).astimezone(figures.BEIJING)
    paper = Paper(target, about=About(title=title, author=slip["unit"], made_at=at), head=(title, slip["number"]))
    paper.title(title)
    paper.y += 12
    paper.pen.text(LEFT, paper.y, figures.moment(slip["at"]), TEXT)
    paper.pen.text(RIGHT, paper.y, words.SLIP_NUMBER.format(number=slip["number"]), TEXT, align="right")
    paper.y += 2.5
    for label, text in _facts(slip):
        paper.form(label, text)
    paper.y += 4
    Table(paper, columns(words.SLIP_HEADS, _WIDTHS, "CllcRl")).draw(_rows(slip))
    paper.end()
    draw_signers(paper, [words.SLIP_GIVES + slip["giver_signs"], words.SLIP_TAKES + slip["receiver_signs"]])
    return paper.finish()


def _facts(slip: SlipData) -> Iterator[tuple[str, str]]:
    """Yield the rows of the form; what does not apply is left out."""
    people = (words.SLIP_PERSON.format(part=words.PARTS[part], name=name) for part, name in slip["people"])
    proceeds = words.YUAN.format(n=figures.money(slip["proceeds"])) if slip["proceeds"] else ""
    rows = (
        (words.SLIP_CASE, slip["case"]),
        (words.SLIP_WHY, words.SLIP_REASONS[slip["why"]]),
        (words.SLIP_FROM, slip["giver"]),
        (words.SLIP_TO, slip["receiver"]),
        (words.SLIP_DOCUMENT, slip["document"]),
        (words.SLIP_PROCEEDS, proceeds),
        (words.SLIP_REASON, slip["reason"]),
        (words.SLIP_PEOPLE, "　".join(people)),
    )
    yield from ((label, text) for label, text in rows if text)


def _rows(slip: SlipData) -> Iterator[Row]:
    for number, line in enumerate(slip["lines"], start=1):
        quantity = figures.number(line["quantity"])
        yield Row([str(number), line["name"], line["spec"] or words.NOTHING, line["measure"], quantity, line["place"]])
    count = words.LINES.format(n=len(slip["lines"]))
    yield Row(["", f"{words.TOTAL}　{count}", figures.sums(slip["totals"]), "", "", ""], is_sum=True)
