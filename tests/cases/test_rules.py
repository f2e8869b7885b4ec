from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from ledger.cases.rules import (
    APPROVED,
    AppealPeriods,
    CaseFacts,
    HoldKind,
    LineFacts,
    Standing,
    Terms,
    checks,
    earliest_day,
    months_later,
    term_of,
    verdict,
    working_days_later,
)

PERIODS = AppealPeriods(review_days=60, suit_months=6)
TERMS = Terms(periods=PERIODS, count_valid_days=90)
TODAY = date(2026, 12, 1)
COUNTED = LineFacts(
    case=CaseFacts(number="1", party="某店", decision="思处罚〔2026〕1号", served_on=date(2026, 1, 10)),
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
UNDECIDED = {"case": CaseFacts(number="1", party="某店")}
UNSERVED = {"case": CaseFacts(number="1", party="某店", decision="思处罚〔2026〕1号")}
NOTICE = CaseFacts(number="1", noticed_on=date(2026, 10, 2), noticed_until=date(2026, 11, 30))
RUNNING = replace(NOTICE, noticed_until=TODAY)
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
        (UNSERVED, Standing.STOP, "decision not served"),
        (UNDECIDED, Standing.STOP, "no decision yet"),
        ({"case": CaseFacts(number="1")}, Standing.STOP, "neither a decision nor a notice of ownerless goods yet"),
        ({"case": NOTICE}, Standing.OK, "counted"),
        ({"case": RUNNING}, Standing.HOLD, "public notice until %(day)s"),
        ({"case": replace(NOTICE, party="某店")}, Standing.STOP, "no decision yet"),
        ({"case": replace(NOTICE, decision="思处罚〔2026〕1号")}, Standing.STOP, "decision not served"),
        (HELD, Standing.HOLD, "%(kind)s since %(day)s"),
        ({**HELD, **UNDECIDED}, Standing.HOLD, "%(kind)s since %(day)s"),
        ({**HELD, **ELSEWHERE, "is_approved": True}, Standing.HOLD, "%(kind)s since %(day)s"),
        ({**NOTHING_LEFT, **UNDECIDED}, Standing.NONE, "no longer in the books"),
        ({**NOTHING_LEFT, "is_destroyed": True}, Standing.NONE, "on the manifest"),
    ],
)
def test_the_first_thing_in_the_way_is_the_reason(changed, standing, reason):
    found = verdict(replace(COUNTED, **changed), terms=TERMS, today=TODAY)

    assert (found.standing, found.reason) == (standing, reason)


FLAGS = ("is_stored", "is_seized", "is_approved", "is_out")
CASES = [
    COUNTED.case,
    replace(COUNTED.case, served_on=TODAY),
    *(facts["case"] for facts in (UNDECIDED, UNSERVED)),
    NOTICE,
    RUNNING,
]


def everything():
    """Every line there can be that is left, as far as it makes a difference."""
    counts = (None, TODAY, TODAY - timedelta(days=91))
    for case, hold, counted_on, *flags in product(CASES, (None, HELD["hold"]), counts, *[(True, False)] * len(FLAGS)):
        yield replace(COUNTED, case=case, hold=hold, counted_on=counted_on, **dict(zip(FLAGS, flags, strict=True)))


def test_what_is_not_met_first_is_the_verdict_and_without_it_the_line_may_be_destroyed():
    for line in everything():
        unmet = [check for check in checks(line, terms=TERMS, today=TODAY) if not check.is_met]

        assert verdict(line, terms=TERMS, today=TODAY) == (unmet[0].says if unmet else APPROVED)
        assert all(
            check.says.standing is Standing.OK for check in checks(line, terms=TERMS, today=TODAY) if check.is_met
        )


def test_it_is_not_before_the_earliest_day_that_nothing_but_the_units_own_work_is_in_the_way():
    for line in everything():
        day = earliest_day(checks(line, terms=TERMS, today=TODAY), today=TODAY)
        if day is None:
            assert verdict(line, terms=TERMS, today=TODAY + timedelta(days=999)).standing is not Standing.OK
            continue
        assert day == TODAY or verdict(line, terms=TERMS, today=day - timedelta(days=1)).standing is Standing.HOLD
        assert verdict(line, terms=TERMS, today=day).standing in (Standing.OK, Standing.WAIT)


@pytest.mark.parametrize(
    ("facts", "last_day"),
    [
        ({}, None),
        ({"kept_on": date(2026, 11, 20)}, date(2026, 12, 1)),  # a Friday; seven working days
        ({"kept_on": date(2026, 11, 20), "detained_on": date(2026, 11, 25)}, None),
        ({"detained_on": date(2026, 11, 25), "detained_until": date(2026, 12, 25)}, date(2026, 12, 25)),
        ({"kept_on": date(2026, 11, 20), "decision": "1"}, None),
        ({"kept_on": date(2026, 11, 20), "party": "", "noticed_until": TODAY}, None),
    ],
)
def test_the_last_measure_before_the_decision_has_the_term(facts, last_day):
    assert term_of(CaseFacts(number="1", **{"party": "某店", **facts})) == last_day


def test_working_days_pass_over_weekends():
    assert [working_days_later(date(2026, 11, 20), days) for days in (0, 1, 5, 6)] == [
        date(2026, 11, 20),
        date(2026, 11, 23),
        date(2026, 11, 27),
        date(2026, 11, 30),
    ]


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
