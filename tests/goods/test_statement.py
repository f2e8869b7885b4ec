"""Opening + in - out = closing, whatever was done, and the closing is what lies there."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from acts import ACTS, people_for, try_all
from factories import NOON, make_case, make_item
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from ledger.cases.service import register_lines
from ledger.goods.lines import Line
from ledger.goods.models import Item, Position
from ledger.goods.periods import Period
from ledger.goods.rules import Account, Act
from ledger.goods.service import Move, Spot, move
from ledger.goods.statement import GROUPS, Group, statement
from ledger.journal.service import writing

MEASURES = ("瓶", "公斤", "瓶")
TODAY = date(2026, 11, 24)


def told(session, unit_ids, period, group=Group.HELD):
    return {row.measure: row for row in statement(session, unit_ids, period, veiled=()).of(group)}


def lying(session, unit_ids, group):
    """What the positions hold, per unit of measure."""
    total = func.sum(Position.quantity, type_=Position.quantity.type)
    query = select(Item.measure, total).join(Item, Item.id == Position.item_id).group_by(Item.measure)
    rows = session.execute(query.where(Item.unit_id.in_(unit_ids), Position.account.in_(GROUPS[group])))
    return {measure: quantity for measure, quantity in rows if quantity}


@settings(max_examples=10)
@given(acts=ACTS, cuts=st.lists(st.integers(0, 12), min_size=2, max_size=2).map(sorted))
def test_whatever_was_done_the_periods_add_up_and_end_with_what_lies_there(session, cast, acts, cuts):
    number = session.info["examples"] = session.info.get("examples", 0) + 1
    start = NOON + timedelta(days=20 * number)  # the journal's time never goes back
    case = make_case(session, cast, number=f"案{number}号")
    items = [make_item(session, cast, case=case, stored="5", measure=measure) for measure in MEASURES]
    try_all(session, cast, items, acts, (start + timedelta(hours=11 * made) for made in range(len(acts))))

    first, units = start.date(), {cast.bureau.id}
    ends = [first + timedelta(days=cut) for cut in cuts] + [first + timedelta(days=15)]
    begins = [first, *(end + timedelta(days=1) for end in ends[:-1])]
    for group in Group:
        before = told(session, units, Period(TODAY, first - timedelta(days=1)), group)
        for begin, end in zip(begins, ends, strict=True):
            rows = told(session, units, Period(begin, end), group)
            for measure in rows.keys() | before.keys():
                opening = before[measure].closing if measure in before else 0
                assert (rows[measure].opening if measure in rows else 0) == opening
            for row in rows.values():
                assert row.opening + row.all_came - row.all_went == row.closing
                assert all(quantity > 0 for quantity in (*row.came.values(), *row.went.values()))
            before = rows
        closing = {measure: row.closing for measure, row in before.items() if row.closing}
        assert closing == lying(session, units, group)


@pytest.fixture
def item(session, cast):
    """Ten bottles in the store since the 24th."""
    return make_item(session, cast)


def go(session, cast, item, act, source, target, quantity, at):
    [place_id] = {position.place_id for position in item.positions if position.account is Account.STORED}
    wanted = Move(item.id, Decimal(quantity), Spot(source, place_id), Spot(target, place_id))
    with writing(session):
        move(session, [wanted], act=act, people=people_for(act, cast), by=cast.lin, at=at, unit=item.unit)


def test_what_came_and_went_is_told_apart_by_its_cause(session, cast, item):
    store, day = Account.STORED, Period(date(2026, 11, 25), date(2026, 11, 25))
    for act, source, target, quantity in [
        (Act.BOOK_SURPLUS, Account.FOUND, store, "1"),
        (Act.DISPOSE, store, Account.RETURNED, "2"),
        (Act.DISPOSE, store, Account.DONATED, "3"),
        (Act.SAMPLE, store, Account.SAMPLED, "2"),
        (Act.SAMPLE_CONSUMED, Account.SAMPLED, Account.CONSUMED, "0.5"),
        (Act.CONFIRM_MISSING, store, Account.MISSING, "1.5"),
    ]:
        go(session, cast, item, act, source, target, quantity, NOON + timedelta(days=1))

    [row] = statement(session, {item.unit_id}, day, veiled=()).of(Group.HELD)

    assert (row.opening, row.closing) == (10, 4)
    assert row.came == {Act.BOOK_SURPLUS: 1}
    assert row.went == {
        Account.RETURNED: 2,
        Account.DONATED: 3,
        Act.SAMPLE_CONSUMED: Decimal("0.5"),
        Act.CONFIRM_MISSING: Decimal("1.5"),
    }
    assert row.held == {Account.STORED: Decimal("2.5"), Account.SAMPLED: Decimal("1.5")}


def test_the_officers_goods_and_the_stores_are_told_apart(session, cast):
    case = make_case(session, cast)
    with writing(session):
        line = Line(name="假酒", measure="瓶", quantity=Decimal(12))
        [item_id] = register_lines(session, case, [line], by=cast.lin, at=NOON)
    item, place = session.get_one(Item, item_id), make_item(session, cast, case=case).positions
    custody = next(position.place_id for position in item.positions if position.account is Account.SEIZED)
    shelf = next(position.place_id for position in place if position.account is Account.STORED)
    wanted = Move(item.id, Decimal(5), Spot(Account.SEIZED, custody), Spot(Account.STORED, shelf))
    with writing(session):
        move(session, [wanted], act=Act.STORE_IN, people=people_for(Act.STORE_IN, cast), by=cast.lin, at=NOON,
             unit=cast.bureau)  # fmt: skip

    day = Period(TODAY, TODAY)
    officers, store, both = (
        told(session, {cast.bureau.id}, day, group)["瓶"] for group in (Group.CUSTODY, Group.STORE, Group.HELD)
    )

    assert (officers.came, officers.went, officers.closing) == ({Act.REGISTER: 12}, {Act.STORE_IN: 5}, 7)
    assert (store.came, store.went, store.closing) == ({Act.OPENING_BALANCE: 10, Act.STORE_IN: 5}, {}, 15)
    assert (both.came, both.went, both.closing) == ({Act.REGISTER: 12, Act.OPENING_BALANCE: 10}, {}, 22)


def test_a_day_ends_at_midnight_in_beijing(session, cast, item):
    midnight = datetime(2026, 11, 25, 16, tzinfo=UTC)
    lost = (Act.CONFIRM_MISSING, Account.STORED, Account.MISSING)
    go(session, cast, item, *lost, "1", midnight - timedelta(microseconds=1))
    go(session, cast, item, *lost, "2", midnight)

    for day, went in ((25, 1), (26, 2), (27, 0)):
        row = told(session, {item.unit_id}, Period(date(2026, 11, day), date(2026, 11, day)))["瓶"]
        assert row.all_went == went


def test_an_act_that_is_written_down_late_leaves_the_period_that_is_over_alone(session, cast, item):
    [place_id] = {position.place_id for position in item.positions if position.account is Account.STORED}
    wanted = Move(item.id, Decimal(4), Spot(Account.STORED, place_id), Spot(Account.MISSING, place_id))
    with writing(session):
        people = people_for(Act.CONFIRM_MISSING, cast)
        move(session, [wanted], act=Act.CONFIRM_MISSING, people=people, by=cast.lin, at=NOON + timedelta(days=9),
             unit=item.unit, happened_at=NOON)  # fmt: skip

    assert told(session, {item.unit_id}, Period(TODAY, TODAY))["瓶"].closing == 10


def test_only_the_units_that_were_asked_for_count_and_measures_are_never_added_up(session, cast, item):
    district = make_case(session, cast, unit=cast.district)
    make_item(session, cast, case=district, stored="3.5", measure="公斤")
    day = Period(TODAY, TODAY)

    assert {m: row.closing for m, row in told(session, {item.unit_id}, day).items()} == {"瓶": 10}
    both = told(session, {item.unit_id, cast.district.id}, day)
    assert {measure: row.closing for measure, row in both.items()} == {"瓶": 10, "公斤": Decimal("3.5")}


def test_nothing_is_told_of_a_measure_of_which_a_line_is_veiled(session, cast, item):
    make_item(session, cast, case=make_case(session, cast, number="另案"), stored="3", measure="公斤")
    day = Period(TODAY, TODAY)

    rows = statement(session, {item.unit_id}, day, veiled={item.id}).of(Group.HELD)

    assert [(row.measure, row.is_veiled) for row in rows] == [("公斤", False), ("瓶", True)]
    assert (rows[1].opening, rows[1].came, rows[1].held) == (0, {}, {})
    elsewhere = statement(session, {cast.district.id}, day, veiled={item.id})
    assert elsewhere.of(Group.HELD) == []
