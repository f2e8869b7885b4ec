from datetime import timedelta
from decimal import Decimal

import pytest
from databases import ON_SQLITE
from factories import NOON, balances, count_as, make_case, make_item, make_stocktake, make_user
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from ledger.duties import DutyConflict, Part
from ledger.goods.audit import verify_books
from ledger.goods.rules import Account, Act, NotEnoughGoods, PlaceKind
from ledger.goods.service import Move, Reserve, Spot, move, place, reserve
from ledger.journal.service import writing
from ledger.permissions import Role
from ledger.stocktake import queries, service
from ledger.stocktake.models import Stocktake
from ledger.stocktake.workflow import (
    AlreadyCounting,
    Cause,
    CountFinished,
    CountIncomplete,
    CountMovedOn,
    NotExplained,
    NothingToCount,
    NotWhole,
    NotYourCount,
    State,
)
from ledger.units.rules import ResetShadow
from ledger.units.service import confirm_reset, request_reset


@pytest.fixture
def item(session, cast):
    """Ten bottles in the store."""
    return make_item(session, cast)


@pytest.fixture
def count(session, cast, item):
    """A stocktake of them."""
    return make_stocktake(session, cast, item)


def note(session, count, person, quantity, *, at=NOON):
    with writing(session):
        service.note_figures(session, count, {line.id: Decimal(quantity) for line in count.lines}, by=person, at=at)


def counted(session, cast, count, item, first, second=None):
    """Have Zhao and Lin count one line."""
    count_as(session, count, cast.zhao, {item: first})
    count_as(session, count, cast.lin, {item: first if second is None else second})


def explained(session, cast, count):
    with writing(session):
        for line in count.lines:
            service.explain(count, line, cause=Cause.LOSS, explanation="不见了", by=cast.lin)
        service.submit(session, count, by=cast.lin, at=NOON)


def relocate(session, cast, item, quantity, source, target):
    with writing(session):
        spots = [
            Spot(Account.STORED, place(session, item.unit, PlaceKind.LOCATION, name).id) for name in (source, target)
        ]
        moves = [Move(item.id, Decimal(quantity), *spots)]
        people = {Part.CUSTODIAN: cast.zhao}
        move(session, moves, act=Act.RELOCATE, people=people, by=cast.zhao, at=NOON, unit=item.unit)


def test_the_books_are_frozen_as_they_are(session, cast, item, count):
    [line] = count.lines

    assert (count.number, count.scope, count.state) == (1, "A-01-1", State.COUNTING)
    assert (line.item_id, line.book) == (item.id, 10)


def test_numbers_are_of_each_unit(session, cast, item, count):
    with writing(session):
        service.cancel(session, count, reason="x", by=cast.zhao, at=NOON)
    district = make_item(session, cast, case=make_case(session, cast, unit=cast.district))

    assert [make_stocktake(session, cast, each).number for each in (item, district)] == [2, 1]


def test_nothing_is_opened_where_nothing_lies_or_somebody_counts_already(session, cast, item, count):
    shelf = count.lines[0].place
    with writing(session):
        empty = place(session, cast.bureau, PlaceKind.LOCATION, "Z-9")

    for places, refusal in (([empty], NothingToCount), ([], NothingToCount), ([empty, shelf], AlreadyCounting)):
        with pytest.raises(refusal), writing(session):
            service.open_stocktake(session, cast.bureau, places, by=cast.zhao, at=NOON)
    assert len(session.scalars(select(Stocktake)).all()) == 1


def test_two_who_agree_with_the_books_close_the_count(session, cast, count, item, verifier):
    counted(session, cast, count, item, "10")

    assert count.state is State.CLOSED
    assert balances(session, item)[Account.STORED] == 10
    assert [position.counted_at for position in item.positions if position.account is Account.STORED] == [NOON]
    assert verify_books(session, verifier).findings == []


def test_one_person_is_not_two(session, cast, count, item):
    count_as(session, count, cast.zhao, {item: "10"})

    for figure in ("10", "9"):
        with pytest.raises(CountFinished):
            note(session, count, cast.zhao, figure)
    assert (count.second_id, count.lines[0].first) == (None, 10)


