"""What the store ledger of a unit and a period says, and the report to finance: plain data for papers and workbooks."""

from collections.abc import Mapping
from typing import TypedDict

from ledger.papers.content import Sum


class BalanceRow(TypedDict):
    """One unit of measure. Figures are decimals as text; the parts of a sum stand by the key of their word."""

    measure: str
    is_veiled: bool
    """Whether it is being counted by who draws the paper up: then no figure is told."""
    opening: str
    came: str
    came_by: Mapping[str, str]
    went: str
    went_by: Mapping[str, str]
    closing: str
    closing_by: Mapping[str, str]


class ClosingData(TypedDict):
    """How a period was closed: by whom, and where the journal has it."""

    at: str
    custodian: str
    checker: str
    entry: int
    digest: str
    holds: bool
    """Whether the figures are still those that were sealed."""


class StatementData(TypedDict):
    """The store ledger of a unit and a period."""

    unit: str
    with_below: bool
    span: str
    """month, quarter, half_year or year; empty for any other days."""
    first: str
    last: str
    groups: Mapping[str, list[BalanceRow]]
    closing: ClosingData | None
    made_at: str


class FinanceRow(TypedDict):
    """What was there, came, went or is there; cause is a key of words.CAUSES, empty for all of a side."""

    side: str
    cause: str
    cases: int
    lines: int
    unvalued: int
    """The lines without a value."""
    by_measure: list[Sum]
    value: str
    """In yuan, as is the money of sales; empty where there is none."""
    proceeds: str


class FinancePart(TypedDict):
    """A category or a unit."""

    name: str
    rows: list[FinanceRow]


class FinanceData(TypedDict):
    """The report to finance on a unit, a period and what became of its goods."""

    unit: str
    with_below: bool
    span: str
    first: str
    last: str
    whole: list[FinanceRow]
    by_category: list[FinancePart]
    by_unit: list[FinancePart]
    made_at: str
