from datetime import UTC, date, datetime

import pytest

from ledger.goods.periods import Period, Span, period_around


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        (Span.MONTH, date(2027, 11, 1), date(2027, 11, 30)),
        (Span.QUARTER, date(2027, 10, 1), date(2027, 12, 31)),
        (Span.HALF_YEAR, date(2027, 7, 1), date(2027, 12, 31)),
        (Span.YEAR, date(2027, 1, 1), date(2027, 12, 31)),
    ],
)
def test_a_usual_period_holds_the_day_and_is_known_again(span, first, last):
    found = period_around(date(2027, 11, 24), span)

    assert (found.first, found.last, found.span) == (first, last, span)


def test_a_year_falls_into_its_parts():
    for span, parts in ((Span.MONTH, 12), (Span.QUARTER, 4), (Span.HALF_YEAR, 2)):
        found = {period_around(date(2028, month, 29), span) for month in range(1, 13)}
        assert len(found) == parts
        firsts = sorted(period.begin for period in found)
        assert firsts[1:] == sorted(period.end for period in found)[:-1]


def test_other_days_are_no_usual_period():
    assert Period(date(2027, 1, 1), date(2027, 3, 15)).span is None
    assert Period(date(2027, 1, 2), date(2027, 1, 31)).span is None


def test_days_begin_and_end_in_beijing():
    day = Period(date(2027, 3, 15), date(2027, 3, 15))

    assert day.begin == datetime(2027, 3, 14, 16, tzinfo=UTC)
    assert day.end == datetime(2027, 3, 15, 16, tzinfo=UTC)
