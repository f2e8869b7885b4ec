"""Part 二 of a manifest: every line of goods, by unit and case. It may have a hundred thousand of them."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from ledger.papers import figures, words
from ledger.papers.content import Manifest, ManifestCase, ManifestLine, ManifestUnit
from ledger.papers.paper import RIGHT, WIDTH, Paper
from ledger.papers.summary import facts, is_of_one_day
from ledger.papers.table import CELL, PADDING, Band, Column, Item, Row, Table, columns
from ledger.papers.template import Column as Further
from ledger.papers.template import columns_of, text_of

T = TypeVar("T")

_WIDTHS = (8.5, 37.5, 25, 15, 15.5, 18.7, 15.2, 9.8, 10.8)
_WIDTHS_OF_DAYS = (8.5, 34.4, 22, 14.9, 15.5, 18.7, 15.2, 9.8, 17)
_CLOSER = (8, 0, 0, 12, 15, 17.5, 11, 8.5, 10.3)
"""Where further columns stand behind the specification; it and the name share what these leave."""
_DAYS, _FURTHER, _OF_NAME = 6.2, 13.0, 0.58
"""What a day takes beside the time; how wide a further column is; the name's share of what is left."""
_CONTENTS = (80, 18, 18, 25, 15)
_KINDS = "CllcRLccC"
_FURTHER_KINDS = {"brand": "l", "lot": "l", "price": "R"}
_BEHIND = 3
"""The place of the first further column."""

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
    template = content.get("bureau_template")
    agrees = text_of(template, "page_agrees", words.PAGE_AGREES)
    table = Table(
        paper,
        _shape(columns_of(template), is_one_day=is_one_day),
        page_foot=lambda first, last, n: (words.PAGE_LINES.format(n=n, first=first, last=last), agrees),
    )
    table.draw(_items(content, is_one_day=is_one_day))
    return table


def _shape(further: Sequence[Further], *, is_one_day: bool) -> list[Column]:
    """Return the columns of the lines."""
    if not further:
        return columns(words.LINE_HEADS, _WIDTHS if is_one_day else _WIDTHS_OF_DAYS, _KINDS)
    widths = list(_CLOSER)
    widths[-1] += 0 if is_one_day else _DAYS
    left = WIDTH - sum(widths) - _FURTHER * len(further)
    widths[1:_BEHIND] = [left * _OF_NAME, left * (1 - _OF_NAME)]
    heads, kinds = [words.FURTHER_HEADS[each] for each in further], [_FURTHER_KINDS[each] for each in further]
    return columns(
        _with(words.LINE_HEADS, heads), _with(widths, [_FURTHER] * len(further)), "".join(_with(_KINDS, kinds))
    )


def _with(usual: Sequence[T], further: Sequence[T]) -> list[T]:
    """Return what the usual columns have and what the further ones have, in the order of the columns."""
    return [*usual[:_BEHIND], *further, *usual[_BEHIND:]]


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
    further = columns_of(content.get("bureau_template"))
    for unit in content["units"]:
        cases = words.CASES.format(n=f"{unit['totals']['cases']:,}")
        yield Band(unit["name"], facts(unit["totals"], cases), mark=unit["code"])
        for case in unit["cases"]:
            yield _case(case)
            for line in case["lines"]:
                yield _line(line, write(line["finished_at"]), further)
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
    number, party = case["decision"] or case["number"], case.get("party")
    named = words.PARTY.format(number=number, party=party) if party else number
    return Band(named, facts(case["totals"], *said), level=1)


def _line(line: ManifestLine, finished: str, further: Sequence[Further]) -> Row:
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
    return Row(_with(cells, [_further(line, each) for each in further]), no=line["no"])


def _further(line: ManifestLine, column: Further) -> str:
    text = line.get(column, "")
    return figures.money(text) if column == "price" else text or words.NOTHING


def _confirmation(content: Manifest) -> str:
    """Return the sentence under the lines, with those of its clauses that are true."""
    totals = content["totals"]
    has_exceptions = bool(content["exceptions"] or content["differences"])
    facts = {
        "项数": f"{totals['lines']:,}",
        "批数": f"{totals['batches']:,}",
        "差异": words.DIFFERENCES_LISTED if content["differences"] else "",
        "例外": words.EXCEPT_LISTED if has_exceptions else "",
    }
    return text_of(content.get("bureau_template"), "confirmation", words.CONFIRMATION).format_map(facts)
