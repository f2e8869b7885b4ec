"""What was destroyed, told apart by unit, category, method, month and age: the bars of reports and pages."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ledger.manifests.pieces import sums
from ledger.papers import figures
from ledger.papers import report_words as words
from ledger.papers.content import Manifest, ManifestCase, ManifestLine
from ledger.papers.reported import Chart, ChartRow, EventSum
from ledger.reports.share import destroyed

_CASES = 5
"""How many cases are proposed for the public."""
_MONTHS = (3, 6, 12)
"""Where one age ends and the next begins."""


class Gone(NamedTuple):
    """A line of which something was destroyed, with where it stands."""

    event: int
    day: date
    unit: str
    case: ManifestCase
    line: ManifestLine


def charts_of(contents: Sequence[Manifest]) -> list[Chart]:
    """Return the charts of all lines that these manifests say were destroyed. Goods of several years are one sum."""
    gone = [each for content in contents for each in _gone(content)]
    ages = (*words.AGES, words.NOT_SERVED)
    return [
        Chart(key="unit", rows=_rows(gone, lambda each: each.unit)),
        Chart(key="category", rows=_longest_first(_rows(gone, lambda each: each.line["category"]))),
        Chart(key="method", rows=_longest_first(_rows(gone, lambda each: each.line["method"]))),
        Chart(key="month", rows=_rows(sorted(gone, key=_month), lambda each: _named(_month(each)))),
        Chart(key="age", rows=_rows(sorted(gone, key=lambda each: ages.index(_age(each))), _age)),
    ]


def events_of(contents: Iterable[Manifest]) -> list[EventSum]:
    """Return what each event destroyed, oldest first."""
    told = ((each["event"], each["totals"]) for each in contents)
    events = [EventSum(name=event["name"], day=event["day"], totals=totals) for event, totals in told]
    return sorted(events, key=lambda each: each["day"])


def _gone(content: Manifest) -> Iterator[Gone]:
    event, day = content["event"]["id"], date.fromisoformat(content["event"]["day"])
    for unit in content["units"]:
        for number, line in destroyed(unit):
            yield Gone(event, day, unit["name"], unit["cases"][number], line)


def _rows(gone: Iterable[Gone], label: Callable[[Gone], str]) -> list[ChartRow]:
    """Return a row for each label, in the order in which they appear."""
    groups: dict[str, list[Gone]] = {}
    for each in gone:
        groups.setdefault(label(each), []).append(each)
    return [_row(name, mine) for name, mine in groups.items()]


def _row(label: str, mine: Sequence[Gone]) -> ChartRow:
    values = [Decimal(each.line["value"]) for each in mine if each.line["value"]]
    return ChartRow(
        label=label,
        cases=len({(each.unit, each.case["number"]) for each in mine}),
        lines=len({(each.event, each.line["no"]) for each in mine}),
        by_measure=sums((each.line["measure"], Decimal(each.line["quantity"])) for each in mine),
        value=f"{sum(values, Decimal(0)):.2f}" if values else "",
    )


def _longest_first(rows: list[ChartRow]) -> list[ChartRow]:
    return sorted(rows, key=lambda row: -row["lines"])


def _month(each: Gone) -> str:
    """Return the month in which the decision was served, as 2026-11; those without one come last."""
    return each.case["served_on"][:7] or "~"


def _named(month: str) -> str:
    if month == "~":
        return words.NOT_SERVED
    year, number = month.split("-")
    return words.MONTH.format(year=year, month=int(number))


def _age(each: Gone) -> str:
    """Return for how long the goods waited since the decision was served."""
    if not each.case["served_on"]:
        return words.NOT_SERVED
    served = date.fromisoformat(each.case["served_on"])
    months = 12 * (each.day.year - served.year) + each.day.month - served.month - (each.day.day < served.day)
    return words.AGES[sum(months >= end for end in _MONTHS)]


def told_of_cases(content: Manifest) -> Iterator[str]:
    """Yield the cases of the greatest value as the public may read of them, a sentence each, to be edited."""
    cases = [(unit, case) for unit in content["units"] for case in unit["cases"] if case["totals"]["lines"]]
    for unit, case in sorted(cases, key=lambda pair: -Decimal(pair[1]["totals"]["value"] or 0))[:_CASES]:
        totals, kinds = case["totals"], dict.fromkeys(line["category"] for line in case["lines"])
        yield words.PUBLIC_CASE.format(
            unit=unit["name"],
            categories="、".join(kinds),
            quantity=figures.sums(totals["by_measure"]),
            value=words.VALUE.format(value=figures.money(totals["value"])) if totals["value"] else "",
        )
