from decimal import Decimal

import pytest
from databases import ON_SQLITE
from factories import NOON, balances, count, decide, make_application, make_case, make_item, make_stocktake, submit

from ledger.cases.models import Case
from ledger.cases.rules import HoldKind
from ledger.cases.service import MovedMeanwhile, register_lines, set_hold
from ledger.destruction.models import ApplicationLine
from ledger.destruction.service import follow
from ledger.destruction.workflow import AppliedForBoth
from ledger.duties import DutyConflict
from ledger.goods.audit import verify_books
from ledger.goods.lines import Line
from ledger.goods.models import Item
from ledger.goods.queries import standing
from ledger.goods.rules import Account, NotEnoughGoods, SameLocation
from ledger.goods.service import Spot
from ledger.journal.service import writing
from ledger.papers.fonts import NotPrintable
from ledger.store import service
from ledger.store.rules import (
    LEADS_TO,
    SALES,
    AllReserved,
    Disposal,
    NoProceeds,
    NotASale,
    NothingLies,
    OnHold,
    SomeStay,
    UnderCount,
)


@pytest.fixture
def item(session, cast):
    """Ten bottles at A-01-1."""
    return make_item(session, cast)


def taken(item, quantity, account=Account.STORED):
    [place] = {held.place_id for held in item.positions if held.account is account and held.quantity}
    return {(item.id, Spot(account, place)): Decimal(quantity)}


def act(session, cast, verb, item, wanted, **given):
    with writing(session):
        case = session.get_one(Case, item.case_id)
        return verb(session, case, wanted, custodian=cast.zhao, at=NOON, **given)


def paper(kind=Disposal.DONATION, **more):
    proceeds = 12_050 if kind in SALES else None
    given = {"recipient": "甲", "document": "1号", "reason": "x", "proceeds": proceeds, **more}
    return service.Paper(kind=kind, **given)


def dispose(session, cast, item, wanted, *, approver=None, **more):
    given = {"paper": paper(**more), "approver": approver or cast.xie}
    return act(session, cast, service.dispose, item, wanted, **given)


def spots(item):
    return {(held.account, held.place.name): held.quantity for held in standing(item)}


def test_goods_go_to_another_location_and_have_to_be_counted_there(session, cast, item, verifier):
    count(session, cast, item)

    act(session, cast, service.relocate, item, taken(item, 4), location="B-2")

    assert spots(item) == {(Account.STORED, "A-01-1"): 6, (Account.STORED, "B-2"): 4}
    assert {held.place.name: bool(held.counted_at) for held in standing(item)} == {"A-01-1": True, "B-2": False}
    assert verify_books(session, verifier).findings == []


def test_goods_do_not_go_to_where_they_are(session, cast, item):
    with pytest.raises(SameLocation):
        act(session, cast, service.relocate, item, taken(item, 4), location="A-01-1")


def test_samples_go_out_come_back_and_are_used_up(session, cast, item, verifier):
    act(session, cast, service.sample, item, taken(item, 5), laboratory="市质检院", document="检1号")
    assert spots(item) == {(Account.STORED, "A-01-1"): 5, (Account.SAMPLED, "市质检院"): 5}

    out = taken(item, 2, Account.SAMPLED)
    act(session, cast, service.bring_back, item, out, location="B-2", document="检2号")
    out = taken(item, 3, Account.SAMPLED)
    act(session, cast, service.use_up, item, out, document="检3号")

    assert balances(session, item) == {Account.PARTY: -10, Account.STORED: 7, Account.CONSUMED: 3}
    with pytest.raises(NotEnoughGoods):
        act(session, cast, service.use_up, item, out, document="检3号")
    assert verify_books(session, verifier).findings == []


@ON_SQLITE
@pytest.mark.parametrize("kind", Disposal)
def test_every_disposal_leads_to_its_account(session, cast, item, verifier, kind):
    dispose(session, cast, item, taken(item, 10), kind=kind)

    assert balances(session, item) == {Account.PARTY: -10, LEADS_TO[kind]: 10}
    assert verify_books(session, verifier).findings == []


def test_goods_with_the_officers_may_be_disposed_of_too(session, cast):
    case = make_case(session, cast)
    with writing(session):
        line = Line(name="活禽", measure="只", quantity=Decimal(3))
        [item_id] = register_lines(session, case, [line], by=cast.lin, at=NOON)
    item = session.get_one(Item, item_id)

    dispose(session, cast, item, taken(item, 3, Account.SEIZED), kind=Disposal.RETURN_TO_PARTY)

    assert balances(session, item) == {Account.PARTY: -3, Account.RETURNED: 3}


