"""The papers of a stocktake: the report of a closed one (清点核对表), and the blind sheet to count with (盘点表)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypedDict

from ledger.papers import figures, words
from ledger.papers import form_words as forms
from ledger.papers.fonts import check_printable
from ledger.papers.paper import Paper
from ledger.papers.pdf import About
from ledger.papers.signers import draw_signers
from ledger.papers.table import Band, Item, Remark, Row, Table, columns

_PEOPLE = (40, 66, 50)
_LINES = (9, 32, 12, 16, 15, 15, 15, 14, 15, 13)
_SUMS = (36, 20, 34, 34, 32)
_SHEET = (9, 40, 28, 12, 29, 19, 19)
_RECOUNT = (9, 40, 28, 12, 29, 38)


class Counter(TypedDict):
    """Who took part, as what, and when that was done; an empty time where only the person is known."""

    part: str
    """A key of form_words.COUNT_PARTS."""
    name: str
    at: str


class CountedLine(TypedDict):
    """What was found of one line at one location; what nobody counted again has an empty recount."""

    name: str
    measure: str
    place: str
    book: str
    first: str
    second: str
    recount: str
    result: str
    has_moved: bool
    """Whether goods came or went during the count, so that it says nothing about this line."""
    kind: str
    """The kind of its difference; empty if there is none."""
    explanation: str


class MeasureSum(TypedDict):
    """The lines of one unit of measure of which the count says something."""

    measure: str
    lines: int
    book: str
    result: str


class CountReport(TypedDict):
    """What the report says of what the journal sealed when the stocktake was closed. Quantities are text."""

    unit: str
    number: int
    scope: str
    frozen_at: str
    closed_at: str
    people: list[Counter]
    lines: list[CountedLine]
    sums: list[MeasureSum]
    seq: int
    """The journal entry that closed it."""
    digest: str
    """Of that entry, hexadecimal."""


class SheetLine(TypedDict):
    """One line to be counted; no quantity of the books."""

    name: str
    case: str
    spec: str
    lot: str
    measure: str
    place: str
    code: str
    seal: str


class CountSheet(TypedDict):
    """What the sheet to count with says."""

    unit: str
    number: int
    scope: str
    frozen_at: str
    is_recount: bool
    lines: list[SheetLine]


def draw_count_report(report: CountReport, target: BinaryIO | Path) -> int:
    """Draw the report and return how many pages it has. Raises NotPrintable if no font has a character of it."""
    check_printable(report)
    number = forms.COUNT_NUMBER.format(n=report["number"])
    paper = _paper(report, target, forms.REPORT_TITLE, report["closed_at"], figures.short_digest(report["digest"]))
    paper.form_head(report["unit"], forms.REPORT_TITLE, number)
    paper.form(forms.SCOPE, report["scope"])
    paper.form(forms.WAY, forms.BLIND, forms.LINES_COUNTED, _lines(len(report["lines"])))
    paper.form(forms.FROZEN, figures.moment(report["frozen_at"]), forms.CLOSED, figures.moment(report["closed_at"]))
    paper.form(forms.JOURNAL, forms.ENTRY.format(seq=report["seq"], at=figures.moment(report["closed_at"])))
    paper.form(forms.ENTRY_DIGEST, figures.digest(report["digest"]))
    paper.part(forms.COUNT_PEOPLE, on_new_page=False)
    Table(paper, columns(forms.PEOPLE_HEADS, _PEOPLE, "lll")).draw(map(_person, report["people"]))
    paper.part(forms.COUNT_LINES, forms.COUNT_UNIT, on_new_page=False)
    Table(paper, columns(forms.COUNT_HEADS, _LINES, "ClclRRRRRR")).draw(_counted(report))
    paper.part(forms.COUNT_SUMS, on_new_page=False)
    Table(paper, columns(forms.COUNT_SUM_HEADS, _SUMS, "lRRRR")).draw(map(_sum, report["sums"]))
    _draw_end(paper, report)
    return paper.finish()


def draw_count_sheet(sheet: CountSheet, target: BinaryIO | Path) -> int:
    """Draw the sheet and return how many pages it has. Raises NotPrintable if no font has a character of it."""
    check_printable(sheet)
    number, is_recount = forms.COUNT_NUMBER.format(n=sheet["number"]), sheet["is_recount"]
    paper = _paper(sheet, target, forms.SHEET_TITLE, sheet["frozen_at"])
    paper.form_head(sheet["unit"], forms.SHEET_TITLE, number)
    paper.form(forms.SCOPE, sheet["scope"])
    paper.form(forms.FROZEN, figures.moment(sheet["frozen_at"]), forms.LINES_COUNTED, _lines(len(sheet["lines"])))
    paper.y += 1
    paper.note(forms.RECOUNT_REMARK if is_recount else forms.SHEET_REMARK)
    paper.y += 3
    heads, widths = (forms.RECOUNT_HEADS, _RECOUNT) if is_recount else (forms.SHEET_HEADS, _SHEET)
    empty = [""] * (len(heads) - 5)
    Table(paper, columns(heads, widths, "CllcLRR"[: len(heads)])).draw(_to_count(sheet["lines"], empty))
    paper.end()
    parts = ("recounter",) if is_recount else ("first_counter", "second_counter")
    draw_signers(paper, [f"{forms.COUNT_PARTS[part]}：" for part in parts])
    return paper.finish()


def _paper(data: CountReport | CountSheet, target: BinaryIO | Path, title: str, at: str, digest: str = "") -> Paper:
    made_at = datetime.fromisoformat(at).astimezone(figures.BEIJING)
    number = forms.COUNT_NUMBER.format(n=data["number"])
    about = About(title=f"{title} {number}", author=data["unit"], made_at=made_at)
    return Paper(target, about=about, head=(f"{title}　{data['unit']}", number), digest=digest)


def _person(person: Counter) -> Row:
    return Row([forms.COUNT_PARTS[person["part"]], person["name"], figures.moment(person["at"])])


def _counted(report: CountReport) -> Iterator[Item]:
    """Yield the lines, each with what there is to say of it, and how many agree."""
    names = {person["part"]: person["name"] for person in report["people"]}
    by = {part: names.get(part, words.NOTHING) for part in ("explainer", "confirmer")}
    for number, line in enumerate(report["lines"], start=1):
        found = [figures.number(line[key]) for key in ("book", "first", "second")]
        recount = figures.number(line["recount"]) if line["recount"] else words.NOTHING
        ends = (
            [words.NOTHING, words.NOTHING]
            if line["has_moved"]
            else [figures.number(line["result"]), figures.difference(line["result"], line["book"])]
        )
        yield Row([str(number), line["name"], line["measure"], line["place"], *found, recount, *ends])
        if line["has_moved"]:
            yield Remark(forms.MOVED)
        elif line["kind"]:
            facts = {"kind": line["kind"], "explanation": line["explanation"]}
            yield Remark(forms.CAUSE.format(**facts, explained_by=by["explainer"], confirmed_by=by["confirmer"]))
    yield Band(_summary(report), "", level=1)


def _summary(report: CountReport) -> str:
    """Return how many lines agree, differ, or moved meanwhile."""
    lines = report["lines"]
    moved, differing = sum(line["has_moved"] for line in lines), sum(bool(line["kind"]) for line in lines)
    return f"{words.TOTAL}　" + forms.COUNT_SUM.format(
        lines=_lines(len(lines)),
        agreeing=_lines(len(lines) - moved - differing),
        differing=_lines(differing),
        moved=_lines(moved),
    )


def _sum(row: MeasureSum) -> Row:
    amounts = figures.number(row["book"]), figures.number(row["result"])
    return Row([row["measure"], f"{row['lines']:,}", *amounts, figures.difference(row["result"], row["book"])])


def _draw_end(paper: Paper, report: CountReport) -> None:
    """Draw what the sums leave out, the counters' statement, and where everybody signs who took part."""
    moved = sum(line["has_moved"] for line in report["lines"])
    paper.y += 1
    if moved:
        paper.note(forms.SUMS_WITHOUT_MOVED.format(lines=_lines(moved)))
    elif not any(line["kind"] for line in report["lines"]):
        paper.note(forms.NO_DIFFERENCES)
    paper.end()
    paper.form(forms.STATEMENT_LABEL, forms.STATEMENT)
    draw_signers(paper, [f"{forms.COUNT_PARTS[each['part']]}：{each['name']}" for each in report["people"]])


def _to_count(lines: list[SheetLine], empty: list[str]) -> Iterator[Item]:
    place = None
    for number, line in enumerate(lines, start=1):
        if line["place"] != place:
            place = line["place"]
            yield Band(forms.PLACE.format(place=place), "")
        lot = forms.LOT.format(lot=line["lot"]) if line["lot"] else ""
        kind = "\n".join(part for part in (line["spec"], lot) if part) or words.NOTHING
        yield Row(
            [
                str(number),
                f"{line['name']}\n{line['case']}",
                kind,
                line["measure"],
                f"{line['code']}\n{line['seal']}",
                *empty,
            ]
        )


def _lines(count: int) -> str:
    return words.LINES.format(n=f"{count:,}")
