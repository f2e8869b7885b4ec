from datetime import date, timedelta

import pytest
from databases import ON_SQLITE
from factories import NOON, make_case, make_item, make_stocktake
from factories import count as count_all
from sqlalchemy import select

from ledger.duties import DutyConflict
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.stocktake import queries
from ledger.stocktake.models import CountPlan
from ledger.stocktake.planning import Wish, begin, cancel_plan, plan_count
from ledger.stocktake.service import note_figures
from ledger.stocktake.workflow import AlreadyCounting, Kind, NoOneLeft, NotYourCount, PlannerCounts, PlanOver, Scope

pytestmark = ON_SQLITE


def plan(session, cast, *, kind=Kind.QUARTER, unit=None, by=None, **facts):
    with writing(session):
        wish = Wish(kind=kind, due_on=date(2026, 12, 31), **facts)
        return plan_count(session, unit or cast.bureau, wish, by=by or cast.liu, at=NOON)


def begun(session, cast, made):
    with writing(session):
        return begin(session, made, by=cast.zhao, at=NOON)


def test_the_books_are_frozen_when_a_count_begins(session, cast):
    make_item(session, cast)
    made = plan(session, cast)
    later = make_item(session, cast, case=make_case(session, cast, number="另案"), at_location="B-1")

    count = begun(session, cast, made)

    assert later.id in {line.item_id for line in count.lines}
    assert (count.kind, made.scope, count.is_of_store) == (Kind.QUARTER, Scope.STORE, True)
    with pytest.raises(PlanOver):
        begun(session, cast, made)


def test_a_case_is_counted_wherever_its_goods_lie_and_others_are_not(session, cast):
    case = make_case(session, cast)
    goods = [make_item(session, cast, case=case, at_location=at) for at in ("A-1", "B-1")]
    other = make_case(session, cast, number="另案")
    make_item(session, cast, case=other, at_location="A-1")

    count = begun(session, cast, plan(session, cast, cases=[case]))

    assert {line.item_id for line in count.lines} == {item.id for item in goods}
    assert [each.is_counted for each in queries.covered(session, [cast.bureau.id])] == [False, False]
    begun(session, cast, plan(session, cast, cases=[other]))  # at the same location, other goods
    with pytest.raises(AlreadyCounting):
        make_stocktake(session, cast, goods[1])


def test_who_is_named_counts_and_conflicts_are_said_at_once(session, cast):
    make_item(session, cast)
    for refusal, kind, counters in (
        (DutyConflict, Kind.QUARTER, (cast.zhao, cast.zhao)),
        (PlannerCounts, Kind.UNANNOUNCED, (cast.liu, cast.zhao)),
    ):
        with pytest.raises(refusal):
            plan(session, cast, kind=kind, counters=counters)
    assert session.scalars(select(CountPlan)).all() == []

    count = begun(session, cast, plan(session, cast, counters=(cast.zhao, cast.lin)))

    with pytest.raises(NotYourCount), writing(session):
        note_figures(session, count, {}, by=cast.liu, at=NOON)


def test_counters_without_whom_nobody_could_confirm_are_refused(session, cast):
    make_item(session, cast)
    for person in (cast.cai, cast.xie):
        person.disabled_at = NOON
    session.commit()

    with pytest.raises(NoOneLeft):
        plan(session, cast, counters=(cast.liu, cast.zhao))


def test_a_cancelled_plan_does_not_begin(session, cast):
    make_item(session, cast)
    made = plan(session, cast)

    with writing(session):
        cancel_plan(session, made, reason="推迟", by=cast.liu, at=NOON)

    assert queries.waiting_plans(session, [cast.bureau.id]) == []
    with pytest.raises(PlanOver):
        begun(session, cast, made)


def test_an_unannounced_count_is_in_no_units_journal_before_it_begins(session, cast):
    make_item(session, cast)

    plan(session, cast, kind=Kind.UNANNOUNCED)

    assert session.scalars(select(JournalEntry).filter_by(act="stocktake.planned")).one().unit_id is None


def test_a_location_is_due_again_so_many_months_after_all_of_it_was_counted(session, cast):
    item = make_item(session, cast)
    make_item(session, cast, case=make_case(session, cast, number="另案"), at_location="B-1")

    count_all(session, cast, item, at=NOON + timedelta(days=7))

    never, counted = queries.covered(session, [cast.bureau.id])
    assert (never.place.name, never.is_counted) == ("B-1", False)
    assert (counted.place.name, counted.is_counted, counted.due_on(3)) == ("A-01-1", True, date(2027, 3, 1))
