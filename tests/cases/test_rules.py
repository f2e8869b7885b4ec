from dataclasses import replace
from datetime import date

import pytest

from ledger.cases.rules import AppealPeriods, HoldKind, LineFacts, Standing, Terms, months_later, verdict

PERIODS = AppealPeriods(review_days=60, suit_months=6)
TERMS = Terms(periods=PERIODS, count_valid_days=90)
TODAY = date(2026, 12, 1)
COUNTED = LineFacts(
    decision="思处罚〔2026〕1号",
    served_on=date(2026, 1, 10),
    hold=None,
    is_left=True,
    is_destroyed=False,
    is_stored=True,
    is_seized=False,
    is_approved=False,
    is_out=False,
    counted_on=TODAY,
)
"""A line that nothing stands in the way of."""
ELSEWHERE = {"is_stored": False, "counted_on": None}
NOTHING_LEFT = {**ELSEWHERE, "is_left": False}
HELD = {"hold": (HoldKind.EVIDENCE, date(2026, 11, 1))}


@pytest.mark.parametrize(
    ("changed", "standing", "reason"),
    [
        ({}, Standing.OK, "counted"),
        ({"counted_on": None}, Standing.WAIT, "no count yet"),
        ({"counted_on": date(2026, 9, 2)}, Standing.OK, "counted"),
        ({"counted_on": date(2026, 9, 1)}, Standing.WAIT, "counted on %(day)s, longer ago than %(days)s days"),
        ({**ELSEWHERE, "is_seized": True}, Standing.WAIT, "not in the store yet"),
        (ELSEWHERE, Standing.WAIT, "waits for a decision"),
        ({**ELSEWHERE, "is_out": True}, Standing.WAIT, "with a laboratory"),
        ({**ELSEWHERE, "is_approved": True}, Standing.OK, "approved"),
        ({"served_on": None}, Standing.STOP, "decision not served"),
        ({"decision": ""}, Standing.STOP, "no decision yet"),
        (HELD, Standing.HOLD, "%(kind)s since %(day)s"),
        ({**HELD, "decision": ""}, Standing.HOLD, "%(kind)s since %(day)s"),
        ({**HELD, **ELSEWHERE, "is_approved": True}, Standing.HOLD, "%(kind)s since %(day)s"),
        ({**NOTHING_LEFT, "decision": ""}, Standing.NONE, "no longer in the books"),
        ({**NOTHING_LEFT, "is_destroyed": True}, Standing.NONE, "on the manifest"),
    ],
)
def test_the_first_thing_in_the_way_is_the_reason(changed, standing, reason):
    found = verdict(replace(COUNTED, **changed), terms=TERMS, today=TODAY)

    assert (found.standing, found.reason) == (standing, reason)


@pytest.mark.parametrize(("today", "standing"), [(date(2026, 7, 10), Standing.HOLD), (date(2026, 7, 11), Standing.OK)])
def test_the_last_day_of_the_appeal_period_is_part_of_it(today, standing):
    assert verdict(replace(COUNTED, counted_on=today), terms=TERMS, today=today).standing is standing


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
