"""The periods that the store ledger is drawn up for: days in Beijing, the first and the last included."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


class Span(StrEnum):
    """The periods that reports are due for."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


_MONTHS = {Span.MONTH: 1, Span.QUARTER: 3, Span.HALF_YEAR: 6, Span.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Period:
    """From the beginning of the first day to the end of the last."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        """The moment with which it begins."""
        return datetime.combine(self.first, time(), BEIJING)

    @property
    def end(self) -> datetime:
        """The first moment that lies behind it: with it the next period begins."""
        return datetime.combine(self.last + timedelta(days=1), time(), BEIJING)

    @property
    def span(self) -> Span | None:
        """Which of the usual periods this is; None for any other days."""
        return next((span for span in Span if period_around(self.first, span) == self), None)

    @property
    def before(self) -> "Period | None":
        """The usual period of its length that comes before it; None for any other days."""
        return period_around(self.first - timedelta(days=1), self.span) if self.span else None

    @property
    def after(self) -> "Period | None":
        """The usual period of its length that follows it; None for any other days."""
        return period_around(self.last + timedelta(days=1), self.span) if self.span else None


def period_around(day: date, span: Span) -> Period:
    """Return the period of this length that day lies in."""
    months = _MONTHS[span]
    start = (day.month - 1) // months * months
    after = start + months
    next_first = date(day.year + after // 12, after % 12 + 1, 1)
    return Period(date(day.year, start + 1, 1), next_first - timedelta(days=1))
