"""What the report after an event says, as plain data of the same shapes as manifest.json."""

from typing import TypedDict

from ledger.papers.content import ClassGroup, Event, ExceptionRow, Sum, Totals, UnitSum


class ChartRow(TypedDict):
    """What one bar stands for: its goods are those that were destroyed."""

    label: str
    cases: int
    lines: int
    by_measure: list[Sum]
    value: str
    """Empty where no line names a value."""


class Chart(TypedDict):
    """Some sums beside each other; key is one of CHARTS."""

    key: str
    rows: list[ChartRow]
    by_service: int
    """How many lines stand where the service of their decision puts them, for want of a day of intake."""


class EventSum(TypedDict):
    """What one event destroyed."""

    name: str
    day: str
    totals: Totals


class Chosen(TypedDict):
    """A picture chosen for the report."""

    sha256: str
    caption: str


class ReportData(TypedDict):
    """What the report says, of the same shapes as manifest.json."""

    bureau: str
    """Whose report it is."""
    unit: str
    """The same, if it is of one unit's share alone; else empty."""
    title: str
    manifest_number: str
    event: Event
    totals: Totals
    by_unit: list[UnitSum]
    by_class: list[ClassGroup]
    charts: list[Chart]
    events: list[EventSum]
    """This event and those before it, oldest first."""
    exceptions: list[ExceptionRow]
    differences: int
    """How many lines were not the same at all six points."""
    runs: int
    supervisors: list[str]
    pictures_in_all: int
    chosen: list[Chosen]
    made_at: str
