"""The chain of custody of one line (流转记录): what it is, every movement of its goods, and where they are now."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypedDict

from ledger.papers import figures, words
from ledger.papers.fonts import check_printable
from ledger.papers.paper import Paper
from ledger.papers.pdf import About
from ledger.papers.table import Row, Table, columns

_STEPS = (9, 26, 21, 24, 24, 15, 25, 12)
_HELD = (60, 24, 24, 48)
_END = 40.0
"""What the closing sentence and who made the paper take together."""


class Step(TypedDict):
    """One movement."""

    at: str
    act: str
    source: str
    target: str
    quantity: str
    people: list[str]
    """Each with the part that this person took."""
    entry: int
    """The number of its entry in the journal."""


class Held(TypedDict):
    """What lies at one place now."""

    where: str
    quantity: str
    reserved: str
    counted_at: str


class Custody(TypedDict):
    """What the paper says. Quantities are in measure, times are ISO; what is not known is empty."""

    unit: str
    code: str
    case: str
    party: str
    decision: str
    served_on: str
    noticed_on: str
    noticed_until: str
    """Of ownerless goods: when their public notice was published, and its last day."""
    name: str
    brand: str
    spec: str
    lot: str
    category: str
    env_class: str
    measure: str
    quantity: str
    value: str
    registered_at: str
    steps: list[Step]
    held: list[Held]
    entries: int
    """How many entries the journal had then."""
    made_at: str


def draw_custody(custody: Custody, target: BinaryIO | Path) -> int:
    """Draw the paper and return how many pages it has. Raises NotPrintable if no font has a character of it."""
    check_printable(custody)
    at = datetime.fromisoformat(custody["made_at"]).astimezone(figures.BEIJING)
    title = words.CUSTODY_TITLE
    about = About(title=f"{title} {custody['code']}", author=custody["unit"], made_at=at)
    paper = Paper(target, about=about, head=(f"{title}　{custody['name']}", custody["code"]))
    paper.title(title)
    paper.y += 6.7
    for label, text in zip(words.CUSTODY_FACTS, _facts(custody), strict=True):
        paper.form(label, text or words.NONE)
    paper.part(words.CUSTODY_STEPS, words.CUSTODY_UNIT.format(measure=custody["measure"]), on_new_page=False)
    Table(paper, columns(words.CUSTODY_STEP_HEADS, _STEPS, "CclllRlR")).draw(_steps(custody["steps"]))
    paper.part(words.CUSTODY_HELD, words.CUSTODY_UNIT.format(measure=custody["measure"]), on_new_page=False)
    Table(paper, columns(words.CUSTODY_HELD_HEADS, _HELD, "lRRc")).draw(_held(custody["held"]))
    paper.y += 3
    paper.need(_END)
    paper.paragraph(words.CUSTODY_SOURCE.format(steps=len(custody["steps"]), entries=f"{custody['entries']:,}"))
    paper.sign(custody["unit"], figures.day(custody["made_at"]))
    return paper.finish()


def _facts(custody: Custody) -> list[str]:
    """Return what stands beside each of CUSTODY_FACTS."""
    notice = figures.notice(custody["noticed_on"], custody["noticed_until"]) if custody["noticed_on"] else ""
    quantity = f"{figures.number(custody['quantity'])}\u00a0{custody['measure']}"
    value = words.YUAN.format(n=figures.money(custody["value"])) if custody["value"] else ""
    return [
        custody["code"],
        custody["unit"],
        custody["case"],
        custody["party"],
        notice or figures.decision(custody["decision"], custody["served_on"]),
        custody["name"],
        "　".join(part for part in (custody["brand"], custody["spec"], custody["lot"]) if part),
        "　".join(part for part in (custody["category"], custody["env_class"]) if part),
        "　".join((quantity, words.CUSTODY_REGISTERED.format(day=figures.day(custody["registered_at"])))),
        value,
    ]


def _steps(steps: list[Step]) -> Iterator[Row]:
    for number, step in enumerate(steps, start=1):
        people = "\n".join(step["people"]) or words.NOTHING
        way = step["act"], step["source"], step["target"], figures.number(step["quantity"])
        when = f"{figures.day(step['at'])}\n{figures.clock(step['at'])}"
        yield Row([str(number), when, *way, people, str(step["entry"])])


def _held(held: list[Held]) -> Iterator[Row]:
    for one in held:
        amounts = figures.number(one["quantity"]), figures.number(one["reserved"])
        yield Row([one["where"], *amounts, figures.moment(one["counted_at"])])
    yield Row([words.TOTAL, figures.total(one["quantity"] for one in held), *[""] * 2], is_sum=True)
