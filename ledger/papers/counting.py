"""The papers of a stocktake: the report of a closed one (清点核对表), and the blind sheet to count with (盘点表)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
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
_EXTRAS = (9, 34, 12, 20, 29, 13, 13, 13, 13)
_BATCHES = (9, 22, 29, 29, 29, 20, 18)
_SHEET_BATCHES = (9, 35, 34, 27, 23, 28)


_SAID_BY = {"explained": "explainer", "confirmed": "confirmer"}


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
    """The kind of its difference, or of what spoilt it; empty if there is none."""
    explanation: str
    spoilt: str
    """How much of it is spoilt; empty for none."""


class ExtraGoods(TypedDict):
    """Goods that no line of the books is known for; a label and a recount may be empty."""

    name: str
    spec: str
    measure: str
    place: str
    label: str
    found: list[str]
    """What the two counters found and, if there was one, the recount."""
    result: str
    taken_for: tuple[str, str] | None
    """Name and location of the line they belong to."""
    explanation: str


class CountedBatch(TypedDict):
    """What was found of a sealed batch."""

    number: str
    event: str
    found: list["BatchFinding"]
    """By the books, by the two counters and, if there was one, by the recount."""
    tolerance: str
    """In kilograms."""
    faults: list[str]
    """Keys of form_words.FAULTS."""
    has_moved: bool
    kind: str
    explanation: str


class BatchFinding(TypedDict):
    """One look at a sealed batch; empty texts where nothing was found."""

    condition: str
    """A key of form_words.CONDITIONS."""
    label: str
    seal: str
    gross_kg: str


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
    extras: list[ExtraGoods]
    batches: list[CountedBatch]
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
    batches: list[tuple[str, str]]
    """Number and event of each sealed batch."""


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
    for no, (title, note, table, rows) in zip(forms.COUNT_NUMERALS, _parts(paper, report), strict=False):
        paper.part(forms.COUNT_PART.format(no=no, title=title), note, on_new_page=False)
        table.draw(rows)
    _draw_end(paper, report)
    return paper.finish()


def _parts(paper: Paper, report: CountReport) -> Iterator[tuple[str, str, Table, Iterable[Item]]]:
    """Yield the parts of the report: title, remark, table and its rows; those that hold nothing are left out."""
    people = Table(paper, columns(forms.PEOPLE_HEADS, _PEOPLE, "lll"))
    yield forms.COUNT_PEOPLE, "", people, map(_person, report["people"])
    if report["lines"]:
        lines = Table(paper, columns(forms.COUNT_HEADS, _LINES, "ClclRRRRRR"))
        yield forms.COUNT_LINES, forms.COUNT_UNIT, lines, _counted(report)
    if report["extras"]:
        extras = Table(paper, columns(forms.EXTRA_HEADS, _EXTRAS, "ClcllRRRR"))
        yield forms.COUNT_EXTRAS, forms.COUNT_UNIT, extras, _extras(report)
    if report["batches"]:
        batches = Table(paper, columns(forms.BATCH_HEADS, _BATCHES, "Cllllll"))
        yield forms.COUNT_BATCHES, forms.BATCHES_UNIT, batches, _batches(report)
    if report["sums"]:
        sums = Table(paper, columns(forms.COUNT_SUM_HEADS, _SUMS, "lRRRR"))
        yield forms.COUNT_SUMS, "", sums, map(_sum, report["sums"])


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
    if sheet["lines"]:
        Table(paper, columns(heads, widths, "CllcLRR"[: len(heads)])).draw(_to_count(sheet["lines"], empty))
    if sheet["batches"]:
        paper.part(forms.COUNT_BATCHES, forms.SHEET_BATCHES_UNIT, on_new_page=False)
        rows = (Row([str(no), "\n".join(named), *[""] * 4]) for no, named in enumerate(sheet["batches"], start=1))
        Table(paper, columns(forms.SHEET_BATCH_HEADS, _SHEET_BATCHES, "Clllll")).draw(rows)
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
    for number, line in enumerate(report["lines"], start=1):
        found = [figures.number(line[key]) for key in ("book", "first", "second")]
        recount = figures.number(line["recount"]) if line["recount"] else words.NOTHING
        ends = (
            [words.NOTHING, words.NOTHING]
            if line["has_moved"]
            else [figures.number(line["result"]), figures.difference(line["result"], line["book"])]
        )
        yield Row([str(number), line["name"], line["measure"], line["place"], *found, recount, *ends])
        if said := _said_of(report, line):
            yield Remark(said)
    yield Band(_summary(report), "", level=1)


def _said_of(report: CountReport, line: CountedLine) -> str:
    """Return what there is to say of a line; empty if it agrees."""
    if line["has_moved"]:
        return forms.MOVED
    said = [
        forms.MISPLACED if _differs(line) and not Decimal(line["book"] or 0) else "",
        forms.SPOILT.format(quantity=figures.number(line["spoilt"])) if line["spoilt"] else "",
        _cause(report, line["kind"], line["explanation"]),
    ]
    return "".join(said)


def _cause(report: CountReport, kind: str, explanation: str) -> str:
    """Return why something differs, who said so and who confirmed it; empty if it does not."""
    names = {person["part"]: person["name"] for person in report["people"]}
    by = {f"{said}_by": names.get(part, words.NOTHING) for said, part in _SAID_BY.items()}
    return forms.CAUSE.format(kind=kind, explanation=explanation, **by) if kind else ""


def _differs(line: CountedLine) -> bool:
    return not line["has_moved"] and Decimal(line["result"] or 0) != Decimal(line["book"] or 0)


def _extras(report: CountReport) -> Iterator[Item]:
    for number, goods in enumerate(report["extras"], start=1):
        found = [figures.number(each) for each in goods["found"]]
        name = "\n".join(filter(None, (goods["name"], goods["spec"])))
        shown = [*found, *[words.NOTHING] * (3 - len(found)), figures.number(goods["result"])]
        yield Row([str(number), name, goods["measure"], goods["place"], goods["label"] or forms.UNLABELLED, *shown])
        taken_for = goods["taken_for"]
        said = forms.TAKEN_FOR.format(name=taken_for[0], place=taken_for[1]) if taken_for else ""
        if said or goods["explanation"]:
            yield Remark(said + goods["explanation"])


def _batches(report: CountReport) -> Iterator[Item]:
    for number, batch in enumerate(report["batches"], start=1):
        found = [_finding(each) for each in batch["found"]]
        outcome = "\n".join(forms.FAULTS[fault] for fault in batch["faults"]) or forms.AGREES
        shown = [*found, *[words.NOTHING] * (4 - len(found)), words.NOTHING if batch["has_moved"] else outcome]
        yield Row([str(number), f"{batch['number']}\n{batch['event']}", *shown])
        cause = _cause(report, batch["kind"], batch["explanation"])
        tolerance = forms.TOLERANCE.format(n=figures.number(batch["tolerance"]))
        yield Remark(forms.BATCH_MOVED if batch["has_moved"] else cause or tolerance)


def _finding(found: BatchFinding) -> str:
    if found["condition"] == "gone":
        return forms.CONDITIONS["gone"]
    kilograms = forms.KILOGRAMS.format(n=figures.number(found["gross_kg"]))
    label = found["label"] or forms.NO_LABEL
    return "\n".join(filter(None, (label, found["seal"], forms.CONDITIONS[found["condition"]], kilograms)))


def _summary(report: CountReport) -> str:
    """Return how many lines agree, differ, or moved meanwhile."""
    lines = report["lines"]
    moved, differing = sum(line["has_moved"] for line in lines), sum(map(_differs, lines))
    spoilt = sum(bool(line["spoilt"]) and not (line["has_moved"] or _differs(line)) for line in lines)
    return f"{words.TOTAL}　" + forms.COUNT_SUM.format(
        lines=_lines(len(lines)),
        agreeing=_lines(len(lines) - moved - differing - spoilt),
        differing=_lines(differing),
        spoilt=_lines(spoilt),
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
    elif not (_has_faults(report) or report["extras"]):
        paper.note(forms.NO_DIFFERENCES)
    paper.end()
    paper.form(forms.STATEMENT_LABEL, forms.STATEMENT)
    draw_signers(paper, [f"{forms.COUNT_PARTS[each['part']]}：{each['name']}" for each in report["people"]])


def _has_faults(report: CountReport) -> bool:
    return any(each["kind"] for each in (*report["lines"], *report["batches"]))


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
