"""Part 二 of a manifest: every line of goods, by unit and case. It may have a hundred thousand of them."""

from collections.abc import Iterator

from ledger.papers import figures, words
from ledger.papers.content import Manifest, ManifestCase, ManifestLine, ManifestUnit
from ledger.papers.paper import RIGHT, Paper
from ledger.papers.summary import facts, is_of_one_day
from ledger.papers.table import CELL, PADDING, Band, Item, Row, Table, columns

_WIDTHS = (8.5, 37.5, 25, 15, 15.5, 18.7, 15.2, 9.8, 10.8)
_WIDTHS_OF_DAYS = (8.5, 34.4, 22, 14.9, 15.5, 18.7, 15.2, 9.8, 17)
_CONTENTS = (80, 18, 18, 25, 15)
_KINDS = "CllcRLccC"

_LONG = 500
"""From how many lines on the part begins with its contents."""


def draw_details(paper: Paper, content: Manifest) -> None:
    """Draw all of the part, the confirmation at its end."""
    paper.part(words.DETAILS)
    contents = _draw_contents(paper, content["units"]) if content["totals"]["lines"] >= _LONG else None
    table = draw_lines(paper, content)
    _mark_units(paper, content["units"], table, contents)
    paper.end()
    paper.paragraph(_confirmation(content))


def draw_lines(paper: Paper, content: Manifest) -> Table:
    """Draw every line, by unit and case, and return the table, which knows where each unit begins."""
    is_one_day = is_of_one_day(content)
    shape = columns(words.LINE_HEADS, _WIDTHS if is_one_day else _WIDTHS_OF_DAYS, _KINDS)
    table = Table(paper, shape, page_foot=_page_foot)
    table.draw(_items(content, is_one_day=is_one_day))
    return table


def _draw_contents(paper: Paper, units: list[ManifestUnit]) -> Table:
    """Draw where each unit's lines are; the pages are filled in when they are known."""
    table = Table(paper, columns(words.CONTENTS_HEADS, _CONTENTS, "lRRCR"))
    table.draw(_contents_row(unit) for unit in units)
    paper.new_page()
    return table


def _contents_row(unit: ManifestUnit) -> Row:
    totals, lines = unit["totals"], [line["no"] for case in unit["cases"] for line in case["lines"]]
    numbers = words.CONTENTS_RANGE.format(first=f"{min(lines):,}", last=f"{max(lines):,}")
    return Row([unit["name"], f"{totals['cases']:,}", f"{totals['lines']:,}", numbers, ""], mark=unit["code"])


def _mark_units(paper: Paper, units: list[ManifestUnit], table: Table, contents: Table | None) -> None:
    """Let readers find each unit: in the outline, and in the contents if there are any."""
    pen = paper.pen
    for unit in units:
        page, _ = table.places[unit["code"]]
        pen.turn_to(page)
        pen.bookmark(unit["name"], 1)
        if contents:
            contents_page, y = contents.places[unit["code"]]
            pen.turn_to(contents_page)
            pen.text(RIGHT - PADDING, y, str(page), CELL, align="right")
    pen.turn_to(pen.pages)


def _items(content: Manifest, *, is_one_day: bool) -> Iterator[Item]:
    write = figures.clock if is_one_day else figures.clock_of_day
    for unit in content["units"]:
        cases = words.CASES.format(n=f"{unit['totals']['cases']:,}")
        yield Band(unit["name"], facts(unit["totals"], cases), mark=unit["code"])
        for case in unit["cases"]:
            yield _case(case)
            for line in case["lines"]:
                yield _line(line, write(line["finished_at"]))
    totals = content["totals"]
    left = sum(not line["runs"] for unit in content["units"] for case in unit["cases"] for line in case["lines"])
    yield Band(
        words.TOTAL_FACTS.format(units=totals["units"], cases=totals["cases"], lines=totals["lines"]),
        words.LINES_LEFT.format(n=left) if left else "",
        level=1,
    )


def _case(case: ManifestCase) -> Band:
    said = [words.SERVED.format(day=figures.day(case["served_on"]))] if case["served_on"] else []
    if "noticed_on" in case:
        said = [figures.notice(case["noticed_on"], case["noticed_until"])]
    return Band(case["decision"] or case["number"], facts(case["totals"], *said), level=1)


def _line(line: ManifestLine, finished: str) -> Row:
    cells = (
        str(line["no"]),
        line["name"],
        line["spec"] or words.NOTHING,
        line["measure"],
        figures.number(line["quantity"]),
        figures.numbers(line["batches"]),
        (line["method"] or words.NOTHING) if line["runs"] else words.LEFT,
        figures.runs(line["runs"]),
        finished,
    )
    return Row(cells, no=line["no"])


def _page_foot(first: int, last: int, count: int) -> tuple[str, str]:
    return words.PAGE_LINES.format(n=count, first=first, last=last), words.PAGE_AGREES


def _confirmation(content: Manifest) -> str:
    """Return the sentence under the lines, with those of its clauses that are true."""
    totals = content["totals"]
    has_exceptions = bool(content["exceptions"] or content["differences"])
    return words.CONFIRMATION.format(
        lines=f"{totals['lines']:,}",
        batches=f"{totals['batches']:,}",
        differences=words.DIFFERENCES_LISTED if content["differences"] else "",
        exceptions=words.EXCEPT_LISTED if has_exceptions else "",
    )
