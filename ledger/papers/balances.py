"""What the store ledger of a unit and a period says: plain data for its paper and its workbook."""

from collections.abc import Mapping
from typing import TypedDict


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


class StatementData(TypedDict):
    """The store ledger of a unit and a period."""

    unit: str
    with_below: bool
    span: str
    """month, quarter, half_year or year; empty for any other days."""
    first: str
    last: str
    groups: Mapping[str, list[BalanceRow]]
    made_at: str
