"""Part 三 of a manifest: the six points compared, every difference, and what was not as planned.

What did not happen is said, too: silence would be no statement.
"""

from collections.abc import Iterator

from ledger.papers import figures, words
from ledger.papers.content import Difference, ExceptionRow, Manifest, ManifestLine, ManifestUnit, PointRow, WaiverRow
from ledger.papers.paper import Paper
from ledger.papers.table import Grid, Item, Remark, Row, Table, columns, draw_grid

_POINTS = (13, 58, 35, 34, 16)
_UNITS = (54, 12, 12, 12, 12, 12, 12, 16, 14)
_DIFFERENCES = (9, 42, 12, 13.5, 13.5, 13.5, 13.5, 13.5, 13.5, 12)
_EXCEPTIONS = (25, 46, 60, 25)
_WAIVERS = (36, 40, 34, 22, 24)


def draw_checks(paper: Paper, content: Manifest) -> None:
    """Draw all of the part."""
    paper.part(words.CHECKS, on_new_page=False)
    points = Table(paper, columns(words.POINT_HEADS, _POINTS, "cllcR"))
    points.draw(map(_point, content["points"]), title=words.POINTS)
    heads = (words.UNIT, *words.POINT_NAMES.values(), *words.UNIT_CHECK_HEADS)
    units = Table(paper, columns(heads, _UNITS, "lRRRRRRRR"))
    units.draw(_units(content["units"]), title=words.UNIT_CHECKS, note=words.UNIT_OF_LINES)
    _draw_differences(paper, content["differences"])
    draw_grid(paper, exceptions(content["exceptions"], title=words.EXCEPTIONS))
    if sampling := content.get("sampling"):
        paper.note(words.SAMPLED.format(seed=sampling["seed"], n=f"{len(sampling['batches']):,}"))
    if "waivers" in content:
        _draw_waivers(paper, content["waivers"])


def _draw_waivers(paper: Paper, rows: list[WaiverRow]) -> None:
    if rows:
        Table(paper, columns(words.WAIVER_HEADS, _WAIVERS, "lllcl")).draw(map(_waiver, rows), title=words.WAIVERS)
    else:
        paper.need(30)
        paper.heading(words.WAIVERS)
        paper.paragraph(words.NO_WAIVERS)


def _waiver(row: WaiverRow) -> Row:
    what = words.WAIVER.format(parts="、".join(row["parts"]), batches="、".join(row["batches"]))
    approved = f"{row['approved_by']}，{figures.moment(row['approved_at'])}"
    return Row([f"{row['unit']}\n{row['person']}", what, row["reason"], figures.day(row["until"]), approved])


def exceptions(rows: list[ExceptionRow], *, title: str = "") -> Grid:
    """Return what was not as planned, one row for every kind that there could have been."""
    return Grid(columns(words.EXCEPTION_HEADS, _EXCEPTIONS, "clll"), [*_exceptions(rows)], title)


def _point(row: PointRow) -> Row:
    people = "、".join(row["people"]) or words.NOTHING
    differences = words.NOTHING if row["point"] == "booked" else f"{row['differences']:,}"
    cells = (words.POINT_NAMES[row["point"]], figures.sums(row["by_measure"]), people, figures.moment(row["at"]))
    return Row([*cells, differences])


def _units(units: list[ManifestUnit]) -> Iterator[Row]:
    """Yield for each unit how many of its lines were at each point, and how many are the same at all of them."""
    sums = [0] * (len(words.POINT_NAMES) + 2)
    for unit in units:
        counts = _counts(unit)
        sums = [one + other for one, other in zip(sums, counts, strict=True)]
        yield Row([unit["name"], *(f"{count:,}" for count in counts)])
    yield Row([words.TOTAL, *(f"{count:,}" for count in sums)], is_sum=True)


def _counts(unit: ManifestUnit) -> list[int]:
    six = [[figures.number(amount) for amount in _amounts(line)] for case in unit["cases"] for line in case["lines"]]
    there = [sum(amount != "0" for amount in amounts) for amounts in zip(*six, strict=True)]
    alike = sum(len(set(amounts)) == 1 for amounts in six)
    return [*(there or [0] * len(words.POINT_NAMES)), alike, len(six) - alike]


def _draw_differences(paper: Paper, rows: list[Difference]) -> None:
    if rows:
        table = Table(paper, columns(words.DIFFERENCE_HEADS, _DIFFERENCES, "ClcRRRRRRR"))
        items = (item for row in rows for item in _difference(row))
        table.draw(items, title=words.DIFFERENCES, note=words.DIFFERENCE_UNIT)
    else:
        paper.need(30)
        paper.heading(words.DIFFERENCES)
        paper.paragraph(words.NO_DIFFERENCES)


def _difference(row: Difference) -> Iterator[Item]:
    amounts = _amounts(row)
    change = figures.difference(amounts[-1], amounts[0])
    yield Row([str(row["no"]), row["name"], row["measure"], *map(figures.number, amounts), change])
    yield Remark(words.DIFFERENCE_REMARK.format(**row))


def _amounts(row: ManifestLine | Difference) -> list[str]:
    six = row["six"]
    return [six["booked"], six["counted"], six["approved"], six["loaded"], six["received"], six["destroyed"]]


def _exceptions(rows: list[ExceptionRow]) -> Iterator[Row]:
    for kind, name in words.EXCEPTION_KINDS.items():
        found = [row for row in rows if row["kind"] == kind]
        for row in found:
            what = "：".join(part for part in (row["unit"], row["text"]) if part)
            by = "，".join(
                part for part in (row["resolved_by"], figures.moment(row["at"]) if row["at"] else "") if part
            )
            resolved = words.RESOLVED.format(text=row["resolution"], by=by) if by else row["resolution"]
            yield Row([name, what, resolved, row["confirmed_by"] or words.NOTHING])
        if not found:
            yield Row([name, words.NONE, words.NOTHING, words.NOTHING])