def test_a_third_counter_and_a_counter_as_recounter_are_refused(session, cast, count, item):
    note(session, count, cast.zhao, "9")
    note(session, count, cast.lin, "10")
    with pytest.raises(NotYourCount):
        note(session, count, cast.liu, "10")
    for person in (cast.zhao, cast.lin):
        with writing(session):
            service.finish(session, count, by=person, at=NOON)

    for person in (cast.zhao, cast.lin):
        with pytest.raises(DutyConflict):
            note(session, count, person, "10")
    note(session, count, cast.liu, "10")
    with writing(session):
        other = make_user(session, "other", "另一人", cast.bureau, Role.CUSTODIAN)
    with pytest.raises(NotYourCount):
        note(session, count, other, "10")


@pytest.mark.parametrize("quantity", ["2.5", "-1", "1.0005"])
def test_what_cannot_be_counted_is_not_noted(session, cast, count, quantity):
    with pytest.raises(NotWhole):
        note(session, count, cast.zhao, quantity)
    assert (count.first_id, count.lines[0].first) == (None, None)


def test_a_line_without_a_figure_keeps_the_count_open(session, cast, item, count):
    with pytest.raises(CountIncomplete) as refusal, writing(session):
        service.finish(session, count, by=cast.zhao, at=NOON)

    assert refusal.value.facts == {"left": 1}
    assert count.first_id is None


def test_a_difference_needs_its_cause_and_explanation(session, cast, item, count):
    counted(session, cast, count, item, "9")
    [line] = count.lines

    for cause, words in ((None, ""), (Cause.LOSS, ""), (None, "不见了")):
        with writing(session):
            service.explain(count, line, cause=cause, explanation=words, by=cast.lin)
        with pytest.raises(NotExplained), writing(session):
            service.submit(session, count, by=cast.lin, at=NOON)
    assert count.state is State.EXPLAINING


def test_nobody_who_counted_confirms_or_sends_back(session, cast, item, count):
    counted(session, cast, count, item, "9", "10")
    count_as(session, count, cast.liu, {item: "9"})
    explained(session, cast, count)

    for person in (cast.zhao, cast.lin, cast.liu):
        with pytest.raises(DutyConflict), writing(session):
            service.confirm(session, count, by=person, at=NOON)
        with pytest.raises(DutyConflict), writing(session):
            service.reject(session, count, reason="x", by=person, at=NOON)
    assert (count.state, balances(session, item)[Account.STORED]) == (State.CONFIRMING, 10)


def test_who_reset_a_counters_password_confirms_nothing_for_a_week(session, cast, item, count):
    counted(session, cast, count, item, "9")
    explained(session, cast, count)
    with writing(session):
        reset = request_reset(session, cast.zhao, reason="x", by=cast.cai, at=NOON)
        confirm_reset(session, reset, "hash", by=cast.zheng, at=NOON)

    with pytest.raises(ResetShadow), writing(session):
        service.confirm(session, count, by=cast.cai, at=NOON + timedelta(days=6))
    assert balances(session, item)[Account.STORED] == 10


def test_what_is_out_of_its_time_is_refused(session, cast, item, count):
    counted(session, cast, count, item, "10")
    [line] = count.lines

    for act in (
        lambda: service.note_figures(session, count, {line.id: Decimal(1)}, by=cast.liu, at=NOON),
        lambda: service.finish(session, count, by=cast.zhao, at=NOON),
        lambda: service.explain(count, line, cause=Cause.LOSS, explanation="x", by=cast.lin),
        lambda: service.submit(session, count, by=cast.lin, at=NOON),
        lambda: service.confirm(session, count, by=cast.cai, at=NOON),
        lambda: service.reject(session, count, reason="x", by=cast.cai, at=NOON),
        lambda: service.cancel(session, count, reason="x", by=cast.lin, at=NOON),
    ):
        with pytest.raises(CountMovedOn), writing(session):
            act()


def test_what_is_short_cannot_be_taken_from_under_an_application(session, cast, item, count):
    counted(session, cast, count, item, "7")
    explained(session, cast, count)
    with writing(session):
        claims = [Reserve(item.id, count.lines[0].place_id, Decimal(8))]
        reserve(session, claims, act="test.reserved", by=cast.lin, at=NOON, unit=cast.bureau, data={})

    with pytest.raises(NotEnoughGoods), writing(session):
        service.confirm(session, count, by=cast.cai, at=NOON)
    assert (count.state, balances(session, item)[Account.STORED]) == (State.CONFIRMING, 10)