def test_a_sale_has_its_money_and_nothing_else_has(session, cast, item):
    with pytest.raises(NoProceeds):
        dispose(session, cast, item, taken(item, 1), kind=Disposal.SCRAP, proceeds=None)
    with pytest.raises(NotASale):
        dispose(session, cast, item, taken(item, 1), kind=Disposal.DONATION, proceeds=1)


def test_nobody_allows_what_they_hand_over(session, cast, item):
    with pytest.raises(DutyConflict):
        dispose(session, cast, item, taken(item, 1), approver=cast.zhao)


def test_a_hold_stops_a_disposal_but_no_sample(session, cast, item):
    with writing(session):
        case = session.get_one(Case, item.case_id)
        set_hold(session, case, None, kind=HoldKind.EVIDENCE, reason="x", by=cast.lin, at=NOON)

    with pytest.raises(OnHold):
        dispose(session, cast, item, taken(item, 1))
    act(session, cast, service.sample, item, taken(item, 1), laboratory="市质检院", document="检1号")


def test_goods_stay_where_they_are_while_they_are_counted(session, cast, item):
    make_stocktake(session, cast, item)

    with pytest.raises(UnderCount):
        dispose(session, cast, item, taken(item, 1))
    with pytest.raises(UnderCount):
        act(session, cast, service.relocate, item, taken(item, 1), location="B-2")


def move_all(session, cast, item, location, *, items=None):
    [source] = {held.place for held in item.positions if held.account is Account.STORED and held.quantity}
    with writing(session):
        return service.relocate_all(session, source, items, location=location, custodian=cast.zhao, at=NOON)


def test_all_that_lies_at_a_location_moves_at_once_and_applications_follow(session, cast, item, verifier):
    other = make_item(session, cast, case=session.get_one(Case, item.case_id), name="茶叶")
    count(session, cast, item)
    application = make_application(session, cast, item)
    with writing(session):
        application.lines[0].quantity = Decimal(6)
    submit(session, application)
    decide(session, cast, application)

    entry = move_all(session, cast, item, "B-2")

    assert spots(item) == spots(other) == {(Account.STORED, "B-2"): 10}
    assert [held.reserved for held in standing(item)] == [6]
    assert b'"location":"B-2"' in entry.body
    [line] = application.lines
    assert (line.place.name, line.signed_place.name) == ("B-2", "A-01-1")
    for _ in range(3):
        decide(session, cast, application)  # what they sign is what was signed before
    assert verify_books(session, verifier).findings == []

    act(session, cast, service.relocate, item, taken(item, 4), location="C-3")  # what is free goes by itself
    assert line.place.name == "B-2"
    with pytest.raises(NotEnoughGoods):
        act(session, cast, service.relocate, item, {(item.id, Spot(Account.STORED, line.place_id)): 5}, location="C-3")
    with pytest.raises(AppliedForBoth):
        both(session, application, item, line)
    with pytest.raises(NothingLies):
        move_all(session, cast, other, "D-4", items=[0])


def both(session, application, item, line):
    """Have the application ask for goods at both places, and bring them together."""
    with writing(session):
        there = next(held.place for held in standing(item) if held.place_id != line.place_id)
        application.lines.append(ApplicationLine(item_id=item.id, place=there, quantity=1, method=line.method))
        session.flush()
        follow(session, [(item.id, line.place_id)], there)


def test_what_has_to_stay_keeps_all_of_it_there(session, cast, item):
    apart = make_item(session, cast, case=session.get_one(Case, item.case_id), name="茶叶", at_location="B-2")
    make_stocktake(session, cast, item)

    with pytest.raises(SomeStay):
        move_all(session, cast, item, "B-2")
    with pytest.raises(SameLocation):
        move_all(session, cast, apart, "B-2")

    assert spots(item) == {(Account.STORED, "A-01-1"): 10}


def test_what_an_application_spoke_for_stays(session, cast, item):
    count(session, cast, item)
    submit(session, make_application(session, cast, item))

    with pytest.raises(AllReserved):
        dispose(session, cast, item, taken(item, 1))


def test_goods_of_another_case_are_not_in_it(session, cast, item):
    other = make_item(session, cast, case=make_case(session, cast, number="另案"))

    with pytest.raises(NotEnoughGoods):
        dispose(session, cast, item, taken(other, 1))

    assert balances(session, other)[Account.STORED] == 10


def test_what_no_slip_could_print_is_refused_before_it_is_written(session, cast, item):
    with pytest.raises(NotPrintable):
        dispose(session, cast, item, taken(item, 1), recipient="\u0378局")


def test_the_same_order_is_carried_out_once(session, cast, item):
    given = {"location": "B-2", "seen": 1}
    wanted = taken(item, 1)
    act(session, cast, service.relocate, item, wanted, **given)

    with pytest.raises(MovedMeanwhile):
        act(session, cast, service.relocate, item, wanted, **given)
