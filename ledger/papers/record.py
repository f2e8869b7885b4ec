"""The record of what became of one case's goods (涉案物品处理记录), from a sealed manifest, for the case's file."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypedDict

from ledger.papers import figures, words
from ledger.papers import form_words as forms
from ledger.papers.content import Difference, ManifestLine, Totals
from ledger.papers.fonts import check_printable
from ledger.papers.paper import Paper
from ledger.papers.pdf import About
from ledger.papers.signers import draw_signers
from ledger.papers.table import Row, Table, columns

_WIDTHS = (8.5, 34, 18.5, 12, 16, 16, 17, 15, 8.5, 10.5)
_WIDTHS_OF_DAYS = (8.5, 31, 18, 12, 15.5, 15.5, 17, 15, 8.5, 15)
_END = 85.0
"""What the manifest's rows and the signatures take together: whoever signs sees what it rests on."""


class Approved(TypedDict):
    """An approval of the case's goods, and when it was given."""

    number: str
    at: str


class Watched(TypedDict):
    """A supervisor of the goods' runs, and when they signed."""

    name: str
    organisation: str
    at: str


class CaseRecord(TypedDict):
    """What the record says. All but the cause and the party is what the manifest sealed."""

    unit: str
    case: str
    cause: str
    party: str
    decision: str
    """As the record prints it."""
    approvals: list[Approved]
    legal_basis: list[str]
    sites: list[str]
    started_at: str
    finished_at: str
    lines: list[ManifestLine]
    totals: Totals
    differences: list[Difference]
    supervisors: list[Watched]
    manifest: str
    """Its number."""
    digest: str
    """SHA-256 of manifest.json, hexadecimal."""
    seq: int
    """The journal entry that holds the digest."""
    sealed_at: str


def draw_record(record: CaseRecord, target: BinaryIO | Path) -> int:
    """Draw the record and return how many pages it has. Raises NotPrintable if no font has a character of it."""
    check_printable(record)
    at = datetime.fromisoformat(record["sealed_at"]).astimezone(figures.BEIJING)
    title = forms.RECORD_TITLE
    about = About(title=f"{title} {record['case']}", author=record["unit"], made_at=at)
    digest = figures.short_digest(record["digest"])
    paper = Paper(target, about=about, head=(f"{title}　{record['case']}", record["manifest"]), digest=digest)
    paper.form_head(record["unit"], title, _range(record))
    _draw_facts(paper, record)
    paper.y += 3
    start, end = record["started_at"], record["finished_at"]
    is_one_day = not start or not end or figures.day(start) == figures.day(end)
    widths = _WIDTHS if is_one_day else _WIDTHS_OF_DAYS
    Table(paper, columns(forms.RECORD_HEADS, widths, "CllcRRLccC")).draw(_rows(record["lines"], is_one_day=is_one_day))
    paper.end()
    paper.form(forms.RECORD_STORY, "\n".join(_story(record)))
    paper.form(forms.RECORD_SUPERVISORS, "\n".join(map(_watched, record["supervisors"])) or words.NOTHING)
    paper.need(_END)
    paper.form(forms.RECORD_MANIFEST, _range(record))
    paper.form(forms.MANIFEST_DIGEST, figures.digest(record["digest"]))
    paper.form(forms.JOURNAL, forms.ENTRY.format(seq=record["seq"], at=figures.moment(record["sealed_at"])))
    paper.form(forms.RECORD_STATEMENT_LABEL, forms.RECORD_STATEMENT)
    watching = "、".join(each["name"] for each in record["supervisors"])
    draw_signers(paper, [forms.RECORD_EXECUTORS, forms.RECORD_WATCHED + watching, forms.RECORD_APPROVER])
    paper.y += 1
    paper.note(forms.RECORD_SOURCE)
    return paper.finish()


def _draw_facts(paper: Paper, record: CaseRecord) -> None:
    approved = [
        forms.APPROVED_ON.format(number=each["number"], day=figures.day(each["at"])) for each in record["approvals"]
    ]
    methods = "、".join(dict.fromkeys(line["method"] for line in record["lines"] if line["method"]))
    totals = record["totals"]
    net = words.KILOGRAMS.format(n=figures.weight(totals["net_kg"])) if totals["net_kg"] else words.NOTHING
    value = words.YUAN.format(n=figures.money(totals["value"])) if totals["value"] else words.NOTHING
    paper.form(forms.RECORD_CASE, record["case"], forms.RECORD_CAUSE, record["cause"] or words.NOTHING)
    paper.form(forms.RECORD_PARTY, record["party"] or words.NOTHING)
    paper.form(forms.RECORD_DECISION, record["decision"] or words.NOTHING)
    paper.form(forms.RECORD_APPROVALS, "\n".join(approved) or words.NOTHING)
    paper.form(forms.BASIS, "；".join(record["legal_basis"]) or words.NOTHING)
    paper.form(forms.RECORD_TIME, _time(record), forms.RECORD_WAY, forms.DESTROYED.format(methods=methods))
    paper.form(forms.RECORD_PLACE, "；".join(record["sites"]) or words.NOTHING)
    paper.form(forms.RECORD_TOTALS, figures.sums(totals["by_measure"]))
    paper.form(words.NET, net, forms.RECORD_VALUE, value)


def _rows(lines: list[ManifestLine], *, is_one_day: bool) -> Iterator[Row]:
    write = figures.clock if is_one_day else figures.clock_of_day
    for line in lines:
        yield Row(
            [
                str(line["no"]),
                line["name"],
                line["spec"] or words.NOTHING,
                line["measure"],
                figures.number(line["six"]["approved"]),
                figures.number(line["quantity"]),
                figures.numbers(line["batches"]),
                line["method"] or words.NOTHING,
                figures.runs(line["runs"]),
                write(line["finished_at"]),
            ]
        )


def _story(record: CaseRecord) -> Iterator[str]:
    """Yield what became of the goods, and each of their differences."""
    lines, sums = record["lines"], figures.sums(record["totals"]["by_measure"])
    if record["started_at"]:
        facts = {"time": _time(record), "sites": "、".join(record["sites"]), "quantity": sums}
        yield forms.STORY.format(lines=_lines(len(lines)), **facts)
    if left := sum(figures.number(line["quantity"]) == "0" for line in lines):
        yield forms.STORY_LEFT.format(lines=_lines(left))
    for each in record["differences"]:
        six = each["six"]
        yield forms.STORY_DIFFERENCE.format(
            **each,
            booked=figures.number(six["booked"]),
            counted=figures.number(six["counted"]),
            approved=figures.number(six["approved"]),
            loaded=figures.number(six["loaded"]),
            received=figures.number(six["received"]),
            destroyed=figures.number(six["destroyed"]),
        )
    if not record["differences"]:
        yield forms.STORY_AGREES


def _watched(person: Watched) -> str:
    at = figures.moment(person["at"])
    return forms.SUPERVISOR.format(name=person["name"], organisation=person["organisation"], at=at)


def _time(record: CaseRecord) -> str:
    return figures.span(record["started_at"], record["finished_at"] or record["started_at"])


def _range(record: CaseRecord) -> str:
    """Return the manifest's number and which of its lines these are."""
    first, last = record["lines"][0]["no"], record["lines"][-1]["no"]
    text = forms.MANIFEST_LINE if first == last else forms.MANIFEST_LINES
    return text.format(number=record["manifest"], first=first, last=last)


def _lines(count: int) -> str:
    return words.LINES.format(n=f"{count:,}")
