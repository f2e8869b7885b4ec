from datetime import date

import pytest

from ledger.cases.rules import AppealPeriods, Standing, months_later, verdict

PERIODS = AppealPeriods(review_days=60, suit_months=6)
GOOD = {
    "decision": "思处罚〔2026〕1号",
    "served_on": date(2026, 1, 10),
    "is_left": True,
    "is_stored": True,
    "periods": PERIODS,
    "today": date(2026, 12, 1),
}


@pytest.mark.parametrize(
    ("changed", "standing", "reason"),
    [
        ({}, Standing.WAIT, "no count yet"),
        ({"is_stored": False}, Standing.WAIT, "not in the store yet"),
        ({"today": date(2026, 7, 10)}, Standing.HOLD, "appeal period until %(day)s"),
        ({"today": date(2026, 7, 11)}, Standing.WAIT, "no count yet"),
        ({"served_on": None}, Standing.STOP, "decision not served"),
        ({"decision": ""}, Standing.STOP, "no decision yet"),
        ({"decision": "", "served_on": None, "is_left": False}, Standing.NONE, "no longer in the books"),
    ],
)
def test_the_first_thing_in_the_way_is_the_reason(changed, standing, reason):
    found = verdict(**{**GOOD, **changed})

    assert (found.standing, found.reason) == (standing, reason)


def test_nothing_may_be_destroyed_before_it_was_counted():
    assert verdict(**GOOD).standing is not Standing.OK


@pytest.mark.parametrize(
    ("served_on", "last_day"),
    [
        (date(2026, 1, 10), date(2026, 7, 10)),
        (date(2025, 8, 31), date(2026, 2, 28)),  # there is no 31 February
        (date(2023, 8, 31), date(2024, 2, 29)),
        (date(2026, 12, 31), date(2027, 6, 30)),
    ],
)
def test_the_appeal_period_ends_with_the_later_of_review_and_suit(served_on, last_day):
    assert PERIODS.end(served_on) == last_day


def test_a_bureau_may_know_longer_review_periods():
    assert AppealPeriods(review_days=400, suit_months=6).end(date(2026, 1, 1)) == date(2027, 2, 5)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 5, 31), 7, date(2026, 12, 31)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 6, 15), 0, date(2026, 6, 15)),
    ],
)
def test_months_are_counted_by_the_calendar(day, months, later):
    assert months_later(day, months) == later
