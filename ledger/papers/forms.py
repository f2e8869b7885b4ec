"""What the forms of a unit and a period have in common: the title, whose it is and for when, and who signs."""

from collections.abc import Sequence

from ledger.papers import figures, words
from ledger.papers.balances import FinanceData, StatementData
from ledger.papers.paper import LEFT, RIGHT, TEXT, WIDTH, Paper
from ledger.papers.typesetting import width, wrap

_LEADING = 6.4
_SIGN_LABEL, _SIGN_HEIGHT = 22.0, 14.0


def title_of(title: str, span: str) -> str:
    """Return what the paper of a period is called: 罚没物品台账（半年报）."""
    kind = words.STATEMENT_TITLES.get(span)
    return words.STATEMENT_OF.format(title=title, kind=kind) if kind else title


def heading_of(statement: StatementData | FinanceData) -> tuple[str, str]:
    """Return whose ledger it is and for when; of a period that is not over, until when."""
    unit = words.STATEMENT_WITH_BELOW if statement["with_below"] else words.STATEMENT_UNIT
    period = words.STATEMENT_PERIOD.format(first=figures.day(statement["first"]), last=figures.day(statement["last"]))
    if statement["made_at"][: len("2027-03-15")] <= statement["last"]:
        period += f"（{words.STATEMENT_SO_FAR.format(at=figures.moment(statement['made_at']))}）"
    return unit.format(unit=statement["unit"]), period


def draw_heading(paper: Paper, unit: str, period: str) -> None:
    """Draw unit and period beside each other, or under each other if one line is too short."""
    is_one_line = width(unit, TEXT) + width(period, TEXT) + 5 <= WIDTH
    lines = [unit] if is_one_line else [*wrap(unit, TEXT, WIDTH), *wrap(period, TEXT, WIDTH)]
    for line in lines:
        paper.y += _LEADING
        paper.pen.text(LEFT, paper.y, line, TEXT)
    if is_one_line:
        paper.pen.text(RIGHT, paper.y, period, TEXT, align="right")


def draw_signers(paper: Paper, signers: Sequence[str], made_at: str) -> None:
    """Draw where the paper is signed, and its date."""
    paper.need(_SIGN_HEIGHT + 14)
    paper.y += 5
    wide = WIDTH / len(signers)
    for number, label in enumerate(signers):
        x = LEFT + number * wide
        paper.form_cell(x, _SIGN_LABEL, _SIGN_HEIGHT, label)
        paper.pen.box(x + _SIGN_LABEL, paper.y, wide - _SIGN_LABEL, _SIGN_HEIGHT)
    paper.y += _SIGN_HEIGHT + 6
    paper.pen.text(RIGHT, paper.y, words.STATEMENT_DRAWN_UP.format(day=figures.day(made_at)), TEXT, align="right")