@pytest.mark.parametrize("comes_back", [False, True])
def test_goods_that_moved_during_the_count_are_left_alone(session, cast, item, count, verifier, comes_back):
    relocate(session, cast, item, "4", "A-01-1", "B-1")
    count_as(session, count, cast.zhao, {item: "6"})
    if comes_back:
        relocate(session, cast, item, "4", "B-1", "A-01-1")
    count_as(session, count, cast.lin, {item: "10" if comes_back else "6"})

    assert (count.state, count.lines[0].moved_meanwhile) == (State.CLOSED, True)
    assert balances(session, item) == {Account.PARTY: -10, Account.STORED: 10}
    assert not any(position.counted_at for position in item.positions)
    assert verify_books(session, verifier).findings == []


def test_goods_that_move_before_the_confirmation_are_left_alone_too(session, cast, item, count, verifier):
    counted(session, cast, count, item, "9")
    explained(session, cast, count)
    relocate(session, cast, item, "10", "A-01-1", "B-1")

    with writing(session):
        service.confirm(session, count, by=cast.cai, at=NOON)

    assert count.state is State.CLOSED
    assert balances(session, item) == {Account.PARTY: -10, Account.STORED: 10}
    assert verify_books(session, verifier).findings == []


def test_what_comes_to_the_location_during_the_count_is_not_part_of_it(session, cast, item, count):
    fresh = make_item(session, cast, case=make_case(session, cast, number="另案"))

    counted(session, cast, count, item, "10")

    assert count.state is State.CLOSED
    assert [position.counted_at for position in fresh.positions if position.account is Account.STORED] == [None]


def test_lines_are_veiled_where_somebody_counts_blind_and_no_longer(session, cast, item, count):
    make_item(session, cast, case=make_case(session, cast, unit=cast.district))
    bureau, district = {cast.bureau.id}, {cast.district.id}

    assert queries.veiled_items(session, bureau) == {item.id}
    assert queries.veiled_items(session, district) == frozenset()
    assert queries.units_counted_blind(session, bureau | district) == bureau
    counted(session, cast, count, item, "9", "10")
    assert queries.veiled_items(session, bureau) == {item.id}
    count_as(session, count, cast.liu, {item: "9"})
    assert count.state is State.EXPLAINING
    assert queries.veiled_items(session, bureau | district) == frozenset()


QUANTITIES = st.integers(min_value=0, max_value=13).map(Decimal)


@ON_SQLITE
@settings(max_examples=25)
@given(found=st.lists(st.tuples(QUANTITIES, QUANTITIES, QUANTITIES), min_size=2, max_size=2), moves_first=st.booleans())
def test_whatever_is_counted_the_books_move_on_confirmation_alone_and_then_equal_the_result(
    app, session, cast, verifier, found, moves_first
):
    case = make_case(session, cast, number=f"案{len(session.scalars(select(Stocktake)).all())}")
    shelf = f"P-{case.id}"
    items = [make_item(session, cast, case=case, at_location=shelf, name=name) for name in "甲乙"]
    count = make_stocktake(session, cast, *items)
    if moves_first:
        relocate(session, cast, items[0], "3", shelf, "elsewhere")
    for person, column in ((cast.zhao, 0), (cast.lin, 1)):
        count_as(session, count, person, {item: figures[column] for item, figures in zip(items, found, strict=True)})
    if count.state is State.RECOUNTING:
        count_as(session, count, cast.liu, {item: figures[2] for item, figures in zip(items, found, strict=True)})

    assert all(balances(session, item)[Account.STORED] == 10 for item in items)
    if count.state is State.EXPLAINING:
        explained(session, cast, count)
        assert all(balances(session, item)[Account.STORED] == 10 for item in items)
        with writing(session):
            service.confirm(session, count, by=cast.cai, at=NOON)

    assert count.state is State.CLOSED
    for number, (item, (first, second, recount)) in enumerate(zip(items, found, strict=True)):
        is_left_alone = moves_first and number == 0
        result = Decimal(10) if is_left_alone else first if first == second else recount
        held = balances(session, item)
        assert held.get(Account.STORED, 0) == result
        assert held.get(Account.MISSING, 0) == max(Decimal(10) - result, Decimal(0))
    assert verify_books(session, verifier).findings == []
    session.rollback()
