"""A period that is over is closed once, in order, by two, and whoever changes its movements is found out."""

from datetime import date, datetime, timedelta

import pytest
from databases import ON_SQLITE
from factories import NOON, make_item, make_stocktake
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ledger import guards
from ledger.db import db
from ledger.duties import DutyConflict
from ledger.goods.periods import BEIJING, Period, Span, period_around
from ledger.goods.sums import carry, to_carry
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.store.closing import (
    BeingCounted,
    ClosedAlready,
    NotOver,
    NoUsualPeriod,
    OutOfOrder,
    close_period,
    closed,
    closings_of,
)

NOVEMBER, DECEMBER = (period_around(date(2026, month, 1), Span.MONTH) for month in (11, 12))
LATER = NOON + timedelta(days=200)


def close(session, cast, period, *, at=LATER, checker=None, unit=None):
    with writing(session):
        return close_period(
            session, unit or cast.bureau, period, custodian=cast.zhao, checker=checker or cast.liu, at=at
        )


def test_a_closed_period_is_sealed_in_the_journal_and_still_holds(session, cast):
    make_item(session, cast)

    made = close(session, cast, NOVEMBER)

    found = closed(session, cast.bureau, NOVEMBER)
    assert found.holds
    assert (found.closing.custodian, found.closing.checker) == (cast.zhao, cast.liu)
    entry = session.get_one(JournalEntry, made.entry_seq)
    assert entry.act == "period.closed"
    assert made.digest.encode() in entry.body
    assert closed(session, cast.bureau, DECEMBER) is None
    assert [each.period for each in closings_of(session, cast.bureau)] == [NOVEMBER]


@ON_SQLITE
def test_periods_of_a_kind_are_closed_in_order_once_a_first_one_is(session, cast):
    january = DECEMBER.after
    close(session, cast, NOVEMBER)

    with pytest.raises(OutOfOrder):
        close(session, cast, january)
    with pytest.raises(ClosedAlready):
        close(session, cast, NOVEMBER)
    close(session, cast, DECEMBER)
    close(session, cast, january)
    close(session, cast, period_around(date(2026, 11, 1), Span.HALF_YEAR))
    close(session, cast, january, unit=cast.district)


@ON_SQLITE
@pytest.mark.parametrize(
    ("period", "at", "refusal"),
    [
        (NOVEMBER, datetime(2026, 11, 30, 23, 59, tzinfo=BEIJING), NotOver),
        (Period(date(2026, 11, 1), date(2026, 11, 29)), LATER, NoUsualPeriod),
    ],
)
def test_only_whole_periods_that_are_over_are_closed(session, cast, period, at, refusal):
    with pytest.raises(refusal):
        close(session, cast, period, at=at)


@ON_SQLITE
def test_nothing_is_closed_while_goods_are_counted_blind_nor_by_one_person(session, cast):
    item = make_item(session, cast)
    with pytest.raises(DutyConflict):
        close(session, cast, NOVEMBER, checker=cast.zhao)

    make_stocktake(session, cast, item)

    with pytest.raises(BeingCounted):
        close(session, cast, NOVEMBER)


def test_a_closing_is_guarded_and_a_changed_movement_is_found_even_behind_what_is_carried(session, cast):
    make_item(session, cast)
    close(session, cast, NOVEMBER)
    with writing(session):
        carry(session, *to_carry(session, date(2026, 12, 1), worth=1))
    session.rollback()
    for attack in ("UPDATE period_closing SET digest = ''", "DELETE FROM period_closing"):
        with pytest.raises(DBAPIError), db.engine.begin() as connection:
            connection.execute(text(attack))
    with db.engine.begin() as connection:
        name = "guard_movement_update"
        suffix = "" if connection.dialect.name == "sqlite" else " ON movement"
        connection.execute(text(f"DROP TRIGGER {name}{suffix}"))
        connection.execute(text("UPDATE movement SET quantity = quantity - 1000"))
        guards.install(connection, ["movement"])

    assert not closed(session, cast.bureau, NOVEMBER).holds
