"""The slip by which a load changes hands (交接单), signed by both sides on the screen."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypedDict

from ledger.papers import figures, words
from ledger.papers.content import Strokes
from ledger.papers.fonts import check_printable
from ledger.papers.paper import LEFT, RIGHT, TEXT, Paper
from ledger.papers.pdf import About
from ledger.papers.signers import draw_signed
from ledger.papers.table import Row, Table, columns

_WIDTHS = (9, 28, 23, 29, 15, 19, 19, 14)


class HandOverLine(TypedDict):
    """One batch; weights are in kilograms with the box, what was not found out is empty."""

    number: str
    env_class: str
    seal_no: str
    seal: str
    """whole or broken, as it was checked at the scan."""
    packed_kg: str
    weighed_kg: str
    at: str
    state: str
    """At arrival: refused or missing; empty for what is handed over."""


class ReceiverPapers(TypedDict):
    """By which papers hazardous goods are taken (固废法 79–82)."""

    name: str
    licence: str
    until: str
    form_no: str


class HandOver(TypedDict):
    """What both sides sign: everything that the slip says but for its number and the signatures."""

    leg: str
    """departure or arrival."""
    event: str
    unit: str
    sites: list[str]
    plate: str
    driver: str
    escorts: list[str]
    gross_kg: str
    tare_kg: str
    net_kg: str
    papers: list[ReceiverPapers]
    """Empty without hazardous goods."""
    lines: list[HandOverLine]
    packed_kg: str
    """Of what is handed over, with the boxes."""


class HandOverSignature(TypedDict):
    """Who signed as what, how, and when."""

    signs: str
    name: str
    strokes: Strokes
    at: str


class HandOverSlip(TypedDict):
    """All of the paper."""

    number: str
    at: str
    digest: str
    content: HandOver
    signatures: list[HandOverSignature]


def draw_hand_over(slip: HandOverSlip, target: BinaryIO | Path) -> int:
    """Draw the slip and return how many pages it has. Raises NotPrintable if no font has a character of it."""
    check_printable(slip)
    content = slip["content"]
    title = content["unit"] + words.HAND_OVER_TITLES[content["leg"]]
    at = datetime.fromisoformat(slip["at"]).astimezone(figures.BEIJING)
    paper = Paper(target, about=About(title=title, author=content["unit"], made_at=at), head=(title, slip["number"]))
    paper.title(title)
    paper.y += 12
    paper.pen.text(LEFT, paper.y, figures.moment(slip["at"]), TEXT)
    paper.pen.text(RIGHT, paper.y, words.SLIP_NUMBER.format(number=slip["number"]), TEXT, align="right")
    paper.y += 2.5
    for label, text in zip(words.HAND_OVER_FACTS, _facts(content), strict=True):
        if text:
            paper.form(label, text)
    paper.y += 4
    Table(paper, columns(words.HAND_OVER_HEADS[content["leg"]], _WIDTHS, "CllllRRC")).draw(_rows(content))
    paper.end()
    signed = {
        words.HAND_OVER_SIGNERS[row["signs"]].format(name=row["name"]): (row["strokes"], row["at"])
        for row in slip["signatures"]
    }
    draw_signed(paper, signed)
    paper.y += 2
    paper.note(words.HAND_OVER_DIGEST.format(digest=figures.digest(slip["digest"])))
    return paper.finish()


def _facts(content: HandOver) -> list[str]:
    weights = {
        "gross": figures.weight(content["gross_kg"]),
        "tare": figures.weight(content["tare_kg"]),
        "net": figures.weight(content["net_kg"]),
    }
    papers = [words.HAND_OVER_PAPERS.format(**{**row, "until": figures.day(row["until"])}) for row in content["papers"]]
    return [
        content["event"],
        words.HAND_OVER_SITES.join(content["sites"]),
        content["plate"],
        content["driver"],
        words.HAND_OVER_SITES.join(content["escorts"]),
        words.HAND_OVER_WEIGHED.format(**weights) if content["net_kg"] else "",
        "；".join(papers),
    ]


def _rows(content: HandOver) -> Iterator[Row]:
    for number, line in enumerate(content["lines"], start=1):
        seal = words.HAND_OVER_SEALS[line["seal"]] if line["state"] != "missing" else words.NOTHING
        weights = figures.weight(line["packed_kg"]), figures.weight(line["weighed_kg"])
        when = words.HAND_OVER_STATES[line["state"]] or figures.clock(line["at"])
        env_class = words.ENV_CLASSES[line["env_class"]]
        yield Row([str(number), line["number"], env_class, line["seal_no"], seal, *weights, when])
    handed = sum(not line["state"] for line in content["lines"])
    count = words.HAND_OVER_COUNT.format(n=handed)
    yield Row(["", f"{words.TOTAL}　{count}", "", "", "", figures.weight(content["packed_kg"]), "", ""], is_sum=True)
