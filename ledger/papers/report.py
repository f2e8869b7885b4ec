"""The report after an event (活动总结): its figures, plainly."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypedDict

from ledger.papers import figures, words
from ledger.papers.checks import draw_exceptions
from ledger.papers.content import ClassGroup, Event, ExceptionRow, Sum, Totals, UnitSum
from ledger.papers.fonts import check_printable
from ledger.papers.paper import Paper
from ledger.papers.pdf import About
from ledger.papers.summary import draw_by_class, draw_by_unit
from ledger.papers.table import Row, Table, columns

_MEASURES = (26, 26, 26, 26, 26, 26)
_PAIRS = 3


class ReportData(TypedDict):
    """What the report says, of the same shapes as manifest.json."""

    bureau: str
    title: str
    manifest_number: str
    """Empty if there is no manifest yet."""
    event: Event
    totals: Totals
    by_unit: list[UnitSum]
    by_class: list[ClassGroup]
    exceptions: list[ExceptionRow]
    differences: int
    """How many lines were not the same at all six points."""
    runs: int
    supervisors: list[str]
    pictures_in_all: int
    made_at: str


def draw_report(report: ReportData, target: BinaryIO | Path) -> int:
    """Draw the report and return how many pages it has. Raises NotPrintable if no font has a character of it."""
    check_printable(report)
    at = datetime.fromisoformat(report["made_at"]).astimezone(figures.BEIJING)
    about = About(title=report["title"], author=report["bureau"], made_at=at)
    paper = Paper(target, about=about, head=(report["title"], report["bureau"]))
    parts = iter(words.REPORT_PARTS)
    totals = report["totals"]
    paper.title(report["title"])
    paper.y += 6
    paper.part(next(parts), on_new_page=False)
    paper.paragraph(_facts(report))
    paper.part(next(parts), words.UNITS, on_new_page=False)
    draw_by_unit(paper, report["by_unit"], totals, see=words.SEE_PART_FOUR)
    paper.part(next(parts), words.UNITS, on_new_page=False)
    draw_by_class(paper, report["by_class"], totals)
    paper.part(next(parts), on_new_page=False)
    Table(paper, columns(words.MEASURE_HEADS, _MEASURES, "cRcRcR")).draw(_measures(totals["by_measure"]))
    paper.part(next(parts), on_new_page=False)
    differences = report["differences"]
    agree = words.REPORT_DIFFERENCES.format(n=differences) if differences else words.REPORT_NO_DIFFERENCES
    paper.paragraph(agree)
    draw_exceptions(paper, report["exceptions"])
    paper.part(next(parts), on_new_page=False)
    pictures = report["pictures_in_all"]
    paper.paragraph(words.REPORT_PICTURES.format(n=pictures) if pictures else words.REPORT_NO_PICTURES)
    paper.sign(report["bureau"], figures.day(report["made_at"]))
    return paper.finish()


def _facts(report: ReportData) -> str:
    """Return the event in one paragraph; what is not known is left out."""
    event, totals, names = report["event"], report["totals"], "、".join(report["supervisors"])
    span = figures.span(event["started_at"], event["finished_at"])
    return words.REPORT_FACTS.format(
        day=figures.day(event["day"]),
        organiser=event["organiser"],
        name=event["name"],
        sites="、".join(site["name"] for site in event["sites"]),
        span=words.REPORT_SPAN.format(span=span) if event["started_at"] else "",
        lines=f"{totals['lines']:,}",
        units=totals["units"],
        cases=f"{totals['cases']:,}",
        batches=f"{totals['batches']:,}",
        net=figures.weight(totals["net_kg"]),
        value=words.REPORT_VALUE.format(value=figures.money(totals["value"])) if totals["value"] else "",
        runs=words.REPORT_RUNS.format(n=report["runs"]) if report["runs"] else "",
        supervisors=words.REPORT_SUPERVISORS.format(names=names) if names else "",
        manifest=words.REPORT_MANIFEST.format(number=report["manifest_number"]) if report["manifest_number"] else "",
    )


def _measures(by_measure: list[Sum]) -> Iterator[Row]:
    """Yield the quantities, three units of measure to a row."""
    for start in range(0, len(by_measure), _PAIRS):
        shown = by_measure[start : start + _PAIRS]
        cells = [text for one in shown for text in (one["measure"], figures.number(one["quantity"]))]
        yield Row([*cells, *[""] * (2 * (_PAIRS - len(shown)))])
