"""Part 一 of a manifest: sums by unit, by category and class, who took the goods, and the runs."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import starmap

from ledger.papers import figures, words
from ledger.papers.content import AfterRun, CategoryRow, ClassGroup, Manifest, ReceiverRow, RunRow, Totals, UnitSum
from ledger.papers.paper import Paper
from ledger.papers.table import Band, Grid, Item, Row, Table, columns, draw_grid

_BY_UNIT = (36, 9, 9, 9, 53, 17, 23)
_BY_CLASS = (25, 21, 9, 58, 19, 24)
_RECEIVERS = (23, 52, 31, 32, 18)
_AFTER = (11, 22, 24, 33, 34, 32)
_RUNS = (13, 44, 21, 14, 14, 12, 12, 26)
_RUNS_OF_DAYS = (13, 38, 21, 19, 19, 11, 11, 24)


def draw_summary(paper: Paper, content: Manifest) -> None:
    """Draw all of the part."""
    paper.part(words.SUMMARY)
    draw_grid(paper, by_unit(content["by_unit"], content["totals"], title=words.BY_UNIT))
    draw_grid(paper, by_class(content["by_class"], content["totals"], title=words.BY_CLASS))
    table = Table(paper, columns(words.RECEIVER_HEADS, _RECEIVERS, "lllLR"))
    table.draw(_receivers(content["receivers"]), title=words.RECEIVERS, note=words.NET_UNIT)
    draw_runs(paper, content)


def by_unit(rows: list[UnitSum], totals: Totals, *, title: str = "", see: str = "") -> Grid:
    """Return the sums of each unit; the last row names the sums, or says where they stand."""
    items = [Row([row["name"], *sums_of(row["totals"])]) for row in rows]
    last = sums_of(totals)
    last[3] = see or words.SEE_TITLE_PAGE
    shape = columns(words.BY_UNIT_HEADS, _BY_UNIT, "lRRRlRR")
    return Grid(shape, [*items, Row([words.TOTAL, *last], is_sum=True)], title, words.UNITS)


def by_class(groups: list[ClassGroup], totals: Totals, *, title: str = "") -> Grid:
    """Return the sums of each category and method, in a band for each environmental class."""
    shape = columns(words.BY_CLASS_HEADS, _BY_CLASS, "llRlRR")
    return Grid(shape, [*_by_class(groups, totals)], title, words.UNITS)


def draw_runs(paper: Paper, content: Manifest) -> None:
    """Draw the runs, with the times alone if all of them are of one day."""
    rows, totals = content["runs"], content["totals"]
    is_one_day = is_of_one_day(content)
    shape = columns(words.RUN_HEADS, _RUNS if is_one_day else _RUNS_OF_DAYS, "CllCCRRR")
    items = [_run(row, is_one_day=is_one_day) for row in rows]
    last = [words.TOTAL, "", "", "", "", str(totals["batches"]), str(totals["lines"]), figures.weight(totals["net_kg"])]
    Table(paper, shape).draw([*items, Row(last, is_sum=True)], title=words.RUNS, note=words.NET_UNIT)
    after = [(row["number"], row["after"]) for row in rows if "after" in row]
    if after:
        table = Table(paper, columns(words.AFTER_HEADS, _AFTER, "CRRlll"))
        table.draw([*starmap(_after, after), _left([left for _, left in after])], title=words.AFTER)


def is_of_one_day(content: Manifest) -> bool:
    """Whether goods were destroyed on one day only, so that a time says all."""
    start, end = content["event"]["started_at"], content["event"]["finished_at"]
    return not start or figures.day(start) == figures.day(end)


def _run(row: RunRow, *, is_one_day: bool) -> Row:
    write = figures.clock if is_one_day else figures.clock_of_day
    times = (write(row["started_at"]), write(row["finished_at"]))
    counts = (str(row["batches"]), str(row["lines"]), figures.weight(row["net_kg"]))
    return Row([str(row["number"]), row["site"], row["method"], *times, *counts])


def _after(number: int, after: AfterRun) -> Row:
    signed = "、".join(words.SIGNED_HOW[each["how"]].format(name=each["name"]) for each in after["signed"])
    texts = (text or words.NOTHING for text in (after["receipt_no"], after["video"], signed))
    return Row([str(number), figures.weight(after["residue_kg"]), figures.money(after["income"]), *texts])


def _left(rows: Sequence[AfterRun]) -> Row:
    residue, income = _known([row["residue_kg"] for row in rows]), _known([row["income"] for row in rows])
    return Row([words.TOTAL, figures.weight(residue), figures.money(income), "", "", ""], is_sum=True)


def _known(texts: Sequence[str]) -> str:
    """Return the sum of the figures that are known; empty if none is."""
    known = [Decimal(text) for text in texts if text]
    return str(sum(known, Decimal(0))) if known else ""


def sums_of(totals: Totals) -> list[str]:
    """Return cases, lines, batches, quantities, weight and value as tables print them."""
    counts = [f"{totals[name]:,}" for name in ("cases", "lines", "batches")]
    return [
        *counts,
        figures.sums(totals["by_measure"]),
        figures.weight(totals["net_kg"]),
        figures.money(totals["value"]),
    ]


def _by_class(groups: list[ClassGroup], totals: Totals) -> Iterator[Item]:
    for group in groups:
        yield Band(words.ENV_CLASSES[group["env_class"]], facts(group["totals"]))
        yield from map(_category, group["rows"])
    last = [
        words.TOTAL,
        "",
        f"{totals['lines']:,}",
        "",
        figures.weight(totals["net_kg"]),
        figures.money(totals["value"]),
    ]
    yield Row(last, is_sum=True)


def _category(row: CategoryRow) -> Row:
    _, lines, _, *others = sums_of(row["totals"])
    return Row([row["category"], row["method"], lines, *others])


def _receivers(rows: list[ReceiverRow]) -> Iterator[Item]:
    for row in rows:
        papers = (row["licence"] or words.NOT_NEEDED, row["form_no"] or words.NOT_NEEDED)
        yield Row([words.ENV_CLASSES[row["env_class"]], row["name"], *papers, figures.weight(row["net_kg"])])
    if not rows:
        yield Row([words.NONE, *[words.NOTHING] * 4])


def facts(totals: Totals, *before: str) -> str:
    """Return what a band says at its right: lines, and weight and value where they are known."""
    parts = [*before, words.LINES.format(n=f"{totals['lines']:,}")]
    if totals["net_kg"]:
        parts.append(words.KILOGRAMS.format(n=figures.weight(totals["net_kg"])))
    if totals["value"]:
        parts.append(words.YUAN.format(n=figures.money(totals["value"])))
    return "　".join(parts)
