"""The report after an event (活动总结), of all of it or of one unit's share: its figures, plainly.

It is told once; draw_report() sets it as a paper, ledger.papers.draft as a document to edit.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from ledger.papers import checks, figures, summary
from ledger.papers import report_words as words
from ledger.papers.content import Sum
from ledger.papers.fonts import check_printable
from ledger.papers.paper import Paper
from ledger.papers.pdf import About
from ledger.papers.reported import Chart, ChartRow, ReportData
from ledger.papers.story import Bar, Bars, Block, Part, Plate, Plates, Text, draw_block
from ledger.papers.table import Grid, Row, columns
from ledger.papers.words import UNITS

_MEASURES = (26, 26, 26, 26, 26, 26)
_EARLIER = (42, 11, 12, 12, 38, 18, 23)
_PAIRS = 3


def draw_report(report: ReportData, target: BinaryIO | Path, pictures: Mapping[str, bytes]) -> int:
    """Draw the report and return how many pages it has; pictures are the bytes of the chosen ones by their SHA-256.

    Raises NotPrintable if no font has a character of it.
    """
    check_printable(report)
    at = datetime.fromisoformat(report["made_at"]).astimezone(figures.BEIJING)
    about = About(title=report["title"], author=report["bureau"], made_at=at)
    paper = Paper(target, about=about, head=(report["title"], report["bureau"]))
    paper.title(report["title"])
    paper.y += 6
    for block in tell(report):
        draw_block(paper, block, pictures)
    paper.sign(report["bureau"], figures.day(report["made_at"]))
    return paper.finish()


def tell(report: ReportData) -> Iterator[Block]:
    """Yield all that stands between title and signature."""
    for number, (title, note, blocks) in enumerate(_parts(report)):
        yield Part(words.HEADING.format(no=words.NUMERALS[number], title=title), note)
        yield from blocks


def _parts(report: ReportData) -> Iterator[tuple[str, str, list[Block]]]:
    """Yield the parts: title, remark on units, blocks. A unit's share is not told by units."""
    totals = report["totals"]
    yield words.FACTS_PART, "", [Text(_facts(report))]
    if not report["unit"]:
        grid = summary.by_unit(report["by_unit"], totals, see=words.SEE_MEASURES)
        yield words.BY_UNIT, UNITS, [grid]
    yield words.BY_CLASS, UNITS, [summary.by_class(report["by_class"], totals)]
    shape = columns(words.MEASURE_HEADS, _MEASURES, "cRcRcR")
    yield words.BY_MEASURE, "", [Grid(shape, [*_measures(totals["by_measure"])])]
    yield words.CHARTS_PART, words.CHARTS_NOTE, [_bars(chart) for chart in report["charts"] if chart["rows"]]
    yield words.EARLIER_PART, UNITS if len(report["events"]) > 1 else "", [*_earlier(report)]
    differences = report["differences"]
    agree = words.DIFFERENCES.format(n=differences) if differences else words.NO_DIFFERENCES
    yield words.EXCEPTIONS_PART, "", [Text(agree), checks.exceptions(report["exceptions"])]
    yield words.PICTURES_PART, "", [*_pictures(report)]


def _facts(report: ReportData) -> str:
    """Return the event in one paragraph; what is not known is left out."""
    event, totals, names = report["event"], report["totals"], "、".join(report["supervisors"])
    span = figures.span(event["started_at"], event["finished_at"])
    told = words.UNIT_FACTS if report["unit"] else words.FACTS
    return told.format(
        day=figures.day(event["day"]),
        unit=report["unit"],
        organiser=event["organiser"],
        name=event["name"],
        sites="、".join(site["name"] for site in event["sites"]),
        span=words.SPAN.format(span=span) if event["started_at"] else "",
        lines=f"{totals['lines']:,}",
        units=totals["units"],
        cases=f"{totals['cases']:,}",
        batches=f"{totals['batches']:,}",
        net=figures.weight(totals["net_kg"]),
        value=words.VALUE.format(value=figures.money(totals["value"])) if totals["value"] else "",
        runs=words.RUNS.format(n=report["runs"]) if report["runs"] else "",
        supervisors=words.SUPERVISORS.format(names=names) if names else "",
        manifest=words.MANIFEST.format(number=report["manifest_number"]) if report["manifest_number"] else "",
    )


def _measures(by_measure: list[Sum]) -> Iterator[Row]:
    """Yield the quantities, three units of measure to a row."""
    for start in range(0, len(by_measure), _PAIRS):
        shown = by_measure[start : start + _PAIRS]
        cells = [text for one in shown for text in (one["measure"], figures.number(one["quantity"]))]
        yield Row([*cells, *[""] * (2 * (_PAIRS - len(shown)))])


def _bars(chart: Chart) -> Bars:
    most = max(row["lines"] for row in chart["rows"])
    rows = [Bar(row["label"], row["lines"] / most, _told(row)) for row in chart["rows"]]
    return Bars(words.CHARTS[chart["key"]], figures.by_service(chart["by_service"]), rows)


def _told(row: ChartRow) -> str:
    told = words.BAR_VALUED if row["value"] else words.BAR
    return told.format(lines=f"{row['lines']:,}", value=figures.money(row["value"]))


def _earlier(report: ReportData) -> Iterator[Block]:
    if len(report["events"]) < 2:  # noqa: PLR2004
        yield Text(words.FIRST)
        return
    names = [words.EARLIER_EVENT.format(day=figures.day(each["day"]), name=each["name"]) for each in report["events"]]
    sums = [summary.sums_of(each["totals"]) for each in report["events"]]
    rows = [Row([name, *cells]) for name, cells in zip(names, sums, strict=True)]
    yield Grid(columns(words.EARLIER_HEADS, _EARLIER, "lRRRlRR"), rows)


def _pictures(report: ReportData) -> Iterator[Block]:
    pictures, chosen = report["pictures_in_all"], report["chosen"]
    if not pictures:
        yield Text(words.NO_PICTURES)
    elif not chosen:
        yield Text(words.PICTURES.format(n=pictures))
    else:
        yield Text(words.PLATES.format(n=pictures, chosen=len(chosen)))
        yield Plates(
            [
                Plate(each["sha256"], words.PLATE.format(no=number, caption=each["caption"]))
                for number, each in enumerate(chosen, start=1)
            ]
        )
