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
    ages = (*words.AGES, words.NO_DAY)
    by_service = sum("stored_on" not in each.line and bool(each.case["served_on"]) for each in gone)
    return [
        _chart("unit", _rows(gone, lambda each: each.unit)),
        _chart("category", _longest_first(_rows(gone, lambda each: each.line["category"]))),
        _chart("method", _longest_first(_rows(gone, lambda each: each.line["method"]))),
        _chart("month", _rows(sorted(gone, key=_month), lambda each: _named(_month(each))), by_service),
        _chart("age", _rows(sorted(gone, key=lambda each: ages.index(_age(each))), _age), by_service),
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


def _chart(key: str, rows: list[ChartRow], by_service: int = 0) -> Chart:
    return Chart(key=key, rows=rows, by_service=by_service)


def _longest_first(rows: list[ChartRow]) -> list[ChartRow]:
    return sorted(rows, key=lambda row: -row["lines"])


def _since(each: Gone) -> str:
    """Return the day on which the goods came into the store, or else their decision was served; empty if unknown."""
    return each.line.get("stored_on", each.case["served_on"])


def _month(each: Gone) -> str:
    """Return the month of that day, as 2026-11; those without one come last."""
    return _since(each)[:7] or "~"


def _named(month: str) -> str:
    if month == "~":
        return words.NO_DAY
    year, number = month.split("-")
    return words.MONTH.format(year=year, month=int(number))


def _age(each: Gone) -> str:
    """Return for how long the goods were kept since that day."""
    if not _since(each):
        return words.NO_DAY
    since = date.fromisoformat(_since(each))
    months = 12 * (each.day.year - since.year) + each.day.month - since.month - (each.day.day < since.day)
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
